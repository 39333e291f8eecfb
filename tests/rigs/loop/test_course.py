from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from rigs.loop.course import Course
from supervisor.decisions import ChargerSetting, Decision, Fault, PackReport, Phase
from supervisor.readings import PackReadings
from tests.rigs.loop.surrounded import ALLOWS_ALL, CHARGES, Surrounded

COMMUNICATION = PackReport(faults=frozenset({Fault.COMMUNICATION}))


def played(*decisions: Decision) -> Course:
    """One period a decision."""
    turns = iter(decisions)
    bench = Surrounded(lambda _: next(turns))
    bench.loop.run(len(decisions))
    return Course(bench.loop.recording, bench.figures)


def test_a_fault_is_named_in_the_first_period_that_names_it():
    course = played(*[ALLOWS_ALL] * 5, *[replace(ALLOWS_ALL, report=COMMUNICATION)] * 3)
    since_s = course.recording.periods["time_s"][2]
    assert course.named_after_s(Fault.COMMUNICATION, since_s) == pytest.approx(3, abs=0.3)


def test_another_fault_is_not_the_one_that_is_waited_for():
    course = played(*[replace(ALLOWS_ALL, report=COMMUNICATION)] * 5)
    assert course.named_after_s(Fault.OVER_VOLTAGE, 0.0) == pytest.approx(5.2, abs=0.3)


def test_what_is_so_from_the_very_beginning_took_no_time():
    course = played(*[replace(ALLOWS_ALL, report=COMMUNICATION)] * 3)
    assert course.named_after_s(Fault.COMMUNICATION, course.recording.periods["time_s"][1]) == 0


def test_a_fault_named_only_before_does_not_count():
    course = played(*[replace(ALLOWS_ALL, report=COMMUNICATION)] * 3, *[ALLOWS_ALL] * 5)
    since_s = course.recording.periods["time_s"][4]
    assert course.named_after_s(Fault.COMMUNICATION, since_s) == pytest.approx(4, abs=0.3)


def test_what_never_comes_takes_as_long_as_was_watched():
    course = played(*[ALLOWS_ALL] * 9)
    since_s = course.recording.periods["time_s"][3]
    assert course.named_after_s(Fault.OVER_VOLTAGE, since_s) == pytest.approx(6, abs=0.3)
    assert course.no_charge_after_s(since_s) == pytest.approx(6, abs=0.3)
    assert course.weak_after_s(1, since_s) == pytest.approx(6, abs=0.3)


def test_a_limit_that_comes_back_was_not_at_zero_for_good():
    course = played(ALLOWS_ALL, Decision(), Decision(), ALLOWS_ALL, Decision(), Decision())
    since_s = course.recording.periods["time_s"][0]
    assert course.no_charge_after_s(since_s) == pytest.approx(4, abs=0.3)


def test_a_limit_that_was_at_zero_all_the_time_took_no_time():
    assert played(Decision(), Decision()).no_discharge_after_s(0.0) == 0


def test_weak_cells_are_named_from_when_they_are():
    weak = replace(ALLOWS_ALL, report=PackReport(weak_cells=(3,)))
    course = played(ALLOWS_ALL, ALLOWS_ALL, weak, weak)
    assert course.weak_after_s(3, 0.0) == pytest.approx(2.2, abs=0.3)


def test_another_weak_cell_is_not_the_one_that_is_waited_for():
    weak = replace(ALLOWS_ALL, report=PackReport(weak_cells=(3,)))
    course = played(weak, weak, weak)
    assert course.weak_after_s(2, 0.0) == pytest.approx(3.2, abs=0.3)
    assert course.weak_after_s(3, 1.0) == pytest.approx(2.2, abs=0.3)


def test_the_highest_and_the_lowest_cell_are_the_true_ones_where_they_are_known():
    bench = Surrounded(lambda _: ALLOWS_ALL, truth=lambda: np.array([3.1, 4.3, 3.7, 3.8]))
    bench.loop.run(2)
    course = Course(bench.loop.recording, bench.figures)
    assert (course.lowest_V(), course.highest_V()) == pytest.approx((3.1, 4.3))


def test_without_a_truth_the_highest_and_the_lowest_cell_are_what_modules_told():
    bench = Surrounded(lambda _: ALLOWS_ALL)
    bench.port.cells[1].code, bench.port.cells[2].code = "600", "400"
    bench.loop.run(2)
    course = Course(bench.loop.recording, bench.figures)
    low_V, high_V = 0x4BD000 / 0x600 / 1000, 0x4BD000 / 0x400 / 1000
    assert (course.lowest_V(), course.highest_V()) == pytest.approx((low_V, high_V))


