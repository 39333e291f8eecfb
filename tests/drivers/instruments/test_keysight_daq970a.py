from __future__ import annotations

import numpy as np
import pytest

from drivers.catalogue import open_instrument
from drivers.roles import Multiplexer, Relay, ScanningThermometer, Thermometer
from quantities import Clock, Purpose
from quantities.errors import InstrumentError, Overload, UsageError
from tests.drivers.scripted import Exchange, Wire, checked, opened


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


def mainframe(*cards: str) -> list[Exchange]:
    """What opening exchanges with one that has these cards."""
    return [
        ("*IDN?", "Keysight Technologies,DAQ970A,MY58000001,A.02.02"),
        "*CLS",
        *((f"SYST:CTYP? {100 * slot}", card) for slot, card in enumerate(cards, start=1)),
    ]


NO_CARD = "Keysight Technologies,0,0,0"
MULTIPLEXER_CARD = "Keysight Technologies,DAQM901A,MY58010001,1.00"


def test_a_mainframe_without_a_known_card_does_not_open(wire: Wire, clock: Clock):
    wire.expect(*mainframe("Keysight Technologies,DAQM907A,MY58010001,1.00", NO_CARD, "garbage"))
    with pytest.raises(InstrumentError, match="no DAQM903A or DAQM901A card in any slot"):
        open_instrument("keysight-daq970a", wire.session, clock)


@pytest.fixture
def thermometer(wire: Wire, clock: Clock) -> Thermometer:
    wire.expect(*mainframe(NO_CARD, NO_CARD, MULTIPLEXER_CARD))
    return open_instrument("keysight-daq970a", wire.session, clock).part(Thermometer, 301)


def test_a_probe_reads_kelvin_with_the_uncertainty_of_probe_and_instrument(
    thermometer: Thermometer, wire: Wire, clock: Clock
):
    before_ns = clock.ledger()[Purpose.APERTURE]
    wire.expect(("MEAS:TEMP? FRTD,85,(@301)", "+2.50000000E+01"))
    reading = thermometer.temperature()
    assert (reading.value, reading.unit) == (298.15, "K")
    # 0.06 K of the instrument, 0.15 K + 0.2 % of 25 °C of a probe of class A, both rectangular
    assert reading.standard_uncertainty == pytest.approx(np.hypot(0.06, 0.20) / np.sqrt(3))
    assert clock.ledger()[Purpose.APERTURE] >= before_ns


def test_an_open_probe_is_an_overload(thermometer: Thermometer, wire: Wire):
    wire.expect(("MEAS:TEMP? FRTD,85,(@301)", "+9.90000000E+37"))
    with pytest.raises(Overload, match="no temperature on channel 301"):
        thermometer.temperature()


def test_thermistors_are_scanned_and_one_that_fails_is_no_number(wire: Wire, clock: Clock):
    wire.expect(*mainframe(NO_CARD, NO_CARD, MULTIPLEXER_CARD))
    scanner = open_instrument("keysight-daq970a", wire.session, clock).part(ScanningThermometer)
    answer = "+2.5E+01,+9.9E+37,-9.9E+37,+1.51E+02"
    wire.expect(("MEAS:TEMP? THER,5000,(@301,303,304,320)", answer))
    reading = scanner.temperatures([301, 303, 304, 320])
    assert reading.unit == "K"
    np.testing.assert_allclose(reading.value, [298.15, np.nan, np.nan, np.nan])
    assert reading.standard_uncertainty[0] == pytest.approx(np.hypot(0.1, 0.2) / np.sqrt(3))


def test_channels_are_scanned_in_ascending_order_and_told_in_the_order_asked_for(
    wire: Wire, clock: Clock
):
    wire.expect(*mainframe(NO_CARD, NO_CARD, MULTIPLEXER_CARD))
    scanner = open_instrument("keysight-daq970a", wire.session, clock).part(ScanningThermometer)
    wire.expect(("MEAS:TEMP? THER,5000,(@301,302,310)", "+1.0E+00,+2.0E+00,+1.0E+01"))
    reading = scanner.temperatures([310, 301, 302])
    np.testing.assert_allclose(reading.value, [283.15, 274.15, 275.15])


def test_a_scan_of_another_length_is_no_scan(wire: Wire, clock: Clock):
    wire.expect(*mainframe(NO_CARD, NO_CARD, MULTIPLEXER_CARD))
    scanner = open_instrument("keysight-daq970a", wire.session, clock).part(ScanningThermometer)
    wire.expect(("MEAS:TEMP? THER,5000,(@301,302)", "+2.5E+01"))
    with pytest.raises(InstrumentError, match="2 numbers"):
        scanner.temperatures([301, 302])


def test_without_actuator_cards_it_is_no_multiplexer(wire: Wire, clock: Clock):
    wire.expect(*mainframe(NO_CARD, NO_CARD, MULTIPLEXER_CARD))
    instrument = open_instrument("keysight-daq970a", wire.session, clock)
    assert set(instrument.parts) == {None, *range(301, 311)}
    with pytest.raises(UsageError, match="cannot be a multiplexer"):
        instrument.part(Multiplexer)


def test_both_kinds_of_cards_are_used_side_by_side(wire: Wire, clock: Clock):
    actuator = "Keysight Technologies,DAQM903A,MY58010001,1.00"
    wire.expect(*mainframe(actuator, MULTIPLEXER_CARD, NO_CARD), *checked("ROUT:OPEN (@101:120)"))
    instrument = open_instrument("keysight-daq970a", wire.session, clock)
    assert instrument.part(Multiplexer).channels == tuple(range(101, 121))
    assert isinstance(instrument.part(Thermometer, 210), Thermometer)


def test_one_relay_moves_by_itself(wire: Wire, clock: Clock):
    relay = opened("keysight-daq970a", wire, clock).part(Relay, 302)
    before_ns = clock.ledger()[Purpose.SETTLING]
    wire.expect(*checked("ROUT:CLOS (@302)", "ROUT:OPEN (@302)"))
    relay.close_contact()
    relay.open_contact()
    assert clock.ledger()[Purpose.SETTLING] - before_ns == 40_000_000
