"""Plots of the error curves on record: as found against as left, and over voltage.

Nothing but numbers and this module's own words gets into a plot; what the user or a module
said stands beside it, as escaped text.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.errorcurve import ErrorCurve
from reports.record import SeriesRecord
from reports.svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette without its yellow, each colour with a marker of its own.
_STYLES = (
    ("#0072B2", "o"),
    ("#D55E00", "s"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#56B4E9", "v"),
    ("#E69F00", "P"),
    ("#000000", "X"),
    ("#7F7F7F", "*"),
)
_OTHERS = "#B8C0C8"
_FOUND, _LEFT, _LIMIT = "#8A5A00", "#0072B2", "#A32A00"
_WIDEST = 3.0  # times the limit: what lies beyond is marked at the edge
_LABELLED = 16  # modules; more numbers would run into each other
_MILLI = 1000.0
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cellrig",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": "#5B6773",
    "axes.labelcolor": "#1D2733",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E3E7EB",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.5,
    "xtick.color": "#5B6773",
    "ytick.color": "#5B6773",
    "legend.frameon": False,
    "legend.fontsize": 8,
}


@dataclass(frozen=True)
class Plot:
    """A drawing with the words that stand above it."""

    title: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class CurvePair:
    """What was found and what was left of one thing measured; either may be missing."""

    name: str
    found: ErrorCurve | None
    left: ErrorCurve | None

    @property
    def curves(self) -> tuple[tuple[str, ErrorCurve], ...]:
        """Those that there are, with what to call them."""
        pair = (("as found", self.found), ("as left", self.left))
        return tuple((occasion, curve) for occasion, curve in pair if curve is not None)


def curve_pairs(series: Sequence[SeriesRecord]) -> list[CurvePair]:
    """All error curves on record, as-found beside as-left, in the order of their names."""
    found, left = defaultdict[str, list[ErrorCurve]](list), defaultdict[str, list[ErrorCurve]](list)
    for entry in series:
        curve = ErrorCurve.from_json(entry.data)
        if curve is not None:
            is_found = entry.name.endswith(".as_found")
            name = entry.name.removesuffix(".as_found").removesuffix(".as_left")
            (found if is_found else left)[name].append(curve)
    return [
        CurvePair(name, *pair)
        for name in sorted({*found, *left})
        for pair in zip_longest(found[name], left[name])
    ]


def draw(pair: CurvePair, *, name: str) -> Iterator[Plot]:
    """The plots of one pair; ``name`` is unique in the document and safe in an id."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second to import, so only where drawn

    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's matplotlibrc says
        mpl.rcParams.update(_STYLE)
        if pair.found and pair.left:
            yield _draw_found_and_left(pair.found, pair.left, name=f"{name}-modules")
        for occasion, curve in pair.curves:
            yield _draw_over_voltage(occasion, curve, name=f"{name}-{occasion.replace(' ', '-')}")


def _draw_found_and_left(found: ErrorCurve, left: ErrorCurve, *, name: str) -> Plot:
    figure, axes = _figure()
    extent = _extent([found, left], widest=_WIDEST)
    positions = sorted({*found.positions, *left.positions})
    for shift, curve, colour, marker, label in (
        (-0.14, found, _FOUND, "o", "as found"),
        (0.14, left, _LEFT, "s", "as left"),
    ):
        points = [
            (position + shift, *worst)
            for position in curve.positions
            if (worst := _worst(curve, position)) is not None
        ]
        _bars(axes, points, extent, color=colour, marker=marker, fill=curve is left, label=label)
    _limits(axes, left)
    axes.set_ylim(extent)
    axes.set_xlim(positions[0] - 0.6, positions[-1] + 0.6)
    if len(positions) <= _LABELLED:
        axes.set_xticks(positions)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("Module (position)")
    axes.set_ylabel("Largest error / mV")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=2)
    caption = "Each module's largest error over all voltages, with its expanded uncertainty."
    title = "As found and as left"
    label = f"{title}. {caption} {_in_words(found, 'as found')} {_in_words(left, 'as left')}"
    return Plot(title, caption, inline_svg(figure, name=name, label=label))


def _draw_over_voltage(occasion: str, curve: ErrorCurve, *, name: str) -> Plot:
    figure, axes = _figure()
    extent = _extent([curve], widest=math.inf)
    named = _named(curve)
    for position in curve.positions:
        points = list(_points(curve, position))
        if position in named:
            colour, marker = _STYLES[named.index(position)]
            _bars(axes, points, extent, color=colour, marker=marker, line=True, label=str(position))
        else:
            axes.plot([x for x, _, _ in points], [y for _, y, _ in points], color=_OTHERS, zorder=1)
    _limits(axes, curve)
    axes.set_ylim(extent)
    axes.set_xlabel("Voltage / V")
    axes.set_ylabel("Error / mV")
    if named:
        axes.legend(
            title="Module" if len(named) == len(curve.positions) else "Module (others grey)",
            title_fontsize=8,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.18),
            ncols=min(len(named), 8),
            handletextpad=0.2,
            columnspacing=1.0,
        )
    title = f"Error over voltage, {occasion}"
    caption = "With expanded uncertainty and limits."
    label = f"{title}. {caption} {_in_words(curve, occasion)}"
    return Plot(title, caption, inline_svg(figure, name=name, label=label))


