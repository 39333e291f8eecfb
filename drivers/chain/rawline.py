"""The chain's line without its protocol: what no well-behaved controller sends.

Characters go out as they are, with pauses and breaks between them, and whatever comes back is
handed out. What modules hold then is unknown, so the next query waits until all have purged it
(MSG-8), unless ``trust`` says that the line has been seen to be idle and in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.chain.messages import CARRIAGE_RETURN
from drivers.chain.pipeline import Pipeline
from drivers.chain.port import Port
from drivers.chain.timing import ChainTiming
from quantities import NANOSECONDS_PER_SECOND, Purpose

_MORE_THAN_COMES = 1 << 16


class RawLine:
    """Raw characters to and from one chain. Every method raises ``PortError`` with the port."""

    def __init__(self, port: Port, pipeline: Pipeline, timing: ChainTiming) -> None:
        self._port = port
        self._pipeline = pipeline
        self._nominal_baud = timing.baud
        self._stretch = 1.0
        self._timing = timing

    @property
    def has_rate(self) -> bool:
        """Whether the port has a baud rate to set."""
        return self._port.has_rate

    def send(self, characters: bytes, gap_s: float = 0.0) -> None:
        """Send these, with a pause of ``gap_s`` between them; returns when the last has left."""
        pieces = [characters[i : i + 1] for i in range(len(characters))] if gap_s else [characters]
        with self._asked_for():
            for piece in pieces:
                sent_ns = self._port.send(piece)
                pause_s = self._timing.wire_s(len(piece)) * self._stretch
                self._wait_until(sent_ns, pause_s + gap_s * (piece is not pieces[-1]))
        self._pipeline.mark_out_of_step()

    def send_break(self, duration_s: float) -> None:
        """Hold the line low for so long, or as long as the port can; returns when it is over."""
        with self._asked_for() as begun_ns:
            self._port.send_break(duration_s)
            self._pipeline.mark_out_of_step()
            self._wait_until(begun_ns, duration_s)

    def receive(self, messages: int | None, duration_s: float) -> bytes:
        """What has come already and what comes until so many messages have ended in all.

        Without a number, or if fewer end, it listens for ``duration_s``.
        """
        deadline_ns = self._port.clock.now() + round(duration_s * NANOSECONDS_PER_SECOND)
        with self._asked_for():
            if messages is None:
                return self._port.receive_until(_MORE_THAN_COMES, deadline_ns)
            received = self._port.receive_waiting()
            while received.count(CARRIAGE_RETURN) < messages:
                received += self._port.receive_until_cr(deadline_ns)
                if self._port.clock.now() >= deadline_ns:
                    break
        return received

    def receive_pieces(self, duration_s: float) -> list[tuple[int, bytes]]:
        """What comes for ``duration_s``, in pieces, each with its time in ns.

        A piece is what had come when the port first had something, often one character; its
        time is later than its last character by the port's latency at most.
        """
        deadline_ns = self._port.clock.now() + round(duration_s * NANOSECONDS_PER_SECOND)
        pieces = []
        with self._asked_for():
            while piece := self._port.receive_until(1, deadline_ns):
                piece += self._port.receive_waiting()
                pieces.append((self._port.clock.now(), piece))
        return pieces

    def receive_waiting(self) -> bytes:
        """What has come already."""
        return self._port.receive_waiting()

    @contextmanager
    def at_baud(self, baud: int) -> Iterator[None]:
        """Send and receive at another rate inside; raises ``PortError`` if the port cannot."""
        try:
            self._port.set_baud(baud)
            self._stretch = self._nominal_baud / baud
            yield
        finally:
            self._stretch = 1.0
            self._port.set_baud(self._nominal_baud)

    def trust(self) -> None:
        """A good message was answered and nothing else came: no module holds a character."""
        self._pipeline.start_afresh()

    @contextmanager
    def _asked_for(self) -> Iterator[int]:
        """Whoever sends or listens so has asked for this much time; hands out when it began."""
        clock = self._port.clock
        begun_ns = clock.now()
        yield begun_ns
        clock.book_floor((clock.now() - begun_ns) / NANOSECONDS_PER_SECOND, Purpose.WIRE)

    def _wait_until(self, begun_ns: int, elapsed_s: float) -> None:
        time_ns = begun_ns + round(elapsed_s * NANOSECONDS_PER_SECOND)
        self._port.clock.wait_until(time_ns, Purpose.WIRE)
