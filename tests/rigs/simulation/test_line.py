from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.line import Run, cut_into_messages, duration_ns

BIT = 100
"""A bit of 100 ns, so that times are easy to see through."""


def levels(run: Run, bits: int) -> str:
    """The line in the middle of each bit from the run's start: 1 is high, as at rest."""
    return "".join(
        "0" if run.is_low(run.start_ns + BIT // 2 + bit * BIT) else "1" for bit in range(bits)
    )


def test_a_character_is_a_start_bit_eight_data_bits_lowest_first_and_a_stop_bit():
    # "A" is 0x41 = 0100 0001
    run = Run(b"A", 1000, 2000, BIT)
    assert levels(run, 12) == "0" + "10000010" + "1" + "11"


def test_the_second_character_follows_the_first_without_a_gap():
    run = Run(b"\xff\x00", 0, 2000, BIT)
    assert levels(run, 20) == "0111111111" + "0000000001"


def test_the_line_is_high_before_and_after_a_run():
    run = Run(b"\x00", 1000, 2000, BIT)
    assert [run.is_low(time_ns) for time_ns in (999, 1000, 1899, 1900, 2000)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_run_without_characters_holds_the_line_low():
    run = Run(b"", 1000, 1250, BIT)
    assert [run.is_low(time_ns) for time_ns in (999, 1000, 1249, 1250)] == [
        False,
        True,
        True,
        False,
    ]


def test_each_character_ends_ten_bits_after_the_one_before():
    run = Run(b"abc", 7, 3007, BIT)
    assert [run.character_end_ns(index) for index in range(3)] == [1007, 2007, 3007]


def test_a_message_of_ten_characters_takes_ten_thousand_four_hundred_and_seventeen_microseconds():
    # 100 bits of 104 166.67 ns; rounded once, not once per character
    assert duration_ns(10, 1e9 / 9600) == 10_416_667
    assert duration_ns(1, 1e9 / 9600) == 1_041_667


def test_what_is_broken_off_before_it_begins_never_shows_on_the_line():
    run = Run(b"A", 1000, 2000, BIT, b"A").broken_off(1000)
    assert not any(run.is_low(time_ns) for time_ns in range(0, 3000, 10))
    assert run.message is None


def test_what_is_broken_off_on_its_way_is_high_from_then_on():
    run = Run(b"\x00\x00\r", 1000, 4000, BIT, b"\0\0").broken_off(2350)
    assert levels(run, 30) == "0000000001" + "000" + 17 * "1"
    assert run.message is None


def test_what_has_ended_cannot_be_broken_off():
    run = Run(b"A\r", 1000, 3000, BIT, b"A")
    assert run.broken_off(3000) is run


def test_characters_are_cut_behind_each_carriage_return():
    assert cut_into_messages(b"A01U\rA02U\rA0") == [
        (b"A01U\r", b"A01U"),
        (b"A02U\r", b"A02U"),
        (b"A0", None),
    ]


def test_line_feeds_are_sent_but_do_not_belong_to_the_message():
    assert cut_into_messages(b"\nA\n01U\n\r") == [(b"\nA\n01U\n\r", b"A01U")]


def test_nothing_gives_nothing():
    assert cut_into_messages(b"") == []


@given(st.lists(st.sampled_from([b"\r", b"\n", b"A", b"\x00"])).map(b"".join))
def test_cutting_loses_no_character_and_every_message_ends_its_piece(characters: bytes):
    pieces = cut_into_messages(characters)
    assert b"".join(piece for piece, _ in pieces) == characters
    for piece, message in pieces:
        assert piece.endswith(b"\r") == (message is not None)
        if message is not None:
            assert message == piece.replace(b"\n", b"").removesuffix(b"\r")
