"""Weak cells: those of much more resistance, or much less capacity, than the others (SUP-5)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supervisor.figures import PackFigures
from supervisor.steps import Step

STEPS_KEPT = 8
STEPS_NEEDED = 3
READING_V = 0.0035
"""So much two readings of a module differ by resolution and noise, about a code (CAL-3): after
a small step that is much of what a cell shows."""
OF_A_MEDIAN = 1.25
"""What a median scatters by more than a mean."""
SCATTERS = 6.0
"""Many times that, as a large pack has a cell that is off by three."""
BACK = 0.9
"""A cell is no longer weak in resistance once it is below this part of what made it so."""


@dataclass(frozen=True, slots=True, eq=False)
class WeakCells:
    """What steps of the current and capacities have told."""

    resistances_ohm: tuple[NDArray[np.float64], ...] = ()
    """Of all cells, by the latest steps; NaN where one was not read."""
    currents_A: tuple[float, ...] = ()
    """Those steps' currents."""
    resistive: frozenset[int] = frozenset()
    small: frozenset[int] = frozenset()
    suspected: frozenset[int] = frozenset()
    """Found small the last time; named if found so again."""

    @property
    def positions(self) -> tuple[int, ...]:
        """Weak in either way, in order."""
        return tuple(sorted(self.resistive | self.small))


def after_step(figures: PackFigures, state: WeakCells, step: Step) -> WeakCells:
    """Take in a step of the current that the sensor and the cells agree on."""
    latest = step.cells_V / step.current_A
    kept = (*state.resistances_ohm, latest)[-STEPS_KEPT:]
    currents_A = (*state.currents_A, step.current_A)[-STEPS_KEPT:]
    if len(kept) < STEPS_NEEDED:
        return replace(state, resistances_ohm=kept, currents_A=currents_A)
    by_cell = np.median(np.nan_to_num(np.array(kept), nan=0.0), axis=0)
    usual = float(np.median(by_cell))
    scatter = OF_A_MEDIAN * READING_V / float(np.median(np.abs(currents_A))) / math.sqrt(len(kept))
    limit = max(figures.balancing.weak_resistance * usual, usual + SCATTERS * scatter)
    resistive = {
        position
        for position, resistance in enumerate(by_cell.tolist(), 1)
        if usual > 0 and resistance > (limit * BACK if position in state.resistive else limit)
    }
    return replace(
        state,
        resistances_ohm=kept,
        currents_A=currents_A,
        resistive=frozenset(resistive),
    )


def after_capacities(
    figures: PackFigures, state: WeakCells, capacities_As: NDArray[np.float64]
) -> WeakCells:
    """Take in newly found capacities."""
    least_As = figures.balancing.weak_capacity * float(np.median(capacities_As))
    found = frozenset(
        position for position, held_As in enumerate(capacities_As.tolist(), 1) if held_As < least_As
    )
    return replace(state, small=found & (state.suspected | state.small), suspected=found)