def _figure() -> tuple[Any, Axes]:
    from matplotlib.figure import Figure  # noqa: PLC0415 - as in draw

    figure = Figure(figsize=(4.8, 3.2), layout="constrained")
    figure.patch.set_visible(False)
    return figure, figure.add_subplot()


def _bars(
    axes: Axes,
    points: Sequence[tuple[float, float, float]],
    extent: tuple[float, float],
    *,
    color: str,
    marker: str,
    line: bool = False,
    fill: bool = True,
    label: str,
) -> None:
    """Points with their uncertainty; one beyond the plot becomes an arrow with its value."""
    inset = 0.04 * (extent[1] - extent[0])
    low, high = extent[0] + inset, extent[1] - inset
    inside = [point for point in points if low <= point[1] <= high]
    axes.errorbar(
        [x for x, _, _ in inside],
        [error for _, error, _ in inside],
        yerr=[uncertainty for _, _, uncertainty in inside],
        fmt=f"{marker}-" if line else marker,
        color=color,
        markerfacecolor=color if fill else "white",
        capsize=2,
        elinewidth=0.9,
        label=label,
    )
    for x, error, _ in points:
        if not low <= error <= high:
            up = error > high
            edge = high if up else low
            axes.plot([x], [edge], marker="^" if up else "v", color=color, linestyle="none")
            if len(points) <= _LABELLED:
                axes.annotate(
                    f"{error:+.0f}".replace("-", "−"),
                    (x, edge),
                    xytext=(0, -9 if up else 9),
                    textcoords="offset points",
                    ha="center",
                    va="top" if up else "bottom",
                    fontsize=7.5,
                    color=color,
                )


def _limits(axes: Axes, curve: ErrorCurve) -> None:
    axes.axhline(0.0, color="#5B6773", linewidth=0.7, zorder=1)
    for bound in (curve.low_V, curve.high_V):
        if bound is not None:
            axes.axhline(bound * _MILLI, color=_LIMIT, linestyle=(0, (5, 3)), linewidth=1.1)
            axes.annotate(
                "limit",
                (1.0, bound * _MILLI),
                xycoords=("axes fraction", "data"),
                xytext=(3, 0),
                textcoords="offset points",
                ha="left",
                va="center",
                fontsize=7.5,
                color=_LIMIT,
            )


def _extent(curves: Sequence[ErrorCurve], *, widest: float) -> tuple[float, float]:
    """Bottom and top of the plot in mV: the limits and all there is, if not far beyond them."""
    bounds = [bound * _MILLI for c in curves for bound in (c.low_V, c.high_V) if bound is not None]
    edges = [
        edge
        for curve in curves
        for position in curve.positions
        for _, error, uncertainty in _points(curve, position)
        for edge in (error - uncertainty, error + uncertainty)
    ]
    farthest = widest * max(map(abs, bounds), default=math.inf) or math.inf
    bottom = max(min([*bounds, *edges, 0.0]), -farthest)
    top = min(max([*bounds, *edges, 0.0]), farthest)
    space = 0.12 * (top - bottom) or 1.0
    return bottom - space, top + space


def _points(curve: ErrorCurve, position: int) -> Iterator[tuple[float, float, float]]:
    """Voltage in V, error and expanded uncertainty in mV, where there is an error."""
    rows = zip(curve.voltage_V, curve.error_V, curve.expanded_uncertainty_V, strict=True)
    for volts, errors, uncertainties in rows:
        error, uncertainty = errors[position - 1], uncertainties[position - 1]
        if math.isfinite(error):
            drawn = uncertainty if 0.0 < uncertainty < math.inf else 0.0
            yield volts, error * _MILLI, drawn * _MILLI


def _worst(curve: ErrorCurve, position: int) -> tuple[float, float] | None:
    points = [(error, uncertainty) for _, error, uncertainty in _points(curve, position)]
    return max(points, key=lambda point: abs(point[0]), default=None)


def _named(curve: ErrorCurve) -> list[int]:
    """The modules with a colour of their own: all, or of many those with the largest errors."""
    by_error = sorted(
        (position for position in curve.positions if _worst(curve, position) is not None),
        key=lambda position: (-abs((_worst(curve, position) or (0.0, 0.0))[0]), position),
    )
    return sorted(by_error[: len(_STYLES)])


def _in_words(curve: ErrorCurve, occasion: str) -> str:
    worst = [
        (abs(found[0]), position)
        for position in curve.positions
        if (found := _worst(curve, position)) is not None
    ]
    if not worst:
        return f"No values {occasion}."
    error, position = max(worst)
    return f"Largest error {occasion}: {error:.1f} mV, module {position}."
