"""The axes that an error curve is drawn on: style, extent, points with their bars, limits.

Voltages lie along x, or module positions; errors in mV along y.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reports.errorcurve import ErrorCurve, Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELLED = 16
"""So many modules can have a number of their own without running into each other."""
_MILLI = 1000.0
_LIMIT_COLOUR = "#A32A00"
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


@contextmanager
def house_style() -> Iterator[None]:
    """Plots drawn within look alike on every machine, whatever its matplotlibrc says."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second to import, so only where drawn

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def new_axes() -> tuple[Figure, Axes]:
    """A figure without background, and its only axes."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - as in house_style

    figure = Figure(figsize=(4.8, 3.2), layout="constrained")
    figure.patch.set_visible(False)
    return figure, figure.add_subplot()


def draw_points(
    axes: Axes,
    xs: Sequence[float],
    points: Sequence[Point],
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
    errors = [point.error_V * _MILLI for point in points]
    bars = [point.expanded_uncertainty_V * _MILLI for point in points]
    inside = [index for index, error in enumerate(errors) if low <= error <= high]
    axes.errorbar(
        [xs[index] for index in inside],
        [errors[index] for index in inside],
        yerr=[bars[index] for index in inside],
        fmt=f"{marker}-" if line else marker,
        color=color,
        markerfacecolor=color if fill else "white",
        capsize=2,
        elinewidth=0.9,
        label=label,
    )
    for x, error in zip(xs, errors, strict=True):
        if not low <= error <= high:
            up = error > high
            edge = high if up else low
            axes.plot([x], [edge], marker="^" if up else "v", color=color, linestyle="none")
            if len(points) <= LABELLED:
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


def draw_line(axes: Axes, points: Sequence[Point], *, color: str) -> None:
    """A plain line over voltage, behind everything else."""
    voltages = [point.voltage_V for point in points]
    axes.plot(voltages, [point.error_V * _MILLI for point in points], color=color, zorder=1)


def draw_limits(axes: Axes, curve: ErrorCurve) -> None:
    """Zero, and the limits that the curve was judged by."""
    axes.axhline(0.0, color="#5B6773", linewidth=0.7, zorder=1)
    for bound in (curve.low_V, curve.high_V):
        if bound is not None:
            axes.axhline(bound * _MILLI, color=_LIMIT_COLOUR, linestyle=(0, (5, 3)), linewidth=1.1)
            axes.annotate(
                "limit",
                (1.0, bound * _MILLI),
                xycoords=("axes fraction", "data"),
                xytext=(3, 0),
                textcoords="offset points",
                ha="left",
                va="center",
                fontsize=7.5,
                color=_LIMIT_COLOUR,
            )


def extent_of(curves: Sequence[ErrorCurve], *, widest: float) -> tuple[float, float]:
    """Bottom and top of the plot in mV: the limits and all there is, if not far beyond them."""
    bounds = [bound * _MILLI for c in curves for bound in (c.low_V, c.high_V) if bound is not None]
    edges = [
        edge
        for curve in curves
        for position in curve.positions
        for _, error_V, uncertainty_V in curve.points(position)
        for edge in ((error_V - uncertainty_V) * _MILLI, (error_V + uncertainty_V) * _MILLI)
    ]
    farthest = widest * max(map(abs, bounds), default=math.inf) or math.inf
    bottom = max(min([*bounds, *edges, 0.0]), -farthest)
    top = min(max([*bounds, *edges, 0.0]), farthest)
    space = 0.12 * (top - bottom) or 1.0
    return bottom - space, top + space
