"""What a module's electronics draw, state by state (the bleeder is apart)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """The module drew ``current_A`` from ``start_ns`` to ``end_ns``."""

    start_ns: int
    end_ns: int
    current_A: float


class Consumption:
    """Asleep, awake for a message, awake for the watchdog.

    The intervals awake are kept only while a current is observed: a chain of 256 modules is
    awake a hundred thousand times a minute.
    """

    def __init__(
        self, *, asleep_A: float, active_A: float, watchdog_A: float, to_sleep_ns: int
    ) -> None:
        self.asleep_A = asleep_A
        self.active_A = active_A
        self._watchdog_A = watchdog_A
        self._to_sleep_ns = to_sleep_ns
        self.observed = False
        self._awake: list[Interval] = []

    def active(self, start_ns: int, end_ns: int) -> None:
        """Awake for characters from start to end, and until it falls asleep."""
        self._note(Interval(start_ns, end_ns + self._to_sleep_ns, self.active_A))

    def watchdog_wake(self, start_ns: int, end_ns: int) -> None:
        """Awake because the watchdog ran out."""
        self._note(Interval(start_ns, end_ns, self._watchdog_A))

    def observe(self) -> None:
        """From now on keep the intervals."""
        self.observed = True

    def release(self) -> None:
        """The intervals are no longer needed."""
        self.observed = False
        self._awake = []

    def current_A(self, time_ns: float) -> float:
        """The current at this moment, which is not before ``observe``."""
        for interval in reversed(self._awake):
            if interval.start_ns <= time_ns < interval.end_ns:
                return interval.current_A
        return self.asleep_A

    def edges_ns(self, start_ns: int, end_ns: int) -> list[int]:
        """When the current changes within start to end."""
        return [
            edge_ns
            for interval in self._awake
            for edge_ns in (interval.start_ns, interval.end_ns)
            if start_ns < edge_ns < end_ns
        ]

    def _note(self, interval: Interval) -> None:
        if self.observed:
            self._awake.append(interval)
