"""SUP-7, SUP-8: what the general status says, retries, and the number of modules."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor.chainwatch import status_of
from supervisor.decisions import Decision, EnableBleeding, Fault, RepeatStatus
from supervisor.readings import StatusAnswer
from supervisor.reference import ReferenceSupervisor
from tests.supervisor.packs import FIGURES, readings, status

LOST = StatusAnswer(age_s=1.0)


def steps(*answers: StatusAnswer, elapsed_s: float = 1.0) -> list[Decision]:
    """The decisions upon these polls, one a period, after a good one."""
    supervisor = ReferenceSupervisor(FIGURES)
    supervisor.step(readings(0.0))
    return [supervisor.step(readings(elapsed_s, status=answer)) for answer in answers]


def test_a_quiet_chain_leaves_the_limits_alone():
    (decision,) = steps(status(8, 8))
    assert decision.charge_limit_A == FIGURES.currents.charge_A
    assert decision.discharge_limit_A == FIGURES.currents.discharge_A
    assert decision.requests == ()
    assert not decision.report.faults


@given(st.integers(0, 15), st.integers(0, 15))
def test_every_bit_of_y_must_be_one_of_x(x: int, y: int):
    assert status_of(status(x, y)).good == (x & y == y)


def test_what_some_modules_say_not_all_of_them_do():
    some, all_of_them = status_of(StatusAnswer(0xA, 8, 0.0)), status_of(StatusAnswer(0xA, 0xA, 0.0))
    assert (some.some_bleed, some.all_bleed) == (True, False)
    assert (all_of_them.some_bleed, all_of_them.all_bleed) == (True, True)


def test_s0f_coming_back_is_no_good_answer():
    assert not status_of(status(0x0, 0xF)).good


def test_a_module_with_bleeding_disabled_gets_bleeding_enabled():
    (decision,) = steps(status(8, 0))
    assert EnableBleeding() in decision.requests


def test_a_lost_answer_does_not_enable_bleeding():
    assert EnableBleeding() not in steps(LOST)[0].requests


def test_a_low_alarm_lessens_the_discharge_limit_only():
    (decision,) = steps(status(0b1001, 8))
    assert decision.discharge_limit_A == FIGURES.currents.discharge_A * FIGURES.currents.alarm_fall
    assert decision.charge_limit_A == FIGURES.currents.charge_A


def test_a_high_alarm_lessens_the_charge_limit_only():
    (decision,) = steps(status(0b1110, 8))
    assert decision.charge_limit_A == FIGURES.currents.charge_A * FIGURES.currents.alarm_fall
    assert decision.discharge_limit_A == FIGURES.currents.discharge_A


def test_an_alarm_that_lasts_brings_its_limit_to_zero():
    assert steps(*[status(0b1110, 8)] * 7)[-1].charge_limit_A == 0


def test_a_limit_comes_back_step_by_step_without_alarms():
    quiet = round(FIGURES.currents.recovery_s)
    charge_A = [each.charge_limit_A for each in steps(status(0b1110, 8), *[status()] * quiet)]
    assert charge_A == sorted(charge_A)
    assert charge_A[1] < FIGURES.currents.charge_A
    assert charge_A[-1] == FIGURES.currents.charge_A


@pytest.mark.parametrize("bad", [LOST, status(0x0, 0xF), status(8, 9)], ids=["lost", "S0F", "S89"])
def test_a_bad_answer_counts_as_both_alarms(bad: StatusAnswer):
    (decision,) = steps(bad)
    assert decision.charge_limit_A == FIGURES.currents.charge_A * FIGURES.currents.alarm_fall
    assert decision.discharge_limit_A == FIGURES.currents.discharge_A * FIGURES.currents.alarm_fall


def repeats(answers: Iterable[StatusAnswer]) -> list[Decision]:
    """The decisions upon polls within one period."""
    supervisor = ReferenceSupervisor(FIGURES)
    supervisor.step(readings(0.0))
    return [
        supervisor.step(readings(0.0 if turn else 1.0, status=answer))
        for turn, answer in enumerate(answers)
    ]


def test_a_bad_answer_is_polled_again_as_often_as_the_pack_file_says_and_named_then():
    decisions = repeats([LOST] * (FIGURES.retries + 1))
    assert [RepeatStatus() in each.requests for each in decisions] == [True] * FIGURES.retries + [
        False
    ]
    assert [Fault.COMMUNICATION in each.report.faults for each in decisions] == [
        False
    ] * FIGURES.retries + [True]


def test_a_good_answer_on_the_second_try_is_no_fault():
    decisions = repeats([LOST, status()])
    assert decisions[-1].requests == ()
    assert not decisions[-1].report.faults


def test_polls_of_one_period_lessen_a_limit_once():
    first, *_, last = repeats([LOST] * (FIGURES.retries + 1))
    assert last.charge_limit_A == first.charge_limit_A


def test_the_next_period_has_its_own_retries():
    decision = steps(LOST, LOST)[-1]
    assert RepeatStatus() in decision.requests


def test_a_fault_in_the_chain_ends_with_the_next_good_poll():
    supervisor = ReferenceSupervisor(FIGURES)
    supervisor.step(readings(0.0))
    for elapsed_s in (1.0, 0.0, 0.0):
        decision = supervisor.step(readings(elapsed_s, status=LOST))
    assert Fault.COMMUNICATION in decision.report.faults
    assert not supervisor.step(readings()).report.faults


@pytest.mark.parametrize("count", [FIGURES.cells - 1, FIGURES.cells + 1])
def test_a_wrong_number_of_modules_is_named_at_the_start_and_later(count: int):
    supervisor = ReferenceSupervisor(FIGURES)
    assert (
        Fault.WRONG_CELL_COUNT in supervisor.step(readings(0.0, module_count=count)).report.faults
    )
    assert not supervisor.step(readings()).report.faults
    decision = supervisor.step(readings(module_count=count))
    assert Fault.WRONG_CELL_COUNT in decision.report.faults
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)


def test_a_count_that_is_lost_once_lets_the_last_one_stand():
    supervisor = ReferenceSupervisor(FIGURES)
    supervisor.step(readings(0.0))
    assert supervisor.step(readings(module_count=None)).discharge_limit_A > 0
    long_s = FIGURES.ages.module_count_s
    decision = supervisor.step(readings(long_s, module_count=None))
    assert decision.discharge_limit_A == 0
    assert Fault.COMMUNICATION in decision.report.faults
