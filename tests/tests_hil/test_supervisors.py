"""The scenarios in the loop: the reference supervisor passes all, and defective ones are found."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.fixtures.sessions import BASIC, LIPO, ROOT, Session, qualify

PACK = ROOT / "products" / "pack4.toml"
SIMULATED = ROOT / "rigs" / "simulated_pack.toml"
SCENARIOS = sorted((ROOT / "tests_hil").glob("test_2[0-5]_supervisor_*.py"))


def rig_of_four(place: Path, logic: str = "") -> Path:
    """The simulated pack with four cells, and a class of ``badlogic`` as its supervisor."""
    text = SIMULATED.read_text(encoding="utf-8")
    text = text.replace("modules = 16", "modules = 4")
    channels = text.partition("channels = [")[2].partition("]")[0]
    text = text.replace(channels, "101, 102, 103, 104")
    if logic:
        text += f'\n[supervisor]\nlogic = "tests.tests_hil.badlogic:{logic}"\n'
    path = place / "rig.toml"
    path.write_text(text, encoding="utf-8")
    return path


def supervised(
    place: Path, *tests: str, logic: str = "", arguments: tuple[str, ...] = ()
) -> Session:
    rig = rig_of_four(place, logic)
    return qualify(place, "-m", "supervisor", *arguments, rig=rig, product=PACK, tests=tests)


@pytest.mark.parametrize("scenarios", SCENARIOS, ids=lambda path: path.stem)
def test_the_reference_supervisor_passes(scenarios: Path, tmp_path: Path):
    session = supervised(tmp_path, str(scenarios))
    assert {str(test.outcome) for test in session.record.tests} == {"pass"}, session.text
    assert {str(outcome) for outcome in session.conclusions()} <= {"pass", "blocked", "incomplete"}
    kept = [entry for entry in session.record.series if entry.name.startswith("supervision.")]
    assert len(kept) >= len(session.record.tests)


@pytest.mark.parametrize(
    ("logic", "test", "said"),
    [
        (
            "BlindToTheChain",
            "test_22_supervisor_chain.py::test_a_chain_broken_anywhere_leaves_no_limit",
            "chain_broken.safe_after at behind module 1, no charge fail",
        ),
        (
            "DeafToHighAlarms",
            "test_21_supervisor_status.py::test_a_high_alarm_brings_the_charge_down",
            "high_alarm.safe_after at charger's current fail",
        ),
        (
            "NeverEnables",
            "test_21_supervisor_status.py::test_bleeding_found_disabled_is_enabled",
            "bleeding_disabled.safe_after at e fail",
        ),
        (
            "NamesNothing",
            "test_23_supervisor_sensors.py::test_a_pack_voltage_that_is_off_is_named",
            "pack_voltage_off.named_after",
        ),
        (
            "DoneTooSoon",
            "test_20_supervisor_charging.py::test_an_imbalanced_pack_is_charged_to_the_end",
            "charging.codes fail",
        ),
        (
            "AsksForTooMuch",
            "test_24_supervisor_protection.py::test_over_voltage_ends_charging",
            "asked for a charger current of 5.5 A",
        ),
        (
            "Raises",
            "test_24_supervisor_protection.py::test_over_temperature_ends_everything",
            "raised OverflowError: too hot",
        ),
    ],
)
def test_a_defective_supervisor_is_found(logic: str, test: str, said: str, tmp_path: Path):
    session = supervised(tmp_path, f"tests_hil/{test}", logic=logic)
    (performed,) = session.record.tests
    assert str(performed.outcome) == "fail", session.text
    assert said in performed.message


def test_logic_that_is_not_there_is_said_before_anything_is_tested(tmp_path: Path):
    test = "tests_hil/test_21_supervisor_status.py::test_bleeding_found_disabled_is_enabled"
    session = supervised(tmp_path, test, logic="NoSuchLogic")
    (performed,) = session.record.tests
    assert str(performed.outcome) == "blocked"
    assert "tests.tests_hil.badlogic has no class 'NoSuchLogic'" in performed.message


def test_on_a_panel_scenarios_are_not_applicable(tmp_path: Path):
    session = qualify(tmp_path, rig=BASIC, product=LIPO, tests=[str(SCENARIOS[1])])
    assert {str(test.outcome) for test in session.record.tests} == {"not applicable"}
    assert "its modules are on a panel" in session.record.tests[0].message


def test_on_a_pack_tests_of_modules_are_not_applicable(tmp_path: Path):
    test = "tests_hil/test_01_identification.py"
    session = qualify(tmp_path, rig=rig_of_four(tmp_path), product=PACK, tests=[test])
    assert {str(test.outcome) for test in session.record.tests} == {"not applicable"}


def test_the_same_seed_gives_the_same_decisions_to_the_bit(tmp_path: Path):
    def recorded(name: str) -> object:
        place = tmp_path / name
        place.mkdir()
        test = "tests_hil/test_21_supervisor_status.py::test_a_high_alarm_brings_the_charge_down"
        (entry,) = supervised(place, test).record.series
        return entry.data

    assert recorded("first") == recorded("second")


def test_every_scenario_of_the_pack_file_has_a_test():
    """But for the bus, which has a file of its own."""
    pack = tomllib.loads((ROOT / "products" / "pack16.toml").read_text(encoding="utf-8"))["pack"]
    tested = "\n".join(path.read_text(encoding="utf-8") for path in SCENARIOS)
    untested = {
        name
        for name in pack["scenarios"]
        if not re.search(rf'begin\(\s*"{name}"', tested) and "temperature_sensor" not in name
    }
    assert untested == {"can_bus_off"}
