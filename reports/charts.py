"""Plots of what tests kept beside their measurements: sweeps, traces, searches, counts.

Each kind of series has one function here. A series that another version wrote in another shape
is not drawn; it stays on record.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from reports.curveaxes import LABELLED, house_style, new_axes
from reports.entries import SeriesRecord
from reports.modulelines import columns, draw_module_legend, draw_module_lines, named_of
from reports.plots import Plot
from reports.svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OF_ANOTHER_SHAPE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeWarning,
    TypeError,
    ValueError,
)

Data: TypeAlias = Mapping[str, Any]
"""One series as it is on record."""

_GOOD, _BAD, _NEUTRAL = "#009E73", "#D55E00", "#0072B2"
_LINE = "#A32A00"
_MILLI, _MICRO = 1e3, 1e6
_LITTLE_A = 1e-4
"""Currents that all stay below it are drawn in µA."""


def charts_by_family(series: Sequence[SeriesRecord]) -> list[tuple[str, list[Plot]]]:
    """All that can be drawn, by what stands before the dot in its name.

    Series of one name and kind make one plot.
    """
    groups = defaultdict[tuple[str, str], list[Data]](list)
    for entry in series:
        if isinstance(entry.data, Mapping) and (kind := str(entry.data.get("kind"))) in CHARTS:
            groups[entry.name, kind].append(entry.data)
    families = defaultdict[str, list[Plot]](list)
    for number, ((name, kind), data) in enumerate(groups.items(), 1):
        if plot := _draw(kind, data, name=f"chart-{number}"):
            families[name.partition(".")[0]].append(plot)
    return list(families.items())


def _draw(kind: str, data: Sequence[Data], *, name: str) -> Plot | None:
    """The plot of one group; ``name`` is unique in the document and safe in an id."""
    with house_style(), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # means of nothing
        figure, axes = new_axes()
        try:
            title, caption = CHARTS[kind](axes, data)
        except _OF_ANOTHER_SHAPE:
            return None
        return Plot(title, caption, inline_svg(figure, name=name, label=f"{title}. {caption}"))


def _legend(axes: Axes, **style: Any) -> None:
    """Who is who, where anything was drawn."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(**style)


