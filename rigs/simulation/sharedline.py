"""The one serial port of a central unit, which its host and the cells share (CTL-1).

Its receiver hears the host and the last cell on one line: where they overlap, neither is
understood. Its transmitter is heard by the host and the first cell, so it leaves the first
cell time for everything that goes out, whomever that is for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.kernel import Kernel
from rigs.simulation.line import (
    CARRIAGE_RETURN,
    LINE_FEED,
    Run,
    duration_ns,
    into_the_air,
)
from rigs.simulation.modules.receiver import Receiver

CAPACITY = 16
"""Of the unit's buffer: what is longer than any message is forgotten."""
REMEMBERED = 16
"""More runs than can overlap with one."""
BIT_NS = NANOSECONDS_PER_SECOND / Receiver.NOMINAL_BAUD


class SharedReceiver:
    """Hands each message that is heard whole to ``obey(message, time_ns)``, without its CR."""

    def __init__(self, kernel: Kernel, obey: Callable[[bytes, int], None]) -> None:
        self._kernel = kernel
        self._obey = obey
        self._on_line: deque[Run] = deque(maxlen=REMEMBERED)
        self._uart = Receiver(BIT_NS)
        self._buffer = bytearray()

    def hear(self, run: Run) -> None:
        """Take a run from either side before it begins."""
        self._on_line.append(run)
        self._kernel.at(run.end_ns, partial(self._arrive, run))

    def hear_no_more(self, time_ns: int) -> None:
        """The last cell breaks off: what it was sending is not understood."""
        self._on_line.append(Run(b"", time_ns, time_ns + 1, BIT_NS))

    def _arrive(self, run: Run, time_ns: int) -> None:
        overlaps = any(
            other is not run and other.start_ns < run.end_ns and run.start_ns < other.end_ns
            for other in self._on_line
        )
        if overlaps or not self._uart.fits(run.bit_ns):
            self._buffer.clear()
            return
        for character in run.characters:
            if character == CARRIAGE_RETURN:
                message = bytes(self._buffer)
                self._buffer.clear()
                self._obey(message, time_ns)
            elif character != LINE_FEED:
                if len(self._buffer) == CAPACITY:
                    self._buffer.clear()
                self._buffer.append(character)


class Waiting(NamedTuple):
    """A message that is to go out, and how long after its start the next one may, at least."""

    message: bytes
    spacing_ns: int


class SharedTransmitter:
    """Sends one message after the other, to the first cell and to the host at once.

    ``turn_ns`` is what a cell takes at most from a CR to its answer, ``store_ns`` what it takes
    longer where it writes.
    """

    def __init__(self, kernel: Kernel, *, turn_ns: int, store_ns: int) -> None:
        self.to_cells: Callable[[Run], None] = into_the_air
        self.to_host: Callable[[Run], None] = into_the_air
        self._kernel = kernel
        self._turn_ns = turn_ns
        self._store_ns = store_ns
        self._waiting: deque[Waiting] = deque()
        self._free_ns = 0
        self._woken_ns = -1

    def send(self, message: bytes, spacing_ns: int = 0) -> None:
        """Send this when all before it has gone."""
        self._waiting.append(Waiting(message, spacing_ns))
        self._wake()

    def forget(self) -> None:
        """What has not gone out by now does not."""
        self._waiting.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing waits to go out."""
        return not self._waiting

    def _wake(self) -> None:
        due_ns = max(self._kernel.now_ns, self._free_ns)
        if due_ns > self._woken_ns:
            self._woken_ns = due_ns
            self._kernel.at(due_ns, self._go)

    def _go(self, time_ns: int) -> None:
        if not self._waiting or time_ns < self._free_ns:
            return
        message, spacing_ns = self._waiting.popleft()
        characters = message + b"\r"
        end_ns = time_ns + duration_ns(len(characters), BIT_NS)
        run = Run(characters, time_ns, end_ns, BIT_NS, message)
        self._free_ns = max(end_ns + self._busy_ns(message), time_ns + spacing_ns)
        self.to_cells(run)
        self.to_host(run)
        if self._waiting:
            self._wake()

    def _busy_ns(self, message: bytes) -> int:
        """How long the first cell is deaf behind this: it works, and sends on what is for cells."""
        busy_ns = self._turn_ns
        if message[:1] in {b"A", b"S", b"e", b"d"}:
            busy_ns += duration_ns(len(message) + 2, BIT_NS)
        if message[:1] == b"A" and len(message) > len(b"A01V"):
            busy_ns += self._store_ns
        return busy_ns
