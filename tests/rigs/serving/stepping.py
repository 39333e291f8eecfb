"""Served wires in virtual time: a pace that moves when told, and clients that keep what they hear."""

from __future__ import annotations

from collections.abc import Callable

from rigs.serving.clients import Wire
from rigs.serving.pace import Outlet
from rigs.simulation.kernel import Kernel


class SteppedPace:
    """As ``Pace``, but time passes in ``wait`` only."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.outlets: list[Outlet] = []

    def at_once(self, action: Callable[[], None]) -> None:
        action()

    def wait(self, seconds: float) -> None:
        end_ns = self.kernel.now_ns + round(seconds * 1e9)
        while True:
            dues_ns = [self.kernel.next_event_ns(), *(o.next_due_ns() for o in self.outlets)]
            due_ns = min((due_ns for due_ns in dues_ns if due_ns is not None), default=None)
            if due_ns is None or due_ns > end_ns:
                break
            self.kernel.advance_to(due_ns)
            for outlet in self.outlets:
                outlet.hand_over()
        self.kernel.advance_to(end_ns)


class Listener:
    """A client of a wire."""

    def __init__(self, wire: Wire) -> None:
        self.heard = b""
        self.closed = False
        self.ended = False
        self._wire = wire
        wire.join(self)

    def say(self, data: bytes) -> None:
        self._wire.hear(self, data)

    def send(self, data: bytes) -> None:
        self.heard += data

    def close(self) -> None:
        self.closed = True

    def leave(self) -> None:
        self._wire.leave(self)
