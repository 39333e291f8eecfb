"""What a supervisor publishes, as the signals of ``cellrig_pack.dbc`` (SUP-6).

Values are physical ones, within what their signals hold, so that a DBC library encodes them as
they are; what is not available is told by the signal's own code for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supervisor.decisions import Decision, Fault, Phase
from supervisor.readings import PackReadings

COUNTS = 16
"""The counter goes from 0 to one less."""
PER_GROUP = 4
"""Cells, or temperature sensors, in one frame."""
WEAK_CELLS = 5
"""Positions in the frame of weak cells."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame to send: the DBC's message and a value for each of its signals."""

    message: str
    signals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Scale:
    """What a signal holds."""

    least: float
    greatest: float
    not_available: float

    def hold(self, value: float) -> float:
        if math.isnan(value):
            return self.not_available
        return min(max(value, self.least), self.greatest)


_LIMIT_A = _Scale(0.0, 1310.70, not_available=0.0)  # no limit known is none allowed
_VOLTAGE_V = _Scale(0.0, 1310.68, not_available=1310.70)
_CURRENT_A = _Scale(-655.34, 655.34, not_available=-655.36)
_PERCENT = _Scale(0.0, 204.70, not_available=204.75)
_CELL_V = _Scale(0.0, 8.190, not_available=8.191)
_TEMPERATURE_C = _Scale(-100.0, 719.0, not_available=719.1)
_TIME_S = _Scale(0.0, 6553.4, not_available=6553.5)
_CHARGE_As = _Scale(0.0, 2.0**28 - 1, not_available=0.0)
_PHASES = tuple(Phase)


def frames(decision: Decision, readings: PackReadings, *, counter: int = 0) -> tuple[Frame, ...]:
    """All frames of one control period; ``counter`` counts the periods."""
    count = float(counter % COUNTS)
    return (
        *(
            Frame(name, {**signals, "counter": count})
            for name, signals in _single(decision, readings)
        ),
        *_groups("cell_voltages", "cell_{:03d}_V", readings.cell_voltages_V.values, _CELL_V, count),
        *_groups(
            "temperatures",
            "temperature_{:03d}_C",
            readings.temperatures_C.values,
            _TEMPERATURE_C,
            count,
        ),
    )


def signals(
    decision: Decision, readings: PackReadings, *, counter: int = 0
) -> dict[str, dict[str, float]]:
    """What a receiver of all frames knows: by message, the signals of all groups together."""
    known: dict[str, dict[str, float]] = {}
    for frame in frames(decision, readings, counter=counter):
        known.setdefault(frame.message, {}).update(frame.signals)
    return known


def _single(decision: Decision, readings: PackReadings) -> Iterator[tuple[str, dict[str, float]]]:
    """The messages that are one frame, without their counter."""
    report, charger = decision.report, decision.charger
    lowest_V, highest_V = _extremes(readings.cell_voltages_V.values)
    yield (
        "limits",
        {
            "charge_limit_A": _LIMIT_A.hold(decision.charge_limit_A),
            "discharge_limit_A": _LIMIT_A.hold(decision.discharge_limit_A),
            "contactor_closed": float(decision.contactor_closed),
            "polling_chain": float(decision.poll_chain),
        },
    )
    yield (
        "pack",
        {
            "pack_voltage_V": _VOLTAGE_V.hold(readings.pack_voltage_V.value),
            "current_A": _CURRENT_A.hold(readings.current_A.value),
            "state_of_charge_percent": _PERCENT.hold(100 * report.state_of_charge),
            "state_of_health_percent": _PERCENT.hold(100 * report.state_of_health),
        },
    )
    yield "faults", {fault.name.lower(): float(fault in report.faults) for fault in Fault}
    yield (
        "cells",
        {
            "lowest_cell_V": _CELL_V.hold(lowest_V),
            "highest_cell_V": _CELL_V.hold(highest_V),
            "spread_V": _CELL_V.hold(report.spread_V),
            "average_temperature_C": _TEMPERATURE_C.hold(report.average_temperature_C),
        },
    )
    yield (
        "charging",
        {
            "charger_on": float(charger.on),
            "phase": float(_PHASES.index(report.phase)),
            "charger_voltage_V": _VOLTAGE_V.hold(charger.voltage_V),
            "charger_current_A": _LIMIT_A.hold(charger.current_A),
            "time_constant_s": _TIME_S.hold(report.time_constant_s),
        },
    )
    yield (
        "charge",
        {
            "charge_in_As": _CHARGE_As.hold(report.charge_in_As),
            "charge_out_As": _CHARGE_As.hold(report.charge_out_As),
        },
    )
    weak = report.weak_cells
    positions = (*weak[:WEAK_CELLS], *[0] * WEAK_CELLS)[:WEAK_CELLS]
    yield (
        "weak_cells",
        {
            "weak_cell_count": float(len(weak)),
            **{f"weak_cell_{n}": float(position) for n, position in enumerate(positions, 1)},
        },
    )
    yield "threshold_writes", {"threshold_writes": float(report.threshold_writes)}


def _groups(
    message: str, name: str, values: NDArray[np.float64], scale: _Scale, count: float
) -> Iterator[Frame]:
    """The frames of a multiplexed message, as many as there are values."""
    for group, first in enumerate(range(0, values.size, PER_GROUP)):
        held = {
            name.format(index + 1): scale.hold(
                float(values[index]) if index < values.size else math.nan
            )
            for index in range(first, first + PER_GROUP)
        }
        yield Frame(message, {"group": float(group), "counter": count, **held})


def _extremes(values: NDArray[np.float64]) -> tuple[float, float]:
    """The lowest and the highest of what was read; NaN if nothing was."""
    read = values[np.isfinite(values)]
    return (float(read.min()), float(read.max())) if read.size else (math.nan, math.nan)
