from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import OverVoltageProtection, Supply
from quantities import Clock, Purpose
from quantities.errors import InstrumentError
from tests.drivers.scripted import Wire, checked, opened


@pytest.fixture
def rigol(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("rigol-dp832", wire, clock)


def test_a_dp800_names_its_channel_first(rigol: OpenInstrument, wire: Wire):
    supply = rigol.part(Supply, 2)
    wire.expect(
        *checked(":SOUR2:VOLT 3.700", ":SOUR2:CURR 0.650", ":OUTP CH2,ON"),
        (":MEAS:VOLT? CH2", "3.7005"),
        (":MEAS:CURR? CH2", "0.0121"),
    )
    supply.set_voltage(3.7)
    supply.set_current_limit(0.65)
    supply.set_output(on=True)
    assert supply.output_voltage().value == 3.7005
    assert supply.output_current().value == 0.0121


@pytest.mark.parametrize(("mode", "limited"), [("CV", False), ("CC", True), ("UR", False)])
def test_its_mode_tells_constant_current(
    rigol: OpenInstrument, wire: Wire, mode: str, *, limited: bool
):
    wire.expect((":OUTP:MODE? CH1", mode))
    assert rigol.part(Supply, 1).in_current_limit() is limited


def test_over_voltage_protection_is_switched_on_and_not_set_alone(
    rigol: OpenInstrument, wire: Wire
):
    wire.expect(
        *checked(":OUTP:OVP:VAL CH1,5.500", ":OUTP:OVP CH1,ON"),
        (":OUTP:OVP:VAL? CH1", "5.500"),
        (":OUTP:OVP:QUES? CH1", "NO"),
        (":OUTP:OVP:QUES? CH1", "YES"),
    )
    protection = rigol.part(OverVoltageProtection, 1)
    protection.set_over_voltage_protection(5.5)
    assert not protection.over_voltage_tripped()
    assert protection.over_voltage_tripped()


def test_a_level_that_reads_back_another_value_is_an_error(rigol: OpenInstrument, wire: Wire):
    wire.expect(
        *checked(":OUTP:OVP:VAL CH1,5.500", ":OUTP:OVP CH1,ON"), (":OUTP:OVP:VAL? CH1", "33.000")
    )
    with pytest.raises(InstrumentError, match=r"reads back 33 V.*expected: 5.5 V"):
        rigol.part(OverVoltageProtection, 1).set_over_voltage_protection(5.5)


def test_a_dp800_gets_its_gap_between_lines(rigol: OpenInstrument, wire: Wire, clock: Clock):
    supply = rigol.part(Supply, 1)
    clock.wait(1.0, Purpose.IDLE)
    start_ns = clock.now()
    wire.expect(*checked(":SOUR1:VOLT 3.700"), ("SYST:ERR?", "0"))
    supply.set_voltage(3.7)
    supply.clear_errors()
    assert clock.now() - start_ns == 2 * 50_000_000
