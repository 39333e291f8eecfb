"""Whether the current sensor is dead, stuck or reversed, as the cells' voltages tell (SUP-1).

Beside what the sensor says, the current is followed by the cells alone: ``implied_A`` goes up and
down by every step that they show, and with the sensor for all that is no step. While both agree in
a step, the sensor is followed. A sensor that fails jumps while no cell moves, or stands still while
all of them do; one that is reversed moves against them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from supervisor.decisions import Fault
from supervisor.figures import PackFigures
from supervisor.known import Known
from supervisor.steps import Step

LEAST_SHARE = 0.25
GREATEST_SHARE = 4.0
"""What a step in voltage may be of the one that current and typical resistance make."""
STEEP_V = 0.05
"""So far above the low alarm a cell falls faster and faster."""
APART = 0.75
"""Sensor and cells disagree once they are so many steps apart."""


@dataclass(frozen=True, slots=True)
class SensorWatch:
    """What the cells imply, and how often that contradicted the sensor."""

    implied_A: float = math.nan
    contradictions: int = 0
    suspected: Fault = Fault.CURRENT_SENSOR_STUCK
    """What the sensor showed when it last was at odds with the cells."""
    fault: Fault | None = None
    """Until the sensor has been seen to follow a step."""

    @property
    def trusted(self) -> bool:
        """Nothing speaks against the sensor."""
        return self.contradictions == 0 and self.fault is None


def watch(figures: PackFigures, state: SensorWatch, step: Step | None, known: Known) -> SensorWatch:
    """Compare a reading of the cells with the sensor; ``step`` is what changed since the last."""
    if step is None or math.isnan(state.implied_A) or _nearly_empty(figures, known):
        return replace(state, implied_A=known.current_A)
    shown_A = step.middle_V / figures.cell.resistance_ohm
    if _follows(figures, step.current_A, shown_A):
        return SensorWatch(implied_A=known.current_A)
    gate_A = figures.current_sensor.step_A
    cells_moved = abs(shown_A) >= gate_A * step.noise and not step.settling
    stepped = abs(step.current_A) >= gate_A or cells_moved
    implied_A = state.implied_A + (shown_A if stepped else step.current_A)
    apart_A = APART * gate_A
    at_odds = abs(known.current_A - implied_A) >= apart_A
    if at_odds or (stepped and abs(step.current_A - shown_A) >= apart_A):
        suspected = _suspect(figures, known.current_A, implied_A) if at_odds else state.suspected
        return _contradicted(figures, state, implied_A, suspected)
    agrees = abs(known.current_A) >= gate_A
    contradictions = max(state.contradictions - agrees, 0)
    return replace(state, implied_A=implied_A, contradictions=contradictions)


def _nearly_empty(figures: PackFigures, known: Known) -> bool:
    """A cell is where its curve is so steep that it moves without a step of the current."""
    return bool(np.nanmin(known.cells_V) <= figures.cell.low_alarm_V + STEEP_V)


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


def _contradicted(
    figures: PackFigures, state: SensorWatch, implied_A: float, suspected: Fault
) -> SensorWatch:
    """Once more; often enough, and the fault is named."""
    needed = figures.current_sensor.noticed_after
    contradictions = min(state.contradictions + 1, needed)
    named = suspected if contradictions >= needed else None
    return SensorWatch(implied_A, contradictions, suspected, state.fault or named)


def _suspect(figures: PackFigures, sensed_A: float, implied_A: float) -> Fault:
    """What a sensor has that shows this while the cells imply that."""
    if abs(sensed_A) <= figures.current_sensor.zero_A:
        return Fault.CURRENT_SENSOR_DEAD
    if abs(sensed_A + implied_A) <= abs(implied_A) / 2:
        return Fault.CURRENT_SENSOR_REVERSED
    return Fault.CURRENT_SENSOR_STUCK
