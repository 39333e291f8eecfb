"""Whether the wire can keep the control period: pure formulas over the chain's own timing."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.chain.messages import COUNT, GENERAL_ENQUIRY, Addressed
from drivers.chain.timing import ChainTiming, Order, exchange_of
from quantities.errors import RigFileError
from supervisor.figures import Periods


@dataclass(frozen=True, slots=True)
class WireTimes:
    """How long the chain takes for what is asked of it in one period, at most."""

    status_s: float
    """``S0F`` through all modules."""
    cells_s: float
    """A pipelined reading of all of them."""
    count_s: float
    """``A00@`` through all of them."""

    @classmethod
    def of(cls, timing: ChainTiming, modules: int) -> WireTimes:
        """Of a chain of so many modules."""
        return cls(
            status_s=timing.way_s(exchange_of(GENERAL_ENQUIRY), modules, modules),
            cells_s=timing.scan_s(exchange_of(Addressed(1, "U")), modules, Order.FAR_END_FIRST),
            count_s=timing.way_s(exchange_of(COUNT), modules, modules),
        )

    @property
    def busiest_s(self) -> float:
        """The fast period in which the cells are read too; the chain is counted in another."""
        return self.status_s + max(self.cells_s, self.count_s)


def check_periods(periods: Periods, timing: ChainTiming, modules: int) -> WireTimes:
    """Raise ``RigFileError`` with the formula if the wire cannot keep the control period."""
    wire = WireTimes.of(timing, modules)
    if periods.fast_s >= wire.busiest_s:
        return wire
    cells, status = exchange_of(Addressed(1, "U")), exchange_of(GENERAL_ENQUIRY)
    raise RigFileError(
        f"a control period of {periods.fast_s:g} s cannot be kept: S0F through {modules} modules "
        f"takes {modules + 1} × {1000 * timing.wire_s(status.query_characters):.3g} ms on the "
        f"wires and {modules} × {1000 * timing.processing_s:.3g} ms in the modules, "
        f"{wire.status_s:.3g} s; a pipelined reading of the cells {modules - 1} × "
        f"{1000 * timing.spacing_s(cells, Order.FAR_END_FIRST):.3g} ms and "
        f"{timing.way_s(cells, 1, modules):.3g} s on its way, {wire.cells_s:.3g} s (all at most)",
        where="[pack.periods] fast_s",
        expected=f"at least {wire.busiest_s:.3g} s",
        remedy="lengthen the period, or watch fewer modules on one chain",
    )
