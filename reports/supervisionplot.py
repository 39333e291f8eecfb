"""The plot of a supervisor at work: cells' voltages, current within limits, statuses, faults.

Nothing but numbers and this project's own words gets into it; events stand beside it as escaped
text, and in the drawing by their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports.curveaxes import house_style
from reports.entries import SeriesRecord
from reports.plots import Plot
from reports.supervision import NamedSupervision, Span, Supervision, numbers, supervisions
from reports.svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMED = 3
"""So many cells, those that stray farthest from the median, have a colour of their own."""
_COLOURS = ("#D55E00", "#0072B2", "#009E73")
_OTHERS, _TRUE, _LIMIT, _CURRENT = "#B8C0C8", "#E9DFC7", "#A32A00", "#14324E"
_STATE, _FAULT = "#56B4E9", "#A32A00"
_PHASES = {"current loop": "#E69F00", "voltage loop": "#F0D58A", "done": "#009E73"}
_MOST_CELLS = 32
"""Of more only the range is drawn, beside those that are named."""
_EVENTS = 9
"""Of more the first ones are numbered."""


def draw_supervision(named: NamedSupervision, *, name: str) -> Plot:
    """The plot of one recording; ``name`` is unique in the document and safe in an id."""
    course = named.course
    divisor, unit = _time_unit(course.end_s)
    rows = [*course.loops(), *course.states(), *course.faults.items()]
    rows = [(label, spans) for label, spans in rows if label != "idle"]
    with house_style():
        figure, (voltages, currents, strips) = _axes(len(rows))
        _draw_voltages(voltages, course, divisor)
        _draw_currents(currents, course, divisor)
        _draw_strips(strips, rows, set(course.faults), divisor)
        events = course.events[:_EVENTS]
        for axes in (voltages, currents, strips):
            for time_s, _ in events:
                axes.axvline(
                    time_s / divisor, color="#5B6773", linewidth=0.8, linestyle=(0, (2, 2))
                )
        _number(voltages, [time_s / divisor for time_s, _ in events])
        strips.set_xlabel(f"Time / {unit}")
        strips.set_xlim(0, course.end_s / divisor)
        title = named.name.replace("_", " ").replace(".", ", ").capitalize()
        caption = _caption(course)
        return Plot(title, caption, inline_svg(figure, name=name, label=f"{title}. {caption}"))


def supervision_plots(series: Sequence[SeriesRecord]) -> list[tuple[str, list[Plot]]]:
    """All recordings on record, under one heading; nothing if there is none."""
    drawn = [
        draw_supervision(named, name=f"supervision-{number}")
        for number, named in enumerate(supervisions(series), 1)
    ]
    return [("The supervisor in the loop", drawn)] if drawn else []


def _axes(strips: int) -> tuple[Figure, Sequence[Axes]]:
    from matplotlib.figure import Figure  # noqa: PLC0415 - as in house_style

    strips_in = 0.25 + 0.19 * max(1, strips)
    figure = Figure(figsize=(6.4, 3.9 + strips_in), layout="constrained")
    figure.patch.set_visible(False)
    axes = figure.subplots(3, 1, sharex=True, height_ratios=(2.2, 1.5, strips_in))
    return figure, axes


def _draw_voltages(axes: Axes, course: Supervision, divisor: float) -> None:
    """Every cell's voltage as its module tells it, over the range of their true voltages."""
    times, cells = np.array(course.cell_time_s) / divisor, course.voltages_V
    true_low, true_high = numbers(course.true_low_V), numbers(course.true_high_V)
    if not np.isnan(true_low).all():
        axes.fill_between(
            np.array(course.time_s) / divisor, true_low, true_high, color=_TRUE, label="true", lw=0
        )
    strays = _strays(cells)
    others = [index for index in range(course.cells) if index not in strays]
    if course.cells <= _MOST_CELLS:
        for index in others:
            axes.plot(times, cells[:, index], color=_OTHERS, linewidth=0.8, zorder=1.5)
    elif others and len(times):
        known = np.ma.masked_invalid(cells[:, others])
        lowest, highest = (edge.filled(np.nan) for edge in (known.min(axis=1), known.max(axis=1)))
        axes.fill_between(times, lowest, highest, color=_OTHERS, lw=0)
    for index, colour in zip(strays, _COLOURS, strict=False):
        axes.plot(times, cells[:, index], color=colour, label=f"cell {index + 1}")
    low, high = _extent(cells, true_low, true_high)
    for volts, text in (
        (course.high_alarm_V, "high"),
        (course.bleeding_V, "bleeds"),
        (course.low_alarm_V, "low"),
    ):
        if low <= volts <= high:
            axes.axhline(volts, color=_LIMIT, linewidth=0.9, linestyle=(0, (5, 3)))
            # the two upper thresholds lie close together
            shift = {"high": 3, "bleeds": -3}.get(text, 0)
            axes.annotate(
                text, (1.0, volts), xycoords=("axes fraction", "data"), xytext=(3, shift),
                textcoords="offset points", va="center", fontsize=7.5, color=_LIMIT,
            )  # fmt: skip
    axes.set_ylim(low, high)
    axes.set_ylabel("Cell voltage / V")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.06), ncols=4)


