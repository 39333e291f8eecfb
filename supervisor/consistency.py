"""Whether readings agree with each other: pack with cells, and cells with their modules' status."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supervisor.chainwatch import BLEEDING, HIGH, LOW
from supervisor.decisions import Fault
from supervisor.figures import PackFigures
from supervisor.known import Known
from supervisor.timers import OFF, Trip, lasting

RELEASE = 0.8
"""A difference is over once it is below this part of the tolerance."""
UNTRUE_READINGS = 2
"""So many readings in a row must contradict their status."""
IMPOSSIBLE = frozenset({3, 4, 5, 7})
"""Low, bleeding and high bits that no healthy cell shows within one interval (THR-5)."""


@dataclass(frozen=True, slots=True, eq=False)
class Consistency:
    """What has disagreed, and for how long."""

    differing_s: float = 0.0
    """For so long pack voltage and the sum of the cells have."""
    differs: Trip = OFF
    untrue: tuple[int, ...] = ()
    """For each module, so many readings in a row contradicted its status; empty before any."""

    @property
    def faults(self) -> frozenset[Fault]:
        """By name."""
        faults = {Fault.PACK_VOLTAGE_DIFFERS} if self.differs.on else set()
        if any(count >= UNTRUE_READINGS for count in self.untrue):
            faults.add(Fault.CELL_UNTRUE)
        return frozenset(faults)


def compare(
    figures: PackFigures,
    state: Consistency,
    known: Known,
    latches: NDArray[np.uint8],
    elapsed_s: float,
) -> Consistency:
    """Compare pack voltage with the cells (SUP-2), and each cell with its latched bits (THR-5)."""
    differing_s, differs = _compare_pack(figures, state, known, elapsed_s)
    untrue = state.untrue
    if latches.size and known.cells_were_read:
        untrue = _compare_cells(figures, untrue, known, latches)
    return Consistency(differing_s, differs, untrue)


def _compare_pack(
    figures: PackFigures, state: Consistency, known: Known, elapsed_s: float
) -> tuple[float, Trip]:
    """For how long it has differed, and whether that is a fault."""
    in_time = (
        known.pack_voltage.age_s <= figures.ages.pack_voltage_s
        and known.cells.ages_s.max() <= figures.ages.cell_voltages_s
    )
    if not in_time:
        neither = state.differs.after(elapsed_s, beyond=False, returned=False, hold_s=0.0)
        return 0.0, neither
    tolerance_V, lasting_s = figures.pack_voltage.tolerance_V, figures.pack_voltage.lasting_s
    difference_V = abs(known.pack_voltage.value - float(known.cells_V.sum()))
    differing_s = lasting(state.differing_s, elapsed_s, is_so=difference_V > tolerance_V)
    return differing_s, state.differs.after(
        elapsed_s,
        beyond=differing_s >= lasting_s,
        returned=difference_V < RELEASE * tolerance_V,
        hold_s=max(lasting_s, figures.protection.hold_s),
    )


def _compare_cells(
    figures: PackFigures, untrue: tuple[int, ...], known: Known, latches: NDArray[np.uint8]
) -> tuple[int, ...]:
    """Count those on that contradict their status; the first reading's bits are of unknown age."""
    if not untrue:
        return (0,) * figures.cells
    contradicts = _contradictions(figures, known.cells_V, latches)
    return tuple(
        count if not new else count + 1 if wrong else 0
        for count, new, wrong in zip(untrue, known.new_cells, contradicts, strict=True)
    )


def _contradictions(
    figures: PackFigures, cells_V: NDArray[np.float64], latches: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """A voltage well beyond a threshold whose bit is clear, or bits that cannot occur together."""
    cell, margin_V = figures.cell, figures.cell.untrue_V
    too_high = (cells_V >= cell.high_alarm_V + margin_V) & (latches & HIGH == 0)
    too_low = (cells_V <= cell.low_alarm_V - margin_V) & (latches & LOW == 0)
    full = (cells_V >= cell.bleeding_V + margin_V) & (latches & BLEEDING == 0)
    impossible = np.isin(latches & (LOW | BLEEDING | HIGH), list(IMPOSSIBLE))
    return np.asarray(too_high | too_low | full | impossible, dtype=np.bool_)