def _threshold_sweep(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """How often the bit was set, by distance from the setting."""
    sweep = data[-1]
    setting_V = float(sweep["setting_V"])
    for way, dashed in (("sets", False), ("clears", True)):
        volts = np.array(sweep[way]["voltage_V"], float)
        shares = columns(sweep[way]["share_set"])
        order = np.argsort(volts)
        offsets_mV = (volts[order] - setting_V) * _MILLI
        positions = range(1, shares.shape[1] + 1)
        named = named_of(positions)
        lines = {each: (offsets_mV, shares[order, each - 1] * 100) for each in positions}
        draw_module_lines(axes, lines, named=named, marked=True, dashed=dashed)
    near = np.abs(offsets_mV).min()
    axes.axvline(0.0, color=_LINE, linestyle=(0, (5, 3)), linewidth=1.1)
    axes.set_xlim(-max(40.0, 2 * near), max(40.0, 2 * near))
    axes.set_xlabel("Voltage from the setting / mV")
    axes.set_ylabel("Bit set / % of readings")
    draw_module_legend(axes, named=named, everyone=len(positions))
    caption = "How often the bit was set, coming from where it is clear (solid) or set (dashed)."
    return f"Around {setting_V:.3f} V", caption


def _current_trace(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """Current of each module over time."""
    traces = {
        int(trace["position"]): (
            float(trace["start_s"]) + np.arange(len(trace["values"])) * trace["interval_s"],
            np.array(trace["values"], float),
        )
        for trace in data
    }
    small = max(float(np.nanmax(values)) for _, values in traces.values()) < _LITTLE_A
    scale, unit = (_MICRO, "µA") if small else (_MILLI, "mA")
    named = named_of(
        list(traces), foremost={at: float(np.mean(values)) for at, (_, values) in traces.items()}
    )
    lines = {at: (times_s, values * scale) for at, (times_s, values) in traces.items()}
    draw_module_lines(axes, lines, named=named)
    axes.set_xlabel("Time after the message / s")
    axes.set_ylabel(f"Current / {unit}")
    draw_module_legend(axes, named=named, everyone=len(traces))
    return "Current over time", "As the ammeter's train of readings saw each module."


def _times_by_position(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """From the earliest to the latest answer of each command that every module obeys."""
    times = data[-1]
    commands = [name for name, earliest in times["earliest_s"].items() if len(earliest) > 1]
    if not commands:
        raise ValueError("no command whose answers have positions")
    for colour, command in zip((_NEUTRAL, _BAD, _GOOD, _LINE), commands, strict=False):
        earliest, latest = (
            np.array(times[key][command], float) * _MILLI for key in ("earliest_s", "latest_s")
        )
        positions = np.arange(1, len(earliest) + 1)
        axes.plot(positions, latest, color=colour, marker="_", label=command)
        axes.fill_between(positions, earliest, latest, color=colour, alpha=0.25, linewidth=0)
    axes.set_xticks(positions if len(positions) <= LABELLED else positions[15::16])
    axes.set_xlabel("Module (position)")
    axes.set_ylabel("Time to the answer / ms")
    _legend(axes, title="Command", title_fontsize=8)
    rounds = int(times["rounds"])
    return "Times of answers", f"Earliest to latest of {rounds} rounds, from the query's first bit."


def _spacing_search(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """Which spacings brought every answer back."""
    search = data[-1]
    tried_ms = np.array(search["tried_s"], float) * _MILLI
    safe = np.array(search["safe"], bool)
    trials = np.arange(1, len(tried_ms) + 1)
    for chosen, colour, marker, label in (
        (safe, _GOOD, "o", "all answers came"),
        (~safe, _BAD, "X", "some were lost"),
    ):
        axes.plot(
            trials[chosen], tried_ms[chosen], marker, color=colour, linestyle="none", label=label
        )
    axes.axhline(
        float(search["figure_s"]) * _MILLI, color=_LINE, linestyle=(0, (5, 3)), label="product"
    )
    axes.set_xticks(trials)
    axes.set_xlabel("Trial")
    axes.set_ylabel("Spacing / ms")
    _legend(axes)
    order = "the far end first" if str(search["order"]).startswith("n") else "the near end first"
    least_ms = float(search["least_s"]) * _MILLI
    return f"Spacing, {order}", f"All answers still came at {least_ms:.2f} ms."


def _dips(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """How many modules each dip reset."""
    dips = data[-1]
    volts = np.array(dips["voltage_V"], float)
    held_s = np.array(dips["held_s"], float)
    reset = [sum(map(bool, row)) / len(row) for row in dips["reset"]]
    for length_s, colour, marker in zip(
        sorted(set(held_s)), (_NEUTRAL, _BAD, _GOOD, _LINE), "osD^", strict=False
    ):
        chosen = held_s == length_s
        order = np.argsort(volts[chosen])
        axes.plot(
            volts[chosen][order],
            np.array(reset)[chosen][order] * 100,
            color=colour,
            marker=marker,
            label=f"held for {length_s:g} s",
        )
    axes.set_xlabel("Lowest voltage / V")
    axes.set_ylabel("Modules that were reset / %")
    _legend(axes)
    return "Dips of the supply", "A module that was reset has its bleeding enabled again."


def _cut_writes(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """What was left of the constant, by how long before the cut its write began."""
    cuts = data[-1]
    lead_ms = np.array(cuts["lead_s"], float) * _MILLI
    positions = np.array(cuts["position"], int)
    left = np.array([str(one) for one in cuts["left"]])
    for kind, colour, marker in zip(
        sorted(set(left)), (_NEUTRAL, _GOOD, _BAD, _LINE), "osXD", strict=False
    ):
        chosen = left == kind
        axes.plot(
            lead_ms[chosen], positions[chosen], marker, color=colour, linestyle="none", label=kind
        )
    axes.set_yticks(sorted(set(positions.tolist())))
    axes.set_xlabel("From the write to the loss of power / ms")
    axes.set_ylabel("Module (position)")
    _legend(axes, loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=3)
    return "Writes that were cut off", "What the constant was found to be afterwards."


def _robustness(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """How many mutants of each kind ended how."""
    campaign = data[-1]
    grades = [str(grade) for grade in campaign["counts"]]
    mutations = sorted({str(one["mutation"]) for one in campaign["mutants"]})
    counts = {
        grade: np.array(
            [
                sum(
                    one["mutation"] == mutation and one["grade"] == grade
                    for one in campaign["mutants"]
                )
                for mutation in mutations
            ]
        )
        for grade in grades
    }
    begins = np.zeros(len(mutations))
    for grade, colour in zip(grades, (_GOOD, "#56B4E9", "#E69F00", _BAD), strict=False):
        axes.barh(mutations, counts[grade], left=begins, color=colour, label=grade)
        begins = begins + counts[grade]
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Spoilt messages")
    _legend(axes, loc="upper center", bbox_to_anchor=(0.35, 1.22), ncols=2)
    total = int(begins.sum())
    return "Spoilt messages", f"{total} of them, and what the first module made of each."


def _histogram(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """Codes at one voltage, about each module's own mean."""
    histogram = data[-1]
    codes = np.array(histogram["code"], float)
    counts = columns(histogram["count"])
    positions = range(1, len(counts) + 1)
    named = named_of(positions)
    lines = {}
    for position in positions:
        share = counts[position - 1] / max(float(counts[position - 1].sum()), 1.0) * 100
        mean = float(np.sum(codes * share) / 100)
        seen = share > 0
        lines[position] = (codes[seen] - mean, share[seen])
    draw_module_lines(axes, lines, named=named, marked=True)
    axes.set_xlabel("Code from the module's mean")
    axes.set_ylabel("Readings / %")
    draw_module_legend(axes, named=named, everyone=len(lines))
    return "Scatter of codes", "Readings at one voltage; without noise codes move in steps of four."


def _straightness(axes: Axes, data: Sequence[Data]) -> tuple[str, str]:
    """What is left of each module's error by its best constant."""
    straight = data[-1]
    volts = np.array(straight["voltage_V"], float)
    deviations_mV = columns(straight["deviation_V"]) * _MILLI
    positions = range(1, deviations_mV.shape[1] + 1)
    worst = np.nanmax(np.abs(deviations_mV), axis=0)
    named = named_of(positions, foremost={at: float(worst[at - 1]) for at in positions})
    lines = {at: (volts, deviations_mV[:, at - 1]) for at in positions}
    draw_module_lines(axes, lines, named=named, marked=True)
    axes.axhline(0.0, color="#5B6773", linewidth=0.7, zorder=1)
    axes.set_xlabel("Voltage / V")
    axes.set_ylabel("Deviation / mV")
    draw_module_legend(axes, named=named, everyone=len(positions))
    return "Straightness", "Each module's error with the constant that suits all voltages best."


CHARTS: Mapping[str, Callable[[Axes, Sequence[Data]], tuple[str, str]]] = {
    "threshold-sweep": _threshold_sweep,
    "current trace": _current_trace,
    "times-by-position": _times_by_position,
    "spacing-search": _spacing_search,
    "dips": _dips,
    "cut-writes": _cut_writes,
    "robustness": _robustness,
    "histogram": _histogram,
    "straightness": _straightness,
}
"""What draws a kind of series: onto the axes, and returns a title and a caption."""
