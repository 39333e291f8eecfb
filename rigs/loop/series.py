"""A recording as one stored series: every change is kept, long stretches of the same are thinned."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rigs.loop.recording import FAULTS, PHASES, Recording
from supervisor.figures import PackFigures

KIND = "supervision"

MOST_PERIODS = 600
"""So many instants are kept at even distances, beside those at which something changed."""
MOST_CHANGES = 2000
MOST_VOLTAGES = 4_800
"""Of cells, all together."""

_STEPPING = ("charge_limit_A", "discharge_limit_A", "charger_on", "contactor_closed", "draws_A")
_STATES = ("any_module", "every_module", "phase", "faults")


def supervision_series(recording: Recording, figures: PackFigures) -> dict[str, Any]:
    """What the report draws: times in s since the loop's start, voltages in V, currents in A."""
    periods, cells = recording.periods, recording.cell_voltages_V
    kept = periods[_kept(periods)]
    of_cells = _thinned(len(cells), max(2, MOST_VOLTAGES // max(1, recording.cells)))
    lowest_V, mean_V, highest_V = _envelope(cells)
    return {
        "kind": KIND,
        "cells": recording.cells,
        "low_alarm_V": figures.cell.low_alarm_V,
        "bleeding_V": figures.cell.bleeding_V,
        "high_alarm_V": figures.cell.high_alarm_V,
        "time_s": _rounded(kept["time_s"], 2),
        "current_A": _rounded(kept["current_A"], 3),
        "voltage_V": _rounded(kept["voltage_V"], 3),
        "charge_limit_A": _rounded(kept["charge_limit_A"], 3),
        "discharge_limit_A": _rounded(kept["discharge_limit_A"], 3),
        "state_of_charge": _rounded(kept["state_of_charge"], 4),
        "temperature_low_C": _rounded(kept["temperature_low_C"], 1),
        "temperature_high_C": _rounded(kept["temperature_high_C"], 1),
        "true_low_V": _rounded(kept["true_low_V"], 4),
        "true_high_V": _rounded(kept["true_high_V"], 4),
        "any_module": kept["any_module"],
        "every_module": kept["every_module"],
        "charger_on": kept["charger_on"],
        "contactor_closed": kept["contactor_closed"],
        "phases": _stretches(periods["time_s"], [PHASES[phase] for phase in periods["phase"]]),
        "faults": {
            fault.value: _spans(periods["time_s"], (periods["faults"] >> index & 1) == 1)
            for index, fault in enumerate(FAULTS)
            if np.any(periods["faults"] >> index & 1)
        },
        "cell_time_s": _rounded(recording.cell_times_s[of_cells], 2),
        "cell_low_V": _rounded(lowest_V[of_cells], 4),
        "cell_mean_V": _rounded(mean_V[of_cells], 4),
        "cell_high_V": _rounded(highest_V[of_cells], 4),
        "cell_voltage_V": _rounded(cells[of_cells], 4),
        "weak_cells": [[time_s, list(cells)] for time_s, cells in recording.weak_cells],
        "events": [[round(time_s, 2), what] for time_s, what in recording.events],
    }


def _kept(periods: NDArray[np.void]) -> NDArray[np.int64]:
    """Rows at even distances, and those before and after a change."""
    even = _thinned(len(periods), MOST_PERIODS)
    if len(periods) < 2:
        return even
    changed = np.zeros(len(periods) - 1, np.bool_)
    for name in (*_STEPPING, *_STATES):
        changed |= periods[name][1:] != periods[name][:-1]
    after = np.flatnonzero(changed) + 1
    after = after[_thinned(len(after), MOST_CHANGES)]
    return np.union1d(even, np.concatenate([after - 1, after]))


def _thinned(size: int, most: int) -> NDArray[np.int64]:
    """At most so many indices, evenly spread, the first and the last among them."""
    if size <= most:
        return np.arange(size)
    return np.unique(np.linspace(0, size - 1, most).round().astype(np.int64))


def _envelope(
    cells: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Lowest, mean and highest of those cells that answered; NaN where none did."""
    known = ~np.isnan(cells)
    some = known.any(axis=1)
    number = np.maximum(known.sum(axis=1), 1)
    lowest = np.where(known, cells, np.inf).min(axis=1, initial=np.inf)
    highest = np.where(known, cells, -np.inf).max(axis=1, initial=-np.inf)
    mean = np.where(known, cells, 0).sum(axis=1, dtype=np.float64) / number
    return (
        np.where(some, lowest, np.nan),
        np.where(some, mean, np.nan),
        np.where(some, highest, np.nan),
    )


def _rounded(values: NDArray[Any], digits: int) -> list[Any]:
    """Short in the store; infinities, which JSON does not know, are as unknown as NaN."""
    numbers = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    return np.round(numbers, digits).tolist()  # type: ignore[no-any-return]


def _stretches(times_s: NDArray[np.float64], states: list[str]) -> list[list[Any]]:
    """Each state with when it began."""
    begins: list[list[Any]] = []
    for time_s, state in zip(times_s, states, strict=True):
        if not begins or begins[-1][1] != state:
            begins.append([round(float(time_s), 2), str(state)])
    return begins


def _spans(times_s: NDArray[np.float64], present: NDArray[np.bool_]) -> list[list[float]]:
    """From when to when something was there; one that lasts ends with the recording."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
    ends = np.append(times_s, times_s[-1:])
    return [
        [round(float(times_s[begin]), 2), round(float(ends[end]), 2)]
        for begin, end in edges.reshape(-1, 2)
    ]
