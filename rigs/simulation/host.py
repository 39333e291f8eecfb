"""The host's end of the chain: its transmitter, its receiver, and a port between.

The port model is that of a USB adapter: what is written reaches the wire after a latency;
what is received is handed over in batches, at each tick of a latency timer, or sooner when
a batch is full. Both default to an ideal port.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.kernel import Kernel
from rigs.simulation.line import Run, cut_into_messages, duration_ns

BATCH_CHARACTERS = 62  # of a 64-byte USB packet two are status


@dataclass(frozen=True, slots=True)
class PortModel:
    """Times in ns; a latency timer of 0 hands over each character as it ends."""

    write_latency_ns: int = 0
    latency_timer_ns: int = 0


class HostPort:
    """Transmitter towards the first module, receiver from the last one."""

    def __init__(self, kernel: Kernel, model: PortModel) -> None:
        self.kernel = kernel
        self.model = model
        self.baud_rate = 9600.0
        self.send: Callable[[Run], None] = _to_nobody
        self._transmitter_free_ns = 0
        self._incoming: deque[tuple[int, int]] = deque()
        self._batch_due_ns = 0
        self._batched = 0

    # -- towards the chain -----------------------------------------------------------------------

    def write(self, characters: bytes) -> None:
        """Put characters on the wire, behind whatever is still being sent."""
        for piece, message in cut_into_messages(characters):
            start_ns = self._next_start_ns()
            self._transmitter_free_ns = start_ns + duration_ns(len(piece), self.bit_ns)
            self.send(Run(piece, start_ns, self._transmitter_free_ns, self.bit_ns, message))

    def send_break(self, length_ns: int) -> None:
        """Hold the line low."""
        start_ns = self._next_start_ns()
        self._transmitter_free_ns = start_ns + length_ns
        self.send(Run(b"", start_ns, self._transmitter_free_ns, self.bit_ns))

    @property
    def bit_ns(self) -> float:
        """One bit at the port's baud rate."""
        return NANOSECONDS_PER_SECOND / self.baud_rate

    @property
    def transmitter_free_ns(self) -> int:
        """When all that was written has left."""
        return self._transmitter_free_ns

    def _next_start_ns(self) -> int:
        return max(self.kernel.now_ns + self.model.write_latency_ns, self._transmitter_free_ns)

    # -- from the chain --------------------------------------------------------------------------

    def hear(self, run: Run) -> None:
        """Take a run at its start: when each of its characters can be read is known by then."""
        for index, character in enumerate(run.characters):
            self._incoming.append((self._handed_over_ns(run.character_end_ns(index)), character))
        self.kernel.interrupt()

    def available(self) -> int:
        """How many characters can be read now."""
        now_ns = self.kernel.now_ns
        count = 0
        for due_ns, _ in self._incoming:
            if due_ns > now_ns:
                break
            count += 1
        return count

    def read(self, size: int, time_out_ns: int | None) -> bytes:
        """Up to ``size`` characters; lets time pass until they are there or time is out."""
        kernel, incoming = self.kernel, self._incoming
        deadline_ns = None if time_out_ns is None else kernel.now_ns + time_out_ns
        while True:
            if len(incoming) >= size:
                due_ns = incoming[size - 1][0]
                wanted_ns = due_ns if deadline_ns is None else min(due_ns, deadline_ns)
                if wanted_ns <= kernel.now_ns:
                    break
            elif deadline_ns is not None:
                wanted_ns = deadline_ns
                if wanted_ns <= kernel.now_ns:
                    break
            else:
                next_ns = kernel.next_event_ns()
                if next_ns is None:
                    break
                wanted_ns = next_ns
            kernel.advance_until_interrupted(wanted_ns)
        count = min(size, self.available())
        return bytes([incoming.popleft()[1] for _ in range(count)])

    def discard(self) -> None:
        """Forget what can be read now."""
        for _ in range(self.available()):
            self._incoming.popleft()

    def _handed_over_ns(self, ended_ns: int) -> int:
        timer_ns = self.model.latency_timer_ns
        if not timer_ns:
            return ended_ns
        if ended_ns > self._batch_due_ns:
            self._batch_due_ns = -(-ended_ns // timer_ns) * timer_ns
            self._batched = 0
        self._batched += 1
        if self._batched == BATCH_CHARACTERS:
            # A full batch leaves at once; characters before it can only have become due sooner.
            self._batched = 0
            self._batch_due_ns = ended_ns
        return self._batch_due_ns


def _to_nobody(run: Run) -> None:
    """Where a port sends that no module is connected to."""
