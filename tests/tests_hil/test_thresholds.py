"""The tests of thresholds: good modules pass, and each bad one is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import Session
from tests.tests_hil.meters import one
from tests.tests_hil.quick import not_passed, provisioned

THRESHOLDS = "tests_hil/test_04_thresholds.py"

AGREE = "test_bits_agree_with_the_code"
TRIP = "test_trip_voltages"
POLLED = "test_an_excursion_during_a_poll_is_reported_once"
SILENT = "test_an_excursion_in_silence_is_reported_once"
AFTER_S = "test_a_general_status_leaves_what_u_reports"
DISABLED = "test_disabled_bleeding_still_shows_its_bit"
SETTINGS = "test_settings_that_contradict_each_other_show"
ALONE = "test_modules_bleed_without_a_controller"


@pytest.mark.parametrize(("modules", "seed"), [(1, 11), (2, 12), (3, 13), (4, 14)])
def test_good_modules_pass_and_keep_their_settings(modules: int, seed: int, tmp_path: Path):
    session = provisioned(tmp_path, THRESHOLDS, modules=modules, seed=seed)
    assert not_passed(session) == {}
    bench = session.run.rig.bench  # type: ignore[union-attr]
    last = [entry for entry in session.record.settings if str(entry.occasion) == "as-left"]
    for module, left in zip(bench.panel.modules, last, strict=True):  # type: ignore[union-attr]
        stored = [module.settings.codes[key] for key in ("W", "V", "L", "H")]
        assert stored == [left.constant, left.bleeding_code, left.low_code, left.high_code]


def test_bad_thresholds_are_told_module_by_module(tmp_path: Path):
    defects = {
        2: "threshold-off-by-one",
        3: "equality-the-other-way",
        4: "threshold-far-off",
        5: "sticks",
        6: "code-before",
    }
    session = provisioned(
        tmp_path,
        THRESHOLDS,
        modules=7,
        defects=defects,
        arguments=("-k", "provisioning or code or trip"),
    )
    found = not_passed(session)
    assert found.keys() == {AGREE, TRIP}
    # What is wrong by one code only shows if that code is met, and a few steps need not meet it.
    assert found[AGREE][3:5] == ["fail"] * 2
    assert [found[AGREE][0], found[AGREE][6]] == ["pass"] * 2
    assert found[TRIP] == ["pass", *["fail"] * 5, "pass"]


@pytest.fixture(scope="module")
def bad_bits(tmp_path_factory: pytest.TempPathFactory) -> Session:
    defects = {
        2: "swaps-alarms",
        3: "forgets-excursions",
        4: "keeps-bits",
        5: "s-clears-all",
        6: "hides-bit-when-disabled",
        7: "bleeds-only-when-polled",
    }
    place = tmp_path_factory.mktemp("bits")
    return provisioned(place, THRESHOLDS, modules=8, defects=defects)


FAIL_OF_BITS = {
    AGREE: {2, 4, 6},
    TRIP: {2, 4, 6},
    POLLED: {2, 3, 4, 6},
    SILENT: {2, 3, 4, 6, 7},
    AFTER_S: {2, 3, 4, 5, 6},
    DISABLED: {2, 4, 6},
    SETTINGS: {2, 4, 6},
    ALONE: {7},
}


@pytest.mark.parametrize("name", FAIL_OF_BITS)
def test_bad_bits_are_told_module_by_module(bad_bits: Session, name: str):
    outcomes = bad_bits.outcomes(name)
    assert {at for at, outcome in enumerate(outcomes, 1) if outcome == "fail"} == FAIL_OF_BITS[name]
    assert set(outcomes) == {"pass", "fail"}


def test_one_that_ignores_d_leaves_no_voltage_to_the_others(tmp_path: Path):
    session = provisioned(
        tmp_path,
        THRESHOLDS,
        defects={2: "ignores-d"},
        arguments=("-k", "provisioning or trip or disabled"),
    )
    assert not_passed(session) == {
        TRIP: one("fail", 2, others="blocked"),
        DISABLED: one("fail", 2),
    }


def test_modules_that_sleep_through_need_not_notice_in_silence(tmp_path: Path):
    session = provisioned(
        tmp_path,
        THRESHOLDS,
        modules=2,
        simulation="[simulation.module]\nmeasures_on_watchdog = false\n",
        options="[options]\nmeasures_on_watchdog = false\n",
        arguments=("-k", "provisioning or silence or controller"),
    )
    assert not_passed(session) == dict.fromkeys((SILENT, ALONE), ["not applicable"] * 2)


@pytest.mark.parametrize(
    ("simulation", "options"),
    [
        ("equality_counts = false", "equality_counts = false"),
        ("hysteresis_codes = 3", "hysteresis_codes = 3"),
    ],
)
def test_what_the_product_states_is_no_defect(simulation: str, options: str, tmp_path: Path):
    limit = '[limits."thresholds.bleeding_hysteresis"]\nunit = "code"\nlow = 0.0\nhigh = 5.0\n'
    session = provisioned(
        tmp_path,
        THRESHOLDS,
        modules=2,
        simulation=f"[simulation.module]\n{simulation}\n",
        options=f"[options]\n{options}\n{limit if 'hysteresis' in options else ''}",
        arguments=("-k", "provisioning or code or trip"),
    )
    assert not_passed(session) == {}


def test_nothing_is_stepped_across_where_no_module_is_provisioned(tmp_path: Path):
    session = provisioned(tmp_path, THRESHOLDS, modules=2, arguments=("-k", "code or controller"))
    assert not_passed(session) == dict.fromkeys((AGREE, ALONE), ["blocked"] * 2)
    assert "no module has the product's thresholds" in session.test(AGREE).message
