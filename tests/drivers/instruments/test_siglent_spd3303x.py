from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import Supply
from quantities import Clock, Purpose
from quantities.errors import InstrumentError
from tests.drivers.scripted import Exchange, Wire, opened

SECOND_ns = 1_000_000_000


@pytest.fixture
def siglent(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("siglent-spd3303x", wire, clock)


def test_an_spd3303x_names_its_output_before_or_after_the_command(
    siglent: OpenInstrument, wire: Wire
):
    supply = siglent.part(Supply, 2)
    siglent_set: list[Exchange] = []
    for command in ("CH2:VOLT 3.700", "CH2:CURR 0.650", "OUTP CH2,ON"):
        siglent_set += [command, ("SYST:ERR?", "0  No Error")]
    wire.expect(*siglent_set, ("MEAS:VOLT? CH2", "3.701"), ("MEAS:CURR? CH2", "0.012"))
    supply.set_voltage(3.7)
    supply.set_current_limit(0.65)
    supply.set_output(on=True)
    assert supply.output_voltage().value == 3.701
    assert supply.output_current().value == 0.012


def test_an_spd3303x_gets_its_gaps_between_lines(siglent: OpenInstrument, wire: Wire, clock: Clock):
    supply = siglent.part(Supply, 1)
    clock.wait(1.0, Purpose.IDLE)
    start_ns = clock.now()
    wire.expect("CH1:VOLT 3.700", ("SYST:ERR?", "0  No Error"))
    supply.set_voltage(3.7)
    assert clock.now() - start_ns == (20 + 100) * 1_000_000


@pytest.mark.parametrize(
    ("channel", "status", "limited"),
    [
        (1, "0x4", False),  # off, independent
        (1, "0x14", False),  # on, constant voltage
        (1, "0x15", True),  # on, constant current
        (1, "0x5", False),  # off: its constant current means nothing
        (2, "0x15", False),  # of the other output
        (2, "0x26", True),
    ],
)
def test_an_spd3303x_tells_constant_current_by_its_status_word(
    siglent: OpenInstrument, wire: Wire, channel: int, status: str, *, limited: bool
):
    wire.expect(("SYST:STAT?", status))
    assert siglent.part(Supply, channel).in_current_limit() is limited


def test_a_status_word_that_is_none_is_an_error(siglent: OpenInstrument, wire: Wire):
    wire.expect(("SYST:STAT?", "independent"))
    with pytest.raises(InstrumentError, match=r"'independent' to 'SYST:STAT\?'"):
        siglent.part(Supply, 1).in_current_limit()
