"""The rig: every role opens once, protected before the first volt."""

from __future__ import annotations

import pytest

from drivers.datasheet import load_datasheet
from quantities.errors import (
    RigFileError,
)
from rigs.protection import Maxima
from tests.rigs.benches import (
    SHARED,
    SUPPLY,
    VOLTMETER,
    Wire,
    asked,
    bench_with,
    modules_have_power,
    opened,
)

E36312A = load_datasheet("keysight-e36312a")


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


SIGLENT = ("keysight-e36312a", "siglent-spd3303x")
ACCEPTED = ("channel = 1", "channel = 1\naccept_no_ovp = true")


def test_a_supply_that_could_destroy_a_module_and_cannot_trip_is_refused():
    with pytest.raises(
        RigFileError, match=r"\[supply\].*can deliver 32 V and has no.*5.5 V.*accept_no_ovp = true"
    ):
        opened(bench_with(SIGLENT))


def test_a_supply_without_protections_that_is_accepted_is_put_on_record_as_such():
    rig = opened(bench_with(SIGLENT, ACCEPTED))
    assert rig.faults() == {}
    assert rig.unprotected == [
        "the supply has no programmable over-voltage protection, and accept_no_ovp accepts that",
        "the supply has no programmable over-current protection",
    ]


def test_a_supply_that_cannot_reach_the_absolute_maximum_needs_no_over_voltage_protection():
    rig = opened(bench_with(SIGLENT), Maxima(voltage_V=32.0, current_A=0.65))
    assert rig.unprotected == ["the supply has no programmable over-current protection"]


def test_accepting_does_not_leave_a_protection_unset_that_is_there():
    rig = opened(bench_with(ACCEPTED))
    assert rig.unprotected == []
    assert float(asked(rig, SUPPLY, "VOLT:PROT? (@1)")) == pytest.approx(5.5)


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


def test_a_supply_that_has_no_channels_is_opened_without_one():
    with_one = ('model = "keysight-e36312a"', 'model = "keysight-n5769a"')
    rig = opened(bench_with(with_one, ("channel = 1", "")))
    assert rig.faults() == {}
    assert rig.current_limit_A == pytest.approx(1.3)
    rig.close()
