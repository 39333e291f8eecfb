from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from quantities import Reading
from quantities.errors import StoreError
from reports.entries import MeasurementRecord, Occasion, PerformedTest, SettingsRecord
from reports.errorcurve import ErrorCurve
from reports.header import RunHeader
from reports.loader import load_run
from reports.outcome import Outcome
from reports.recorder import Recorder
from reports.store import Store
from reports.verdict import judge

Begin = Callable[..., tuple[str, Recorder]]


def on_record(store: Store, run_id: str) -> PerformedTest:
    (test,) = load_run(store, run_id).tests
    return test


def measured(store: Store, run_id: str) -> tuple[MeasurementRecord, ...]:
    return on_record(store, run_id).measurements


def test_an_array_is_one_row_per_active_module_with_its_own_verdict(store: Store, begin: Begin):
    run_id, recorder = begin(1, 3)
    error = Reading(np.array([0.001, 9.9, -0.011]), "V", 0.0001, time_ns=17, instrument="dmm")
    verdicts = recorder.measure("accuracy.error", error, condition="4.200 V")
    assert {position: verdict.outcome for position, verdict in verdicts.items()} == {
        1: Outcome.PASS,
        3: Outcome.FAIL,
    }
    first, second = measured(store, run_id)
    assert (first.position, first.value, second.position, second.value) == (1, 0.001, 3, -0.011)
    assert first.verdict == verdicts[1]
    assert (first.condition, first.time_ns, first.instrument) == ("4.200 V", 17, "dmm")
    assert first.clauses == ("CAL-2",)
    assert first.limit is not None
    assert (first.limit.unit, first.limit.low, first.limit.high) == ("V", -0.010, 0.010)


def test_a_single_value_on_a_panel_is_stored_once_and_judged_for_every_module(
    store: Store, begin: Begin
):
    run_id, recorder = begin(1, 2, 3, 4)
    verdicts = recorder.measure("chain.count", 3)
    (row,) = measured(store, run_id)
    assert row.position is None
    assert set(verdicts) == {1, 2, 3, 4}
    assert all(verdict.outcome is Outcome.FAIL for verdict in verdicts.values())
    assert str(recorder.misses()[0]) == "all modules: chain.count fail: 3 instead of 4"


def test_a_single_value_on_a_nest_is_the_modules_own(store: Store, begin: Begin):
    run_id, recorder = begin(1)
    recorder.measure("chain.count", 4)
    (row,) = measured(store, run_id)
    assert row.position == 1


@pytest.mark.parametrize("value", ["A00@", "", True, False, 4.0, -1e-300, math.inf])
def test_values_of_every_kind_come_back_as_they_went_in(
    store: Store, begin: Begin, value: float | str
):
    run_id, recorder = begin(1)
    recorder.measure("chain.reply", value)
    (row,) = measured(store, run_id)
    assert type(row.value) is type(value)
    assert row.value == value


def test_nan_comes_back_as_nan(store: Store, begin: Begin):
    run_id, recorder = begin(1)
    recorder.measure("chain.reply", math.nan)
    (row,) = measured(store, run_id)
    assert isinstance(row.value, float)
    assert math.isnan(row.value)


def test_characters_that_a_database_refuses_are_kept_readable(store: Store, begin: Begin):
    run_id, recorder = begin(1)
    recorder.measure("chain.reply", "ü\0\ud800")
    (row,) = measured(store, run_id)
    assert row.value == "ü\\x00\\ud800"


@pytest.mark.parametrize("value", [10**400, [["nested"]], np.zeros((2, 2)), [{"a": 1}], [], b"raw"])
def test_whatever_is_measured_is_kept_and_blocked_if_it_makes_no_sense(
    store: Store, begin: Begin, value: object
):
    run_id, recorder = begin(1, 2)
    recorder.measure("accuracy.error", value)  # type: ignore[arg-type]
    assert {row.verdict.outcome for row in measured(store, run_id)} == {Outcome.BLOCKED}


def test_everything_is_evaluated_and_the_misses_wait_for_the_end(begin: Begin):
    _, recorder = begin(1, 2)
    recorder.measure("accuracy.error", Reading(np.array([0.5, 0.0]), "V", 0.0001))
    recorder.measure("chain.count", 5)
    recorder.measure("no.such.limit", 5)
    assert [(miss.name, miss.position) for miss in recorder.misses()] == [
        ("accuracy.error", 1),
        ("chain.count", None),
        ("no.such.limit", None),
    ]


