"""Weak cells: those of much more resistance, or much less capacity, than the others (SUP-5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supervisor.figures import PackFigures
from supervisor.steps import Step

STEPS_KEPT = 8
STEPS_NEEDED = 3
BACK = 0.9
"""A cell is no longer weak in resistance once it is below this part of what made it so."""


@dataclass(frozen=True, slots=True, eq=False)
class WeakCells:
    """What steps of the current and capacities have told."""

    resistances_ohm: tuple[NDArray[np.float64], ...] = ()
    """Of all cells, by the latest steps; NaN where one was not read."""
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
    if len(kept) < STEPS_NEEDED:
        return WeakCells(kept, state.resistive, state.small, state.suspected)
    by_cell = np.median(np.nan_to_num(np.array(kept), nan=0.0), axis=0)
    usual = float(np.median(by_cell))
    limit = figures.balancing.weak_resistance * usual
    resistive = {
        position
        for position, resistance in enumerate(by_cell.tolist(), 1)
        if usual > 0 and resistance > (limit * BACK if position in state.resistive else limit)
    }
    return WeakCells(kept, frozenset(resistive), state.small, state.suspected)


def after_capacities(
    figures: PackFigures, state: WeakCells, capacities_As: NDArray[np.float64]
) -> WeakCells:
    """Take in newly found capacities."""
    least_As = figures.balancing.weak_capacity * float(np.median(capacities_As))
    found = frozenset(
        position for position, held_As in enumerate(capacities_As.tolist(), 1) if held_As < least_As
    )
    return WeakCells(
        state.resistances_ohm,
        state.resistive,
        small=found & (state.suspected | state.small),
        suspected=found,
    )
