"""When a module listens, and what it makes of characters that come at a bad time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.line import Run, cut_into_messages, duration_ns
from tests.rigs.simulation.lone import MS, SECOND, BIT_ns, Lone, PROCESSING_ns, WATCHDOG_ns

VOLTAGE = b"\nA00U5308\r"


@pytest.fixture
def lone() -> Lone:
    return Lone()


# -- pauses and the watchdog ---------------------------------------------------------------------


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_pause_shorter_than_the_watchdogs_period_purges_nothing(lone: Lone, cut: int):
    lone.say(b"A01U\r"[:cut])
    lone.wait(WATCHDOG_ns - 1)
    assert lone.ask(b"A01U\r"[cut:]) == VOLTAGE


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_longer_pause_purges_what_was_received(lone: Lone, cut: int):
    lone.say(b"A01U\r"[:cut])
    lone.wait(WATCHDOG_ns)
    assert lone.ask(b"A01U\r"[cut:]) == b""
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_every_character_starts_the_watchdog_afresh(lone: Lone):
    for character in b"A01U":
        lone.say(bytes([character]))
        lone.wait(WATCHDOG_ns - MS)
    assert lone.ask(b"\r") == VOLTAGE


def test_a_start_bit_just_before_the_watchdog_is_due_keeps_what_was_received(lone: Lone):
    lone.say(b"A01")
    lone.wait(WATCHDOG_ns - 1)
    # the character is under way for 1.04 ms beyond the time at which the watchdog was due
    lone.say(b"U")
    lone.wait(WATCHDOG_ns - 1)
    assert lone.ask(b"\r") == VOLTAGE


def test_no_watchdog_runs_out_inside_a_long_run(lone: Lone):
    # 2500 characters last 2.6 s; the last ten of them and the CR are a message
    lone.say(b"x" * 2497 + b"A02U\r")
    lone.wait(100 * MS)
    assert lone.sent[-1].characters == b"\nA01U\r"


def test_a_line_feed_or_a_glitch_starts_the_watchdog_afresh_too(lone: Lone):
    lone.say(b"A01U")
    lone.wait(WATCHDOG_ns - MS)
    lone.say(b"\n")
    lone.wait(WATCHDOG_ns - MS)
    lone.hold_low(10_000)
    lone.wait(WATCHDOG_ns - MS)
    assert lone.ask(b"\r") == VOLTAGE


def test_left_overs_make_a_wrong_message_that_is_well_formed(lone: Lone):
    lone.say(b"A0")
    lone.wait(SECOND)
    # together A0A03U, which is for address 0A
    assert lone.ask(b"A03U\r") == b"\nA0903U\r"


# -- busy ----------------------------------------------------------------------------------------


def test_a_message_that_begins_when_the_last_stop_bit_has_been_sent_is_obeyed(lone: Lone):
    ended_ns = lone.say(b"A01U\r")
    lone.kernel.advance_to(ended_ns + PROCESSING_ns + duration_ns(10, BIT_ns))
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_a_message_that_begins_a_character_earlier_is_lost_in_half_duplex(lone: Lone):
    ended_ns = lone.say(b"A01U\r")
    lone.kernel.advance_to(ended_ns + PROCESSING_ns + duration_ns(9, BIT_ns))
    assert lone.ask(b"A01U\r") == b""


def test_only_the_line_feed_ahead_of_a_message_can_be_lost_without_harm(lone: Lone):
    ended_ns = lone.say(b"A01U\r")
    free_ns = ended_ns + PROCESSING_ns + duration_ns(10, BIT_ns)
    # LF is 0 01010000 1 on the line: its last falling edge is at the start of data bit 4
    lone.kernel.advance_to(free_ns - round(6 * BIT_ns))
    assert lone.ask(b"\nA01U\r") == VOLTAGE
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_an_ignored_message_keeps_the_module_busy_for_its_measurement(lone: Lone):
    ended_ns = lone.say(b"x\r")
    lone.kernel.advance_to(ended_ns + PROCESSING_ns - 1)
    assert lone.ask(b"A01U\r") == b""
    ended_ns = lone.say(b"\r")
    lone.kernel.advance_to(ended_ns + PROCESSING_ns)
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_left_over_characters_of_a_lost_message_spoil_the_next_one(lone: Lone):
    ended_ns = lone.say(b"A01U\r")
    free_ns = ended_ns + PROCESSING_ns + duration_ns(10, BIT_ns)
    # deaf until the stop bit of the second character: 1U is left over
    lone.kernel.advance_to(free_ns - round(19.5 * BIT_ns))
    lone.say(b"A01U")
    lone.wait(100 * MS)
    assert lone.ask(b"A01U\r") == b""
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_in_full_duplex_nothing_is_lost_and_what_is_to_be_sent_waits_its_turn():
    duplex = Lone(half_duplex=False)
    begun_ns = duplex.now_ns
    duplex.say(b"A01U\rA02U\rA03U\r")
    duplex.wait(100 * MS)
    assert [run.characters for run in duplex.sent] == [VOLTAGE, b"\nA01U\r", b"\nA02U\r"]
    first_ns = begun_ns + duration_ns(5, BIT_ns) + PROCESSING_ns
    assert duplex.sent[0].start_ns == first_ns
    assert duplex.sent[1].start_ns == duplex.sent[0].end_ns
    assert duplex.sent[2].start_ns == duplex.sent[1].end_ns


def inner_return(lone: Lone) -> list[bytes]:
    """What is sent for two messages in one run, as only mishearing can make them."""
    characters = b"A02U\rA03U\r"
    lone.put(Run(characters, lone.now_ns, lone.now_ns + duration_ns(10, BIT_ns), BIT_ns))
    lone.wait(SECOND)
    return [run.characters for run in lone.sent]


def test_what_follows_a_return_inside_a_run_is_lost_in_half_duplex(lone: Lone):
    assert inner_return(lone) == [b"\nA01U\r"]
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_what_follows_a_return_inside_a_run_is_heard_in_full_duplex():
    duplex = Lone(half_duplex=False)
    assert inner_return(duplex) == [b"\nA01U\r", b"\nA02U\r"]
    assert duplex.ask(b"A01U\r") == VOLTAGE


def test_a_module_that_resets_on_a_return_inside_a_run_hears_nothing_more_of_it():
    duplex = Lone(half_duplex=False)
    duplex.feed.cell_V = 4.3
    duplex.feed.bleed = lambda *, on, time_ns: on and duplex.module.power_down(time_ns)
    assert inner_return(duplex) == [b"\nA01U\r"]
    assert duplex.ask(b"A01U\r") == b""


def test_a_run_that_was_broken_off_before_it_began_does_not_wake_the_module(lone: Lone):
    lone.say(b"A01U")
    lone.wait(WATCHDOG_ns - MS)
    start_ns = lone.now_ns
    run = Run(b"\nA01U\r", start_ns, start_ns + duration_ns(6, BIT_ns), BIT_ns, b"A01U")
    lone.put(run.broken_off(start_ns - 1))
    lone.wait(10 * MS)
    # so the watchdog has run out meanwhile, and purged what was received
    assert lone.ask(b"\r") == b""


# -- pulses and breaks ---------------------------------------------------------------------------


def test_a_glitch_below_half_a_bit_is_ignored_inside_a_message_too(lone: Lone):
    lone.say(b"A01")
    lone.wait(MS)
    lone.hold_low(round(0.4 * BIT_ns))
    lone.wait(MS)
    assert lone.ask(b"U\r") == VOLTAGE


@pytest.mark.parametrize("bits", [0.6, 1, 2, 5, 8])
def test_a_longer_pulse_spoils_the_next_message_and_no_other(lone: Lone, bits: float):
    lone.hold_low(round(bits * BIT_ns))
    lone.wait(100 * MS)
    assert lone.ask(b"A01U\r") == b""
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_the_watchdog_purges_what_a_pulse_left(lone: Lone):
    lone.hold_low(round(3 * BIT_ns))
    lone.wait(WATCHDOG_ns + 10 * MS)
    assert lone.ask(b"A01U\r") == VOLTAGE


@pytest.mark.parametrize("length_ns", [round(9.6 * BIT_ns), 250 * MS, 10 * SECOND])
def test_a_break_is_harmless_after_its_release(lone: Lone, length_ns: int):
    lone.hold_low(length_ns)
    lone.wait(MS)
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_a_module_whose_line_is_held_low_still_measures_on_its_watchdog(lone: Lone):
    lone.put(Run(b"", lone.now_ns, lone.now_ns + 10 * SECOND, BIT_ns))
    lone.feed.cell_V = 4.3
    lone.wait(3 * SECOND)
    assert [on for _, on in lone.feed.bleeding] == [True]


# -- baud rates ----------------------------------------------------------------------------------


@pytest.mark.parametrize("baud", [9200, 9400, 9800, 10050])
def test_messages_are_obeyed_from_9200_to_10050_baud(lone: Lone, baud: int):
    lone.say(b"A01U\r", bit_ns=1e9 / baud)
    lone.wait(100 * MS)
    assert [run.characters for run in lone.sent] == [VOLTAGE]


@pytest.mark.parametrize("baud", [4800, 9150, 10100, 19200])
def test_messages_at_other_rates_are_not(lone: Lone, baud: int):
    lone.say(b"A01U\rA01U\r", bit_ns=1e9 / baud)
    lone.wait(WATCHDOG_ns + SECOND)
    assert VOLTAGE not in [run.characters for run in lone.sent]
    assert lone.ask(b"A01U\r") == VOLTAGE


# -- the fast path -------------------------------------------------------------------------------


def as_runs(lone: Lone, piece: bytes, start_ns: int, message: bytes | None) -> None:
    lone.put(Run(piece, start_ns, start_ns + duration_ns(len(piece), BIT_ns), BIT_ns, message))


def bit_by_bit(lone: Lone, piece: bytes, start_ns: int, _message: bytes | None) -> None:
    """Without saying that it is a message, so that the module has to listen to every bit."""
    as_runs(lone, piece, start_ns, None)


def one_by_one(lone: Lone, piece: bytes, start_ns: int, _message: bytes | None) -> None:
    for index, character in enumerate(piece):
        begun_ns = start_ns + duration_ns(index, BIT_ns)
        ended_ns = start_ns + duration_ns(index + 1, BIT_ns)
        lone.put(Run(bytes([character]), begun_ns, ended_ns, BIT_ns))


Put = Callable[[Lone, bytes, int, bytes | None], None]


def transcript(chunks: list[tuple[bytes, int]], put: Put, **options: bool) -> list[object]:
    """What a module does when these characters come with these pauses in ns before them."""
    lone = Lone(**options)
    lone.feed.cell_V = 4.3
    time_ns = lone.now_ns
    for characters, pause_ns in chunks:
        time_ns += pause_ns
        for piece, message in cut_into_messages(characters):
            put(lone, piece, time_ns, message)
            time_ns += duration_ns(len(piece), BIT_ns)
    lone.kernel.advance_to(time_ns + SECOND)
    sent = [(run.characters, run.start_ns, run.end_ns) for run in lone.sent]
    return [sent, lone.feed.bleeding, lone.eeprom.wear, lone.module.latches.chain]


# Without C: listening that begins inside a character can take part of "BC" for a CR, and a
# CR that is only misheard inside a run counts from the run's end.
CHARACTERS = st.lists(
    st.sampled_from([b"A01U\r", b"A02U\r", b"A01V4A1\r", b"S0F\r", b"d\r", b"e\r", b"A", b"0", b"\r", b"\n", b"x", b"7", b"\xff", b"\x00"]),
    max_size=6,
).map(b"".join)  # fmt: skip
PAUSES = st.sampled_from([0, 104_167, 700_001, 1_500_000, 12_345_678, 100_000_000, 2_100_000_000])


@given(chunks=st.lists(st.tuples(CHARACTERS, PAUSES), max_size=6), half_duplex=st.booleans())
def test_a_message_heard_as_one_run_is_the_same_message_bit_by_bit_and_one_by_one(
    *, chunks: list[tuple[bytes, int]], half_duplex: bool
):
    fast = transcript(chunks, as_runs, half_duplex=half_duplex)
    assert transcript(chunks, bit_by_bit, half_duplex=half_duplex) == fast
    assert transcript(chunks, one_by_one, half_duplex=half_duplex) == fast
