"""What a module answers, passes on and ignores (MSG, ADR, CMD, CHN)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.line import duration_ns
from tests.rigs.simulation.lone import (
    MS,
    SECOND,
    BIT_ns,
    EEPROM_BYTE_ns,
    Lone,
    PROCESSING_ns,
    WATCHDOG_ns,
)

# At 3.7 V and a reference of 1.2 V: 1024 × 1.2 / 3.7 = 332.1, so N = 4 × 332 = 0x530.


@pytest.fixture
def lone() -> Lone:
    return Lone()


# -- timing of one message -----------------------------------------------------------------------


def test_an_answer_begins_after_processing_and_takes_ten_bits_a_character(lone: Lone):
    begun_ns = lone.now_ns
    ended_ns = lone.say(b"A01U\r")
    assert ended_ns - begun_ns == 5_208_333
    lone.wait(100 * MS)
    (run,) = lone.sent
    assert run.characters == b"\nA00U5308\r"
    assert run.start_ns == ended_ns + PROCESSING_ns
    assert run.end_ns - run.start_ns == 10_416_667


def test_a_module_sends_with_its_own_clock():
    slow = Lone(bit_ns=BIT_ns * 1.02)
    slow.ask(b"A01U\r")
    assert slow.sent[0].bit_ns == BIT_ns * 1.02
    assert slow.sent[0].end_ns - slow.sent[0].start_ns == 10_625_000


@pytest.mark.parametrize(
    ("message", "bytes_written"),
    [
        (b"A01W\r", 0),
        (b"A01W4BD000\r", 0),
        (b"A01W4BD001\r", 1),
        (b"A01W7FA3C8\r", 3),
        (b"A01V4A1\r", 1),
        (b"A01V5A1\r", 2),
        (b"A01L000\r", 2),
        (b"A01H49D\r", 1),
    ],
)
def test_an_answer_waits_for_each_eeprom_byte_that_changes(
    lone: Lone, message: bytes, bytes_written: int
):
    ended_ns = lone.say(message)
    lone.wait(100 * MS)
    assert lone.sent[0].start_ns == ended_ns + PROCESSING_ns + bytes_written * EEPROM_BYTE_ns


# -- addressed messages --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (b"A01U\r", b"\nA00U5308\r"),
        (b"A01W\r", b"\nA00W4BD000\r"),
        (b"A01V\r", b"\nA00V4A0\r"),
        (b"A01L\r", b"\nA00L5E0\r"),
        (b"A01H\r", b"\nA00H49C\r"),
        (b"A01W7FA3C8\r", b"\nA00W7FA3C8\r"),
        (b"A01V123\r", b"\nA00V123\r"),
    ],
)
def test_address_01_is_obeyed_and_answered_with_00(lone: Lone, message: bytes, answer: bytes):
    assert lone.ask(message) == answer


@pytest.mark.parametrize("address", [address for address in range(256) if address != 1])
def test_any_other_address_goes_on_less_one(address: int):
    passed = 255 if address == 0 else address - 1
    assert Lone().ask(b"A%02XU\r" % address) == b"\nA%02XU\r" % passed


@pytest.mark.parametrize(
    "rest", [b"U", b"U5308", b"W4BD000", b"V", b"@", b"x", b"?lower!", b"U\xff\x00"]
)
def test_what_stands_behind_the_address_goes_on_unchanged(lone: Lone, rest: bytes):
    assert lone.ask(b"A07" + rest + b"\r") == b"\nA06" + rest + b"\r"


def test_a_chain_is_counted_by_passing_on(lone: Lone):
    assert lone.ask(b"A00@\r") == b"\nAFF@\r"
    # in a chain of 256 the last module sees A01@, and nobody obeys it
    assert lone.ask(b"A01@\r") == b"\nA00@\r"


@pytest.mark.parametrize(
    "message",
    [b"A01X\r", b"A01T\r", b"A01u\r", b"A01\r", b"A01@@\r", b"A0\r", b"A\r", b"A05\r", b"A0aU\r"],
)
def test_what_no_clause_defines_stores_nothing_and_the_next_good_message_is_obeyed(
    lone: Lone, message: bytes
):
    lone.ask(message)
    lone.wait(WATCHDOG_ns)
    assert sum(lone.eeprom.wear) == 0
    assert lone.ask(b"A01U\r") == b"\nA00U5308\r"


def test_an_address_without_a_command_is_not_passed_on(lone: Lone):
    assert lone.ask(b"A05\r") == b""
    assert lone.ask(b"A05x\r") == b"\nA04x\r"


@pytest.mark.parametrize("message", [b"B01U\r", b"01U\r", b"a01U\r", b"s0F\r", b"E\r", b"x\r"])
def test_a_message_that_starts_with_no_known_letter_is_ignored(lone: Lone, message: bytes):
    assert lone.ask(message) == b""
    assert lone.ask(b"A01U\r") == b"\nA00U5308\r"


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (b"A01V4a1\r", b"\nA00V4A0\r"),
        (b"A01W7fa3c8\r", b"\nA00W4BD000\r"),
        (b"A01V4A\r", b"\nA00V4A0\r"),
        (b"A01L5E11\r", b"\nA00L5E0\r"),
        (b"A01W7FA3C\r", b"\nA00W4BD000\r"),
    ],
)
def test_a_setting_with_wrong_digits_is_an_enquiry(lone: Lone, message: bytes, answer: bytes):
    assert lone.ask(message) == answer
    assert sum(lone.eeprom.wear) == 0


# -- messages to the whole chain -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "answer"), [(b"S0F\r", b"\nS88\r"), (b"SB0\r", b"\nSB0\r"), (b"e\r", b"\ne\r")]
)
def test_a_message_to_the_whole_chain_is_obeyed_and_goes_on(
    lone: Lone, message: bytes, answer: bytes
):
    assert lone.ask(message) == answer


def test_the_enabled_bit_follows_e_and_d(lone: Lone):
    assert lone.nibble() == 8
    assert lone.ask(b"d\r") == b"\nd\r"
    assert lone.nibble() == 0
    assert lone.ask(b"S0F\r") == b"\nS00\r"
    assert lone.ask(b"e\r") == b"\ne\r"
    assert lone.nibble() == 8


@pytest.mark.parametrize(
    "message", [b"S0\r", b"S\r", b"S0FF\r", b"S0f\r", b"dd\r", b"d1\r", b"eA\r"]
)
def test_a_message_to_the_chain_of_another_form_changes_nothing(lone: Lone, message: bytes):
    assert lone.ask(message) == b""
    assert lone.ask(b"A01U\r") == b"\nA00U5308\r"


# -- the buffer and line feeds -------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        b"\nA01U\r",
        b"A01U\n\r",
        b"A\n0\n1\nU\n\r",
        b"\n\n\n\n\n\n\n\n\n\n\n\nA01U\r",
    ],
)
def test_line_feeds_are_ignored_anywhere(lone: Lone, message: bytes):
    assert lone.ask(message) == b"\nA00U5308\r"


def test_ten_characters_are_accepted(lone: Lone):
    assert lone.ask(b"A02W123456\r") == b"\nA01W123456\r"
    assert lone.ask(b"A\n02W\n123456\n\r") == b"\nA01W123456\r"


def test_eleven_characters_are_not_obeyed_and_the_next_message_is(lone: Lone):
    assert lone.ask(b"A01W1234567\r") == b""
    assert lone.ask(b"A02W1234567\r") == b""
    assert sum(lone.eeprom.wear) == 0
    assert lone.ask(b"A01U\r") == b"\nA00U5308\r"


def test_what_follows_the_eleventh_character_is_a_message_of_its_own(lone: Lone):
    assert lone.ask(b"A01W1234567A01U\r") == b"\nA00U5308\r"
    assert lone.ask(b"xxxxxxxxxxxxxxxxxxxxxxA02@\r") == b"\nA01@\r"
    assert lone.ask(b"A01W1234567xyz\r") == b""


def test_the_longest_message_takes_a_hundred_and_twenty_bits_with_its_line_feed(lone: Lone):
    lone.ask(b"A02W123456\r")
    assert lone.sent[0].end_ns - lone.sent[0].start_ns == 12_500_000


@given(st.binary(max_size=40).filter(lambda text: not any(c in b"ASed" for c in text)))
def test_nothing_is_ever_sent_for_characters_that_begin_no_message(characters: bytes):
    lone = Lone()
    assert lone.ask(characters + b"\r", settle_ns=SECOND) == b""


@given(st.lists(st.sampled_from(list(b"AASUVWLH@ed010123F\r\r\n")), max_size=60).map(bytes))
def test_whatever_comes_a_module_answers_again_after_its_watchdog(characters: bytes):
    lone = Lone()
    lone.say(characters)
    lone.wait(WATCHDOG_ns + SECOND)
    assert lone.ask(b"A01U\r")[:5] == b"\nA00U"
    for run in lone.sent:
        assert run.characters[:1] == b"\n"
        assert run.characters[-1:] == b"\r"
        assert run.end_ns - run.start_ns == duration_ns(len(run.characters), BIT_ns)