def test_a_measurement_is_on_record_before_its_test_ends(store: Store, begin: Begin):
    run_id, recorder = begin(1)
    recorder.measure("chain.count", 4)
    test = on_record(store, run_id)
    assert test.outcome is None
    assert len(test.measurements) == 1


def test_modules_that_a_test_did_not_judge_are_blocked(store: Store, begin: Begin):
    run_id, recorder = begin(1, 2, 3)
    assert recorder.unjudged() == (1, 2, 3)
    recorder.measure("accuracy.error", Reading(np.array([0.0, 0.0]), "V", 0.0001))
    recorder.attribute(Outcome.PASS, "", [3])
    assert recorder.unjudged() == ()
    recorder.begin_test("next")
    assert recorder.end_test(Outcome.PASS) is Outcome.BLOCKED
    modules = load_run(store, run_id).tests[1].modules
    assert {entry.outcome for entry in modules} == {Outcome.BLOCKED}
    assert {entry.reason for entry in modules} == {"the test ended without judging it"}


def test_a_missing_value_blocks_its_own_module_and_no_other(store: Store, begin: Begin):
    run_id, recorder = begin(1, 2)
    recorder.measure("accuracy.error", Reading(np.array([0.0, np.nan]), "V", 0.0001))
    assert recorder.end_test(Outcome.PASS) is Outcome.BLOCKED
    first, second = on_record(store, run_id).modules
    assert first.outcome is Outcome.PASS
    assert second.outcome is Outcome.BLOCKED
    assert second.reason == "accuracy.error: no value was measured"


def test_a_silent_module_fails_and_those_that_were_judged_keep_their_outcome(
    store: Store, begin: Begin
):
    run_id, recorder = begin(1, 2, 3)
    recorder.measure("accuracy.error", Reading(np.array([0.0]), "V", 0.0001))
    recorder.attribute(Outcome.FAIL, "module 2: silent", [2, 77])
    recorder.end_test(Outcome.FAIL, "module 2: silent")
    outcomes = [entry.outcome for entry in on_record(store, run_id).modules]
    assert outcomes == [Outcome.PASS, Outcome.FAIL, Outcome.BLOCKED]


def test_a_failing_test_that_names_no_module_fails_them_all(store: Store, begin: Begin):
    run_id, recorder = begin(1, 2)
    recorder.end_test(Outcome.FAIL, "the panel smokes")
    modules = on_record(store, run_id).modules
    assert [(entry.outcome, entry.reason) for entry in modules] == [
        (Outcome.FAIL, "the panel smokes")
    ] * 2


def test_a_blocked_test_blocks_what_had_passed_but_not_what_had_failed(store: Store, begin: Begin):
    run_id, recorder = begin(1, 2)
    recorder.measure("accuracy.error", Reading(np.array([0.0, 0.5]), "V", 0.0001))
    assert recorder.end_test(Outcome.BLOCKED, "the supply is gone") is Outcome.FAIL
    outcomes = [entry.outcome for entry in on_record(store, run_id).modules]
    assert outcomes == [Outcome.BLOCKED, Outcome.FAIL]


def test_a_test_that_does_not_apply_says_so_for_every_module(store: Store, begin: Begin):
    run_id, recorder = begin(1, 2)
    assert recorder.end_test(Outcome.NOT_APPLICABLE, "no sensor") is Outcome.NOT_APPLICABLE
    test = on_record(store, run_id)
    assert {entry.outcome for entry in test.modules} == {Outcome.NOT_APPLICABLE}
    assert test.message == "no sensor"


def test_what_was_judged_before_a_test_turned_out_not_to_apply_stands(store: Store, begin: Begin):
    run_id, recorder = begin(1, 2, 3)
    recorder.measure("accuracy.error", Reading(0.0, "V"), position=1)
    recorder.measure("accuracy.error", Reading(1.0, "V"), position=2)
    assert recorder.end_test(Outcome.NOT_APPLICABLE, "no ammeter") is Outcome.FAIL
    passed, failed, inapplicable = on_record(store, run_id).modules
    assert (passed.outcome, passed.reason) == (Outcome.PASS, "")
    assert failed.outcome is Outcome.FAIL
    assert (inapplicable.outcome, inapplicable.reason) == (Outcome.NOT_APPLICABLE, "no ammeter")


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.FAIL, Outcome.BLOCKED])
def test_a_part_that_does_not_apply_hides_no_other(store: Store, begin: Begin, outcome: Outcome):
    run_id, recorder = begin(1)
    recorder.attribute(outcome, "seen")
    recorder.attribute(Outcome.NOT_APPLICABLE, "a part")
    recorder.end_test(Outcome.PASS)
    (module,) = on_record(store, run_id).modules
    assert module.outcome is outcome


