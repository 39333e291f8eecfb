"""The reference supervisor: one pure function from what it was and is told to what it decides."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from supervisor.balancing import Balance, balance
from supervisor.chainwatch import ChainState, chain_faults, chain_is_known, poll
from supervisor.charging import Charging, Seen, advance_charging, setting
from supervisor.checked import checked
from supervisor.consistency import Consistency, compare
from supervisor.counting import Count, corrected, count, health, nothing_counted
from supervisor.currentsensor import SensorWatch, is_step, watch
from supervisor.decisions import (
    ChainRequest,
    Decision,
    EnableBleeding,
    Fault,
    PackReport,
    Phase,
    RepeatStatus,
)
from supervisor.figures import PackFigures
from supervisor.known import Known, learn, nothing_known
from supervisor.limits import (
    Alarms,
    Contactor,
    Limits,
    after_poll,
    contactor,
    limits,
    unread_faults,
)
from supervisor.protection import Protections, in_time, protect
from supervisor.readings import PackReadings
from supervisor.sleeping import Sleeping, sleep
from supervisor.steps import Before, first_before, next_before, step_between
from supervisor.weakcells import WeakCells, after_capacities, after_step

TOO_LONG = 3
"""After so many slow periods without a reading of the cells, what moved them is no step any more."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All that a supervisor remembers from one period to the next."""

    known: Known
    count: Count
    before: Before | None = None
    """The cells as they were read the last time."""
    chain: ChainState = field(default_factory=ChainState)
    protections: Protections = field(default_factory=Protections)
    consistency: Consistency = field(default_factory=Consistency)
    sensor: SensorWatch = field(default_factory=SensorWatch)
    weak: WeakCells = field(default_factory=WeakCells)
    alarms: Alarms = field(default_factory=Alarms)
    contactor: Contactor = field(default_factory=Contactor)
    charging: Charging = field(default_factory=Charging)
    balance: Balance = field(default_factory=Balance)
    sleeping: Sleeping = field(default_factory=Sleeping)
    begun: bool = False


def begin(figures: PackFigures) -> State:
    """Before the first reading."""
    return State(known=nothing_known(figures), count=nothing_counted(figures))


def advance(figures: PackFigures, state: State, readings: PackReadings) -> tuple[State, Decision]:
    """One period, or a poll repeated within one; never raises, whatever the readings are."""
    told = checked(figures, readings)
    repeated = state.begun and told.elapsed_s == 0
    state = _perceived(figures, state, told, repeated=repeated)
    faults = _faults(figures, state)
    allowed = limits(
        figures,
        state.alarms,
        faults=faults,
        chain_known=chain_is_known(figures, state.chain, state.known),
        forbid_charge=state.protections.forbid_charge,
        forbid_discharge=state.protections.forbid_discharge,
    )
    state = _acted(figures, state, told, allowed, faults, repeated=repeated)
    return state, _decision(figures, state, allowed, _faults(figures, state))


class ReferenceSupervisor:
    """Logic under test in Python, constructed with the figures of its pack."""

    def __init__(self, figures: PackFigures) -> None:
        self._figures = figures
        self._state = begin(figures)

    def step(self, readings: PackReadings) -> Decision:
        """Decide; never raises, whatever the readings are."""
        self._state, decision = advance(self._figures, self._state, readings)
        return decision


def _perceived(figures: PackFigures, state: State, told: PackReadings, *, repeated: bool) -> State:
    """What is known after these readings, and what speaks against whom."""
    elapsed_s = told.elapsed_s
    known = learn(state.known, told)
    chain = poll(figures, state.chain, told.status, elapsed_s, repeated=repeated)
    alarms, weak = state.alarms, state.weak
    if not repeated:
        alarms = after_poll(
            figures, alarms, elapsed_s, high=chain.status.high, low=chain.status.low
        )
    counted = count(
        figures, state.count, known, told.latches, elapsed_s, trusted=state.sensor.trusted
    )
    if counted.capacities_As is not None and counted.capacities_As is not state.count.capacities_As:
        weak = after_capacities(figures, weak, counted.capacities_As)
    state = replace(
        state,
        known=known,
        chain=chain,
        alarms=alarms,
        protections=protect(figures, state.protections, known, elapsed_s),
        consistency=compare(figures, state.consistency, known, told.latches, elapsed_s),
        count=counted,
        weak=weak,
        begun=True,
    )
    return _looked_at_cells(figures, state, told)


