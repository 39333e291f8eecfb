"""Every character that went over the chain's port, with its time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from quantities import NANOSECONDS_PER_SECOND

_CONTROL_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}

_QUOTED = 120
"""As many received characters does an error quote."""


class Direction(StrEnum):
    """Which way characters went, as the text of a transcript shows it."""

    SENT = ">"
    RECEIVED = "<"


@dataclass(frozen=True, slots=True)
class Entry:
    """Characters that were handed to the port or taken from it in one piece.

    ``time_ns`` is the bench clock's: before the write of what was sent, after the read of what
    was received, which may be later than the characters by the port's latency.
    """

    time_ns: int
    direction: Direction
    characters: bytes

    def __str__(self) -> str:
        time_s = self.time_ns / NANOSECONDS_PER_SECOND
        return f"{time_s:.6f} s {self.direction} {quoted(self.characters)}"


class Transcript:
    """The record of one port. It keeps all until ``clear``: a test clears it where it begins.

    An entry costs a tuple, about 150 bytes; a thousand scans of sixteen modules some 5 MB.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[int, Direction, bytes]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(*entry) for entry in self._entries)

    def add(self, time_ns: int, direction: Direction, characters: bytes) -> None:
        """Keep these characters; nothing is kept of none."""
        if characters:
            self._entries.append((time_ns, direction, characters))

    def since(self, mark: int) -> list[Entry]:
        """The entries from the ``mark``-th on; ``len(transcript)`` is a mark for later."""
        return [Entry(*entry) for entry in self._entries[mark:]]

    def render(self, mark: int = 0) -> str:
        """Text of the entries from ``mark`` on, one a line: time, direction, characters."""
        return "\n".join(str(entry) for entry in self.since(mark))

    def received_since(self, mark: int) -> str:
        """What was received from ``mark`` on, as an error quotes it; its end if it is long."""
        received = b"".join(
            characters
            for _, direction, characters in self._entries[mark:]
            if direction is Direction.RECEIVED
        )
        return ("… " if len(received) > _QUOTED else "") + quoted(received[-_QUOTED:])

    def clear(self) -> None:
        """Forget everything so far."""
        self._entries.clear()


def quoted(characters: bytes) -> str:
    """Characters as a reader sees them best: ``A03U␍``, and hex for what has no picture."""
    return characters.decode("ascii", errors="backslashreplace").translate(_CONTROL_PICTURES)
