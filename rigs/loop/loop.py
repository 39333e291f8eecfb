"""The loop itself: read, tell, carry out, record; every period, until it is made safe.

Whatever ends a run, the load is off, the charger is off and the contactor open when it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from quantities.errors import CellrigError, SupervisorError
from rigs.adapters.protocol import Logic, Shown
from rigs.loop.application import Application
from rigs.loop.chainpoll import NEVER_NS, AgedCells, ChainPoll
from rigs.loop.permission import DAY_S, objections
from rigs.loop.recording import NO_ANSWER, PHASES, Recording, fault_bits
from rigs.loop.surroundings import Surroundings
from supervisor.decisions import (
    ChainRequest,
    ChargerSetting,
    Decision,
    RepeatStatus,
    WriteBleedingThreshold,
)
from supervisor.figures import PackFigures
from supervisor.readings import Aged, PackReadings

IDLE = Application()


@dataclass(slots=True)
class _Meter:
    """The latest reading of one meter, and when the last good one was taken."""

    value: float = math.nan
    good_ns: int = NEVER_NS

    def take(self, value: float, time_ns: int) -> None:
        self.value = value
        if not math.isnan(value):
            self.good_ns = time_ns

    def told(self, now_ns: int) -> Aged:
        age_s = (now_ns - self.good_ns) / NANOSECONDS_PER_SECOND
        return Aged(self.value, math.inf if self.good_ns == NEVER_NS else age_s)


class _Slow(Enum):
    """What is not asked of the chain in every period."""

    CELLS = auto()
    COUNT = auto()


class Loop:
    """One supervisor at one pack.

    ``truth`` hands out the cells' true voltages where a bench knows them; the supervisor is
    never told. Raises ``SupervisorError``, and has made safe then, when the logic asks for what
    the pack does not bear.
    """

    def __init__(
        self,
        logic: Logic,
        surroundings: Surroundings,
        chain: ChainPoll,
        clock: Clock,
        figures: PackFigures,
        *,
        truth: Callable[[], NDArray[np.float64]] | None = None,
    ) -> None:
        self.recording = Recording(figures.cells)
        self.decision = Decision()
        self.errors: list[CellrigError] = []
        """What went wrong while making safe."""
        self._logic = logic
        self._surroundings = surroundings
        self._chain = chain
        self._clock = clock
        self._figures = figures
        self._truth = truth
        self._current, self._voltage = _Meter(), _Meter()
        self._temperatures = AgedCells.none(figures.temperatures.sensors)
        self._slow_turns = max(1, round(figures.periods.slow_s / figures.periods.fast_s))
        self._start_ns = clock.now()
        self._due_ns = self._start_ns
        self._told_ns: int | None = None
        self._turn = 0
        self._due: set[_Slow] = set()
        self._application, self._application_start_s = IDLE, 0.0
        self._writes_s: list[float] = []

    @property
    def elapsed_s(self) -> float:
        """Since the loop was made."""
        return (self._clock.now() - self._start_ns) / NANOSECONDS_PER_SECOND

    @property
    def thresholds_written(self) -> int:
        """How many writes have been carried out."""
        return len(self._writes_s)

    def mark(self, what: str) -> None:
        """Note that something has just happened."""
        self.recording.add_event(self.elapsed_s, what)

    def apply(self, application: Application) -> None:
        """From the next period on the pack has this application; its profile begins now."""
        self._application, self._application_start_s = application, self.elapsed_s

    def run(self, seconds: float) -> None:
        """So many seconds' periods; the pack stays as the last one left it.

        Whatever is raised, the pack has been made safe.
        """
        for _ in range(math.ceil(seconds / self._figures.periods.fast_s - 1e-9)):
            self.step()

    def step(self) -> None:
        """One period, from its begin to what was decided being carried out."""
        try:
            self._clock.wait_until(self._due_ns, Purpose.IDLE)
            self._read()
            if self._told_ns is None:  # all at once, and as long as it takes: the beat begins now
                self._due_ns = self._clock.now()
            self._decide()
            self._end_period()
        except BaseException:
            self.make_safe()
            raise

    def make_safe(self) -> None:
        """Load off, charger off, contactor open; what goes wrong is kept in ``errors``."""
        self.errors += self._surroundings.make_safe()

    def pause(self, seconds: float) -> None:
        """Nobody watches: the pack is made safe and nothing is polled for so long."""
        self.make_safe()
        self.mark("the supervisor is stopped")
        self.recording.add_silence(self.elapsed_s)
        self._clock.wait(seconds, Purpose.IDLE)
        self._due_ns = self._clock.now()
        self.mark("the supervisor is started")

    # -- reading ---------------------------------------------------------------------------------

    def _read(self) -> None:
        """Status and meters each time; what is slow takes turns, in the first period all of it."""
        if self.decision.poll_chain or self._turn == 0:
            self._chain.poll_status()
        self._current.take(self._surroundings.current_A(), self._clock.now())
        self._voltage.take(self._surroundings.voltage_V(), self._clock.now())
        turn = self._turn % self._slow_turns
        if turn == 0:
            self._due.add(_Slow.CELLS)
        if turn == self._slow_turns // 2 or self._turn == 0:
            self._due.add(_Slow.COUNT)
            begin_ns = self._clock.now()
            self._temperatures.take(self._surroundings.temperatures_C(), begin_ns)
        if self.decision.poll_chain or self._turn == 0:
            self._poll_slowly()
        self._turn += 1

    def _poll_slowly(self) -> None:
        """The chain is counted in another period than cells are read in, if there is one.

        While modules have still to purge what they may hold, both wait for their turn.
        """
        chain = self._chain
        for what, poll in ((_Slow.COUNT, chain.count), (_Slow.CELLS, chain.poll_cells)):
            if what in self._due and chain.once.in_step:
                self._due.remove(what)
                poll()
                if what is _Slow.CELLS:
                    true_V = self._truth() if self._truth else math.nan
                    self.recording.add_cells(self.elapsed_s, chain.cells.values, true_V)
                if self._turn:
                    break

    def _readings(self, elapsed_s: float) -> PackReadings:
        now_ns, chain = self._clock.now(), self._chain
        return PackReadings(
            elapsed_s=elapsed_s,
            current_A=self._current.told(now_ns),
            pack_voltage_V=self._voltage.told(now_ns),
            cell_voltages_V=chain.cells.told(now_ns),
            temperatures_C=self._temperatures.told(now_ns),
            status=chain.told_status(now_ns),
            module_count=chain.module_count,
            constants=chain.constants,
            latches=chain.latches,
            charging_wanted=self._application.charging,
        )

    # -- deciding --------------------------------------------------------------------------------

    def _decide(self) -> None:
        """Tell the supervisor, once more for each repeated status, and carry out what it says."""
        now_ns = self._clock.now()
        since_ns = 0 if self._told_ns is None else now_ns - self._told_ns
        self._told_ns = now_ns
        told_s = (now_ns - self._start_ns) / NANOSECONDS_PER_SECOND
        readings = self._readings(since_ns / NANOSECONDS_PER_SECOND)
        shown = self._tell(readings)
        for _ in range(self._figures.retries):
            if RepeatStatus() not in shown.decision.requests or not self._chain.once.in_step:
                break
            self._chain.poll_status()
            readings = self._readings(0.0)
            shown = self._tell(readings)
        draws_A = self._carry_out(shown.decision)
        self._record(told_s, readings, shown.decision, draws_A)

    def _tell(self, readings: PackReadings) -> Shown:
        """What it shows; its requests but for a repeated status are carried out at once."""
        shown = self._logic.step(readings)
        self._refuse_what_is_not_borne(shown.decision)
        for request in shown.decision.requests:
            self._request(request)
        return shown

    def _request(self, request: ChainRequest) -> None:
        if isinstance(request, WriteBleedingThreshold):
            self._writes_s.append(self.elapsed_s)
        self._chain.carry_out(request, self.mark)

    def _refuse_what_is_not_borne(self, decision: Decision) -> None:
        today = sum(time_s > self.elapsed_s - DAY_S for time_s in self._writes_s)
        writes_left = self._figures.balancing.writes_a_day - today
        refused = "; ".join(objections(decision, self._figures, writes_left=writes_left))
        if refused:
            self.mark(f"refused: {refused}")
            raise SupervisorError(
                f"asked for {refused}",
                where=f"period at {self.elapsed_s:.1f} s",
                expected="what the pack bears ([pack] in the product file)",
            )

    def _carry_out(self, decision: Decision) -> float:
        """What the load takes from now on; whatever grows begins with a closed contactor."""
        self.decision = decision
        draws_A = self._application.draws_A(self.elapsed_s - self._application_start_s, decision)
        if decision.contactor_closed:
            self._surroundings.set_contactor(closed=True)
        self._surroundings.draw(draws_A)
        self._surroundings.set_charger(self._charger(decision))
        if not decision.contactor_closed:
            self._surroundings.set_contactor(closed=False)
        return draws_A

    def _charger(self, decision: Decision) -> ChargerSetting:
        return decision.charger if self._application.charging else ChargerSetting()

    # -- recording -------------------------------------------------------------------------------

    def _end_period(self) -> None:
        """Note by how much the next period begins late; a begin that was missed is left out."""
        period_ns = round(self._figures.periods.fast_s * NANOSECONDS_PER_SECOND)
        self._due_ns += period_ns
        late_ns = self._clock.now() - self._due_ns
        if late_ns > 0:
            self._due_ns += math.ceil(late_ns / period_ns) * period_ns
        self.recording.set_late(max(0, late_ns) / NANOSECONDS_PER_SECOND)

    def _record(
        self, told_s: float, readings: PackReadings, decision: Decision, draws_A: float
    ) -> None:
        report, charger, status = decision.report, self._charger(decision), readings.status
        temperatures_C = readings.temperatures_C.values
        true_V = self._truth() if self._truth else np.array([math.nan])
        row: dict[str, Any] = {
            "time_s": told_s,
            "late_s": 0.0,
            "current_A": readings.current_A.value,
            "voltage_V": readings.pack_voltage_V.value,
            "temperature_low_C": _least(temperatures_C),
            "temperature_high_C": -_least(-temperatures_C),
            "any_module": NO_ANSWER if status.any_module is None else status.any_module,
            "every_module": NO_ANSWER if status.every_module is None else status.every_module,
            "status_age_s": status.age_s,
            "current_age_s": readings.current_A.age_s,
            "voltage_age_s": readings.pack_voltage_V.age_s,
            "cells_age_s": readings.cell_voltages_V.ages_s.max(initial=0.0),
            "charge_limit_A": decision.charge_limit_A,
            "discharge_limit_A": decision.discharge_limit_A,
            "charger_on": charger.on,
            "charger_voltage_V": charger.voltage_V,
            "charger_current_A": charger.current_A,
            "contactor_closed": decision.contactor_closed,
            "draws_A": draws_A,
            "phase": PHASES.index(report.phase),
            "time_constant_s": report.time_constant_s,
            "faults": fault_bits(report.faults),
            "state_of_charge": report.state_of_charge,
            "state_of_health": report.state_of_health,
            "average_temperature_C": report.average_temperature_C,
            "writes": report.threshold_writes,
            "true_low_V": true_V.min(),
            "true_high_V": true_V.max(),
        }
        self.recording.add_period(row)
        self.recording.add_weak_cells(told_s, report.weak_cells)


def _least(values: NDArray[np.float64]) -> float:
    """Of those that there are; NaN if there are none."""
    known = values[~np.isnan(values)]
    return float(known.min()) if known.size else math.nan
