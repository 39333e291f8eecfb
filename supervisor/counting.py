"""Charge counted, state of charge and of health (SUP-1, SUP-11), and what each cell holds (SUP-5)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supervisor.chainwatch import BLEEDING, ENABLED
from supervisor.figures import PackFigures
from supervisor.known import Known
from supervisor.timers import lasting

STILL = 0.02
"""A smaller part of the rated capacity moves no anchor away."""
LEAST_SHARE = 0.3
"""Of a cell's charge must have moved, for its capacity to be told by it."""

BELIEVED = 0.9
"""A capacity farther from the rated one than this part of it says that the count is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """Cells at rest, and what had gone through each by then."""

    charge: NDArray[np.float64]
    """States of charge by their voltages, 0 to 1."""
    through_As: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """What has gone in and out."""

    through_As: NDArray[np.float64]
    """Into each cell since the start, less what its bypass took."""
    charge_in_As: float = 0.0
    charge_out_As: float = 0.0
    state_of_charge: float = math.nan
    resting_s: float = 0.0
    anchor: Anchor | None = None
    capacities_As: NDArray[np.float64] | None = None

    @property
    def capacity_As(self) -> float:
        """Of the cell in the middle; NaN until it has been measured."""
        return math.nan if self.capacities_As is None else float(np.median(self.capacities_As))


def nothing_counted(figures: PackFigures) -> Count:
    """Before the first reading."""
    return Count(np.zeros(figures.cells))


def count(
    figures: PackFigures,
    state: Count,
    known: Known,
    latches: NDArray[np.uint8],
    elapsed_s: float,
    *,
    trusted: bool,
) -> Count:
    """Count the current that flowed since, and take what cells at rest tell.

    Unless the current is ``trusted``, nobody knows whether they rest.
    """
    in_time = known.current.age_s <= figures.ages.current_s
    current_A = known.current_A if in_time else 0.0
    bleeds = (latches & BLEEDING != 0) & (latches & ENABLED != 0)
    bled_As = elapsed_s * figures.cell.bleed_A * bleeds if latches.size else 0.0
    capacity_As = _capacity_As(figures, state)
    counted = replace(
        state,
        through_As=state.through_As + current_A * elapsed_s - bled_As,
        charge_in_As=state.charge_in_As + max(current_A, 0.0) * elapsed_s,
        charge_out_As=state.charge_out_As + max(-current_A, 0.0) * elapsed_s,
        state_of_charge=_part(state.state_of_charge + current_A * elapsed_s / capacity_As),
        resting_s=lasting(
            state.resting_s,
            elapsed_s,
            is_so=in_time and trusted and abs(current_A) <= figures.charge.rest_A,
        ),
    )
    if known.cells_were_read and np.isfinite(known.cells_V).all():
        return _look_at_cells(figures, counted, known, current_A)
    return counted


def corrected(figures: PackFigures, state: Count, known: Known, *, full: bool) -> Count:
    """The state of charge set right where it is known: at full, and towards empty.

    Below the low alarm the curve is so steep that the lowest cell tells what is left.
    """
    if full:
        return replace(state, state_of_charge=1.0)
    lowest_V = float(_at_rest_V(figures, known, known.current_A).min())
    if lowest_V <= figures.cell.low_alarm_V:
        left = float(np.interp(lowest_V, figures.charge.ocv_V, figures.charge.ocv_charge))
        return replace(state, state_of_charge=min(state.state_of_charge, left))
    return state


def health(figures: PackFigures, state: Count, weak: tuple[int, ...]) -> float:
    """Capacity against the rated one: the weakest cell's where one is weak; NaN until measured."""
    if state.capacities_As is None:
        return math.nan
    capacity_As = float(state.capacities_As.min()) if weak else state.capacity_As
    return capacity_As / figures.charge.rated_As


def _capacity_As(figures: PackFigures, state: Count) -> float:
    return figures.charge.rated_As if math.isnan(state.capacity_As) else state.capacity_As


def _look_at_cells(figures: PackFigures, state: Count, known: Known, current_A: float) -> Count:
    """The first state of charge; and at rest the anchor, or capacities by it."""
    charge = np.interp(
        _at_rest_V(figures, known, current_A), figures.charge.ocv_V, figures.charge.ocv_charge
    )
    if math.isnan(state.state_of_charge):
        state = replace(state, state_of_charge=float(charge.mean()))
    if state.resting_s < figures.charge.rest_s:
        return state
    if state.anchor is None or _stands_still(figures, state, state.anchor):
        return replace(state, anchor=Anchor(charge, state.through_As))
    moved = charge - state.anchor.charge
    if abs(float(np.median(moved))) < LEAST_SHARE or (np.abs(moved) < LEAST_SHARE / 2).any():
        return state
    capacities_As = (state.through_As - state.anchor.through_As) / moved
    if (np.abs(capacities_As / figures.charge.rated_As - 1) > BELIEVED).any():
        return state
    return replace(state, capacities_As=capacities_As)


def _stands_still(figures: PackFigures, state: Count, anchor: Anchor) -> bool:
    """Next to nothing has flowed since: the longer a cell rests, the better it tells."""
    flowed_As = float(np.median(np.abs(state.through_As - anchor.through_As)))
    return flowed_As < STILL * figures.charge.rated_As


def _at_rest_V(figures: PackFigures, known: Known, current_A: float) -> NDArray[np.float64]:
    """What the cells would show without the current."""
    return np.asarray(known.cells_V - current_A * figures.cell.resistance_ohm)


def _part(charge: float) -> float:
    """Within 0 to 1; NaN stays."""
    return charge if math.isnan(charge) else min(max(charge, 0.0), 1.0)
