"""Bleeding single cells at rest, by the thresholds of their modules (SUP-5).

While a pack is charged its modules bleed by themselves. At rest a cell that stands too far above the
lowest is bled by a lower threshold of its own, and gets its own threshold back afterwards, and
before the pack is charged. A threshold is EEPROM: it is written only when it changes, so many times
in any 24 hours at most, and a cell is not begun unless the write that ends it is left, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supervisor.decisions import WriteBleedingThreshold
from supervisor.figures import PackFigures
from supervisor.known import Known
from supervisor.timers import lasting

DAY_S = 86_400.0 + 60.0
"""With a minute to spare for whoever counts by another clock."""

LARGEST_CODE = 0xFFF
"""That a module stores (CMD-V)."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Which cells are being bled, and what was written."""

    lowered: tuple[tuple[int, int], ...] = ()
    """Positions, and the codes that their modules get back."""
    writes_ages_s: tuple[float, ...] = ()
    """Of the writes within a day."""
    writes: int = 0
    resting_s: float = 0.0
    requests: tuple[WriteBleedingThreshold, ...] = ()
    """Of this period."""


def balance(
    figures: PackFigures,
    state: Balance,
    known: Known,
    constants: NDArray[np.float64],
    elapsed_s: float,
    *,
    at_rest: bool,
    sure: bool,
) -> Balance:
    """Begin or end the bleeding of single cells.

    A pack that is charged bleeds by itself; while readings are in doubt nothing is written.
    """
    resting = at_rest and sure and abs(known.current_A) <= figures.current_sensor.zero_A
    state = Balance(
        lowered=state.lowered,
        writes_ages_s=tuple(
            age_s + elapsed_s for age_s in state.writes_ages_s if age_s + elapsed_s < DAY_S
        ),
        writes=state.writes,
        resting_s=lasting(state.resting_s, elapsed_s, is_so=resting),
    )
    for position, own in state.lowered if sure else ():
        if not at_rest or _has_come_down(figures, known, position):
            state = _end(state, position, own)
    if state.resting_s >= figures.balancing.rest_s and known.cells_were_read:
        for position in _too_high(figures, known):
            state = _begin(figures, state, known, constants, position)
    return state


def _begin(
    figures: PackFigures,
    state: Balance,
    known: Known,
    constants: NDArray[np.float64],
    position: int,
) -> Balance:
    """Bleed this cell, if it is not bled already and two writes are left beside those due."""
    constant = float(constants[position - 1])
    due = len(state.lowered) + len(state.writes_ages_s)
    if position in dict(state.lowered) or not constant > 0:
        return state
    if due + 2 > figures.balancing.writes_a_day:
        return state
    lowest_V = float(known.smooth_V.min())
    target_V = max(lowest_V + figures.balancing.release_V / 2, figures.balancing.above_V)
    code = round(constant / (1000 * target_V))
    own = round(constant / (1000 * figures.cell.bleeding_V))
    if not own < code <= LARGEST_CODE:  # at the very top it bleeds by its own threshold
        return state
    lowered = tuple(sorted((*state.lowered, (position, own))))
    return _with_write(state, position, code, lowered)


def _end(state: Balance, position: int, own: int) -> Balance:
    """Give the module's own threshold back to it."""
    lowered = tuple(pair for pair in state.lowered if pair != (position, own))
    return _with_write(state, position, own, lowered)


def _with_write(
    state: Balance, position: int, code: int, lowered: tuple[tuple[int, int], ...]
) -> Balance:
    return Balance(
        lowered=lowered,
        writes_ages_s=(*state.writes_ages_s, 0.0),
        writes=state.writes + 1,
        resting_s=state.resting_s,
        requests=(*state.requests, WriteBleedingThreshold(position, code)),
    )


def _too_high(figures: PackFigures, known: Known) -> tuple[int, ...]:
    """Positions to bleed, the highest first; none unless every cell is known."""
    cells_V, balancing = known.smooth_V, figures.balancing
    if not np.isfinite(cells_V).all():
        return ()
    high = (cells_V > float(cells_V.min()) + balancing.spread_V) & (cells_V > balancing.above_V)
    order = np.argsort(-cells_V, kind="stable")
    return tuple(int(index) + 1 for index in order if high[index])


def _has_come_down(figures: PackFigures, known: Known, position: int) -> bool:
    """The cell is as low as it was to become, or no longer told by its voltage."""
    lowest_V, volts = float(known.smooth_V.min()), float(known.smooth_V[position - 1])
    return volts <= max(lowest_V + figures.balancing.release_V, figures.balancing.above_V)
