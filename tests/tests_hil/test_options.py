"""The tests of what only some products have: good boards pass, bad ones are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import ROOT, Session, qualify

TELLS = "test_every_board_answers_its_temperature"
RIGHT = "test_temperature_against_the_thermometer"
SHOWS = "test_a_broken_sensor_shows"
HIGH, LOW = "test_alarms_disturb_nothing[high]", "test_alarms_disturb_nothing[low]"

PRODUCTS = {"pwm": "pwm200", "lifepo4": "lifepo4"}


def equipped(
    place: Path, bench: str, *changes: tuple[str, str], more: str = "", provisioned: bool = False
) -> Session:
    """A bench's options, its rig file changed."""
    rig = (ROOT / "rigs" / f"simulated_{bench}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert rig.count(old) == 1, old
        rig = rig.replace(old, new)
    (place / "rig.toml").write_text(rig + more, encoding="utf-8")
    tests = ["test_02_provisioning.py"] * provisioned + ["test_13_options.py"]
    return qualify(
        place,
        rig=place / "rig.toml",
        product=ROOT / "products" / f"{PRODUCTS[bench]}.toml",
        tests=[f"tests_hil/{name}" for name in tests],
    )


def spoiled(defect: str, position: int) -> str:
    return f'\n[simulation.modules.{position}]\ndefects = ["{defect}"]\n'


@pytest.mark.parametrize(
    ("defect", "position", "found"),
    [
        ("temperature-off", 2, {RIGHT: [2]}),
        ("sensor-open", 3, {RIGHT: [3]}),
        ("sensor-shorted", 1, {RIGHT: [1]}),
        ("hides-broken-sensor", 4, {SHOWS: [4]}),
    ],
)
def test_a_bad_board_fails_and_no_other_does(
    defect: str, position: int, found: dict[str, list[int]], tmp_path: Path
):
    session = equipped(tmp_path, "pwm", more=spoiled(defect, position))
    failed = {
        name: [at for at, outcome in enumerate(session.outcomes(name), 1) if outcome == "fail"]
        for name in (TELLS, RIGHT, SHOWS)
    }
    assert {name: positions for name, positions in failed.items() if positions} == found


def test_a_board_that_does_not_know_its_temperature_is_blocked_and_no_other(tmp_path: Path):
    session = equipped(tmp_path, "pwm", more=spoiled("no-temperature", 2))
    assert session.outcomes(TELLS) == ["pass", "fail", "pass", "pass"]
    assert session.outcomes(RIGHT)[1] != "pass"


def test_boards_are_compared_once_they_have_cooled_down(tmp_path: Path):
    session = equipped(tmp_path, "pwm")
    test = session.test(RIGHT)
    assert session.outcomes(RIGHT) == ["pass"] * 4
    assert test.ended_ns - test.started_ns < 60e9


def test_without_a_thermometer_boards_still_answer(tmp_path: Path):
    role = 'model = "keysight-daq970a"\nresource = "TCPIP0::relays::5025::SOCKET"\nchannel = 301'
    session = equipped(tmp_path, "pwm", (f"[thermometer]\n{role}", "# without a thermometer"))
    assert session.outcomes(TELLS) == ["pass"] * 4
    assert session.outcomes(RIGHT) == ["not applicable"] * 4
    assert "the rig has no thermometer" in session.test(RIGHT).message


def test_without_relays_at_the_sensors_none_can_be_broken(tmp_path: Path):
    role = 'model = "keysight-daq970a"\nresource = "TCPIP0::sensors::5025::SOCKET"\n'
    session = equipped(tmp_path, "pwm", (f"[sensor_relays]\n{role}", ""))
    assert session.outcomes(SHOWS) == ["not applicable"] * 4
    assert "[sensor_relays]" in session.test(SHOWS).message


def test_products_without_an_option_are_not_asked_for_it(tmp_path: Path):
    session = equipped(tmp_path, "lifepo4", provisioned=True)
    for name in (TELLS, RIGHT, SHOWS):
        assert session.outcomes(name) == ["not applicable"] * 4
    assert session.outcomes(HIGH) == session.outcomes(LOW) == ["pass"] * 4


def test_alarms_are_kept_as_they_came(tmp_path: Path):
    session = equipped(tmp_path, "lifepo4", provisioned=True)
    heard = {entry.name: entry.data for entry in session.record.series if "alarms." in entry.name}
    for condition, text in (("high", "!4␍"), ("low", "!1␍")):
        assert len(heard[f"alarms.{condition}"]["text"]) >= 3
        assert all(message.endswith(text) for message in heard[f"alarms.{condition}"]["text"])


def test_an_alarm_that_spoils_settings_fails_its_module_alone(tmp_path: Path):
    # The module that wakes first alarms first, and its alarms keep those behind it awake.
    early = '\n[simulation.modules.3]\nwatchdog_s = 1.7\ndefects = ["alarm-spoils"]\n'
    session = equipped(tmp_path, "lifepo4", more=early, provisioned=True)
    assert session.outcomes(HIGH) == ["pass", "pass", "fail", "pass"]
    assert session.outcomes(LOW) == ["pass", "pass", "fail", "pass"]
