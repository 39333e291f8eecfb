"""Whether the current sensor is dead, stuck or reversed, as the cells' voltages tell (SUP-1).

Beside what the sensor says, the current is followed by the cells alone: ``implied_A`` goes up and
down by every step that they show, and with the sensor for all that is no step. While both agree in
a step, the sensor is followed. A sensor that fails jumps while no cell moves, or stands still while
all of them do; one that is reversed moves against them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from supervisor.decisions import Fault
from supervisor.figures import PackFigures
from supervisor.known import Known
from supervisor.steps import Step

LEAST_SHARE = 0.25
GREATEST_SHARE = 4.0
"""What a step in voltage may be of the one that current and typical resistance make."""
APART = 0.75
"""Sensor and cells disagree once they are so many steps apart."""


@dataclass(frozen=True, slots=True)
class SensorWatch:
    """What the cells imply, and how often that contradicted the sensor."""

    implied_A: float = math.nan
    contradictions: int = 0
    fault: Fault | None = None
    """Until the sensor has been seen to follow a step."""


def watch(figures: PackFigures, state: SensorWatch, step: Step | None, known: Known) -> SensorWatch:
    """Compare a reading of the cells with the sensor; ``step`` is what changed since the last."""
    sensed_A = known.current_A
    if step is None or math.isnan(state.implied_A):
        return SensorWatch(sensed_A, state.contradictions, state.fault)
    shown_A = step.middle_V / figures.cell.resistance_ohm
    if _follows(figures, step.current_A, shown_A):
        return SensorWatch(implied_A=sensed_A)
    gate_A = figures.current_sensor.step_A
    cells_moved = abs(shown_A) >= gate_A * step.noise and not step.settling
    stepped = abs(step.current_A) >= gate_A or cells_moved
    implied_A = state.implied_A + (shown_A if stepped else step.current_A)
    if abs(sensed_A - implied_A) < APART * gate_A:
        agrees = abs(sensed_A) >= gate_A
        return SensorWatch(implied_A, max(state.contradictions - agrees, 0), state.fault)
    contradictions = min(state.contradictions + 1, figures.current_sensor.noticed_after)
    fault = state.fault
    if fault is None and contradictions >= figures.current_sensor.noticed_after:
        fault = _name(figures, sensed_A, implied_A)
    return SensorWatch(implied_A, contradictions, fault)


def is_step(figures: PackFigures, step: Step) -> bool:
    """Sensor or cells moved by more than noise and trend."""
    shown_A = step.middle_V / figures.cell.resistance_ohm
    gate_A = figures.current_sensor.step_A
    return abs(step.current_A) >= gate_A or abs(shown_A) >= gate_A * step.noise


def _follows(figures: PackFigures, sensed_A: float, shown_A: float) -> bool:
    """The sensor saw a step, and the cells showed about as much."""
    if abs(sensed_A) < figures.current_sensor.step_A:
        return False
    return LEAST_SHARE <= shown_A / sensed_A <= GREATEST_SHARE


def _name(figures: PackFigures, sensed_A: float, implied_A: float) -> Fault:
    """What a sensor has that shows this while the cells imply that."""
    if abs(sensed_A) <= figures.current_sensor.zero_A:
        return Fault.CURRENT_SENSOR_DEAD
    if abs(sensed_A + implied_A) <= abs(implied_A) / 2:
        return Fault.CURRENT_SENSOR_REVERSED
    return Fault.CURRENT_SENSOR_STUCK
