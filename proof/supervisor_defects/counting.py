"""Defects in what is counted: charge, state of charge (SUP-1, SUP-11), and weak cells (SUP-5)."""

from __future__ import annotations

from dataclasses import replace
from math import floor

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from proof.defective import Defective
from supervisor.counting import Count, count
from supervisor.decisions import Decision
from supervisor.figures import PackFigures
from supervisor.known import Known

CHARGE = "test_20_supervisor_charging.py"
COUNTED = f"{CHARGE}::test_the_state_of_charge_is_what_it_is"
RESISTANCE = f"{CHARGE}::test_a_cell_of_high_resistance_is_named"

RANGE_As = 6553.6
"""Of 16 bit in tenths."""


def _turns(state: Count) -> int:
    """How often a 16 bit count in tenths has overflowed."""
    return floor((state.charge_in_As - state.charge_out_As) / RANGE_As + 0.5)


def _overflowing(
    figures: PackFigures,
    state: Count,
    known: Known,
    latches: NDArray[np.uint8],
    elapsed_s: float,
    *,
    trusted: bool,
) -> Count:
    counted = count(figures, state, known, latches, elapsed_s, trusted=trusted)
    lost_As = (_turns(counted) - _turns(state)) * RANGE_As
    charge = counted.state_of_charge - lost_As / figures.charge.rated_As
    return replace(counted, state_of_charge=min(max(charge, 0.0), 1.0) if lost_As else charge)


class SixteenBitIntegrator(Defective):
    """Counts charge in 16 bit, in tenths of an ampere-second, which overflow after 0.91 Ah."""

    breaks = ("SUP-1", "SUP-11")
    caught_by = COUNTED
    shown_by = "state_of_charge.error"
    replaces = ("supervisor.reference.count", _overflowing)


class CountsInAmpereHours(Defective):
    """Takes seconds for hours: its state of charge stands still."""

    breaks = ("SUP-1", "SUP-11")
    caught_by = COUNTED
    shown_by = "state_of_charge.error"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        charge = figures.charge
        return replace(figures, charge=replace(charge, rated_As=3600 * charge.rated_As))


class NamesTheNeighbour(Defective):
    """Names the cell before a weak one."""

    breaks = ("SUP-5",)
    caught_by = RESISTANCE
    shown_by = "weak_cell_resistance.named_after"

    @override
    def said(self, decision: Decision) -> Decision:
        return _naming(decision, tuple(at - 1 for at in decision.report.weak_cells))


class NeverNamesWeakCells(Defective):
    """Names no cell as weak."""

    breaks = ("SUP-5",)
    caught_by = RESISTANCE
    shown_by = "weak_cell_resistance.named_after"

    @override
    def said(self, decision: Decision) -> Decision:
        return _naming(decision, ())


class NamesHealthyCellsWeak(Defective):
    """Names every cell as weak once one of them is."""

    breaks = ("SUP-5",)
    caught_by = RESISTANCE
    shown_by = "supervisor.false_weak_cells"

    @override
    def said(self, decision: Decision) -> Decision:
        every = tuple(range(1, self.figures.cells + 1))
        return _naming(decision, every) if decision.report.weak_cells else decision


def _naming(decision: Decision, positions: tuple[int, ...]) -> Decision:
    return replace(decision, report=replace(decision.report, weak_cells=positions))
