"""CHG-1 to CHG-7, turn by turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supervisor.chainwatch import Status
from supervisor.charging import Charging, Seen, advance_charging, setting
from supervisor.decisions import Phase
from tests.supervisor.packs import FIGURES

CHARGING = FIGURES.charging
QUIET = Status(good=True, low=False, high=False)
SOME = replace(QUIET, some_bleed=True)
ALL = replace(SOME, all_bleed=True)
HIGH = replace(QUIET, high=True)
TAU_s = CHARGING.time_constant_least_s


def seen(status: Status = QUIET, **differs: object) -> Seen:
    usual = Seen(
        elapsed_s=1.0,
        status=status,
        current_A=0.0,
        pack_voltage_V=66.0,
        limit_A=FIGURES.currents.charge_A,
        wanted=True,
        state_of_charge=0.5,
        cells_full=True,
    )
    return replace(usual, **differs)  # type: ignore[arg-type]


def after(state: Charging, *turns: Seen) -> Charging:
    for turn in turns:
        state = advance_charging(FIGURES, state, turn)
    return state


def current_loop(current_A: float = 3.0, **differs: object) -> Charging:
    state = Charging(Phase.CURRENT, current_A=current_A, time_constant_s=TAU_s, timer_s=TAU_s / 2)
    return replace(state, **differs)  # type: ignore[arg-type]


def voltage_loop(**differs: object) -> Charging:
    state = Charging(Phase.VOLTAGE, voltage_V=67.0, time_constant_s=TAU_s, timer_s=TAU_s / 2)
    return replace(state, **differs)  # type: ignore[arg-type]


# -- start and end ---------------------------------------------------------------------------------


def test_charging_begins_with_a_step_and_the_shortest_time_constant_once_nothing_is_drawn():
    turns = round(CHARGING.start_after_s)
    state = after(Charging(), *[seen()] * (turns - 1))
    assert state.phase is Phase.IDLE
    state = after(state, seen())
    assert state.phase is Phase.CURRENT
    assert state.current_A == CHARGING.current_step_A
    assert state.time_constant_s == CHARGING.time_constant_least_s


@pytest.mark.parametrize("missing", [{"wanted": False}, {"limit_A": 0.0}, {"current_A": -1.0}])
def test_charging_does_not_begin(missing: dict[str, object]):
    state = after(Charging(), *[seen(**missing)] * 100)
    assert state.phase is Phase.IDLE
    assert not setting(FIGURES, state, FIGURES.currents.charge_A).on


@pytest.mark.parametrize("stop", [{"wanted": False}, {"limit_A": 0.0}])
@pytest.mark.parametrize("state", [current_loop(), voltage_loop()], ids=["current", "voltage"])
def test_charging_ends_when_the_pack_may_not_be_charged(state: Charging, stop: dict[str, object]):
    assert after(state, seen(**stop)).phase is Phase.IDLE


def test_charging_ends_when_more_is_drawn_than_the_charger_gives():
    turns = round(CHARGING.charger_answers_s)
    assert after(current_loop(), *[seen(current_A=-2.0)] * turns).phase is Phase.IDLE


def test_the_charger_is_never_told_more_than_the_limit():
    assert setting(FIGURES, current_loop(5.0), 1.25).current_A == 1.25
    assert setting(FIGURES, voltage_loop(), 0.1).current_A == 0.1
    assert not setting(FIGURES, current_loop(5.0), 0.0).on


# -- current loop ----------------------------------------------------------------------------------


def test_chg_1_a_high_alarm_brings_the_current_down_at_once():
    state = after(current_loop(), seen(HIGH))
    assert state.current_A == 3.0 * CHARGING.current_fall
    assert state.time_constant_s == TAU_s * CHARGING.time_constant_growth
    assert state.timer_s == 0


def test_chg_1_a_lost_poll_is_a_high_alarm():
    assert after(current_loop(), seen(Status())) == after(current_loop(), seen(HIGH))


def test_chg_1_the_time_constant_grows_to_its_greatest():
    state = current_loop(5.0)
    for _ in range(20):
        state = replace(after(state, seen(HIGH)), phase=Phase.CURRENT, current_A=5.0)
    assert state.time_constant_s == CHARGING.time_constant_greatest_s


def test_chg_2_all_cells_bleeding_brings_the_current_down():
    state = after(current_loop(), seen(ALL))
    assert state.current_A == 3.0 * CHARGING.current_fall
    assert state.time_constant_s == TAU_s * CHARGING.time_constant_growth
    assert state.timer_s == 0


def test_chg_3_some_bleeding_holds_the_current_and_resets_the_timer():
    state = after(current_loop(), *[seen(SOME, current_A=3.0)] * 100)
    assert state.current_A == 3.0
    assert state.time_constant_s == TAU_s
    assert state.timer_s == 0


def test_chg_4_none_bleeding_raises_the_current_once_a_time_constant_has_run():
    state = after(current_loop(timer_s=0.0), *[seen()] * (round(TAU_s) - 1))
    assert state.current_A == 3.0
    state = after(state, seen())
    assert state.current_A == 3.0 + CHARGING.current_step_A
    assert state.timer_s == 0


def test_chg_4_the_current_rises_to_the_chargers_greatest():
    state = after(current_loop(), *[seen(current_A=4.0)] * 500)
    assert state.current_A == FIGURES.charger.current_A


def test_below_the_balance_current_the_voltage_is_steered_from_where_it_is():
    state = after(current_loop(current_A=0.5), seen(HIGH, pack_voltage_V=66.9))
    assert 0.5 * CHARGING.current_fall < FIGURES.cell.bleed_A
    assert state.phase is Phase.VOLTAGE
    told = setting(FIGURES, state, FIGURES.currents.charge_A)
    assert (told.on, told.voltage_V, told.current_A) == (True, 66.9, CHARGING.top_current_A)


# -- voltage loop ----------------------------------------------------------------------------------


def test_chg_5_a_high_alarm_brings_the_voltage_down_at_once():
    state = after(voltage_loop(), seen(HIGH))
    assert state.voltage_V == 67.0 - CHARGING.alarm_voltage_fall_V
    assert state.timer_s == 0


def test_chg_6_all_bleeding_brings_the_voltage_down_and_ends_when_it_lasts():
    turns = round(CHARGING.done_s)
    state = after(voltage_loop(), *[seen(ALL)] * (turns - 1))
    assert state.phase is Phase.VOLTAGE
    assert state.voltage_V < 67.0
    assert state.timer_s == 0
    assert after(state, seen(ALL)).phase is Phase.DONE


def test_chg_6_a_single_cell_that_stops_bleeding_starts_the_time_again():
    turns = [seen(ALL)] * (round(CHARGING.done_s) - 1)
    assert after(voltage_loop(), *turns, seen(SOME), *turns).phase is Phase.VOLTAGE


def test_chg_8_charging_does_not_end_before_every_cell_is_within_a_code():
    turns = [seen(ALL, cells_full=False)] * 100
    assert after(voltage_loop(), *turns).phase is Phase.VOLTAGE


def test_chg_7_none_bleeding_raises_the_voltage_once_a_time_constant_has_run():
    state = after(voltage_loop(timer_s=0.0), *[seen()] * (round(TAU_s) - 1))
    assert state.voltage_V == 67.0
    state = after(state, seen())
    assert state.voltage_V == 67.0 + CHARGING.voltage_rise_V
    assert state.timer_s == 0


def test_the_voltage_does_not_run_away_while_the_current_limit_holds():
    state = after(voltage_loop(), *[seen(current_A=CHARGING.top_current_A)] * 500)
    assert state.voltage_V == 67.0


# -- done, and the charger -------------------------------------------------------------------------


def test_a_full_pack_is_charged_again_once_some_of_its_charge_has_gone():
    done = Charging(Phase.DONE)
    assert after(done, *[seen(state_of_charge=0.99)] * 100).phase is Phase.DONE
    less = seen(state_of_charge=CHARGING.again_below - 0.01)
    empty = [less] * (round(CHARGING.start_after_s) + 1)
    assert after(done, *empty).phase is Phase.CURRENT


def test_a_charger_that_gives_nothing_is_switched_off_named_and_tried_again():
    nothing = seen(current_A=0.0)
    turns = round(CHARGING.charger_answers_s)
    state = after(current_loop(), *[nothing] * turns)
    assert state.phase is Phase.IDLE
    assert state.charger_fails
    assert after(state, *[nothing] * (2 * turns - 1)).phase is Phase.IDLE
    again = after(state, *[nothing] * (2 * turns + 1))
    assert again.phase is Phase.CURRENT
    assert again.charger_fails
    assert not after(again, seen(current_A=again.current_A)).charger_fails


def test_a_charger_that_gives_far_too_much_is_at_fault():
    turns = round(CHARGING.charger_answers_s)
    assert after(voltage_loop(), *[seen(current_A=4.0)] * turns).charger_fails


def test_a_charger_at_its_voltage_may_give_little():
    full = seen(current_A=0.01, pack_voltage_V=FIGURES.charger.voltage_V)
    assert not after(current_loop(), *[full] * 200).charger_fails
