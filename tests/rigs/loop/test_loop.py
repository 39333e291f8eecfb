"""The control loop over a scripted chain: what is told when, and what is carried out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from quantities import Purpose
from quantities.errors import InstrumentTimeout, SupervisorError
from rigs.loop.application import Application, Stretch
from rigs.loop.recording import NO_ANSWER
from supervisor.decisions import (
    ChargerSetting,
    Decision,
    EnableBleeding,
    Fault,
    PackReport,
    Phase,
    RepeatStatus,
    WriteBleedingThreshold,
)
from supervisor.readings import PackReadings
from tests.rigs.loop.surrounded import ALLOWS_ALL, CHARGES, Surrounded

CELL_V = 0x4BD000 / 0x53C / 1000


def always(decision: Decision) -> Callable[[PackReadings], Decision]:
    return lambda _: decision


def once(first: Decision, then: Decision) -> Callable[[PackReadings], Decision]:
    decisions = iter([first])
    return lambda _: next(decisions, then)


# -- what is told -----------------------------------------------------------------------------------


def test_the_first_period_is_told_everything_fresh():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.surroundings.amperes = 1.5
    bench.loop.step()
    (told,) = bench.told
    assert told.elapsed_s == 0
    assert told.current_A.value == 1.5
    assert told.pack_voltage_V.value == 14.8
    assert told.module_count == 4
    assert (told.status.any_module, told.status.every_module) == (8, 8)
    np.testing.assert_allclose(told.cell_voltages_V.values, CELL_V)
    np.testing.assert_array_equal(told.temperatures_C.values, [25, 24, 23, 22])
    assert told.cell_voltages_V.ages_s.max() < 0.5
    assert told.latches.tolist() == [8] * 4


def test_status_is_polled_every_fast_period_and_cells_every_slow_one():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(20)
    assert [round(time_s) for time_s in bench.sent(b"S0F\r")] == list(range(20))
    assert [round(time_s) for time_s in bench.sent(b"A01U\r")] == [0, 5, 10, 15]
    assert [round(time_s) for time_s in bench.sent(b"A00@\r")] == [0, 2, 7, 12, 17]


def test_elapsed_times_add_up_to_the_time_that_passed():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(30)
    assert sum(told.elapsed_s for told in bench.told) == pytest.approx(29, abs=0.3)


def test_cells_grow_old_between_their_readings():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(6)
    ages_s = [told.cell_voltages_V.ages_s.max() for told in bench.told]
    assert ages_s[:5] == sorted(ages_s[:5])
    assert ages_s[4] == pytest.approx(4, abs=0.3)
    assert ages_s[5] < 0.5


def test_temperatures_are_as_old_as_the_first_of_them():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.surroundings.scan_s = 0.3
    bench.loop.step()
    assert bench.told[0].temperatures_C.ages_s.min() >= 0.3


def test_after_a_loss_the_chain_is_counted_and_its_cells_read_in_different_periods():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(4)
    bench.port.tamper = lambda _, __: []
    bench.loop.run(1)  # lost at 4.2 s: cells are due at 5 s and the count at 7 s
    bench.port.tamper = lambda _, reply: [(0.0, reply)]
    bench.loop.run(6)
    assert [round(time_s) for time_s in bench.sent(b"A00@\r")] == [0, 2, 8]
    assert [round(time_s) for time_s in bench.sent(b"A01U\r")] == [0, 9, 10]


def test_what_the_chain_tells_is_as_old_as_the_message_that_asked():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.step()
    (told,), told_s = bench.told, bench.loop.recording.periods["time_s"][0]
    asked_s = min(bench.sent(b"A01U\r") + bench.sent(b"A04U\r"))
    assert told.status.age_s == pytest.approx(told_s - bench.sent(b"S0F\r")[0], abs=1e-6)
    np.testing.assert_allclose(told.cell_voltages_V.ages_s, told_s - asked_s, atol=0.002)


def test_a_module_that_tells_no_code_has_no_voltage():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.port.cells[1].code = "000"
    bench.loop.step()
    assert np.isnan(bench.told[0].cell_voltages_V.values).tolist() == [False, True, False, False]
    assert math.isinf(bench.told[0].cell_voltages_V.ages_s[1])


def test_a_count_that_did_not_come_back_is_none():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(1)
    bench.port.tamper = lambda _, reply: [] if b"@" in reply else [(0.0, reply)]
    bench.loop.run(2)
    assert [told.module_count for told in bench.told] == [4, 4, None]


def test_a_lost_status_is_none_and_as_old_as_the_last_good_one():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(3)
    bench.port.tamper = lambda _, __: []
    bench.loop.run(2)
    assert bench.told[-1].status.any_module is None
    assert bench.told[-1].status.age_s == pytest.approx(2, abs=0.3)


def test_a_chain_out_of_step_is_left_alone_and_the_meters_go_on():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(3)
    bench.port.tamper = lambda _, __: []
    bench.loop.run(1)
    bench.port.tamper = lambda _, reply: [(0.0, reply)]
    bench.loop.run(6)
    # lost at 3.2 s, so all modules have purged what they held at 6.4 s
    assert [round(time_s) for time_s in bench.sent(b"S0F\r")] == [0, 1, 2, 3, 7, 8, 9]
    assert all(told.current_A.age_s < 0.5 for told in bench.told)
    assert bench.told[-1].status.any_module == 8


def test_a_silent_modules_voltage_is_nan_and_grows_old():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(1)
    bench.port.cells[2].answers = False
    bench.loop.run(5)
    cells = bench.told[-1].cell_voltages_V
    assert np.isnan(cells.values).tolist() == [False, False, True, False]
    assert cells.ages_s[2] == pytest.approx(5, abs=0.5)
    assert cells.ages_s[1] < 0.5


def test_a_status_that_contradicts_itself_is_told_and_does_not_count_as_good():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(1)
    bench.port.tamper = lambda _, reply: [(0.0, b"\nS0F\r" if b"S" in reply else reply)]
    bench.loop.run(1)
    status = bench.told[-1].status
    assert (status.any_module, status.every_module) == (0, 15)
    assert status.age_s == pytest.approx(1, abs=0.3)


def test_a_meter_without_a_reading_is_nan_and_grows_old():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.surroundings.volts = math.nan
    bench.loop.run(2)
    assert math.isnan(bench.told[-1].pack_voltage_V.value)
    assert bench.told[-1].pack_voltage_V.age_s == math.inf


# -- repeated statuses and requests -----------------------------------------------------------------


def test_a_status_is_repeated_within_the_period_as_often_as_the_pack_says():
    again = replace(ALLOWS_ALL, requests=(RepeatStatus(),))
    bench = Surrounded(once(ALLOWS_ALL, again))
    bench.loop.run(2)
    _, first, *repeated = bench.told
    assert first.elapsed_s > 0
    assert [told.elapsed_s for told in repeated] == [0.0] * bench.figures.retries
    assert len(bench.sent(b"S0F\r")) == 2 + bench.figures.retries


def test_a_status_is_not_repeated_while_the_chain_is_out_of_step():
    again = replace(ALLOWS_ALL, requests=(RepeatStatus(),))
    bench = Surrounded(once(ALLOWS_ALL, again))
    bench.loop.run(1)
    bench.port.tamper = lambda _, __: []
    bench.loop.run(1)
    assert len(bench.told) == 2


def test_bleeding_is_enabled_when_asked_for():
    bench = Surrounded(once(replace(ALLOWS_ALL, requests=(EnableBleeding(),)), ALLOWS_ALL))
    bench.port.cells[1].status = "0"
    bench.loop.run(2)
    assert bench.told[0].status.every_module == 0
    assert bench.told[1].status.every_module == 8
    assert [what for _, what in bench.loop.recording.events] == ["e sent"]


def test_a_chain_out_of_step_is_not_told_to_bleed_until_it_listens():
    enable = replace(ALLOWS_ALL, requests=(EnableBleeding(),))
    bench = Surrounded(once(ALLOWS_ALL, enable))
    bench.loop.run(1)
    bench.port.tamper = lambda _, __: []
    bench.loop.run(1)
    assert bench.sent(b"e\r") == []
    bench.port.tamper = lambda _, reply: [(0.0, reply)]
    bench.loop.run(4)
    assert bench.sent(b"e\r") != []


def test_a_threshold_is_written_and_read_back():
    write = WriteBleedingThreshold(3, 0x4B0)
    bench = Surrounded(once(replace(ALLOWS_ALL, requests=(write,)), ALLOWS_ALL))
    bench.loop.run(1)
    assert bench.port.cells[2].settings["V"] == "4B0"
    assert bench.loop.recording.events[0][1] == "V of module 3 set to 4B0"


def test_a_threshold_that_is_not_stored_is_noted():
    write = WriteBleedingThreshold(3, 0x4B0)
    bench = Surrounded(once(replace(ALLOWS_ALL, requests=(write,)), ALLOWS_ALL))
    bench.port.cells[2].writable = False
    bench.loop.run(1)
    assert bench.loop.recording.events[0][1] == "V of module 3 set to 4B0, but it reads 4A0"


def test_a_chain_that_is_left_to_sleep_is_not_polled():
    bench = Surrounded(always(replace(ALLOWS_ALL, poll_chain=False)))
    bench.loop.run(10)
    assert [round(time_s) for time_s in bench.sent(b"S0F\r")] == [0]
    assert bench.told[-1].status.age_s == pytest.approx(9, abs=0.3)


# -- carrying out -----------------------------------------------------------------------------------


def test_the_contactor_closes_before_the_charger_is_on_and_opens_after_all_is_off():
    bench = Surrounded(once(CHARGES, Decision()))
    bench.loop.run(2)
    assert bench.surroundings.done == [
        *("close", 0.0, CHARGES.charger),
        *(0.0, ChargerSetting(), "open"),
    ]


def test_an_obedient_application_draws_no_more_than_is_published():
    bench = Surrounded(always(replace(ALLOWS_ALL, discharge_limit_A=4.0)))
    bench.loop.apply(Application([Stretch(2, 3.0), Stretch(2, 8.0)]))
    bench.loop.run(5)
    assert bench.loop.recording.periods["draws_A"].tolist() == [3, 3, 4, 4, 0]


def test_an_applications_profile_begins_when_it_is_applied():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(5)
    bench.loop.apply(Application([Stretch(2.5, 3.0)]))
    bench.loop.run(3)
    assert bench.loop.recording.periods["draws_A"][5:].tolist() == [3, 3, 0]


def test_a_disobedient_application_draws_what_it_wants_until_the_contactor_opens():
    bench = Surrounded(once(replace(ALLOWS_ALL, discharge_limit_A=0.0), Decision()))
    bench.loop.apply(Application([Stretch(9, 8.0)], obedient=False))
    bench.loop.run(2)
    assert bench.loop.recording.periods["draws_A"].tolist() == [8, 0]


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (replace(CHARGES, charger=ChargerSetting(True, 70.0, 1.0)), "a charger voltage of 70 V"),
        (replace(CHARGES, charger=ChargerSetting(True, 60.0, 5.1)), "a charger current of 5.1 A"),
        (replace(CHARGES, charger=ChargerSetting(True, math.nan, 1.0)), "a charger voltage of nan"),
        (replace(ALLOWS_ALL, charge_limit_A=math.nan), "a charge limit of nan A"),
        (replace(ALLOWS_ALL, discharge_limit_A=math.inf), "a discharge limit of inf A"),
        (replace(ALLOWS_ALL, charge_limit_A=-1.0), "a charge limit of -1 A"),
        (replace(ALLOWS_ALL, requests=(WriteBleedingThreshold(0, 99),)), "at position 0"),
        (replace(ALLOWS_ALL, requests=(WriteBleedingThreshold(5, 99),)), "at position 5"),
        (replace(ALLOWS_ALL, requests=(WriteBleedingThreshold(1, 4096),)), "a threshold of 4096"),
        (replace(ALLOWS_ALL, requests=(WriteBleedingThreshold(1, 0),)), "a threshold of 0"),
        (replace(ALLOWS_ALL, requests=(WriteBleedingThreshold(1, 9),) * 21), "21 thresholds more"),
    ],
)
def test_what_the_pack_does_not_bear_is_refused_and_the_rig_made_safe(decision: Decision, why: str):
    bench = Surrounded(always(decision))
    with pytest.raises(SupervisorError, match=f"asked for .*{why}"):
        bench.loop.run(5)
    assert bench.surroundings.done == ["safe"]
    assert why in bench.loop.recording.events[-1][1]


def test_more_thresholds_than_a_day_bears_are_refused_over_the_periods():
    write = WriteBleedingThreshold(1, 0x4B0)
    bench = Surrounded(always(replace(ALLOWS_ALL, requests=(write,))))
    with pytest.raises(SupervisorError, match="20 a day are allowed and 0 are left"):
        bench.loop.run(60)
    assert len(bench.sent(b"A01V4B0\r")) == 20


def test_a_day_later_as_many_thresholds_may_be_written_again():
    write = WriteBleedingThreshold(1, 0x4B0)
    bench = Surrounded(always(replace(ALLOWS_ALL, requests=(write,))))
    bench.loop.run(20)
    bench.loop.pause(86_400)
    bench.loop.run(20)
    assert bench.loop.thresholds_written == 40


@pytest.mark.parametrize("fault", [InstrumentTimeout("no answer"), KeyboardInterrupt()])
def test_whatever_is_raised_leaves_the_rig_safe(fault: BaseException):
    bench = Surrounded(always(CHARGES))
    bench.loop.run(2)
    bench.surroundings.fault = fault
    with pytest.raises(type(fault)):
        bench.loop.run(2)
    assert bench.surroundings.done[-1] == "safe"


def test_nobody_watches_while_the_supervisor_is_stopped():
    bench = Surrounded(always(CHARGES))
    bench.loop.run(2)
    bench.loop.pause(60)
    assert bench.surroundings.done[-1] == "safe"
    bench.loop.run(2)
    assert [round(time_s) for time_s in bench.sent(b"S0F\r")] == [0, 1, 61, 62]
    assert bench.told[2].elapsed_s == pytest.approx(60.5, abs=0.7)
    silent = bench.loop.recording.periods[2]
    assert not silent["charger_on"]
    assert silent["charge_limit_A"] == 0
    assert silent["any_module"] == NO_ANSWER


# -- recording --------------------------------------------------------------------------------------


def test_what_was_read_and_decided_is_recorded():
    report = PackReport(
        state_of_charge=0.5,
        faults=frozenset({Fault.OVER_CURRENT}),
        phase=Phase.VOLTAGE,
        weak_cells=(2,),
    )
    bench = Surrounded(always(replace(CHARGES, report=report)))
    bench.loop.run(3)
    recording = bench.loop.recording
    last = recording.periods[-1]
    assert len(recording.periods) == 3
    assert last["charge_limit_A"] == 5
    assert last["charger_on"]
    assert (last["temperature_low_C"], last["temperature_high_C"]) == (22, 25)
    assert last["any_module"] == 8
    assert last["state_of_charge"] == 0.5
    assert last["time_s"] == pytest.approx(2.2, abs=0.3)
    np.testing.assert_allclose(recording.cell_voltages_V, [[CELL_V] * 4], rtol=1e-6)
    assert recording.weak_cells == [(pytest.approx(0.2, abs=0.2), (2,))]


def test_the_oldest_cells_age_is_recorded():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(1)
    bench.port.cells[2].answers = False
    bench.loop.run(5)
    assert bench.loop.recording.periods["cells_age_s"][-1] == pytest.approx(5, abs=0.5)


def test_each_meters_own_age_is_recorded():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.loop.run(1)
    bench.surroundings.volts = math.nan
    bench.loop.run(3)
    last = bench.loop.recording.periods[-1]
    assert last["voltage_age_s"] == pytest.approx(3, abs=0.3)
    assert last["current_age_s"] < 0.3


def test_what_is_true_of_the_cells_is_recorded_beside_what_they_tell():
    true_V = np.array([3.1, 4.2, 3.7, 3.8])
    bench = Surrounded(always(ALLOWS_ALL), truth=lambda: true_V)
    bench.loop.run(1)
    (period,) = bench.loop.recording.periods
    assert (period["true_low_V"], period["true_high_V"]) == pytest.approx((3.1, 4.2))
    np.testing.assert_allclose(bench.loop.recording.cell_truths_V, [true_V], rtol=1e-6)


def test_nothing_back_is_recorded_as_no_answer():
    bench = Surrounded(always(ALLOWS_ALL))
    bench.port.tamper = lambda _, __: []
    bench.loop.run(1)
    assert bench.loop.recording.periods[0]["any_module"] == NO_ANSWER


def test_a_period_that_takes_too_long_is_recorded_and_the_next_begins_on_its_beat():
    bench = Surrounded(always(ALLOWS_ALL))
    slow = iter([2.5])

    def decide(_: PackReadings) -> Decision:
        bench.clock.wait(next(slow, 0.0), Purpose.PROCESSING)
        return ALLOWS_ALL

    bench.logic.decide = decide
    bench.loop.run(3)
    periods = bench.loop.recording.periods
    assert periods["late_s"][0] == pytest.approx(1.7, abs=0.3)
    assert periods["late_s"][1:].tolist() == [0, 0]
    assert [round(time_s) for time_s in bench.sent(b"S0F\r")] == [0, 3, 4]


def test_a_charger_that_is_not_plugged_in_stays_off_and_the_supervisor_knows():
    bench = Surrounded(always(CHARGES))
    bench.loop.apply(Application())
    bench.loop.run(1)
    assert bench.surroundings.done == ["close", 0.0, ChargerSetting()]
    assert not bench.told[0].charging_wanted
    assert not bench.loop.recording.periods["charger_on"][0]
