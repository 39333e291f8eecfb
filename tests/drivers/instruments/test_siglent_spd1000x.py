from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import OverVoltageProtection, Supply
from quantities import Clock
from quantities.errors import InstrumentError
from tests.drivers.scripted import Exchange, Wire, opened


@pytest.fixture
def siglent(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("siglent-spd1305x", wire, clock)


def test_an_spd1000x_speaks_as_the_first_output_of_an_spd3303x(siglent: OpenInstrument, wire: Wire):
    settings: list[Exchange] = []
    for command in ("CH1:VOLT 3.700", "CH1:CURR 2.600", "OUTP CH1,ON"):
        settings += [command, ("SYST:ERR?", "0  No Error")]
    wire.expect(*settings, ("MEAS:VOLT? CH1", "3.701"), ("SYST:STAT?", "0x11"))
    supply = siglent.part(Supply, 1)
    supply.set_voltage(3.7)
    supply.set_current_limit(2.6)
    supply.set_output(on=True)
    assert supply.output_voltage().value == 3.701
    assert supply.in_current_limit()


def test_the_mode_of_its_sense_terminals_is_not_taken_for_a_limit(
    siglent: OpenInstrument, wire: Wire
):
    wire.expect(("SYST:STAT?", "0x30"))  # on, constant voltage, four wires
    assert not siglent.part(Supply, 1).in_current_limit()


def test_an_spd1000x_cannot_trip_and_gives_no_more_than_its_rating(siglent: OpenInstrument):
    supply = siglent.part(Supply, 1)
    assert not isinstance(supply, OverVoltageProtection)
    with pytest.raises(InstrumentError, match="0 to 5 A"):
        supply.set_current_limit(6.0)
