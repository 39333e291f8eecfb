from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import OverVoltageProtection, Supply
from quantities import Clock
from quantities.errors import InstrumentError
from tests.drivers.scripted import OPENINGS, Wire, checked, opened


@pytest.fixture
def keithley(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keithley-2280s-32-6", wire, clock)


def test_a_2280s_has_one_output_and_answers_with_its_mode(keithley: OpenInstrument, wire: Wire):
    supply = keithley.part(Supply, 1)
    wire.expect(
        *checked(":VOLT 3.7000", ":CURR 0.6500", ":OUTP ON"),
        (":MEAS:VOLT?", "+3.700123E+00,CV"),
        (":MEAS:CURR?", "+4.200000E-01,CV"),
    )
    supply.set_voltage(3.7)
    supply.set_current_limit(0.65)
    supply.set_output(on=True)
    assert supply.output_voltage().value == 3.700123
    assert supply.output_current().value == 0.42


@pytest.mark.parametrize(("mode", "limited"), [("CV", False), ("CC", True), ("OFF", False)])
def test_the_mode_tells_constant_current(
    keithley: OpenInstrument, wire: Wire, mode: str, *, limited: bool
):
    wire.expect((":MEAS:VOLT?", f"+3.700123E+00,{mode}"))
    assert keithley.part(Supply, 1).in_current_limit() is limited


@pytest.mark.parametrize("answer", ["+3.7E+00V,+0.000000E+00s", "+3.7E+00", "CV,+3.7E+00"])
def test_a_reading_in_another_format_is_an_error(keithley: OpenInstrument, wire: Wire, answer: str):
    identity = OPENINGS["keithley-2280s-32-6"][0]
    wire.expect((":MEAS:VOLT?", answer), identity, (":MEAS:VOLT?", answer))
    with pytest.raises(InstrumentError, match="a reading and CV, CC or OFF"):
        keithley.part(Supply, 1).output_voltage()


def test_an_output_that_is_off_though_it_was_switched_on_has_tripped(
    keithley: OpenInstrument, wire: Wire
):
    protection = keithley.part(OverVoltageProtection, 1)
    wire.expect(*checked(":VOLT:PROT 5.500"), (":VOLT:PROT?", "5.5"))
    protection.set_over_voltage_protection(5.5)
    assert not protection.over_voltage_tripped()
    wire.expect(*checked(":OUTP ON"), (":OUTP?", "1"), (":OUTP?", "0"))
    keithley.part(Supply, 1).set_output(on=True)
    assert not protection.over_voltage_tripped()
    assert protection.over_voltage_tripped()
