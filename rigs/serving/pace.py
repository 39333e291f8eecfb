"""Driving a simulated bench by the wall clock: what is due is run when its time has come."""

from __future__ import annotations

import asyncio
import selectors
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.kernel import Kernel

STEP_NS = 10_000
"""Lateness is counted in steps of 10 µs."""

LONGEST_SLEEP_S = 0.5
"""On Windows ``select`` does not notice Ctrl-C before it ends."""


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop that wakes within a fraction of a millisecond: ``epoll`` counts in whole ones."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


class Outlet(Protocol):
    """A wire that what the bench says leaves by."""

    def next_due_ns(self) -> int | None:
        """When there is more to hand over, if that is known."""

    def hand_over(self) -> None:
        """Hand over what can be had at the present."""


class Lateness:
    """How late events were run, each against the time at which it was due."""

    def __init__(self) -> None:
        self.events = 0
        self._steps: Counter[int] = Counter()

    def add(self, late_ns: int) -> None:
        """Count one event."""
        self.events += 1
        self._steps[late_ns // STEP_NS] += 1

    def percentile_s(self, percent: float) -> float:
        """At most so late were ``percent`` of all events; zero where there was none."""
        counted = 0
        for step in sorted(self._steps):
            counted += self._steps[step]
            if counted >= self.events * percent / 100:
                return (step + 1) * STEP_NS / NANOSECONDS_PER_SECOND
        return 0.0


class Pace:
    """The kernel's one driver while a bench is served; made within a running loop."""

    def __init__(self, kernel: Kernel) -> None:
        self.lateness = Lateness()
        self.outlets: list[Outlet] = []
        self._kernel = kernel
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time() - kernel.now_ns / NANOSECONDS_PER_SECOND
        self._timer: asyncio.TimerHandle | None = None

    def at_once(self, action: Callable[[], None]) -> None:
        """Bring the bench to the present, do this there, and see to what follows from it."""
        self._run_due()
        action()
        self.keep()

    def keep(self) -> None:
        """Run what is due, and come back when there is more."""
        self._run_due()
        if self._timer is not None:
            self._timer.cancel()
        due_ns = self._next_due_ns()
        latest_s = self._loop.time() + LONGEST_SLEEP_S
        due_s = latest_s if due_ns is None else self._began_s + due_ns / NANOSECONDS_PER_SECOND
        self._timer = self._loop.call_at(min(due_s, latest_s), self.keep)

    def stop(self) -> None:
        """Let the bench stand still."""
        if self._timer is not None:
            self._timer.cancel()

    def _run_due(self) -> None:
        """A bench that cannot keep up does what was due when this began; its clients come next."""
        now_ns = self._now_ns()
        while (due_ns := self._next_due_ns()) is not None and due_ns <= now_ns:
            self._kernel.advance_to(due_ns)
            for outlet in self.outlets:
                outlet.hand_over()
            self.lateness.add(max(0, self._now_ns() - due_ns))
        self._kernel.advance_to(now_ns)

    def _next_due_ns(self) -> int | None:
        dues_ns = [self._kernel.next_event_ns(), *(each.next_due_ns() for each in self.outlets)]
        return min((due_ns for due_ns in dues_ns if due_ns is not None), default=None)

    def _now_ns(self) -> int:
        return round((self._loop.time() - self._began_s) * NANOSECONDS_PER_SECOND)
