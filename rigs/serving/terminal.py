"""A pseudo-terminal, which programs open like a serial port; not on Windows."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

from rigs.serving.clients import Wire

if sys.platform != "win32":
    import tty

CHARACTERS_AT_ONCE = 4096


class Terminal:
    """One end of a pseudo-terminal as a client of a wire; programs open ``path``, the other end."""

    ended = False

    def __init__(self, wire: Wire) -> None:
        """Within a running loop; raises ``OSError`` where there is none to be had."""
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        # The programs' end is kept open: while nobody has it, reading from ours is an error.
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)  # a fresh one echoes, and waits for whole lines
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._loop.add_reader(self._ours, self._hear)

    def send(self, data: bytes) -> None:
        """Send; a port that nobody reads from overruns."""
        with suppress(BlockingIOError):
            os.write(self._ours, data)

    def close(self) -> None:
        """Give it back."""
        self._loop.remove_reader(self._ours)
        os.close(self._ours)
        os.close(self._theirs)

    def _hear(self) -> None:
        self._wire.hear(self, os.read(self._ours, CHARACTERS_AT_ONCE))
