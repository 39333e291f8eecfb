from __future__ import annotations

from drivers.chain.transcript import Direction, Entry, Transcript, quoted


def filled() -> Transcript:
    transcript = Transcript()
    transcript.add(1_500_000_000, Direction.SENT, b"A01U\r")
    transcript.add(1_600_000_000, Direction.RECEIVED, b"\nA00U5")
    transcript.add(1_700_000_000, Direction.RECEIVED, b"3C8\r")
    return transcript


def test_it_reads_as_time_direction_and_characters():
    assert filled().render() == ("1.500000 s > A01U␍\n1.600000 s < ␊A00U5\n1.700000 s < 3C8␍")


def test_a_mark_shows_what_came_later():
    transcript = filled()
    mark = len(transcript)
    transcript.add(2_000_000_000, Direction.SENT, b"d\r")
    assert transcript.since(mark) == [Entry(2_000_000_000, Direction.SENT, b"d\r")]
    assert transcript.render(mark) == "2.000000 s > d␍"
    assert list(transcript)[-1:] == transcript.since(mark)


def test_what_was_received_is_quoted_in_one_piece():
    transcript = filled()
    assert transcript.received_since(0) == "␊A00U53C8␍"
    assert transcript.received_since(len(transcript)) == ""


def test_of_much_that_was_received_the_end_is_quoted():
    transcript = Transcript()
    transcript.add(0, Direction.RECEIVED, b"x" * 500 + b"END\r")
    text = transcript.received_since(0)
    assert text.startswith("… xxx")
    assert text.endswith("END␍")
    assert len(text) < 130


def test_no_characters_are_no_entry_and_clearing_forgets():
    transcript = filled()
    transcript.add(0, Direction.RECEIVED, b"")
    assert len(transcript) == 3
    transcript.clear()
    assert transcript.render() == ""


def test_characters_without_a_picture_are_shown_as_numbers():
    assert quoted(b"\x00A\x7f\xff\r\n") == "␀A␡\\xff␍␊"
