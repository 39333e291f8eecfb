"""What travels on one wire of the chain: runs of characters, and breaks.

A run is characters that follow each other without a gap. It is put on the wire before it
begins and is heard when it has ended, so one event carries a whole message (MSG-1: ten bits
a character). Who hears it decides from its start and its bit time what was heard.
"""

from __future__ import annotations

from typing import NamedTuple

BITS_PER_CHARACTER = 10
CARRIAGE_RETURN = 0x0D
LINE_FEED = 0x0A


class Run(NamedTuple):
    """Characters without a gap; without any characters it is a break, the line held low."""

    characters: bytes
    start_ns: int
    end_ns: int
    bit_ns: float
    message: bytes | None = None
    """What stands before the CR, LF left out, if the run is exactly one message."""

    def character_end_ns(self, index: int) -> int:
        """End of the stop bit of the character at ``index``."""
        return self.start_ns + duration_ns(index + 1, self.bit_ns)

    def is_low(self, time_ns: float) -> bool:
        """Whether the line is low at this time; idle is high, data bits go out lowest first."""
        if not self.start_ns <= time_ns < self.end_ns:
            return False
        if not self.characters:
            return True
        index, bit = divmod(int((time_ns - self.start_ns) / self.bit_ns), BITS_PER_CHARACTER)
        if index >= len(self.characters) or bit == BITS_PER_CHARACTER - 1:
            return False
        return bit == 0 or not self.characters[index] >> (bit - 1) & 1

    def broken_off(self, time_ns: int) -> Run:
        """What is left of it when its sender stops at ``time_ns``: from then on the line idles."""
        if time_ns >= self.end_ns:
            return self
        if time_ns <= self.start_ns:
            return Run(b"", self.end_ns, self.end_ns, self.bit_ns)
        return self._replace(end_ns=time_ns, message=None)


def duration_ns(characters: int, bit_ns: float) -> int:
    """How long so many characters take."""
    return round(characters * BITS_PER_CHARACTER * bit_ns)


def cut_into_messages(characters: bytes) -> list[tuple[bytes, bytes | None]]:
    """Cut after each CR: the characters, and the message if the piece is exactly one."""
    *ended, open_end = characters.split(b"\r")
    pieces: list[tuple[bytes, bytes | None]] = [
        (piece + b"\r", piece.replace(b"\n", b"")) for piece in ended
    ]
    return [*pieces, (open_end, None)] if open_end else pieces


def into_the_air(run: Run) -> None:
    """Where a run goes that is sent with nothing connected."""


def nothing_to_stop(time_ns: int) -> None:
    """What is left unsent there."""
