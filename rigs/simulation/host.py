"""The host's end of the chain: its transmitter, its receiver, and a port between.

The port model is that of a USB adapter: what is written reaches the wire after a latency;
what is received is handed over in batches, at each tick of a latency timer, or sooner when
a batch is full. Both default to an ideal port.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from quantities import NANOSECONDS_PER_SECOND
from quantities.errors import PortError
from rigs.simulation.kernel import Kernel
from rigs.simulation.line import BITS_PER_CHARACTER, Run, cut_into_messages, duration_ns
from rigs.simulation.modules.receiver import Receiver

BATCH_CHARACTERS = 62  # of a 64-byte USB packet two are status


@dataclass(frozen=True, slots=True)
class PortModel:
    """Times in ns; a latency timer of 0 hands over each character as it ends."""

    write_latency_ns: int = 0
    latency_timer_ns: int = 0


class Heard(NamedTuple):
    """A character, when its stop bit ended, and when it can be read."""

    character: int
    ended_ns: int
    due_ns: int


class HostPort:
    """Transmitter towards the first module, receiver from the last one."""

    def __init__(self, kernel: Kernel, model: PortModel) -> None:
        self.kernel = kernel
        self.model = model
        self.send: Callable[[Run], None] = _to_nobody
        self.set_baud_rate(Receiver.NOMINAL_BAUD)
        self._transmitter_free_ns = 0
        self._incoming: deque[Heard] = deque()
        self._looped = False
        self._batch_due_ns = 0

    def set_baud_rate(self, baud_rate: float) -> None:
        """Of what is written and heard from now on; what is on its way stays as it is."""
        self.baud_rate = baud_rate
        self._receiver = Receiver(NANOSECONDS_PER_SECOND / baud_rate)

    @property
    def bit_ns(self) -> float:
        """One bit at the port's baud rate."""
        return self._receiver.bit_ns

    def set_closed(self, *, closed: bool) -> None:
        """A changeover contact: closed, the port hears itself and the chain neither hears nor is."""
        self._looped = closed

    # -- towards the chain -----------------------------------------------------------------------

    def write(self, characters: bytes) -> None:
        """Put characters on the wire, behind whatever is still being sent."""
        for piece, message in cut_into_messages(characters):
            start_ns = self._next_start_ns()
            self._transmitter_free_ns = start_ns + duration_ns(len(piece), self.bit_ns)
            self._transmit(Run(piece, start_ns, self._transmitter_free_ns, self.bit_ns, message))

    def send_break(self, length_ns: int) -> None:
        """Hold the line low."""
        start_ns = self._next_start_ns()
        self._transmitter_free_ns = start_ns + length_ns
        self._transmit(Run(b"", start_ns, self._transmitter_free_ns, self.bit_ns))

    @property
    def transmitter_free_ns(self) -> int:
        """When all that was written has left."""
        return self._transmitter_free_ns

    def _transmit(self, run: Run) -> None:
        if self._looped:
            self._receive(run)
        else:
            self.send(run)

    def _next_start_ns(self) -> int:
        return max(self.kernel.now_ns + self.model.write_latency_ns, self._transmitter_free_ns)

    # -- from the chain --------------------------------------------------------------------------

    def hear(self, run: Run) -> None:
        """Take a run before it begins: when each of its characters can be read is known by then."""
        if not self._looped:
            self._receive(run)

    def _receive(self, run: Run) -> None:
        if self._receiver.fits(run.bit_ns):
            for index, character in enumerate(run.characters):
                self._take(character, run.character_end_ns(index))
        else:
            for character in self._receiver.characters(run, run.start_ns):
                self._take(character, run.end_ns)
        self.kernel.interrupt()

    def hear_no_more(self, time_ns: int) -> None:
        """The last module stops sending at ``time_ns``; missing bits of a character are ones."""
        incoming = self._incoming
        broken_off: Heard | None = None
        while incoming and incoming[-1].ended_ns > time_ns:
            broken_off = incoming.pop()
        if broken_off is not None:
            left_ns = broken_off.ended_ns - time_ns
            bits = BITS_PER_CHARACTER - round(left_ns / self.bit_ns)
            if bits > 0:
                missing = 0xFF << (bits - 1) & 0xFF
                incoming.append(broken_off._replace(character=broken_off.character | missing))

    def next_due_ns(self) -> int | None:
        """When the next character can be read, None if none is on its way."""
        return self._incoming[0].due_ns if self._incoming else None

    def available(self) -> int:
        """How many characters can be read now."""
        now_ns = self.kernel.now_ns
        count = 0
        for heard in self._incoming:
            if heard.due_ns > now_ns:
                break
            count += 1
        return count

    def read(self, size: int, time_out_ns: int | None) -> bytes:
        """Up to ``size`` characters; lets time pass until they are there or time is out.

        Raises ``PortError`` where it would wait for ever: without time-out, and nothing happens
        on the bench any more.
        """
        kernel, incoming = self.kernel, self._incoming
        deadline_ns = None if time_out_ns is None else kernel.now_ns + time_out_ns
        while size > 0:
            times_ns = [] if deadline_ns is None else [deadline_ns]
            if len(incoming) >= size:
                times_ns.append(incoming[size - 1].due_ns)
            wanted_ns = min(times_ns, default=kernel.next_event_ns())
            if wanted_ns is None:
                raise PortError(
                    f"nothing will ever arrive of {size} characters", remedy="read with a time-out"
                )
            if times_ns and wanted_ns <= kernel.now_ns:
                break
            kernel.advance_until_interrupted(wanted_ns)
        count = min(size, self.available())
        return bytes([incoming.popleft().character for _ in range(count)])

    def discard(self) -> None:
        """Forget what can be read now."""
        for _ in range(self.available()):
            self._incoming.popleft()

    def _take(self, character: int, ended_ns: int) -> None:
        """Put a character into a batch: it leaves at the next tick, or when it is full."""
        timer_ns = self.model.latency_timer_ns
        if not timer_ns:
            self._incoming.append(Heard(character, ended_ns, ended_ns))
            return
        if ended_ns > self._batch_due_ns:
            self._batch_due_ns = -(-ended_ns // timer_ns) * timer_ns
        incoming = self._incoming
        incoming.append(Heard(character, ended_ns, self._batch_due_ns))
        if (
            len(incoming) >= BATCH_CHARACTERS
            and incoming[-BATCH_CHARACTERS].due_ns == self._batch_due_ns
        ):
            for index in range(-BATCH_CHARACTERS, 0):
                incoming[index] = incoming[index]._replace(due_ns=ended_ns)
            self._batch_due_ns = ended_ns


def _to_nobody(run: Run) -> None:
    """Where a port sends that no module is connected to."""
