"""What a module's electronics draw, state by state (the bleeder is apart)."""

from __future__ import annotations

import math

from rigs.simulation.kernel import NEVER_NS

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
        self.efold_V = efold_V
        self.active_A = active_A
        self.watchdog_A = watchdog_A
        self.to_sleep_ns = to_sleep_ns
        self.observed = False
        # When each interval ends, by when it began and its current; the later noted hold first.
        self._ends_ns: dict[tuple[int, float], int] = {(0, 0.0): NEVER_NS}

    def active(self, start_ns: int, end_ns: int) -> None:
        """Awake for characters from start to end, and until it falls asleep."""
        self._note(start_ns, end_ns + self.to_sleep_ns, self.active_A)

    def watchdog_wake(self, start_ns: int, end_ns: int) -> None:
        """Awake because the watchdog ran out."""
        self._note(start_ns, end_ns, self.watchdog_A)

    def power_up(self, time_ns: int) -> None:
        """Fed from now on."""
        self._end_all(time_ns)

    def power_down(self, time_ns: int) -> None:
        """Nothing is drawn from now on, whatever the module was about to do."""
        self._end_all(time_ns)
        self._note(time_ns, NEVER_NS, 0.0)

    def observe(self) -> None:
        """From now on keep all intervals."""
        self.observed = True

    def release(self, time_ns: int) -> None:
        """What was over by ``time_ns`` is no longer needed."""
        self.observed = False
        self._keep_after(time_ns)

    def awake_A(self, time_ns: float) -> float | None:
        """The current at this time, which is not before ``observe``; None asleep."""
        for (start_ns, current_A), end_ns in reversed(self._ends_ns.items()):
            if start_ns <= time_ns < end_ns:
                return current_A
        return None

    def current_A(self, time_ns: float, cell_V: float = FULL_V) -> float:
        """The current at this time, awake or asleep, at this cell voltage."""
        awake_A = self.awake_A(time_ns)
        return self.asleep_at_A(cell_V) if awake_A is None else awake_A

    def asleep_at_A(self, cell_V: float) -> float:
        """What it draws asleep at this cell voltage."""
        return self.asleep_A * math.exp((cell_V - FULL_V) / self.efold_V)

    def edges_ns(self, start_ns: int, end_ns: int) -> list[int]:
        """When the current changes within start to end."""
        return [
            edge_ns
            for (began_ns, _), ended_ns in self._ends_ns.items()
            for edge_ns in (began_ns, ended_ns)
            if start_ns < edge_ns < end_ns
        ]

    def _note(self, start_ns: int, end_ns: int, current_A: float) -> None:
        """Keep an interval; noted again, it may have become longer."""
        if not self.observed:
            self._keep_after(start_ns)
        self._ends_ns[start_ns, current_A] = end_ns

    def _keep_after(self, time_ns: int) -> None:
        self._ends_ns = {key: end_ns for key, end_ns in self._ends_ns.items() if end_ns > time_ns}

    def _end_all(self, time_ns: int) -> None:
        self._ends_ns = {key: min(end_ns, time_ns) for key, end_ns in self._ends_ns.items()}