def _looked_at_cells(figures: PackFigures, state: State, told: PackReadings) -> State:
    """Compare with the reading of the cells before: the sensor, and the cells among each other."""
    known, weak = state.known, state.weak
    before = state.before
    if before is not None:
        before = replace(before, since_s=before.since_s + told.elapsed_s)
    if not known.cells_were_read:
        return replace(state, before=before)
    if before is None or before.since_s > TOO_LONG * figures.periods.slow_s:
        return replace(
            state,
            before=first_before(known, told.latches),
            sensor=watch(figures, state.sensor, None, known),
        )
    step = step_between(before, known, told.latches)
    sensor = watch(figures, state.sensor, step, known)
    stepped = step is None or is_step(figures, step)
    if step is not None and sensor.trusted and abs(step.current_A) >= figures.current_sensor.step_A:
        weak = after_step(figures, weak, step)
    return replace(
        state,
        before=next_before(before, known, told.latches, stepped=stepped),
        sensor=sensor,
        weak=weak,
    )


def _faults(figures: PackFigures, state: State) -> frozenset[Fault]:
    """All that is noticed, by name."""
    faults = (
        unread_faults(figures, state.known)
        | chain_faults(figures, state.chain, state.known)
        | state.protections.faults
        | state.consistency.faults
    )
    if state.sensor.fault is not None:
        faults |= {state.sensor.fault}
    if state.charging.charger_fails:
        faults |= {Fault.CHARGER}
    return faults


def _acted(
    figures: PackFigures,
    state: State,
    told: PackReadings,
    allowed: Limits,
    faults: frozenset[Fault],
    *,
    repeated: bool,
) -> State:
    """Charging, balancing, sleep and the contactor, by what the pack bears."""
    elapsed_s, known = told.elapsed_s, state.known
    charging = state.charging
    if not repeated:
        seen = Seen(
            elapsed_s=elapsed_s,
            status=state.chain.status,
            current_A=known.current_A,
            pack_voltage_V=known.pack_voltage.value,
            limit_A=allowed.charge_A,
            wanted=told.charging_wanted,
            state_of_charge=state.count.state_of_charge,
            cells_full=_cells_are_full(figures, known, told),
        )
        charging = advance_charging(figures, charging, seen)
    done_now = charging.phase is Phase.DONE and state.charging.phase is not Phase.DONE
    at_rest = charging.phase in {Phase.IDLE, Phase.DONE}
    return replace(
        state,
        charging=charging,
        count=corrected(figures, state.count, known, full=done_now),
        contactor=contactor(figures, state.contactor, allowed, known, faults, elapsed_s),
        balance=balance(
            figures,
            state.balance,
            known,
            told.constants,
            elapsed_s,
            at_rest=at_rest,
            sure=not faults,
        ),
        sleeping=sleep(
            figures,
            state.sleeping,
            elapsed_s,
            quiet=at_rest and abs(known.current_A) <= figures.current_sensor.zero_A,
        ),
    )


def _cells_are_full(figures: PackFigures, known: Known, told: PackReadings) -> bool:
    """No cell's mean is more than a code below the bleeding threshold (CHG-8, CAL-3)."""
    bleeding_V = figures.cell.bleeding_V
    codes_V = np.nan_to_num(1000 * bleeding_V**2 / told.constants, nan=0.0)
    return bool((known.smooth_V >= bleeding_V - codes_V).all())


def _decision(
    figures: PackFigures, state: State, allowed: Limits, faults: frozenset[Fault]
) -> Decision:
    """What is to be done, and what is reported."""
    return Decision(
        charge_limit_A=allowed.charge_A,
        discharge_limit_A=allowed.discharge_A,
        charger=setting(figures, state.charging, allowed.charge_A),
        contactor_closed=state.contactor.closed,
        poll_chain=not state.sleeping.asleep,
        requests=_requests(state),
        report=_report(figures, state, faults),
    )


def _requests(state: State) -> tuple[ChainRequest, ...]:
    """What the chain is to be sent."""
    requests: list[ChainRequest] = list(state.balance.requests)
    if state.chain.status.bleeding_disabled:
        requests.append(EnableBleeding())
    if state.chain.again:
        requests.append(RepeatStatus())
    return tuple(requests)


def _report(figures: PackFigures, state: State, faults: frozenset[Fault]) -> PackReport:
    """What is published beside the limits."""
    known = state.known
    temperatures_C = in_time(known.temperatures, figures.ages.temperatures_s)
    cells_V = in_time(known.cells, figures.ages.cell_voltages_s)
    return PackReport(
        state_of_charge=state.count.state_of_charge,
        state_of_health=health(figures, state.count, state.weak.positions),
        charge_in_As=state.count.charge_in_As,
        charge_out_As=state.count.charge_out_As,
        average_temperature_C=float(temperatures_C.mean()) if temperatures_C.size else math.nan,
        spread_V=float(np.ptp(cells_V)) if cells_V.size else math.nan,
        weak_cells=state.weak.positions,
        faults=faults,
        phase=state.charging.phase,
        time_constant_s=state.charging.time_constant_s,
        threshold_writes=state.balance.writes,
    )
