from __future__ import annotations

import pytest

from drivers.instruments.keysight_n5700 import KeysightN5700Output
from drivers.roles import Supply
from quantities import Clock
from quantities.errors import InstrumentError, InstrumentReported
from tests.drivers.scripted import NO_ERROR, Wire, checked, opened


@pytest.fixture
def charger(wire: Wire, clock: Clock) -> Supply:
    return opened("keysight-n5769a", wire, clock).part(Supply)


def test_it_is_set_and_measures(charger: Supply, wire: Wire):
    wire.expect(
        *checked("VOLT 67.2", "CURR 2.5", "OUTP ON"),
        ("MEAS:VOLT?", "6.0123E+01"),
        ("MEAS:CURR?", "2.5000E+00"),
    )
    charger.set_voltage(67.2)
    charger.set_current_limit(2.5)
    charger.set_output(on=True)
    assert charger.output_voltage().value == 60.123
    assert charger.output_current().value == 2.5


@pytest.mark.parametrize(("status", "limited"), [("256", False), ("1024", True), ("0", False)])
def test_the_operation_status_tells_constant_current(
    charger: Supply, wire: Wire, status: str, *, limited: bool
):
    wire.expect(("STAT:OPER:COND?", status))
    assert charger.in_current_limit() is limited


def test_protections_are_set_and_tell_of_trips(charger: KeysightN5700Output, wire: Wire):
    wire.expect(
        *checked("VOLT:PROT:LEV 71.4"),
        ("VOLT:PROT:LEV?", "7.1400E+01"),
        *checked("CURR:PROT:STAT OFF"),
        ("STAT:QUES:COND?", "1"),
        ("STAT:QUES:COND?", "2"),
    )
    charger.set_over_voltage_protection(71.4)
    charger.set_over_current_protection(on=False)
    assert charger.over_voltage_tripped()
    assert charger.over_current_tripped()


def test_protection_that_did_not_take_is_found_out(charger: KeysightN5700Output, wire: Wire):
    wire.expect(*checked("VOLT:PROT:LEV 71.4"), ("VOLT:PROT:LEV?", "1.1000E+02"))
    with pytest.raises(InstrumentError, match=r"reads back 110 V.*expected: 71.4 V"):
        charger.set_over_voltage_protection(71.4)


def test_a_voltage_too_near_its_protection_is_refused_by_the_supply(charger: Supply, wire: Wire):
    refusal = '-221,"Settings conflict"'
    wire.expect("VOLT 70", ("SYST:ERR?", refusal), ("SYST:ERR?", NO_ERROR))
    with pytest.raises(InstrumentReported, match="Settings conflict"):
        charger.set_voltage(70.0)
