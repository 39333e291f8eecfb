from __future__ import annotations

import re

import pytest

from drivers.scpi import LONGEST_ERROR_QUEUE, ScpiSession
from drivers.visa import TIMEOUT_S
from quantities import Clock, Purpose
from quantities.errors import (
    InstrumentError,
    InstrumentReported,
    InstrumentTimeout,
    WrongInstrument,
)
from tests.drivers.scripted import NO_ERROR, TIME_OUT, Wire, checked

MILLISECOND_ns = 1_000_000


@pytest.fixture
def scpi(wire: Wire, clock: Clock) -> ScpiSession:
    return ScpiSession(wire.session, clock)


def test_a_setting_is_followed_by_the_question_for_errors(scpi: ScpiSession, wire: Wire):
    wire.expect(*checked("VOLT 3.7"))
    scpi.set("VOLT 3.7")


def test_a_refused_setting_quotes_the_command_and_the_instruments_own_words(
    scpi: ScpiSession, wire: Wire
):
    wire.expect(
        "VOLT 99",
        ("SYST:ERR?", '-222,"Data out of range"'),
        ("SYST:ERR?", '-221,"Settings conflict"'),
        ("SYST:ERR?", NO_ERROR),
    )
    with pytest.raises(
        InstrumentReported, match=r"'VOLT 99'.*Data out of range.*Settings conflict"
    ) as caught:
        scpi.set("VOLT 99")
    assert caught.value.where == wire.resource_name


@pytest.mark.parametrize("answer", ['0,"No error"', '+0,"No error"', "0  No Error", "+0"])
def test_every_spelling_of_no_error_ends_the_queue(scpi: ScpiSession, wire: Wire, answer: str):
    wire.expect(("SYST:ERR?", answer))
    assert scpi.clear_errors() == []


def test_an_error_queue_that_never_ends_is_an_error(scpi: ScpiSession, wire: Wire):
    wire.expect(*[("SYST:ERR?", '-350,"Queue overflow"')] * LONGEST_ERROR_QUEUE)
    with pytest.raises(InstrumentError, match="does not end"):
        scpi.clear_errors()


@pytest.mark.parametrize("garbage", ["", "OVLD", "3.7 V", "nan", "inf", "1,2"])
def test_an_answer_that_is_no_number_is_quoted(scpi: ScpiSession, wire: Wire, garbage: str):
    wire.expect(("READ?", garbage))
    with pytest.raises(InstrumentError, match=r"'READ\?'.*a number") as caught:
        scpi.number("READ?")
    assert repr(garbage) in str(caught.value)


def test_a_late_answer_is_a_time_out_and_the_wire_is_resynchronised(scpi: ScpiSession, wire: Wire):
    wire.expect(("READ?", TIME_OUT), ("READ?", "+1.0E+00"))
    with pytest.raises(TimeoutError) as caught:
        scpi.query("READ?")
    assert isinstance(caught.value, InstrumentTimeout)
    assert wire.cleared == 1
    assert scpi.number("READ?") == 1.0


def test_a_time_out_of_an_instrument_that_died_stays_a_time_out(scpi: ScpiSession, wire: Wire):
    class Died(Wire):
        def read(self) -> str:
            self.dead = True
            raise TIME_OUT

    died = Died()
    died.expect(("READ?", ""))
    with pytest.raises(InstrumentTimeout):
        ScpiSession(died.session, scpi.clock).query("READ?")
    assert not wire.cleared


def test_an_instrument_that_is_gone_is_an_error_with_a_remedy(scpi: ScpiSession, wire: Wire):
    wire.dead = True
    with pytest.raises(InstrumentError, match="what to do"):
        scpi.send("OUTP OFF")


def test_a_query_waits_as_much_longer_as_the_instrument_takes(scpi: ScpiSession, wire: Wire):
    wire.expect(("READ?", "0"))
    scpi.query("READ?", takes_s=4.0)
    assert wire.longest_timeout_ms == (TIMEOUT_S + 4.0) * 1000


def test_lines_keep_their_distance_where_the_instrument_needs_it(wire: Wire, clock: Clock):
    slow = ScpiSession(wire.session, clock, write_gap_s=0.020, read_gap_s=0.100)
    start_ns = clock.now()
    wire.expect("A", "B", ("C?", "1"))
    slow.send("A")
    assert clock.now() == start_ns
    slow.send("B")
    assert clock.now() == start_ns + 20 * MILLISECOND_ns
    slow.query("C?")
    assert clock.now() == start_ns + 140 * MILLISECOND_ns
    assert clock.ledger()[Purpose.WIRE] == 140 * MILLISECOND_ns


def test_a_line_that_comes_late_enough_by_itself_is_not_held_back(wire: Wire, clock: Clock):
    slow = ScpiSession(wire.session, clock, write_gap_s=0.020)
    wire.expect("A", "B")
    slow.send("A")
    clock.wait(0.5, Purpose.IDLE)
    now_ns = clock.now()
    slow.send("B")
    assert clock.now() == now_ns


def test_time_that_passes_while_reading_is_booked_to_the_purpose_of_the_query(clock: Clock):
    class Integrating(Wire):
        def read(self) -> str:
            clock.wait(0.4, Purpose.APERTURE)
            return super().read()

    with Integrating() as wire:
        wire.expect(("READ?", "0"))
        ScpiSession(wire.session, clock).query("READ?", purpose=Purpose.APERTURE)
    assert clock.ledger()[Purpose.APERTURE] == 400 * MILLISECOND_ns
    assert clock.ledger()[Purpose.WIRE] == 0


def test_an_identity_has_four_fields_and_the_last_keeps_its_commas(scpi: ScpiSession, wire: Wire):
    wire.expect(("*IDN?", "Siglent Technologies, SPD3303X ,SPD1,1.01,V3.0"))
    identity = scpi.identify(model="siglent-spd3303x", pattern=re.compile("Siglent"))
    assert identity.model == "SPD3303X"
    assert identity.firmware == "1.01,V3.0"
    assert str(identity) == "SPD3303X SPD1"


@pytest.mark.parametrize("answer", ["Keysight Technologies,34460A,MY1,A", "what?", ""])
def test_another_instrument_is_named_beside_the_expected_one(
    scpi: ScpiSession, wire: Wire, answer: str
):
    wire.expect(("*IDN?", answer))
    with pytest.raises(WrongInstrument, match="keysight-34461a") as caught:
        scpi.identify(model="keysight-34461a", pattern=re.compile("Keysight Technologies,34461A,"))
    assert repr(answer) in str(caught.value)


def test_an_answer_that_an_interruption_left_unread_is_not_taken_for_the_next_one(
    scpi: ScpiSession, wire: Wire, monkeypatch: pytest.MonkeyPatch
):
    def interrupted() -> str:
        raise KeyboardInterrupt

    wire.expect("MEAS:VOLT? (@1)", ("SYST:ERR?", NO_ERROR))
    with monkeypatch.context() as patch:
        patch.setattr(wire, "read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            scpi.query("MEAS:VOLT? (@1)")
    assert not wire.cleared
    assert scpi.clear_errors() == []
    assert wire.cleared == 1
