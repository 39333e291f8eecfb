"""The pack's circuit: cells in series, a contactor, and outside it charger and load on one bus.

Nothing happens by events. When somebody looks, the circuit is brought up to that time in *segments*:
spans in which the pack's current and every bleeding current are constant, so that the cells' states
move exactly (``cells.py``). A segment ends when something is switched or set, and after
``LONGEST_s`` at the latest, when the currents are found anew; charge and energy are therefore
conserved whatever the segments' length, and only how closely a constant voltage is held depends on it:
the charger's current is chosen so that its voltage is met in the middle of the segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.epoch import Bleeder
from rigs.simulation.kernel import Kernel
from rigs.simulation.pack.cells import Array, Cells, CellState
from rigs.simulation.pack.segment import Look, Outside, Segment
from rigs.simulation.waveform import Exponential

LONGEST_s = 1.0
"""Of a segment while anything flows."""
LONGEST_AT_REST_s = 60.0
"""While nothing flows but what leaks."""
SETTLING_SHARE = 0.5
"""While the charger settles, a segment lasts this share of the time since it was set …"""
SHORTEST_TIME_CONSTANTS = 0.5
"""… and so many of its time constants at least."""

PowersModules = Callable[[float], None]


def _nobody_to_power(lowest_V: float) -> None:
    """While there are no modules yet."""


class PackCircuit:
    """Cells with what is around them; ``bleeders`` and all arrays are by position, from index 0."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        cells: Cells,
        state: CellState,
        bleeders: list[Bleeder],
        lead_ohm: float,
        cell_lead_ohm: float,
    ) -> None:
        self.kernel = kernel
        self.cells = cells
        self.bleeders = bleeders
        self.powers: PowersModules = _nobody_to_power
        """Told the cells' lowest voltage whenever currents have been found anew."""
        self._cell_lead_ohm = cell_lead_ohm
        self._bleeding = [False] * len(bleeders)
        self._conductance_S = np.zeros(len(bleeders))
        self._observers = 0
        self._history: list[Segment] = []
        outside = Outside(Exponential(0.0, 0.0, 0, 0.0), lead_ohm=lead_ohm)
        self.segment = self._found(0, state, outside)
        self._looked_at = Look(self.segment)

    # -- what changes the circuit ----------------------------------------------------------------

    def change(self, time_ns: int, **changes: object) -> None:
        """From ``time_ns`` on something outside the cells is otherwise (``Outside``)."""
        self._renew(time_ns, outside=replace(self.segment.outside, **changes))  # type: ignore[arg-type]

    def change_cells(self, time_ns: int, change: Callable[[CellState], CellState]) -> None:
        """From ``time_ns`` on the cells stand elsewhere."""
        self._renew(time_ns, change)

    def age(self, index: int, *, capacity: float, resistance: float) -> None:
        """From now on the cell at ``index`` has so many times its capacity, as full, and resistance."""
        self._advance(self.kernel.now_ns)
        now = self.state_at(self.segment, self.kernel.now_ns)
        self.cells = self.cells.aged(index, capacity=capacity, resistance=resistance)
        factors = np.ones(len(self.bleeders))
        factors[index] = capacity
        aged = replace(now, charge_As=now.charge_As * factors)
        self._follow(self._found(self.kernel.now_ns, aged, self.segment.outside))

    def set_bleeding(self, index: int, *, on: bool, time_ns: int) -> None:
        """Switch the bleeder of the cell at ``index``; a pulsed one counts with its mean."""
        self._bleeding[index] = on
        self._renew(time_ns, conductance_S=self._conductances())

    def set_bleeder(self, index: int, bleeder: Bleeder) -> None:
        """Put another bleeder across the cell at ``index``."""
        self.bleeders[index] = bleeder
        self._renew(self.kernel.now_ns, conductance_S=self._conductances())

    def _conductances(self) -> Array:
        return np.array(
            [
                (bleeder.duty if bleeder.period_ns else 1.0)
                / (bleeder.resistor_ohm + self._cell_lead_ohm)
                if on
                else 0.0
                for bleeder, on in zip(self.bleeders, self._bleeding, strict=True)
            ]
        )

    def _renew(
        self,
        time_ns: int,
        change: Callable[[CellState], CellState] | None = None,
        *,
        outside: Outside | None = None,
        conductance_S: Array | None = None,
    ) -> None:
        """Find the currents anew at ``time_ns``, something having changed."""
        self._advance(time_ns)
        state = self.state_at(self.segment, time_ns)
        if conductance_S is not None:
            self._conductance_S = conductance_S
        self._follow(
            self._found(
                time_ns, change(state) if change else state, outside or self.segment.outside
            )
        )

    # -- what can be seen ------------------------------------------------------------------------

    def at(self, time_ns: int) -> Segment:
        """The segment that a time lies in: of the present, or of the past since ``observe``."""
        self._advance(time_ns)
        for segment in (self.segment, *reversed(self._history)):
            if segment.start_ns <= time_ns:
                return segment
        raise ValueError("history before observe() is not kept")

    def segments(self, start_ns: int, end_ns: int) -> list[tuple[int, int, Segment]]:
        """The segments within start to end, each with its part of that time."""
        self._advance(end_ns)
        known = [*self._history, self.segment]
        if known[0].start_ns > start_ns:
            raise ValueError("history before observe() is not kept")
        ends = [segment.start_ns for segment in known[1:]] + [end_ns]
        return [
            (max(segment.start_ns, start_ns), min(end, end_ns), segment)
            for segment, end in zip(known, ends, strict=True)
            if min(end, end_ns) > max(segment.start_ns, start_ns)
        ]

    def state_at(self, segment: Segment, time_ns: int) -> CellState:
        """Where the cells stand within a segment."""
        if time_ns == segment.start_ns:
            return segment.state
        seconds = segment.seconds_to(time_ns)
        return segment.cells.advance(
            segment.state, segment.cell_A, seconds, heating_W=segment.warmth_W
        )

    def pack_V(self, segment: Segment, time_ns: int) -> float:
        """All cells in series, within a segment."""
        seconds = segment.seconds_to(time_ns)
        return float(segment.cells.volts_after(segment.state, segment.cell_A, seconds).sum())

    def bus_V(self, segment: Segment, time_ns: int) -> float:
        """At charger and load, beyond leads and contactor."""
        outside = segment.outside
        if outside.connected:
            series_ohm = outside.lead_ohm + outside.burden_ohm
            return self.pack_V(segment, time_ns) + segment.pack_A * series_ohm
        overloaded = outside.load_A > outside.limit_A
        return outside.source.value(time_ns) if outside.charging and not overloaded else 0.0

    def cell_V(self, index: int, time_ns: int) -> float:
        """One cell's voltage now, in V."""
        self._advance(time_ns)
        return self._look().cell_V(index, self.segment.seconds_to(time_ns))

    def module_V(self, index: int, time_ns: int, *, without_own_bleed: bool) -> float:
        """The voltage now at a module's terminals, in V."""
        self._advance(time_ns)
        look = self._look()
        cell_V = look.cell_V(index, self.segment.seconds_to(time_ns))
        bleed_A = look.bleed_A[index]
        if not bleed_A:
            return cell_V
        if without_own_bleed:
            return cell_V + bleed_A * look.resistance_ohm[index]
        return cell_V - bleed_A * self._cell_lead_ohm

    def observe(self) -> None:
        """Keep history from now on, once more."""
        self._advance(self.kernel.now_ns)
        self._observers += 1

    def release(self) -> None:
        """History is needed by one observer less."""
        self._observers -= 1
        if not self._observers:
            self._history.clear()

    def _look(self) -> Look:
        if self._looked_at.segment is not self.segment:
            self._looked_at = Look(self.segment)
        return self._looked_at

    # -- from segment to segment -----------------------------------------------------------------

    def _advance(self, time_ns: int) -> None:
        while time_ns > self.segment.end_ns:
            end_ns = self.segment.end_ns
            state = self.state_at(self.segment, end_ns)
            self._follow(self._found(end_ns, state, self.segment.outside))

    def _follow(self, segment: Segment) -> None:
        if self._observers:
            self._history.append(self.segment)
        self.segment = segment

    def _found(self, time_ns: int, state: CellState, outside: Outside) -> Segment:
        """The segment that begins here, with the currents that flow in the middle of it."""
        span_ns = self._span_ns(time_ns, outside)
        middle_s = span_ns / NANOSECONDS_PER_SECOND / 2
        inner_V, ohm = self.cells.ahead(state, middle_s)
        # A bleeder takes G·v of its cell's v = inner + (I − G·v)·R.
        left = 1.0 / (1.0 + self._conductance_S * ohm)
        pack_A, charger_A, load_A = outside.currents(
            float(left @ inner_V), float(left @ ohm), time_ns + span_ns / 2
        )
        cell_V = left * (inner_V + pack_A * ohm)
        bleed_A = self._conductance_S * cell_V
        self.powers(float(cell_V.min()))
        return Segment(
            start_ns=time_ns,
            end_ns=time_ns + span_ns,
            cells=self.cells,
            state=state,
            outside=outside,
            pack_A=pack_A,
            charger_A=charger_A,
            load_A=load_A,
            cell_A=pack_A - bleed_A,
            bleed_A=bleed_A,
            warmth_W=self.cells.figures.bleeder_heats * bleed_A * cell_V,
        )

    def _span_ns(self, time_ns: int, outside: Outside) -> int:
        flows = outside.connected and (outside.charging or outside.load_A > 0)
        if not flows and not any(self._bleeding):
            return round(LONGEST_AT_REST_s * NANOSECONDS_PER_SECOND)
        longest_ns = LONGEST_s * NANOSECONDS_PER_SECOND
        if outside.charging and time_ns < outside.source.settled_ns:
            shortest_ns = SHORTEST_TIME_CONSTANTS * outside.source.time_constant_ns
            settling_ns = SETTLING_SHARE * (time_ns - outside.source.start_ns)
            return round(min(longest_ns, max(shortest_ns, settling_ns, 1.0)))
        return round(longest_ns)
