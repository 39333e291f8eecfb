"""Steps of the current, as the cells' voltages show them.

When the current changes, every cell's voltage moves by its resistance times the change. That tells
two things: whether the current sensor saw what the cells saw (SUP-1), and which cell has more
resistance than the others (SUP-5). Slow movements (charge going in or out, a cell that relaxes) are
taken off as a trend, so that only steps remain; and a cell whose bypass works tells nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supervisor.chainwatch import BLEEDING, ENABLED
from supervisor.known import Known


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """The cells as they were read the last time."""

    cells_V: NDArray[np.float64]
    current_A: float
    bled: NDArray[np.bool_]
    """Cells whose bypass worked."""
    since_s: float = 0.0
    trend_V_per_s: float = 0.0
    settling: bool = True
    """There was a step: what follows in this interval is no trend yet, and no step."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What changed from one reading of the cells to the next."""

    current_A: float
    """As the sensor saw it."""
    cells_V: NDArray[np.float64]
    """Of each cell, less the trend."""
    middle_V: float
    """Of the cells in the middle, which one bad cell does not move."""
    settling: bool

    @property
    def noise(self) -> float:
        """Of what the middle shows, by how few cells tell: 1 if all do."""
        return math.sqrt(self.cells_V.size / np.isfinite(self.cells_V).sum())


def first_before(known: Known, latches: NDArray[np.uint8]) -> Before:
    """A first reading, to be compared with the next one."""
    return Before(known.cells_V, known.current_A, _bleeding(known, latches))


def step_between(before: Before, known: Known, latches: NDArray[np.uint8]) -> Step | None:
    """The change since the cells were read before; None if nothing can be told."""
    moved_V = _moved_V(before, known, latches) - before.trend_V_per_s * before.since_s
    change_A = known.current_A - before.current_A
    if not math.isfinite(change_A) or 4 * np.isfinite(moved_V).sum() < moved_V.size:
        return None
    return Step(change_A, moved_V, middle(moved_V), before.settling)


def next_before(
    before: Before, known: Known, latches: NDArray[np.uint8], *, stepped: bool
) -> Before:
    """These readings, to be compared with the next ones; ``stepped`` if they tell no trend."""
    trend = before.trend_V_per_s
    if not stepped and before.since_s > 0:
        trend = middle(_moved_V(before, known, latches)) / before.since_s
    return Before(
        known.cells_V,
        known.current_A,
        _bleeding(known, latches),
        trend_V_per_s=trend,
        settling=stepped,
    )


def _moved_V(before: Before, known: Known, latches: NDArray[np.uint8]) -> NDArray[np.float64]:
    """NaN for cells that were not read, and for those whose bypass worked."""
    tells = known.new_cells & ~before.bled & ~_bleeding(known, latches)
    return np.where(tells, known.cells_V - before.cells_V, math.nan)


def _bleeding(known: Known, latches: NDArray[np.uint8]) -> NDArray[np.bool_]:
    if not latches.size:
        return np.zeros(known.new_cells.size, np.bool_)
    return np.asarray((latches & BLEEDING != 0) & (latches & ENABLED != 0))


def middle(values: NDArray[np.float64]) -> float:
    """Mean of the middle half of what is known: calmer than the median, as deaf to one stray."""
    known = np.sort(values[np.isfinite(values)])
    cut = known.size // 4
    return float(known[cut : known.size - cut].mean()) if known.size else math.nan
