"""The rig: roles open once, a sick one blocks itself alone, and nothing is left on."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from drivers.datasheet import load_datasheet
from drivers.roles import Supply
from quantities import Purpose
from quantities.errors import (
    CalibrationOverdue,
    InstrumentError,
    InstrumentTimeout,
    PortError,
    RigError,
    RigFileError,
    WrongInstrument,
)
from rigs import rig as rig_module
from rigs.rig import Maxima, Rig
from tests.rigs.benches import (
    SUPPLY,
    VOLTMETER,
    Wire,
    asked,
    bench_with,
    modules_have_power,
    opened,
)

E36312A = load_datasheet("keysight-e36312a")
SHARED = bench_with(
    more=f"""
[ammeter]
model = "keysight-34461a"
resource = "{VOLTMETER}"
"""
)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(monkeypatch)


def simulated(resource: str, line: str) -> str:
    """What the simulated bench has behind a resource instead."""
    return f'\n[simulation.instruments."{resource}"]\n{line}\n'


# -- opening -----------------------------------------------------------------------------------


def test_every_role_opens_and_says_who_plays_it():
    rig = opened()
    assert [(role.name, role.identity.model) for role in rig.opened()] == [
        ("supply", "E36312A"),
        ("voltmeter", "34461A"),
    ]
    assert rig.faults() == {}
    assert rig.unprotected == []
    assert rig.has("supply")
    assert not rig.has("ammeter")


def test_roles_that_share_a_resource_share_one_instrument(wire: Wire):
    rig = opened(SHARED)
    assert wire.still_open == [SUPPLY, VOLTMETER]
    assert wire.sent_to(VOLTMETER).count("*IDN?") == 1
    assert rig.voltmeter is rig.ammeter
    assert [role.name for role in rig.opened()] == ["supply", "voltmeter", "ammeter"]


def test_nothing_is_switched_on_by_opening(wire: Wire):
    rig = opened()
    assert not any("OUTP ON" in line for line in wire.sent_to(SUPPLY))
    assert not modules_have_power(rig)


def test_protections_are_set_before_the_first_volt(wire: Wire):
    rig = opened()
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    lines = wire.sent_to(SUPPLY)
    on = lines.index("OUTP ON,(@1)")
    for protection in ("VOLT:PROT 5.5,(@1)", "CURR 1.3,(@1)", "CURR:PROT:STAT ON,(@1)"):
        assert lines.index(protection) < on
        assert lines.index(protection) < lines.index("VOLT 3.7,(@1)")


def test_protections_stand_in_the_instrument_as_the_product_wants():
    rig = opened(maxima=Maxima(voltage_V=4.5, current_A=0.25))
    assert float(asked(rig, SUPPLY, "VOLT:PROT? (@1)")) == pytest.approx(4.5)
    assert float(asked(rig, SUPPLY, "CURR? (@1)")) == pytest.approx(0.5)
    assert asked(rig, SUPPLY, "CURR:PROT:STAT? (@1)") == "1"
    assert asked(rig, SUPPLY, "OUTP? (@1)") == "0"


@pytest.mark.parametrize(
    ("changes", "limit_A"),
    [
        ([], 1.3),
        ([("supply_lead_ohm = 0.05", "current_limit_A = 0.8")], 0.8),
        ([("supply_lead_ohm = 0.05", "current_limit_A = 100.0")], 1.3),
        ([("modules = 2", "modules = 16")], E36312A.outputs[0].greatest_current_A),
    ],
    ids=["every module's maximum", "as stated", "never above the maxima", "the supply's rating"],
)
def test_the_current_limit_is_the_least_that_anything_bears(
    changes: list[tuple[str, str]], limit_A: float
):
    rig = opened(bench_with(*changes))
    assert rig.faults() == {}
    assert rig.current_limit_A == pytest.approx(limit_A)
    assert float(asked(rig, SUPPLY, "CURR? (@1)")) == pytest.approx(limit_A)


def test_a_supply_that_trips_protects_the_modules():
    rig = opened()
    supply = rig.supply
    supply.set_output(on=True)
    supply.set_voltage(5.9)
    assert not modules_have_power(rig)


def test_a_supply_without_protections_is_put_on_record_as_such():
    rig = opened(bench_with(("keysight-e36312a", "siglent-spd3303x")))
    assert rig.faults() == {}
    assert rig.unprotected == [
        "the supply has no programmable over-voltage protection",
        "the supply has no programmable over-current protection",
    ]


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
    open_session = rig_module.open_session

    def interrupted(resource: str, library: object) -> object:
        if resource == VOLTMETER:
            raise KeyboardInterrupt
        return open_session(resource, library)

    monkeypatch.setattr(rig_module, "open_session", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opened()
    assert wire.still_open == []
    assert wire.sent_to(SUPPLY)[-2:] == ["OUTP OFF,(@1)", "SYST:ERR?"]


# -- the end -----------------------------------------------------------------------------------


def powered_rig() -> Rig:
    rig = opened()
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    rig.clock.wait(0.2, Purpose.SETTLING)
    assert modules_have_power(rig)
    return rig


def test_making_safe_takes_the_power_and_can_be_repeated():
    rig = powered_rig()
    assert rig.make_safe() == []
    assert not modules_have_power(rig)
    assert rig.make_safe() == []


def test_closing_makes_safe_and_lets_go_of_everything(wire: Wire):
    rig = powered_rig()
    port = rig.chain_port
    assert rig.close() == []
    assert not modules_have_power(rig)
    assert wire.still_open == []
    assert not port.is_open


def test_a_dead_supply_does_not_keep_the_rest_from_closing(wire: Wire):
    rig = powered_rig()
    wire.broken.add(SUPPLY)
    errors = rig.close()
    assert len(errors) == 1
    assert "switching the supply off failed" in str(errors[0])
    assert "cable is out" in str(errors[0])
    assert errors[0].remedy == "switch the supply off by hand"
    assert wire.still_open == []


def test_a_dead_voltmeter_does_not_keep_the_supply_on(wire: Wire, monkeypatch: pytest.MonkeyPatch):
    rig = powered_rig()
    close_session = rig_module.close_session

    def failing(session: object) -> None:
        close_session(session)
        raise ZeroDivisionError("whatever a back end may raise")

    monkeypatch.setattr(rig_module, "close_session", failing)
    errors = rig.close()
    assert [error.what.partition(" failed")[0] for error in errors] == [
        f"closing {SUPPLY}",
        f"closing {VOLTMETER}",
    ]
    assert not modules_have_power(rig)
    assert wire.still_open == []


def test_a_port_that_does_not_close_is_one_more_error(monkeypatch: pytest.MonkeyPatch):
    rig = powered_rig()

    def unplugged() -> None:
        raise OSError("unplugged")

    monkeypatch.setattr(rig.chain_port, "close", unplugged)
    errors = rig.close()
    assert [str(error) for error in errors] == ["closing the chain's port failed: unplugged"]
    assert not modules_have_power(rig)


# -- a real bench with nothing there -----------------------------------------------------------


def test_a_real_bench_with_nothing_there_blocks_every_role_and_the_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = free.getsockname()[1]
    text = bench_with(
        (SUPPLY, f"TCPIP0::127.0.0.1::{nobody}::SOCKET"),
        (VOLTMETER, "ALIAS-OF-NOTHING"),
        ("modules = 2", f'modules = 2\nport = "socket://127.0.0.1:{nobody}"'),
    )
    rig = opened(text[: text.index("[simulation]")])
    assert set(rig.faults()) == {"supply", "voltmeter"}
    assert rig.opened() == []
    with pytest.raises(PortError, match=f"127.0.0.1:{nobody}") as caught:
        _ = rig.chain_port
    assert caught.value.remedy
    assert rig.close() == []


def test_the_port_is_opened_once():
    rig = opened()
    assert rig.chain_port is rig.chain_port


def test_the_rigs_date_is_the_benchs_own():
    rig = opened()
    before = rig.clock.date()
    rig.clock.wait(3600, Purpose.IDLE)
    assert rig.clock.date() - before == timedelta(hours=1)
    assert str(before).startswith("2026-11-02 08:00:")


# -- the multiplexer's channels ----------------------------------------------------------------

MULTIPLEXED = bench_with(
    more="""
