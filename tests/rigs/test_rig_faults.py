"""A role that does not open: it blocks itself alone, or the file is to be mended."""

from __future__ import annotations

import pytest

from drivers.roles import Supply
from quantities.errors import (
    CalibrationOverdue,
    InstrumentError,
    InstrumentTimeout,
    RigError,
    RigFileError,
    WrongInstrument,
)
from rigs import opening
from rigs.protection import Maxima
from rigs.rig import Rig
from tests.rigs.benches import (
    SHARED,
    SUPPLY,
    VOLTMETER,
    Wire,
    asked,
    bench_with,
    modules_have_power,
    opened,
    simulated,
)

# -- a sick role blocks itself alone -----------------------------------------------------------


def raised_for(rig: Rig, role: str) -> RigError:
    """What asking for the role raises, complete and the same each time."""
    with pytest.raises(RigError) as caught:
        getattr(rig, role)
    with pytest.raises(RigError) as again:
        getattr(rig, role)
    assert again.value is caught.value
    assert rig.faults() == {role: caught.value}
    assert caught.value.where
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("behind", "kind", "says"),
    [
        ('model = "keysight-34460a"', WrongInstrument, "expected: keysight-34461a"),
        ('model = "keysight-e36312a"', WrongInstrument, "E36312A"),
        ("silent = true", InstrumentTimeout, "no answer in time"),
    ],
)
def test_a_wrong_or_silent_voltmeter_leaves_the_supply_alone(
    behind: str, kind: type[RigError], says: str
):
    rig = opened(bench_with(more=simulated(VOLTMETER, behind)))
    fault = raised_for(rig, "voltmeter")
    assert type(fault) is kind
    assert VOLTMETER in str(fault)
    assert says in str(fault)
    assert isinstance(rig.supply, Supply)
    assert [role.name for role in rig.opened()] == ["supply"]


@pytest.mark.parametrize("behind", ['model = "keysight-34461a"', "silent = true"])
def test_a_wrong_or_silent_supply_powers_nothing(behind: str):
    rig = opened(bench_with(more=simulated(SUPPLY, behind)))
    raised_for(rig, "supply")
    assert rig.voltmeter
    assert not modules_have_power(rig)
    assert rig.make_safe() == []
    assert rig.close() == []


def test_an_instrument_that_is_no_supply_is_sent_nothing_but_its_name(wire: Wire):
    opened(bench_with(more=simulated(SUPPLY, 'model = "keysight-34461a"')))
    assert wire.sent_to(SUPPLY) == ["*IDN?"]


def test_a_sick_instrument_blocks_all_of_its_roles_and_is_asked_once(wire: Wire):
    rig = opened(SHARED + simulated(VOLTMETER, "silent = true"))
    assert list(rig.faults()) == ["voltmeter", "ammeter"]
    assert wire.sent_to(VOLTMETER) == ["*IDN?"]
    assert rig.supply


@pytest.mark.parametrize("line", ["calibration_due = 2026-11-02", "calibrated = 2026-11-02"])
def test_on_the_day_itself_a_calibration_counts(line: str):
    rig = opened(bench_with(("[wiring]", f"{line}\n[wiring]")))
    assert rig.voltmeter


def test_a_calibration_that_is_yet_to_come_blocks():
    rig = opened(bench_with(("[wiring]", "calibrated = 2026-11-03\n[wiring]")))
    fault = raised_for(rig, "voltmeter")
    assert fault.what == "was calibrated on 2026-11-03"
    assert rig.supply


def test_a_voltmeter_whose_calibration_is_overdue_blocks():
    rig = opened(bench_with(("[wiring]", "calibration_due = 2026-11-01\n[wiring]")))
    fault = raised_for(rig, "voltmeter")
    assert type(fault) is CalibrationOverdue
    assert str(fault) == (
        f"[voltmeter] keysight-34461a at {VOLTMETER}: calibration was due on 2026-11-01; "
        "expected: a date not before 2026-11-02, the rig's; "
        "what to do: have it calibrated and correct calibration_due in the rig file"
    )
    assert rig.supply


def test_a_calibration_holds_to_the_end_of_the_day_on_which_it_is_due():
    rig = opened(bench_with(("[wiring]", "calibration_due = 2026-11-02\n[wiring]")))
    assert rig.faults() == {}


def test_a_supply_whose_calibration_is_overdue_is_still_protected_and_off(wire: Wire):
    rig = opened(bench_with(("channel = 1", "channel = 1\ncalibration_due = 2020-01-01")))
    assert type(raised_for(rig, "supply")) is CalibrationOverdue
    assert float(asked(rig, SUPPLY, "VOLT:PROT? (@1)")) == pytest.approx(5.5)
    rig.make_safe()
    assert wire.sent_to(SUPPLY)[-2:] == ["OUTP OFF,(@1)", "SYST:ERR?"]


def test_a_calibration_in_the_future_is_somebodys_mistake():
    rig = opened(bench_with(("[wiring]", "calibrated = 2026-11-03\n[wiring]")))
    assert "not after 2026-11-02" in str(raised_for(rig, "voltmeter"))


def test_a_meter_calibrated_today_is_more_certain_than_one_calibrated_at_some_time():
    someday = opened().voltmeter.dc_voltage(range_V=10, power_line_cycles=1)
    today = opened(bench_with(("[wiring]", "calibrated = 2026-11-02\n[wiring]")))
    reading = today.voltmeter.dc_voltage(range_V=10, power_line_cycles=1)
    assert reading.standard_uncertainty < someday.standard_uncertainty


def test_a_supply_that_cannot_be_protected_is_not_used():
    rig = opened(maxima=Maxima(voltage_V=60.0, current_A=0.65))
    with pytest.raises(InstrumentError, match="cannot be set to 60 V"):
        _ = rig.supply
    assert rig.voltmeter
    assert not modules_have_power(rig)


# -- what the file itself gets wrong -----------------------------------------------------------


def test_a_role_that_the_file_has_not_is_named():
    rig = opened()
    with pytest.raises(RigFileError) as caught:
        _ = rig.ammeter
    assert str(caught.value) == (
        "rig file of 'Small bench': has no [ammeter]; "
        "what to do: add [ammeter], or leave out the tests that need it"
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ([("channel = 1", "")], "cannot be used without a channel; expected: with channel 1"),
        ([("channel = 1", "channel = 4")], "cannot be used with channel 4; expected: with channel"),
        ([("keysight-e36312a", "keysight-34461a"), ("channel = 1", "")], "cannot be a supply"),
    ],
)
def test_a_role_that_the_instrument_cannot_play_closes_everything(
    wire: Wire, changes: list[tuple[str, str]], complaint: str
):
    with pytest.raises(RigFileError) as caught:
        opened(bench_with(*changes))
    assert str(caught.value).startswith("[supply] in the rig file of 'Small bench': ")
    assert complaint in str(caught.value)
    assert wire.still_open == []


def test_what_interrupts_the_opening_leaves_the_supply_off_and_closed(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
):
    open_session = opening.open_session

    def interrupted(resource: str, library: object) -> object:
        if resource == VOLTMETER:
            raise KeyboardInterrupt
        return open_session(resource, library)

    monkeypatch.setattr(opening, "open_session", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opened()
    assert wire.still_open == []
    assert wire.sent_to(SUPPLY)[-2:] == ["OUTP OFF,(@1)", "SYST:ERR?"]