def _draw_currents(axes: Axes, course: Supervision, divisor: float) -> None:
    """The pack's current, between what may be charged and what may be discharged."""
    times = np.array(course.time_s) / divisor
    charge, discharge = numbers(course.charge_limit_A), -numbers(course.discharge_limit_A)
    axes.fill_between(times, discharge, charge, step="post", color="#EAF3EF", lw=0)
    axes.step(times, charge, where="post", color="#009E73", linewidth=1.0, label="limits")
    axes.step(times, discharge, where="post", color="#009E73", linewidth=1.0)
    axes.plot(times, numbers(course.current_A), color=_CURRENT, label="current")
    axes.axhline(0.0, color="#5B6773", linewidth=0.7, zorder=1)
    axes.set_ylabel("Current / A")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.97), ncols=2, borderaxespad=0.0)


def _draw_strips(
    axes: Axes, rows: Sequence[tuple[str, list[Span]]], faults: set[str], divisor: float
) -> None:
    """A row for each state that there was, from the top down."""
    for row, (label, spans) in enumerate(rows):
        colour = _FAULT if label in faults else _PHASES.get(label, _STATE)
        bars = [(begin / divisor, (end - begin) / divisor) for begin, end in spans]
        axes.broken_barh(bars, (row - 0.32, 0.64), facecolors=colour, linewidth=0)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows], fontsize=7.5)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _number(axes: Axes, xs: Sequence[float]) -> None:
    """The events' numbers above their lines; those that fall together share a place."""
    labels: dict[float, str] = {}
    for number, x in enumerate(xs, 1):
        labels[x] = f"{labels[x]}, {number}" if x in labels else str(number)
    for x, label in labels.items():
        axes.annotate(
            label, (x, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
            textcoords="offset points", ha="center", va="bottom", fontsize=7.5, color="#5B6773",
        )  # fmt: skip


def _strays(cells: np.ndarray) -> list[int]:
    """The cells that stray farthest from the median of all, by their index."""
    known = cells[~np.isnan(cells).all(axis=1)]
    if not len(known):
        return []
    away = np.nan_to_num(np.abs(known - np.nanmedian(known, axis=1, keepdims=True))).max(axis=0)
    farthest = sorted(range(cells.shape[1]), key=lambda index: (-away[index], index))
    return sorted(farthest[:_NAMED])


def _extent(*parts: np.ndarray) -> tuple[float, float]:
    every = np.concatenate([part.ravel() for part in parts])
    every = every[~np.isnan(every)]
    if not len(every):
        return 0.0, 5.0
    space = max(0.02, 0.08 * float(np.ptp(every)))
    return float(every.min()) - space, float(every.max()) + space


def _time_unit(end_s: float) -> tuple[float, str]:
    if end_s > 2 * 3600:
        return 3600.0, "h"
    return (60.0, "min") if end_s > 600 else (1.0, "s")


def _caption(course: Supervision) -> str:
    """What the numbers in the drawing stand for, and which faults were named."""
    events = course.events[:_EVENTS]
    words = [f"({n}) {what}, {_moment(time_s)}" for n, (time_s, what) in enumerate(events, 1)]
    if more := len(course.events) - len(events):
        words.append(f"and {more} more events")
    words += [
        f"weak: {_cells(positions)}, {_moment(time_s)}" for time_s, positions in course.weak_cells
    ]
    if course.faults:
        words.append(f"named: {', '.join(course.faults)}")
    return "; ".join(words) + "." if words else "Nothing happened to it, and no fault was named."


def _cells(positions: Sequence[int]) -> str:
    return f"cell {', '.join(map(str, positions))}" if positions else "none any more"


def _moment(time_s: float) -> str:
    divisor, unit = _time_unit(time_s)
    return f"{time_s / divisor:.3g} {unit}"
