"""The receive buffer: ten characters, and what a CR makes of them."""

from __future__ import annotations

from rigs.simulation.line import CARRIAGE_RETURN, LINE_FEED

CAPACITY = 10


class Buffer:
    """Collects characters to messages; the eleventh purges it (MSG-5, MSG-6)."""

    def __init__(self) -> None:
        self._characters = bytearray()

    def __len__(self) -> int:
        return len(self._characters)

    def purge(self) -> None:
        """Forget what was received."""
        self._characters.clear()

    def take(self, character: int) -> bytes | None:
        """Take one character; the message if it is a CR (MSG-2). LF does not count (MSG-3)."""
        if character == CARRIAGE_RETURN:
            message = bytes(self._characters)
            self._characters.clear()
            return message
        if character != LINE_FEED:
            if len(self._characters) == CAPACITY:
                self._characters.clear()
            else:
                self._characters.append(character)
        return None
