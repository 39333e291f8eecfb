from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import OverCurrentProtection, OverVoltageProtection, Supply
from quantities import Clock
from quantities.errors import InstrumentError
from tests.drivers.scripted import Exchange, Wire, checked, opened


@pytest.fixture
def rohde(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("rohdeschwarz-ngl202", wire, clock)


def on_channel(channel: int, *exchanges: Exchange) -> list[Exchange]:
    """The channel is selected before each of these."""
    lines: list[Exchange] = []
    for exchange in exchanges:
        lines += [f"INST:NSEL {channel}", exchange]
        if isinstance(exchange, str):
            lines += [("SYST:ERR?", '0,"No error"')]
    return lines


def test_an_ngl200_selects_its_output_before_every_line(rohde: OpenInstrument, wire: Wire):
    supply = rohde.part(Supply, 2)
    wire.expect(
        *on_channel(2, "VOLT 3.700", "CURR 0.6500"),
        *on_channel(2, ("MEAS:VOLT?", "3.7001"), ("MEAS:CURR?", "0.0420")),
    )
    supply.set_voltage(3.7)
    supply.set_current_limit(0.65)
    assert supply.output_voltage().value == 3.7001
    assert supply.output_current().value == 0.042


def test_an_output_is_armed_and_then_the_master_switch_closed(rohde: OpenInstrument, wire: Wire):
    supply = rohde.part(Supply, 1)
    wire.expect(*on_channel(1, "OUTP:SEL 1", "OUTP:GEN 1", "OUTP:SEL 0"))
    wire.expect("INST:NSEL 1", "OUTP:SEL 0")
    supply.set_output(on=True)
    supply.set_output(on=False)
    supply.make_safe()


@pytest.mark.parametrize(("register", "limited"), [("0", False), ("1", True), ("2", False)])
def test_the_summary_register_of_its_own_output_tells_constant_current(
    rohde: OpenInstrument, wire: Wire, register: str, *, limited: bool
):
    wire.expect(("STAT:QUES:INST:ISUM2:COND?", register))
    assert rohde.part(Supply, 2).in_current_limit() is limited


def test_protections_are_a_level_that_is_switched_on_and_a_fuse(rohde: OpenInstrument, wire: Wire):
    over_voltage = rohde.part(OverVoltageProtection, 1)
    over_current = rohde.part(OverCurrentProtection, 1)
    wire.expect(
        *on_channel(1, "VOLT:PROT:LEV 5.500", "VOLT:PROT 1", ("VOLT:PROT:LEV?", "5.500")),
        *on_channel(1, "FUSE 1", ("VOLT:PROT:TRIP?", "0"), ("FUSE:TRIP?", "1")),
    )
    over_voltage.set_over_voltage_protection(5.5)
    over_current.set_over_current_protection(on=True)
    assert not over_voltage.over_voltage_tripped()
    assert over_current.over_current_tripped()


def test_a_level_that_was_not_taken_is_an_error(rohde: OpenInstrument, wire: Wire):
    wire.expect(*on_channel(1, "VOLT:PROT:LEV 5.500", "VOLT:PROT 1", ("VOLT:PROT:LEV?", "20.0")))
    with pytest.raises(InstrumentError, match="reads back 20 V"):
        rohde.part(OverVoltageProtection, 1).set_over_voltage_protection(5.5)


def test_the_first_refusal_of_a_protection_ends_it(rohde: OpenInstrument, wire: Wire):
    wire.expect("INST:NSEL 1", "VOLT:PROT:LEV 5.500", ("SYST:ERR?", '-222,"Data out of range"'))
    wire.expect(("SYST:ERR?", '0,"No error"'))
    with pytest.raises(InstrumentError, match="VOLT:PROT:LEV"):
        rohde.part(OverVoltageProtection, 1).set_over_voltage_protection(5.5)


def test_settings_of_the_other_output_stay_with_it(rohde: OpenInstrument, wire: Wire):
    wire.expect("INST:NSEL 1", *checked("VOLT 1.000"), "INST:NSEL 2", *checked("VOLT 2.000"))
    rohde.part(Supply, 1).set_voltage(1.0)
    rohde.part(Supply, 2).set_voltage(2.0)
