"""What takes an instrument time: generators that yield until when it is busy.

They yield times in ns, or None for "until woken", and are resumed by the kernel, so nothing
but the kernel moves time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias

from rigs.simulation.kernel import Kernel

Activity: TypeAlias = Generator[int | None, None, None]
"""What yields nothing in the end."""

Measurement: TypeAlias = Generator[int | None, None, float]
"""What yields a number in the end."""


class Task:
    """An activity under way. ``finished`` is called once it came to its end by itself."""

    def __init__(self, kernel: Kernel, activity: Activity, finished: Callable[[], None]) -> None:
        self.done = False
        self.asleep = False
        self._kernel = kernel
        self._activity = activity
        self._finished = finished

    def start(self) -> None:
        """Go until the activity first has to wait, at once."""
        self._go_on(self._kernel.now_ns)

    def wake(self) -> None:
        """Go on, if the activity waits to be woken."""
        if self.asleep:
            self._go_on(self._kernel.now_ns)

    def cancel(self) -> None:
        """End the activity where it stands."""
        self.done = True
        self._activity.close()

    def _go_on(self, time_ns: int) -> None:
        if self.done:
            return
        self.asleep = False
        for until_ns in self._activity:
            self.asleep = until_ns is None
            if until_ns is None:
                return
            if until_ns > time_ns:
                self._kernel.at(until_ns, self._go_on)
                return
        self.done = True
        self._finished()
