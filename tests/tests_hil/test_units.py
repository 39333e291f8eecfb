"""The tests of a unit at its host port and on CAN: a good one passes, and each bad one is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import ROOT, Session, qualify

HOST_PORT = "tests_hil/test_26_supervisor_hostport.py"
CAN = "tests_hil/test_27_supervisor_can.py"
PACK = ROOT / "products" / "pack4.toml"
RIGS = {
    HOST_PORT: ROOT / "rigs" / "simulated_unit.toml",
    CAN: ROOT / "rigs" / "simulated_can.toml",
}
LOGIC = 'logic = "tests.tests_hil.chainlogic:ChainLogic"'
"""Logic that knows the chain alone: what it decides of a pack does not matter here."""


def judged(place: Path, tests: str, defect: str = "", test: str = "", more: str = "") -> Session:
    text = RIGS[tests].read_text(encoding="utf-8")
    if tests == HOST_PORT:
        text = text.replace('reached = "hostport"', f'reached = "hostport"\n{LOGIC}')
    if defect:
        text += f'\n[simulation.unit]\ndefects = ["{defect}"]\n'
    path = place / "rig.toml"
    path.write_text(text + more, encoding="utf-8")
    return qualify(place, rig=path, product=PACK, tests=[f"{tests}::{test}" if test else tests])


def outcome_of(session: Session) -> str:
    (test,) = session.record.tests
    return str(test.outcome)


@pytest.mark.parametrize("tests", RIGS)
def test_a_good_unit_passes(tests: str, tmp_path: Path):
    session = judged(tmp_path, tests)
    not_passed = {
        test.nodeid.rpartition("::")[2]: str(test.outcome)
        for test in session.record.tests
        if str(test.outcome) != "pass"
    }
    without_pack = {"test_a_pack_is_safe_while_its_bus_is_broken": "not applicable"}
    assert not_passed == (without_pack if tests == CAN else {})


@pytest.mark.parametrize(
    ("defect", "test", "said"),
    [
        ("polls-on", "test_polling_stops_and_goes_on", "still sends"),
        ("stays-stopped", "test_polling_stops_and_goes_on", "polling within its period"),
        ("polls-between", "test_the_host_polls_while_the_unit_does_not", "of its own"),
        ("answers-unmarked", "test_every_command_goes_through_the_unit", "with H ahead"),
        ("answers-cut", "test_traffic_of_the_cells_is_not_taken_for_answers", "with H ahead"),
        ("keeps-commands", "test_every_command_goes_through_the_unit", "with H ahead"),
        ("reads-one-by-one", "test_the_unit_polls_and_reads_its_cells", "SUP-8"),
        ("never-counts", "test_the_unit_polls_and_reads_its_cells", "did not count"),
        ("never-enables", "test_bleeding_found_disabled_is_enabled", "y bit 3 was clear"),
    ],
)
def test_a_bad_unit_at_its_host_port_is_found(defect: str, test: str, said: str, tmp_path: Path):
    session = judged(tmp_path, HOST_PORT, defect, test)
    assert said in session.test(test).message
    assert outcome_of(session) == "fail"


@pytest.mark.parametrize(
    ("defect", "test"),
    [
        ("voltage-scaled", "test_published_values_are_those_that_the_unit_was_told"),
        ("cell-scaled", "test_published_values_are_those_that_the_unit_was_told"),
        ("unsigned-current", "test_published_values_are_those_that_the_unit_was_told"),
        ("limit-scaled", "test_a_healthy_pack_is_allowed_what_it_bears"),
        ("crossed-limits", "test_a_healthy_pack_is_allowed_what_it_bears"),
        ("cuts-frames-short", "test_a_healthy_pack_is_allowed_what_it_bears"),
        ("counter-stands-still", "test_limits_are_published_at_all_times"),
        ("limits-only-on-change", "test_limits_are_published_at_all_times"),
        ("keeps-old-limits", "test_limits_go_to_zero_when_readings_are_too_old"),
        ("stays-off", "test_bus_off_and_back"),
    ],
)
def test_a_bad_unit_on_can_is_found(defect: str, test: str, tmp_path: Path):
    assert outcome_of(judged(tmp_path, CAN, defect, test)) == "fail"


@pytest.mark.parametrize(("tests", "other"), [(HOST_PORT, CAN), (CAN, HOST_PORT)])
def test_what_the_rig_has_no_port_for_is_not_applicable(tests: str, other: str, tmp_path: Path):
    session = qualify(tmp_path, rig=RIGS[other], product=PACK, tests=[tests])
    assert {str(test.outcome) for test in session.record.tests} == {"not applicable"}


def test_with_a_unit_between_no_module_is_judged_by_itself(tmp_path: Path):
    session = qualify(
        tmp_path, rig=RIGS[HOST_PORT], product=PACK, tests=["tests_hil/test_05_chain.py"]
    )
    assert {str(test.outcome) for test in session.record.tests} == {"not applicable"}


def test_a_defect_that_there_is_none_blocks_and_names_those_that_there_are(tmp_path: Path):
    test = "test_polling_stops_and_goes_on"
    session = judged(tmp_path, HOST_PORT, "sings", test)
    assert outcome_of(session) == "blocked"
    assert "polls-on" in session.test(test).message
