"""What a module's electronics draw, state by state (the bleeder is apart)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from rigs.simulation.kernel import NEVER_NS


@dataclass(frozen=True, slots=True)
class Interval:
    """The module drew ``current_A`` from ``start_ns`` to ``end_ns``."""

    start_ns: int
    end_ns: int
    current_A: float


FULL_V = 4.2
"""At this cell voltage a module draws what is stated for it asleep."""


class Consumption:
    """Without power, asleep, awake for a message, awake for the watchdog.

    Asleep it draws ``asleep_A`` at 4.2 V, and e times more for each ``efold_V`` above.

    All intervals that are not sleep are kept while a current is observed, else only those that
    are not over: a chain of 256 modules is awake a hundred thousand times a minute.
    """

    def __init__(
        self,
        *,
        asleep_A: float,
        active_A: float,
        watchdog_A: float,
        to_sleep_ns: int,
        efold_V: float = math.inf,
    ) -> None:
        self.asleep_A = asleep_A
        self._efold_V = efold_V
        self.active_A = active_A
        self.watchdog_A = watchdog_A
        self.to_sleep_ns = to_sleep_ns
        self.observed = False
        self._intervals = [Interval(0, NEVER_NS, 0.0)]

    def active(self, start_ns: int, end_ns: int) -> None:
        """Awake for characters from start to end, and until it falls asleep."""
        self._note(Interval(start_ns, end_ns + self.to_sleep_ns, self.active_A))

    def watchdog_wake(self, start_ns: int, end_ns: int) -> None:
        """Awake because the watchdog ran out."""
        self._note(Interval(start_ns, end_ns, self.watchdog_A))

    def power_up(self, time_ns: int) -> None:
        """Fed from now on."""
        self._end_all(time_ns)

    def power_down(self, time_ns: int) -> None:
        """Nothing is drawn from now on, whatever the module was about to do."""
        self._end_all(time_ns)
        self._note(Interval(time_ns, NEVER_NS, 0.0))

    def observe(self) -> None:
        """From now on keep all intervals."""
        self.observed = True

    def release(self, time_ns: int) -> None:
        """What was over by ``time_ns`` is no longer needed."""
        self.observed = False
        self._keep_after(time_ns)

    def current_A(self, time_ns: float, cell_V: float = FULL_V) -> float:
        """The current at this time, which is not before ``observe``, at this cell voltage."""
        for interval in reversed(self._intervals):
            if interval.start_ns <= time_ns < interval.end_ns:
                return interval.current_A
        return self.asleep_A * math.exp((cell_V - FULL_V) / self._efold_V)

    def edges_ns(self, start_ns: int, end_ns: int) -> list[int]:
        """When the current changes within start to end."""
        return [
            edge_ns
            for interval in self._intervals
            for edge_ns in (interval.start_ns, interval.end_ns)
            if start_ns < edge_ns < end_ns
        ]

    def _note(self, interval: Interval) -> None:
        if not self.observed:
            self._keep_after(interval.start_ns)
        self._intervals.append(interval)

    def _keep_after(self, time_ns: int) -> None:
        self._intervals = [each for each in self._intervals if each.end_ns > time_ns]

    def _end_all(self, time_ns: int) -> None:
        self._intervals = [
            replace(interval, end_ns=min(interval.end_ns, time_ns)) for interval in self._intervals
        ]