[multiplexer]
model = "keysight-daq970a"
resource = "TCPIP0::relays::5025::SOCKET"
"""
)


def test_modules_are_wired_to_the_multiplexers_channels_in_order_unless_stated():
    assert [opened(MULTIPLEXED).channel_of(position) for position in (1, 2, 21)] == [101, 102, 201]
    assert opened(MULTIPLEXED + "channels = [305, 101]").channel_of(1) == 305


def test_a_module_that_no_channel_leads_to_is_named():
    with pytest.raises(RigFileError, match=r"leads to 60 modules, not to the one at position 61"):
        opened(MULTIPLEXED).channel_of(61)


# -- temperature -------------------------------------------------------------------------------

THERMOMETER = """
[thermometer]
model = "keysight-daq970a"
resource = "TCPIP0::daq::5025::SOCKET"
channel = 301
"""
SENSOR_RELAYS = """
[sensor_relays]
model = "keysight-daq970a"
resource = "TCPIP0::daq::5025::SOCKET"
"""
WARM = bench_with(
    ("date = 2026-11-02T08:00:00Z", "date = 2026-11-02T08:00:00Z\nambient_C = 31.0\n"),
    more="[simulation.module]\nthermometer = true\ntemperature_spread_K = 0.0\n",
)


def test_the_thermometer_reads_the_temperature_of_the_bench():
    rig = opened(WARM + THERMOMETER)
    assert rig.thermometer.temperature().value == pytest.approx(273.15 + 31.0, abs=0.3)


def test_a_thermometer_wants_the_scan_channel_of_its_probe():
    with pytest.raises(RigFileError, match="cannot be a thermometer"):
        _ = opened(WARM + THERMOMETER.replace("channel = 301\n", "")).thermometer


def test_a_sensor_relay_shorts_the_sensor_of_its_module_alone():
    rig = opened(WARM + SENSOR_RELAYS)
    assert rig.bench is not None
    thermometers = [module.thermometer for module in rig.bench.panel.modules]

    def readings() -> list[int]:
        return [thermometer.read(0) for thermometer in thermometers if thermometer]

    rig.sensor_relays.select(rig.channel_of(2, "sensor_relays"))
    assert readings() == [pytest.approx(3042, abs=3), 0]
    rig.sensor_relays.release()
    assert readings() == pytest.approx([3042, 3042], abs=3)


def test_one_instrument_may_measure_and_switch():
    rig = opened(WARM + THERMOMETER + SENSOR_RELAYS)
    rig.sensor_relays.select(rig.channel_of(1, "sensor_relays"))
    assert rig.thermometer.temperature().value == pytest.approx(273.15 + 31.0, abs=0.3)
    assert rig.faults() == {}
