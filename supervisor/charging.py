"""The fast charging procedure (CHG): a current loop, and below the balance current a voltage loop.

| state | goes to | when |
|---|---|---|
| idle | current loop | a charger is wanted, the pack may be charged and nothing is drawn from it |
| current loop | voltage loop | an alarm or bleeding cells brought it below the balance current |
| voltage loop | done | all cells have been bleeding for the pack file's time |
| done | idle | some of the charge has gone |
| any but done | idle | the pack may not be charged, or is being discharged, or the charger fails |
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from supervisor.chainwatch import Status
from supervisor.decisions import ChargerSetting, Phase
from supervisor.figures import PackFigures
from supervisor.timers import lasting

DELIVERS = 0.5
"""A charger that gives less than this part of what it was told gives nothing, …"""
TOO_MUCH = 1.2
"""… and one that gives more than so many times that does not do what it is told."""
FULL_PART = 0.98
"""A charger this near to its current limit would not give more at a higher voltage."""


@dataclass(frozen=True, slots=True)
class Charging:
    """Where charging stands."""

    phase: Phase = Phase.IDLE
    current_A: float = 0.0
    voltage_V: float = 0.0
    time_constant_s: float = math.nan
    timer_s: float = 0.0
    all_bleed_s: float = 0.0
    undrawn_s: float = 0.0
    """For so long nothing has been drawn from the pack …"""
    drawn_s: float = 0.0
    """… or it was discharged in spite of the charger …"""
    amiss_s: float = 0.0
    """… or the charger has not done what it is told."""
    charger_fails: bool = False
    idle_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What charging goes by in one period."""

    elapsed_s: float
    status: Status
    current_A: float
    pack_voltage_V: float
    limit_A: float
    """The charge limit."""
    wanted: bool
    state_of_charge: float
    cells_full: bool
    """No cell's mean is more than a code below its bleeding threshold (CHG-8)."""


