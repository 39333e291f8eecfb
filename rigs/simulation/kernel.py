"""Virtual time: one heap of events in integer nanoseconds.

Time moves only when somebody waits. An event may be scheduled at the present, never before
it; events of one time run in the order in which they were scheduled, so a run repeats to the
bit. There is no way to take an event back: whoever changes his mind looks, when the event
comes, whether it still applies.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush

from typing_extensions import override

from quantities import Clock

NEVER_NS = 1 << 62
"""Later than any event: 146 years."""

Action = Callable[[int], None]


class Kernel:
    """The event queue and the present of one simulated bench."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._events: list[tuple[int, int, Action]] = []
        self._scheduled = 0
        self._interrupted = False

    def at(self, time_ns: int, action: Action) -> None:
        """Call ``action(time_ns)`` when the time has come."""
        if time_ns < self.now_ns:
            raise ValueError(f"event at {time_ns} ns is before the present, {self.now_ns} ns")
        self._scheduled += 1
        heappush(self._events, (time_ns, self._scheduled, action))

    def advance_to(self, time_ns: int) -> None:
        """Run everything that is due up to and including ``time_ns``, and make it the present."""
        events = self._events
        while events and events[0][0] <= time_ns:
            due_ns, _, action = heappop(events)
            self.now_ns = due_ns
            action(due_ns)
        self.now_ns = max(self.now_ns, time_ns)

    def advance_until_interrupted(self, time_ns: int) -> None:
        """As ``advance_to``, but the present stays at the first event that interrupts."""
        self._interrupted = False
        events = self._events
        while events and events[0][0] <= time_ns:
            due_ns, _, action = heappop(events)
            self.now_ns = due_ns
            action(due_ns)
            if self._interrupted:
                return
        self.now_ns = max(self.now_ns, time_ns)

    def interrupt(self) -> None:
        """Something has happened that somebody may be waiting for."""
        self._interrupted = True

    def next_event_ns(self) -> int | None:
        """When the next event is due, None if there is none."""
        return self._events[0][0] if self._events else None


class VirtualClock(Clock):
    """The clock of a simulated bench: waiting runs the kernel."""

    def __init__(self, kernel: Kernel, start: datetime) -> None:
        super().__init__()
        self._kernel = kernel
        self._start = start

    @override
    def now(self) -> int:
        return self._kernel.now_ns

    @override
    def date(self) -> datetime:
        return self._start + timedelta(microseconds=self._kernel.now_ns // 1000)

    @override
    def _pass(self, nanoseconds: int) -> None:
        self._kernel.advance_to(self._kernel.now_ns + nanoseconds)
