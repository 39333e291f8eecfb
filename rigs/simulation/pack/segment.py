"""A segment: a span of constant currents through the cells, and what follows from it."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.pack.cells import Array, Cells, CellState
from rigs.simulation.waveform import Exponential


@dataclass(frozen=True, slots=True)
class Outside:
    """What is set outside the cells."""

    source: Exponential
    """Of the charger."""
    limit_A: float = 0.0
    charging: bool = False
    """Whether the charger's output is on; off it lets nothing through either way."""
    load_A: float = 0.0
    closed: bool = False
    """The contactor."""
    lead_ohm: float = 0.0
    burden_ohm: float = 0.0
    interrupted: bool = False
    """Whether the ammeter has opened its path."""

    @property
    def connected(self) -> bool:
        """Whether current can flow through the pack."""
        return self.closed and not self.interrupted

    def currents(
        self, pack_V: float, pack_ohm: float, time_ns: float
    ) -> tuple[float, float, float]:
        """Into the pack, out of the charger, into the load, in A.

        The pack is ``pack_V`` behind ``pack_ohm``; the charger holds its voltage within its
        limit and lets nothing flow back.
        """
        limit_A = self.limit_A if self.charging else 0.0
        if not self.connected:
            fed_A = min(self.load_A, limit_A)
            return 0.0, fed_A, fed_A
        series_ohm = pack_ohm + self.lead_ohm + self.burden_ohm
        # A load draws nothing from terminals without voltage.
        load_A = min(self.load_A, limit_A + max(0.0, pack_V) / series_ohm)
        wanted_A = (self.source.value(time_ns) - pack_V) / series_ohm + load_A
        charger_A = min(max(wanted_A, 0.0), limit_A)
        return charger_A - load_A, charger_A, load_A


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A span of constant currents; the state is that at its begin."""

    start_ns: int
    end_ns: int
    """By when the currents are found anew."""
    cells: Cells
    state: CellState
    outside: Outside
    pack_A: float
    """Into the pack."""
    charger_A: float
    load_A: float
    cell_A: Array
    """Into each cell: the pack's less what its bleeder takes."""
    bleed_A: Array
    warmth_W: Array
    """What the bleeders give to their cells."""

    def seconds_to(self, time_ns: int) -> float:
        """From its begin."""
        return (time_ns - self.start_ns) / NANOSECONDS_PER_SECOND


class Look:
    """One segment as plain numbers, to look at one cell at a time: modules do so all the time."""

    def __init__(self, segment: Segment) -> None:
        figures, state = segment.cells.figures, segment.state
        self.segment = segment
        self._plain = segment.cells.plain
        self._charge_As: list[float] = state.charge_As.tolist()
        self._net_A: list[float] = (segment.cell_A - figures.self_discharge_A).tolist()
        self._fast_V: list[float] = state.fast_V.tolist()
        self._slow_V: list[float] = state.slow_V.tolist()
        self._cell_A: list[float] = segment.cell_A.tolist()
        self.bleed_A: list[float] = segment.bleed_A.tolist()
        self.resistance_ohm = self._plain.resistance_ohm

    def cell_V(self, index: int, seconds: float) -> float:
        """As ``Cells.volts_after``, of one cell."""
        plain, amperes = self._plain, self._cell_A[index]
        charge = (self._charge_As[index] + self._net_A[index] * seconds) / plain.capacity_As[index]
        line = bisect_right(plain.inner, charge)
        fast_V, slow_V = amperes * plain.fast_ohm[index], amperes * plain.slow_ohm[index]
        return (
            plain.volts[line]
            + plain.slopes[line] * (charge - plain.begins[line])
            + amperes * plain.resistance_ohm[index]
            + fast_V
            + (self._fast_V[index] - fast_V) * math.exp(-seconds / plain.fast_s[index])
            + slow_V
            + (self._slow_V[index] - slow_V) * math.exp(-seconds / plain.slow_s[index])
        )
