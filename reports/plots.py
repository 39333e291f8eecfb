"""Plots of the error curves on record: as found against as left, and over voltage.

Nothing but numbers and this module's own words gets into a plot; what the user or a module
said stands beside it, as escaped text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from markupsafe import Markup

from reports.curveaxes import (
    LABELLED,
    draw_limits,
    draw_line,
    draw_points,
    extent_of,
    house_style,
    new_axes,
)
from reports.entries import SeriesRecord
from reports.errorcurve import ErrorCurve
from reports.modulelines import OTHERS, STYLES, draw_module_legend
from reports.svg import inline_svg

_FOUND, _LEFT = "#8A5A00", "#0072B2"
_WIDEST = 3.0  # times the limit: what lies beyond is marked at the edge


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
    with house_style():
        if pair.found and pair.left:
            yield _draw_found_and_left(pair.found, pair.left, name=f"{name}-modules")
        for occasion, curve in pair.curves:
            yield _draw_over_voltage(occasion, curve, name=f"{name}-{occasion.replace(' ', '-')}")


def _draw_found_and_left(found: ErrorCurve, left: ErrorCurve, *, name: str) -> Plot:
    figure, axes = new_axes()
    extent = extent_of([found, left], widest=_WIDEST)
    positions = sorted({*found.positions, *left.positions})
    for shift, curve, colour, marker, label in (
        (-0.14, found, _FOUND, "o", "as found"),
        (0.14, left, _LEFT, "s", "as left"),
    ):
        worst = [(position + shift, curve.largest(position)) for position in curve.positions]
        known = [(x, point) for x, point in worst if point is not None]
        draw_points(
            axes,
            [x for x, _ in known],
            [point for _, point in known],
            extent,
            color=colour,
            marker=marker,
            fill=curve is left,
            label=label,
        )
    draw_limits(axes, left)
    axes.set_ylim(extent)
    axes.set_xlim(positions[0] - 0.6, positions[-1] + 0.6)
    if len(positions) <= LABELLED:
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
    figure, axes = new_axes()
    extent = extent_of([curve], widest=float("inf"))
    named = _named(curve)
    for position in curve.positions:
        points = curve.points(position)
        if position in named:
            colour, marker = STYLES[named.index(position)]
            draw_points(
                axes,
                [point.voltage_V for point in points],
                points,
                extent,
                color=colour,
                marker=marker,
                line=True,
                label=str(position),
            )
        else:
            draw_line(axes, points, color=OTHERS)
    draw_limits(axes, curve)
    axes.set_ylim(extent)
    axes.set_xlabel("Voltage / V")
    axes.set_ylabel("Error / mV")
    draw_module_legend(axes, named=named, everyone=len(curve.positions))
    title = f"Error over voltage, {occasion}"
    caption = "With expanded uncertainty and limits."
    label = f"{title}. {caption} {_in_words(curve, occasion)}"
    return Plot(title, caption, inline_svg(figure, name=name, label=label))


def _by_error(curve: ErrorCurve) -> list[tuple[float, int]]:
    """The largest error in mV and the position of every module that has any, largest first."""
    errors = (
        (abs(point.error_V) * 1000.0, position)
        for position in curve.positions
        if (point := curve.largest(position)) is not None
    )
    return sorted(errors, key=lambda found: (-found[0], found[1]))


def _named(curve: ErrorCurve) -> list[int]:
    """The modules with a colour of their own: all, or of many those with the largest errors."""
    return sorted(position for _, position in _by_error(curve)[: len(STYLES)])


def _in_words(curve: ErrorCurve, occasion: str) -> str:
    by_error = _by_error(curve)
    if not by_error:
        return f"No values {occasion}."
    error_mV, position = by_error[0]
    return f"Largest error {occasion}: {error_mV:.1f} mV, module {position}."
