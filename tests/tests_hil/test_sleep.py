"""The tests of sleep: good modules pass, and each bad one is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import Session, qualify
from tests.tests_hil.meters import AMMETER, READBACK, RELAYS, one, rig, spoilt

BLED = "test_bleed_current"
STANDBY = "test_standby_current"
PERIODS = "test_standby_current_over_several_periods"
ASLEEP = "test_time_to_sleep"
FIRST = "test_the_character_that_wakes_is_not_lost"
CURRENTS = (STANDBY, PERIODS, ASLEEP)


def slept(place: Path, meter: str, *, only: str = "", **rig_is: object) -> Session:
    """Sleep on such a rig; one of the tests only, if it is named."""
    return qualify(
        place,
        rig=rig(place, meter, **rig_is),  # type: ignore[arg-type]
        tests=(f"tests_hil/test_07_sleep.py::{only}" if only else "tests_hil/test_07_sleep.py",),
    )


def outcomes(session: Session, names: tuple[str, ...] = CURRENTS) -> dict[str, list[str]]:
    """By test, of those that not all modules passed."""
    by_test = {name: session.outcomes(name) for name in names}
    return {name: seen for name, seen in by_test.items() if set(seen) != {"pass"}}


def measured(session: Session, test: str, name: str) -> dict[int | None, tuple[float, float]]:
    """Value and expanded uncertainty by position."""
    return {
        each.position: (float(str(each.value)), each.verdict.expanded_uncertainty or 0.0)
        for each in session.test(test).measurements
        if each.name == name
    }


# -- good modules --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_good_modules_pass_and_their_currents_are_what_they_are(seed: int, tmp_path: Path):
    meter, modules = ((RELAYS, 2), (AMMETER, 1), (RELAYS, 1), (RELAYS, 3))[seed % 4]
    session = slept(tmp_path, meter, modules=modules, seed=seed, only=STANDBY)
    assert outcomes(session, (STANDBY,)) == {}
    bench = session.run.rig.bench  # type: ignore[union-attr]
    means, periods = (
        measured(session, STANDBY, f"sleep.{what}") for what in ("mean_current", "wake_period")
    )
    for position, module in enumerate(bench.panel.modules, start=1):
        consumption, traits = module.consumption, module.traits
        charge_C = consumption.watchdog_A * traits.processing_ns * 1e-9
        mean_A = consumption.asleep_A + charge_C / (traits.watchdog_ns * 1e-9)
        value, uncertainty = means[position]
        assert value == pytest.approx(mean_A, abs=1.5 * uncertainty)
        value, uncertainty = periods[position]
        assert value == pytest.approx(traits.watchdog_ns * 1e-9, abs=1.5 * uncertainty)


def test_good_modules_pass_everything(tmp_path: Path):
    session = slept(tmp_path, RELAYS, modules=2)
    assert outcomes(session) == {}
    assert session.outcomes(FIRST) == ["pass", "not applicable"]
    traces = [(entry.name, entry.data) for entry in session.record.series]
    assert [name for name, _ in traces] == ["sleep.current"] * 2 + ["sleep.message"] * 2
    assert max(traces[0][1]["values"]) > 20e-6  # type: ignore[index]
    assert max(traces[2][1]["values"]) > 0.8e-3  # type: ignore[index]


def test_a_voltmeter_behind_the_ammeter_does_not_count(tmp_path: Path):
    """That of a DM3068 has 10 MΩ: at 4.2 V it takes 0.42 µA."""
    path = rig(tmp_path, AMMETER, modules=1)
    text = path.read_text(encoding="utf-8").replace("keysight-34461a", "rigol-dm3068", 1)
    path.write_text(text + "[simulation.module]\nasleep_spread = 0\n", encoding="utf-8")
    session = qualify(tmp_path, rig=path, tests=("tests_hil/test_07_sleep.py",))
    value, uncertainty = measured(session, STANDBY, "sleep.base_current")[1]
    assert uncertainty < 0.2e-6
    assert value == pytest.approx(7.6e-6, abs=uncertainty)


def test_the_production_set_takes_little_more_bench_time_than_watchdog_periods(tmp_path: Path):
    session = qualify(
        tmp_path,
        "-m",
        "eol",
        rig=rig(tmp_path, RELAYS, modules=16),
        tests=("tests_hil/test_06_bleeding.py", "tests_hil/test_07_sleep.py"),
    )
    assert session.outcomes(BLED) == session.outcomes(STANDBY) == ["pass"] * 16
    bench = session.run.rig.bench  # type: ignore[union-attr]
    watchdogs_s = sum(module.traits.watchdog_ns for module in bench.panel.modules) * 1e-9
    assert bench_s(session, STANDBY) < watchdogs_s + 16 * 0.4 + 2
    assert bench_s(session, BLED) < 22  # settings as found read first included


def bench_s(session: Session, test: str) -> float:
    performed = session.test(test)
    return ((performed.ended_ns or 0) - performed.started_ns) * 1e-9


# -- rigs that can not ---------------------------------------------------------------------------


def test_a_panels_sum_blocks_its_modules_unless_it_is_below_one_modules_limit(tmp_path: Path):
    session = slept(tmp_path, AMMETER)
    assert session.outcomes(STANDBY) == ["blocked"] * 4
    assert "which module how much cannot be told" in session.test(STANDBY).message
    assert session.outcomes(PERIODS) == session.outcomes(ASLEEP) == ["not applicable"] * 4
    thrifty = "[simulation.module]\nasleep_A = 1.5e-6\n"
    (tmp_path / "thrifty").mkdir()
    session = slept(tmp_path / "thrifty", AMMETER, simulation=thrifty, only=STANDBY)
    assert session.outcomes(STANDBY) == ["pass"] * 4


def test_without_an_ammeter_currents_are_not_applicable(tmp_path: Path):
    session = slept(tmp_path, READBACK, modules=2)
    for name in CURRENTS:
        assert session.outcomes(name) == ["not applicable"] * 2
    assert session.outcomes(FIRST) == ["pass", "not applicable"]


def test_nor_with_an_ammeter_that_takes_no_trains(tmp_path: Path):
    path = rig(tmp_path, RELAYS)
    before, _, after = path.read_text(encoding="utf-8").partition("[ammeter]")
    after = after.replace("keysight-34461a", "rigol-dm3068", 1)
    path.write_text(before + "[ammeter]" + after, encoding="utf-8")
    session = qualify(tmp_path, rig=path, tests=(f"tests_hil/test_07_sleep.py::{STANDBY}",))
    assert session.outcomes(STANDBY) == ["not applicable"] * 4
    assert "trains of readings" in session.test(STANDBY).message


# -- bad modules ---------------------------------------------------------------------------------


def test_each_bad_module_fails_for_what_it_is_and_good_ones_pass(tmp_path: Path):
    defects = ["leaks", "wakes-often", "never-wakes", "heavy-wake", "stays-awake", "never-sleeps"]
    simulation = "".join(spoilt(defect, 2 + index) for index, defect in enumerate(defects))
    session = slept(tmp_path, RELAYS, modules=7, simulation=simulation)
    currents = ["pass", "fail", "fail", "fail", "fail", "pass", "fail"]
    assert outcomes(session) == {
        STANDBY: currents,
        PERIODS: currents,
        ASLEEP: ["pass", "pass", "pass", "pass", "pass", "fail", "fail"],
    }


@pytest.mark.parametrize(
    ("defect", "found_by"),
    [
        ("heavy-wake", {STANDBY, PERIODS}),
        ("stays-awake", {ASLEEP}),
        ("never-sleeps", {STANDBY, PERIODS, ASLEEP}),
    ],
)
def test_a_bad_module_alone_in_a_nest_fails(defect: str, found_by: set[str], tmp_path: Path):
    session = slept(tmp_path, AMMETER, modules=1, simulation=spoilt(defect, 1))
    assert outcomes(session) == {name: ["fail"] for name in found_by}


@pytest.mark.parametrize("modules", [1, 3])
def test_a_first_module_that_loses_what_wakes_it_fails(modules: int, tmp_path: Path):
    simulation = spoilt("loses-first-character", 1)
    session = slept(tmp_path, READBACK, modules=modules, only=FIRST, simulation=simulation)
    assert session.outcomes(FIRST) == one("fail", 1, "not applicable", modules)
    lost = {
        each.condition: each.value
        for each in session.test(FIRST).measurements
        if each.name == "sleep.first_characters_lost"
    }
    assert lost.pop("LF") == 0
    assert sum(float(str(value)) for value in lost.values()) > 2
