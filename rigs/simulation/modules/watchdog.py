"""The watchdog: wakes a module that nothing has woken for its period (MSG-8, THR-1)."""

from __future__ import annotations

from collections.abc import Callable

from rigs.simulation.kernel import Kernel


class Watchdog:
    """Calls ``wake(time_ns)`` once the module has been quiet for ``period_ns``.

    Whatever the module does starts the period afresh. The watchdog asks for that
    (``active_until(time_ns)``, the end of the latest activity in ns) only when it would be due:
    a chain that is polled restarts it far more often than it ever runs out.
    """

    def __init__(
        self,
        kernel: Kernel,
        period_ns: int,
        *,
        active_until: Callable[[int], int],
        wake: Callable[[int], None],
    ) -> None:
        self._kernel = kernel
        self.period_ns = period_ns
        self._active_until = active_until
        self._wake = wake
        self._running = False
        self._scheduled = False
        self._restarted_ns = 0

    def start(self, time_ns: int) -> None:
        """Count from ``time_ns`` on."""
        self._running = True
        self._restarted_ns = time_ns
        self._schedule(time_ns + self.period_ns)

    def stop(self) -> None:
        """Never wake the module again until the next start."""
        self._running = False

    def _schedule(self, due_ns: int) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._kernel.at(due_ns, self._look)

    def _look(self, time_ns: int) -> None:
        """Wake the module if the period is over; an event of an earlier start comes early."""
        self._scheduled = False
        if not self._running:
            return
        due_ns = max(self._restarted_ns, self._active_until(time_ns)) + self.period_ns
        if due_ns <= time_ns:
            self._restarted_ns = time_ns
            due_ns = time_ns + self.period_ns
            self._wake(time_ns)
        self._schedule(due_ns)
