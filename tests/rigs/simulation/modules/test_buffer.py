from __future__ import annotations

from rigs.simulation.modules.buffer import Buffer


def take(buffer: Buffer, characters: bytes) -> list[bytes]:
    """The messages that these characters make."""
    return [message for message in map(buffer.take, characters) if message is not None]


def test_a_carriage_return_makes_a_message_of_what_came_before_it():
    assert take(Buffer(), b"A01U\rA02U\r") == [b"A01U", b"A02U"]


def test_line_feeds_do_not_count_anywhere():
    assert take(Buffer(), b"\nA\n01\nU\n\r") == [b"A01U"]


def test_ten_characters_and_any_line_feeds_fit():
    assert take(Buffer(), b"\nA01W4BD000\n\r") == [b"A01W4BD000"]


def test_the_eleventh_purges_itself_and_all_before_it():
    assert take(Buffer(), b"A01W4BD0001\r") == [b""]


def test_what_follows_the_eleventh_is_a_new_message():
    assert take(Buffer(), b"0123456789XA01U\r") == [b"A01U"]


def test_the_buffer_can_overflow_again_and_again():
    assert take(Buffer(), 3 * b"0123456789X" + b"A01U\r") == [b"A01U"]


def test_a_bare_carriage_return_is_an_empty_message():
    assert take(Buffer(), b"\r") == [b""]


def test_a_purge_forgets_what_was_received():
    buffer = Buffer()
    take(buffer, b"A0\n")
    assert len(buffer) == 2
    buffer.purge()
    assert len(buffer) == 0
    assert take(buffer, b"A03U\r") == [b"A03U"]