def test_limits_on_readings_that_are_too_old_are_counted():
    bench = Surrounded(lambda _: ALLOWS_ALL)
    bench.loop.run(2)
    bench.port.tamper = lambda _, __: []
    bench.loop.run(10)
    course = Course(bench.loop.recording, bench.figures)
    allowed_s = bench.figures.ages.status_s
    assert course.stale_limits() == 11 - allowed_s


def test_fresh_readings_or_no_limits_are_not_stale():
    assert played(*[ALLOWS_ALL] * 6).stale_limits() == 0
    bench = Surrounded(lambda _: Decision())
    bench.port.tamper = lambda _, __: []
    bench.loop.run(10)
    assert Course(bench.loop.recording, bench.figures).stale_limits() == 0


@pytest.mark.parametrize("limit", ["charge_limit_A", "discharge_limit_A"])
@pytest.mark.parametrize(
    ("age", "allowed"),
    [
        ("status_age_s", "status_s"),
        ("current_age_s", "current_s"),
        ("voltage_age_s", "pack_voltage_s"),
        ("cells_age_s", "cell_voltages_s"),
    ],
)
def test_any_reading_that_is_too_old_makes_any_limit_stale(age: str, allowed: str, limit: str):
    course = played(*[Decision()] * 3)
    periods, allowed_s = course.recording.periods, getattr(course.figures.ages, allowed)
    periods[limit] = 1.0
    periods[age] = [allowed_s, allowed_s + 0.1, allowed_s + 0.1]
    assert course.stale_limits() == 2


def test_charging_beyond_the_published_limit_is_counted():
    above = replace(CHARGES, charge_limit_A=1.0)
    assert played(CHARGES, above, above).charged_against_limit() == 2
    assert played(replace(above, charger=ChargerSetting())).charged_against_limit() == 0


def test_faults_are_those_named_before_a_time():
    course = played(ALLOWS_ALL, replace(ALLOWS_ALL, report=COMMUNICATION))
    assert course.faults() == (Fault.COMMUNICATION,)
    assert course.faults(until_s=course.recording.periods["time_s"][1]) == ()


def test_phases_are_told_as_they_follow_each_other():
    phases = [Phase.IDLE, Phase.CURRENT, Phase.CURRENT, Phase.VOLTAGE, Phase.DONE]
    course = played(*(replace(ALLOWS_ALL, report=PackReport(phase=phase)) for phase in phases))
    assert course.phases() == [0, 1, 2, 3]


def test_the_pack_is_at_rest_once_the_meter_shows_no_current():
    bench = Surrounded(lambda _: ALLOWS_ALL)
    bench.surroundings.amperes = -3.0
    bench.loop.run(3)
    bench.surroundings.amperes = 0.01
    bench.loop.run(3)
    course = Course(bench.loop.recording, bench.figures)
    assert course.at_rest_after_s(0.0) == pytest.approx(3.2, abs=0.3)
    assert course.before("current_A", course.recording.periods["time_s"][3]) == -3


def test_a_meter_that_shows_nothing_does_not_show_a_pack_at_rest():
    bench = Surrounded(lambda _: ALLOWS_ALL)
    bench.surroundings.amperes = math.nan
    bench.loop.run(4)
    course = Course(bench.loop.recording, bench.figures)
    assert course.at_rest_after_s(0.0) == pytest.approx(4.2, abs=0.3)


def test_a_column_is_followed_up_and_down():
    course = played(ALLOWS_ALL, ALLOWS_ALL, Decision(), ALLOWS_ALL)
    assert course.less_than_after_s("charge_limit_A", 1.0, 0.0) == pytest.approx(2.2, abs=0.3)
    since_s = course.recording.periods["time_s"][2]
    assert course.more_than_after_s("charge_limit_A", 1.0, since_s) == pytest.approx(1, abs=0.3)


def test_overruns_show():
    def slowly(_: PackReadings) -> Decision:
        bench.clock.time_ns += 1_500_000_000
        return ALLOWS_ALL

    bench = Surrounded(slowly)
    bench.loop.run(3)
    assert Course(bench.loop.recording, bench.figures).late_s() == pytest.approx(0.7, abs=0.3)
