from __future__ import annotations

import pytest

from drivers.catalogue import open_instrument
from drivers.roles import Multiplexer
from quantities import Clock, Purpose
from quantities.errors import InstrumentError
from tests.drivers.scripted import Wire, checked, opened


@pytest.fixture
def multiplexer(wire: Wire, clock: Clock) -> Multiplexer:
    return opened("keysight-daq970a", wire, clock).part(Multiplexer)


def test_a_channel_is_made_before_the_one_before_is_broken(multiplexer: Multiplexer, wire: Wire):
    wire.expect(*checked("ROUT:CLOS (@103)", "ROUT:CLOS (@104)", "ROUT:OPEN (@103)"))
    multiplexer.select(103)
    multiplexer.select(104)


def test_channels_go_on_from_card_to_card(multiplexer: Multiplexer, wire: Wire):
    assert multiplexer.channels == (*range(101, 121), *range(301, 321))
    wire.expect(*checked("ROUT:CLOS (@120)", "ROUT:CLOS (@301)", "ROUT:OPEN (@120)"))
    multiplexer.select(120)
    multiplexer.select(301)


def test_selecting_the_selected_channel_moves_no_relay(multiplexer: Multiplexer, wire: Wire):
    wire.expect(*checked("ROUT:CLOS (@101)"))
    multiplexer.select(101)
    multiplexer.select(101)


def test_releasing_opens_every_relay_and_forgets_the_selected_one(
    multiplexer: Multiplexer, wire: Wire
):
    wire.expect(
        *checked("ROUT:CLOS (@101)", "ROUT:OPEN (@101:120,301:320)", "ROUT:CLOS (@102)"),
    )
    multiplexer.select(101)
    multiplexer.release()
    multiplexer.select(102)


def test_contacts_are_given_their_time(multiplexer: Multiplexer, wire: Wire, clock: Clock):
    wire.expect(*checked("ROUT:CLOS (@101)"))
    before_ns = clock.ledger()[Purpose.SETTLING]
    multiplexer.select(101)
    assert clock.ledger()[Purpose.SETTLING] - before_ns == 20_000_000


@pytest.mark.parametrize("channel", [-1, 1, 100, 121, 201])
def test_a_channel_that_is_not_there_is_refused_before_anything_is_sent(
    multiplexer: Multiplexer, channel: int
):
    with pytest.raises(InstrumentError, match=f"no channel {channel}; expected: 101:120,301:320"):
        multiplexer.select(channel)


def test_a_mainframe_without_the_card_does_not_open(wire: Wire, clock: Clock):
    wire.expect(
        ("*IDN?", "Keysight Technologies,DAQ970A,MY58000001,A.02.02"),
        "*CLS",
        ("SYST:CTYP? 100", "Keysight Technologies,DAQM901A,MY58010001,1.00"),
        ("SYST:CTYP? 200", "Keysight Technologies,0,0,0"),
        ("SYST:CTYP? 300", "garbage"),
    )
    with pytest.raises(InstrumentError, match="no DAQM903A card in any slot"):
        open_instrument("keysight-daq970a", wire.session, clock)