def test_a_reading_is_judged_with_all_that_is_known_of_its_uncertainty(
    header: RunHeader, begin: Begin
):
    _, recorder = begin(1)
    reading = Reading(0.0, "V", 0.0004, degrees_of_freedom=2.0, system_uncertainty=0.0001)
    assert recorder.measure("accuracy.error", reading) == {
        1: judge(
            0.0,
            unit="V",
            standard_uncertainty=0.0004,
            degrees_of_freedom=2.0,
            system_uncertainty=0.0001,
            limit=header.product.limits["accuracy.error"],
            decision=header.product.decision,
        )
    }


@pytest.mark.parametrize("occasion", Occasion)
def test_settings_are_found_once_they_are_on_record_as_found(begin: Begin, occasion: Occasion):
    _, recorder = begin(1)
    assert not recorder.settings_found
    recorder.record_settings(
        [
            SettingsRecord(
                position=1,
                occasion=occasion,
                constant=0x4BD000,
                bleeding_code=0x48F,
                low_code=0x600,
                high_code=0x480,
            )
        ]
    )
    assert recorder.settings_found is (occasion is Occasion.AS_FOUND)


def test_misses_are_the_running_tests_own(begin: Begin):
    _, recorder = begin(1)
    recorder.measure("accuracy.error", Reading(1.0, "V"))
    recorder.end_test(Outcome.PASS)
    recorder.begin_test("test_other")
    assert recorder.misses() == ()
    recorder.end_test(Outcome.PASS)


def test_a_reason_that_repeats_is_given_once(store: Store, begin: Begin):
    run_id, recorder = begin(1)
    recorder.attribute(Outcome.BLOCKED, "no supply")
    recorder.end_test(Outcome.BLOCKED, "no supply")
    assert on_record(store, run_id).modules[0].reason == "no supply"


def test_measuring_outside_a_test_is_refused(begin: Begin):
    _, recorder = begin(1)
    recorder.end_test(Outcome.BLOCKED)
    with pytest.raises(StoreError, match="outside a test"):
        recorder.measure("chain.count", 4)
    with pytest.raises(StoreError, match="without begin_test"):
        recorder.end_test(Outcome.PASS)


def test_series_are_kept_with_arrays_as_lists_and_nan_as_null(store: Store, begin: Begin):
    run_id, recorder = begin(1)
    data = {"x": np.arange(3), "y": [1.0, math.nan], "n": np.float64(2.0), "t": ("a", None)}
    recorder.record_series("free", data)
    (entry,) = load_run(store, run_id).series
    assert entry.data == {"x": [0, 1, 2], "y": [1.0, None], "n": 2.0, "t": ["a", None]}
    assert entry.test == 1


def test_an_error_curve_comes_back_with_the_products_limits(store: Store, begin: Begin):
    run_id, recorder = begin(1, 2)
    curve = ErrorCurve.of(
        [2.5, 5.0], [[0.001, np.nan], [0.002, 0.003]], np.full((2, 2), 1e-4), limit="accuracy.error"
    )
    recorder.record_series("accuracy.as_left", curve)
    (entry,) = load_run(store, run_id).series
    loaded = ErrorCurve.from_json(entry.data)
    assert loaded is not None
    assert (loaded.low_V, loaded.high_V) == (-0.010, 0.010)
    assert loaded.error_V[1] == (0.002, 0.003)
    assert math.isnan(loaded.error_V[0][1])


def test_notes_keep_their_time_and_test(store: Store, begin: Begin):
    run_id, recorder = begin(1)
    recorder.note("an answer was lost", kind="chain")
    (event,) = load_run(store, run_id).events
    assert (event.kind, event.message, event.test) == ("chain", "an answer was lost", 1)
