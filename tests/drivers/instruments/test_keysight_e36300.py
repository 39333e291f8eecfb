from __future__ import annotations

import math

import pytest

from drivers.catalogue import OpenInstrument, open_instrument
from drivers.roles import OverCurrentProtection, OverVoltageProtection, Supply
from quantities import Clock
from quantities.errors import InstrumentError, InstrumentReported
from tests.drivers.scripted import NO_ERROR, OPENINGS, Wire, checked, opened

SECOND_ns = 1_000_000_000


@pytest.fixture
def keysight(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-e36312a", wire, clock)


def test_an_e36300_speaks_to_one_output_by_its_channel_list(keysight: OpenInstrument, wire: Wire):
    supply = keysight.part(Supply, 1)
    wire.expect(
        *checked("VOLT 3.7,(@1)", "CURR 0.65,(@1)", "OUTP ON,(@1)", "VOLT 4.196,(@1)"),
        ("MEAS:VOLT? (@1)", "+4.19612345E+00"),
        ("MEAS:CURR? (@1)", "+4.20000000E-01"),
        *checked("OUTP OFF,(@1)"),
    )
    supply.set_voltage(3.7)
    supply.set_current_limit(0.65)
    supply.set_output(on=True)
    supply.set_voltage(4.196)
    voltage, current = supply.output_voltage(), supply.output_current()
    supply.set_output(on=False)
    assert (voltage.value, voltage.unit) == (4.19612345, "V")
    assert (current.value, current.unit) == (0.42, "A")
    # 0.2 % of 0.42 A is 0.84 mA, and 10 mA; rectangular.
    assert current.standard_uncertainty == pytest.approx(10.84e-3 / math.sqrt(3))


@pytest.mark.parametrize(
    ("register", "limited"), [("+0", False), ("+2", False), ("+1", True), ("+5", True)]
)
def test_an_e36300_tells_constant_current_by_its_register(
    keysight: OpenInstrument, wire: Wire, register: str, *, limited: bool
):
    wire.expect(("STAT:QUES:INST:ISUM2:COND?", register))
    assert keysight.part(Supply, 2).in_current_limit() is limited


def test_an_e36300_whose_hardware_has_failed_is_a_sick_rig(keysight: OpenInstrument, wire: Wire):
    wire.expect(("STAT:QUES:INST:ISUM1:COND?", "+3"))
    with pytest.raises(InstrumentError, match="hardware of output 1 has failed"):
        keysight.part(Supply, 1).in_current_limit()


def test_protections_are_set_before_the_first_volt(keysight: OpenInstrument, wire: Wire):
    wire.expect(
        *checked("VOLT:PROT 5.5,(@1)"),
        ("VOLT:PROT? (@1)", "+5.50000000E+00"),
        *checked("CURR:PROT:STAT ON,(@1)"),
        ("VOLT:PROT:TRIP? (@1)", "1"),
        ("CURR:PROT:TRIP? (@1)", "0"),
    )
    over_voltage = keysight.part(OverVoltageProtection, 1)
    over_current = keysight.part(OverCurrentProtection, 1)
    over_voltage.set_over_voltage_protection(5.5)
    over_current.set_over_current_protection(on=True)
    assert over_voltage.over_voltage_tripped() is True
    assert over_current.over_current_tripped() is False


def test_a_protection_that_reads_back_another_value_is_an_error(
    keysight: OpenInstrument, wire: Wire
):
    wire.expect(*checked("VOLT:PROT 5.5,(@1)"), ("VOLT:PROT? (@1)", "+6.60000000E+00"))
    with pytest.raises(InstrumentError, match=r"reads back 6.6 V.*expected: 5.5 V"):
        keysight.part(OverVoltageProtection, 1).set_over_voltage_protection(5.5)


def test_a_protection_beyond_the_rating_is_refused(keysight: OpenInstrument):
    with pytest.raises(InstrumentError, match=r"0 to 6.6 V"):
        keysight.part(OverVoltageProtection, 1).set_over_voltage_protection(7.0)


def test_a_supply_that_refuses_to_switch_off_does_not_open(wire: Wire, clock: Clock):
    *lines, _ = OPENINGS["keysight-e36312a"]
    wire.expect(*lines, ("SYST:ERR?", '-221,"Settings conflict"'), ("SYST:ERR?", NO_ERROR))
    with pytest.raises(InstrumentReported, match=r"OUTP OFF.*Settings conflict"):
        open_instrument("keysight-e36312a", wire.session, clock)
