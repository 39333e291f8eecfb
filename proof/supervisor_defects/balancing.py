"""Defects in bleeding single cells at rest by writes of their thresholds (SUP-5)."""

from __future__ import annotations

from dataclasses import replace

from typing_extensions import override

from proof.defective import Defective
from supervisor.decisions import ChainRequest, Decision, WriteBleedingThreshold
from supervisor.figures import PackFigures

AT_REST = "test_25_supervisor_balancing.py::test_cells_that_stand_too_high_are_bled_at_rest"
OWN_CODE = 0x5A0


class NeverBalances(Defective):
    """Leaves cells apart, however long the pack rests."""

    breaks = ("SUP-5",)
    caught_by = AT_REST
    shown_by = "balancing_at_rest.spread_V"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return replace(figures, balancing=replace(figures.balancing, writes_a_day=0))


class WritesTheNeighboursThreshold(Defective):
    """Bleeds the cell behind the one that stands too high."""

    breaks = ("SUP-5",)
    caught_by = AT_REST
    shown_by = "balancing_at_rest.spread_V"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, requests=tuple(map(self._shifted, decision.requests)))

    def _shifted(self, request: ChainRequest) -> ChainRequest:
        if not isinstance(request, WriteBleedingThreshold):
            return request
        return replace(request, position=request.position % self.figures.cells + 1)


class LeavesThresholdsLowered(Defective):
    """Does not give a module its own threshold back."""

    breaks = ("SUP-5",)
    caught_by = AT_REST
    shown_by = "balancing_at_rest.thresholds_left"

    def __init__(self, figures: PackFigures) -> None:
        super().__init__(figures)
        self._lowered: set[int] = set()

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, requests=tuple(filter(self._is_first, decision.requests)))

    def _is_first(self, request: ChainRequest) -> bool:
        if not isinstance(request, WriteBleedingThreshold):
            return True
        first = request.position not in self._lowered
        self._lowered.add(request.position)
        return first


class WritesThresholdsEveryPeriod(Defective):
    """Writes a module's threshold in each period, though it has not changed."""

    breaks = ("SUP-5",)
    caught_by = AT_REST
    shown_by = "thresholds more, where 20 a day are allowed"

    @override
    def said(self, decision: Decision) -> Decision:
        again = WriteBleedingThreshold(position=1, code=OWN_CODE)
        return replace(decision, requests=(*decision.requests, again))