def advance_charging(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    """One turn, of one period. A poll that is repeated within the period is no turn."""
    zero_A = figures.current_sensor.zero_A
    drawn = not seen.current_A >= -zero_A
    charging = state.phase in {Phase.CURRENT, Phase.VOLTAGE}
    state = replace(
        state,
        undrawn_s=lasting(state.undrawn_s, seen.elapsed_s, is_so=not drawn),
        drawn_s=lasting(state.drawn_s, seen.elapsed_s, is_so=drawn and charging),
        amiss_s=lasting(
            state.amiss_s, seen.elapsed_s, is_so=_charger_is_amiss(figures, state, seen)
        ),
        idle_s=lasting(state.idle_s, seen.elapsed_s, is_so=not charging),
    )
    if state.phase is Phase.DONE:
        return _done(figures, state, seen)
    if not charging:
        return _idle(figures, state, seen)
    answers_s = figures.charging.charger_answers_s
    if state.amiss_s >= answers_s:
        return replace(_stopped(state), charger_fails=True)
    if not seen.wanted or seen.limit_A <= 0 or state.drawn_s >= answers_s:
        return _stopped(state)
    if _delivers(figures, state, seen):
        state = replace(state, charger_fails=False)
    if state.phase is Phase.CURRENT:
        return _current_loop(figures, state, seen)
    return _voltage_loop(figures, state, seen)


def setting(figures: PackFigures, state: Charging, limit_A: float) -> ChargerSetting:
    """What the charger is to do."""
    if limit_A <= 0 or state.phase not in {Phase.CURRENT, Phase.VOLTAGE}:
        return ChargerSetting()
    if state.phase is Phase.CURRENT:
        return ChargerSetting(
            on=True, voltage_V=figures.charger.voltage_V, current_A=min(state.current_A, limit_A)
        )
    return ChargerSetting(
        on=True,
        voltage_V=state.voltage_V,
        current_A=min(figures.charging.top_current_A, figures.charger.current_A, limit_A),
    )


def _idle(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    charging = figures.charging
    retry = not state.charger_fails or state.idle_s >= 2 * charging.charger_answers_s
    allowed = seen.limit_A >= min(charging.current_step_A, figures.currents.charge_A)
    undrawn = state.undrawn_s >= charging.start_after_s
    if not (seen.wanted and allowed and undrawn and retry):
        return state
    return replace(
        _stopped(state),
        phase=Phase.CURRENT,
        current_A=_bounded(figures, charging.current_step_A, seen.limit_A),
        time_constant_s=charging.time_constant_least_s,
    )


def _done(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    if seen.state_of_charge < figures.charging.again_below:
        return _stopped(state)
    return state


def _stopped(state: Charging) -> Charging:
    return Charging(undrawn_s=state.undrawn_s, charger_fails=state.charger_fails)


def _current_loop(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    charging, status = figures.charging, seen.status
    if status.high or status.all_bleed:  # CHG-1, CHG-2
        current_A = _bounded(figures, state.current_A * charging.current_fall, seen.limit_A)
        slower = replace(
            state,
            current_A=current_A,
            time_constant_s=min(
                state.time_constant_s * charging.time_constant_growth,
                charging.time_constant_greatest_s,
            ),
            timer_s=0.0,
        )
        return slower if current_A >= figures.cell.bleed_A else _to_voltage(figures, slower, seen)
    if status.some_bleed:  # CHG-3
        return replace(state, timer_s=0.0)
    timer_s = state.timer_s + seen.elapsed_s
    if timer_s < state.time_constant_s:
        return replace(state, timer_s=timer_s)
    current_A = _bounded(figures, state.current_A + charging.current_step_A, seen.limit_A)
    return replace(state, current_A=current_A, timer_s=0.0)  # CHG-4


def _to_voltage(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    """From the voltage that the pack has, or that all of its cells bleed at."""
    measured_V = seen.pack_voltage_V
    full_V = figures.cells * figures.cell.bleeding_V
    voltage_V = min(measured_V, figures.charger.voltage_V) if measured_V > 0 else full_V
    return replace(state, phase=Phase.VOLTAGE, current_A=0.0, voltage_V=voltage_V, timer_s=0.0)


def _voltage_loop(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    """Below the balance current no bleeding cell can rise, so only all of them hold the voltage.

    The page does not say what some bleeding cells do here: as in CHG-7 the voltage rises.
    """
    charging, status = figures.charging, seen.status
    if status.high:  # CHG-5
        voltage_V = max(state.voltage_V - charging.alarm_voltage_fall_V, 0.0)
        return replace(state, voltage_V=voltage_V, timer_s=0.0, all_bleed_s=0.0)
    if status.all_bleed:  # CHG-6
        all_bleed_s = state.all_bleed_s + seen.elapsed_s
        if all_bleed_s >= charging.done_s and seen.cells_full:
            return replace(_stopped(state), phase=Phase.DONE)
        voltage_V = max(state.voltage_V - charging.voltage_fall_V, 0.0)
        return replace(state, voltage_V=voltage_V, timer_s=0.0, all_bleed_s=all_bleed_s)
    timer_s = state.timer_s + seen.elapsed_s
    gives_all = seen.current_A >= FULL_PART * charging.top_current_A
    if timer_s < state.time_constant_s or gives_all:
        return replace(state, timer_s=timer_s, all_bleed_s=0.0)
    voltage_V = min(state.voltage_V + charging.voltage_rise_V, figures.charger.voltage_V)
    return replace(state, voltage_V=voltage_V, timer_s=0.0, all_bleed_s=0.0)  # CHG-7


def _bounded(figures: PackFigures, current_A: float, limit_A: float) -> float:
    return min(current_A, figures.charger.current_A, limit_A)


def _charger_is_amiss(figures: PackFigures, state: Charging, seen: Seen) -> bool:
    """Less than it should give in the current loop, or too much in either."""
    if state.phase not in {Phase.CURRENT, Phase.VOLTAGE}:
        return False
    told_A = setting(figures, state, seen.limit_A).current_A
    at_its_voltage = seen.pack_voltage_V >= 0.99 * figures.charger.voltage_V
    nothing = (
        state.phase is Phase.CURRENT
        and not at_its_voltage
        and abs(seen.current_A) < min(DELIVERS * told_A, figures.current_sensor.step_A / 2)
    )
    return nothing or seen.current_A > TOO_MUCH * told_A + figures.current_sensor.step_A


def _delivers(figures: PackFigures, state: Charging, seen: Seen) -> bool:
    return seen.current_A >= DELIVERS * setting(figures, state, seen.limit_A).current_A
