from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.line import Run
from rigs.simulation.modules.receiver import Receiver
from tests.rigs.simulation.lone import BIT_ns

CHARACTER_ns = round(10 * BIT_ns)
IDLE_ns = 3 * CHARACTER_ns


def run_of(characters: bytes, start_ns: int = 0, bit_ns: float = BIT_ns) -> Run:
    return Run(characters, start_ns, start_ns + round(10 * len(characters) * bit_ns), bit_ns)


def pulse(length_ns: float, start_ns: int = 0) -> Run:
    return Run(b"", start_ns, start_ns + round(length_ns), BIT_ns)


def hear(*runs: Run, from_ns: float = 0.0, bit_ns: float = BIT_ns) -> bytes:
    """What a receiver hears of runs one after another, and of the idle line behind them."""
    receiver = Receiver(bit_ns)
    end_ns = runs[-1].end_ns + IDLE_ns
    return bytes(
        character
        for run in (*runs, Run(b"", end_ns, end_ns, bit_ns))
        for character in receiver.characters(run, max(from_ns, run.start_ns))
    )


def reference(characters: bytes, ratio: float, from_bits: float) -> list[int]:
    """What is heard of characters sent from time 0 on; times in the receiver's bits.

    ``ratio`` is the sender's bit. Written on levels alone, as an independent check.
    """
    levels = "".join("0" + f"{character:08b}"[::-1] + "1" for character in characters)

    def high(time: float) -> bool:
        index = int(time / ratio)
        return index >= len(levels) or levels[index] == "1"

    edges = [
        index * ratio
        for index, level in enumerate(levels)
        if level == "0" and (index == 0 or levels[index - 1] == "1")
    ]
    heard, ready = [], from_bits
    for edge in edges:
        if edge < ready:
            continue
        ready = edge + 9.55
        if high(edge + 9.392) and high(edge + 9.55):
            heard.append(sum(high(edge + 1.5 + bit) << bit for bit in range(8)))
    return heard


def test_every_character_is_heard_as_it_was_sent():
    everything = bytes(range(256))
    assert hear(run_of(everything)) == everything


@pytest.mark.parametrize("baud", [9200, 9250, 9400, 9600, 9800, 10000, 10050])
def test_a_message_is_heard_from_9200_to_10050_baud(baud: float):
    assert hear(run_of(b"\nA01U\r\xff\x00", bit_ns=1e9 / baud)) == b"\nA01U\r\xff\x00"


@pytest.mark.parametrize("baud", [4800, 9000, 9190, 10060, 10200, 19200])
def test_a_message_is_not_heard_beyond_that(baud: float):
    assert hear(run_of(b"\nA01U\rA01U\r", bit_ns=1e9 / baud)) != b"\nA01U\rA01U\r"


def test_the_window_moves_with_the_receivers_own_clock():
    slow = BIT_ns * 1.025
    assert hear(run_of(b"A01U\r", bit_ns=1e9 / 9200 * 1.024), bit_ns=slow) == b"A01U\r"
    assert Receiver(slow).fits(1e9 / 9200 * 1.024)
    assert not Receiver(slow).fits(1e9 / 10050)


@given(
    st.binary(min_size=1, max_size=12),
    st.integers(900, 1100).map(lambda thousandths: thousandths / 1000 + 0.0001234),
    st.floats(0.0, 60.0).map(lambda bits: bits + 0.123456),
)
def test_what_is_heard_is_what_the_levels_on_the_line_say(
    characters: bytes, ratio: float, from_bits: float
):
    run = run_of(characters, bit_ns=BIT_ns * ratio)
    assert list(hear(run, from_ns=from_bits * BIT_ns)) == reference(characters, ratio, from_bits)


@given(
    st.binary(min_size=1, max_size=12),
    st.sets(st.integers(1, 11)),
    st.floats(0.0, 60.0).map(lambda bits: bits + 0.123456),
)
def test_characters_mean_the_same_however_they_were_written(
    characters: bytes, cuts: set[int], from_bits: float
):
    borders = [0, *sorted(cut for cut in cuts if cut < len(characters)), len(characters)]
    runs = [
        run_of(characters[begin:end], round(10 * begin * BIT_ns))
        for begin, end in pairwise(borders)
    ]
    assert list(hear(*runs, from_ns=from_bits * BIT_ns)) == reference(characters, 1.0, from_bits)


@pytest.mark.parametrize("bits", [0.01, 0.2, 0.49])
def test_a_pulse_shorter_than_half_a_bit_is_ignored(bits: float):
    assert hear(pulse(bits * BIT_ns)) == b""


@pytest.mark.parametrize(
    ("bits", "heard"),
    [
        (0.51, 0xFF),
        (1.0, 0xFF),
        (2.0, 0xFE),
        (3.0, 0xFC),
        (4.0, 0xF8),
        (5.0, 0xF0),
        (6.0, 0xE0),
        (7.0, 0xC0),
        (8.0, 0x80),
        (9.0, 0x00),
    ],
)
def test_a_longer_pulse_becomes_a_character_of_as_many_zeros(bits: float, heard: int):
    assert hear(pulse(bits * BIT_ns)) == bytes([heard])


@pytest.mark.parametrize("bits", [9.5, 10.0, 11.0, 1000.0])
def test_a_break_is_no_character_and_what_follows_its_release_is_heard(bits: float):
    held = pulse(bits * BIT_ns)
    assert hear(held, run_of(b"A01U\r", held.end_ns + CHARACTER_ns)) == b"A01U\r"


def test_a_character_that_comes_while_a_pulse_is_still_being_sampled_is_misheard():
    # One bit low, one bit high, then the start bit of 0xFF: zeros at the pulse's second data bit.
    late = run_of(b"\xff", round(2 * BIT_ns))
    assert hear(pulse(BIT_ns), late) == bytes([0b11111101])


def test_listening_that_begins_inside_a_character_waits_for_the_next_falling_edge():
    # U is 0x55: the line changes with every bit, S 1 0 1 0 1 0 1 0 E. Deaf until bit 2.5 of it,
    # the receiver takes the zero of data bit 3 for a start bit and hears 1 0 1 0 and idle line.
    assert hear(run_of(b"U"), from_ns=2.5 * BIT_ns) == bytes([0b11110101])


def test_listening_from_a_start_bits_edge_on_hears_its_character():
    assert hear(run_of(b"\xfeU"), from_ns=CHARACTER_ns - 1) == b"U"


def test_nothing_is_heard_by_one_who_listens_only_afterwards():
    assert hear(run_of(b"A01U\r"), from_ns=6 * CHARACTER_ns) == b""


def test_a_character_broken_off_by_power_loss_is_heard_with_ones_for_what_is_missing():
    # 0x00, and the line is released in the middle of its fourth data bit
    assert hear(run_of(b"\x00").broken_off(round(4.4 * BIT_ns))) == bytes([0b11111000])


def test_a_character_under_way_is_forgotten_on_demand():
    receiver = Receiver(BIT_ns)
    assert list(receiver.characters(pulse(BIT_ns), 0)) == []
    assert receiver.unfinished
    receiver.forget()
    assert not receiver.unfinished
    assert bytes(receiver.characters(run_of(b"A", round(2 * BIT_ns)), 0)) == b"A"
