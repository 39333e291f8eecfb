"""The source's voltage over time, and its exact integrals.

E(t) = final + (initial − final)·exp(−(t − start)/τ), cut off at a ceiling where the load
takes the supply into current limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

# After this many time constants the rest of a step of 10 V is below a femtovolt.
SETTLED_TIME_CONSTANTS = 40


@dataclass(frozen=True, slots=True)
class Exponential:
    """From ``initial_V`` at ``start_ns`` towards ``final_V`` with a time constant in ns."""

    initial_V: float
    final_V: float
    start_ns: int
    time_constant_ns: float

    @property
    def settled_ns(self) -> int:
        """From when on the voltage is the final one, as far as a float can tell."""
        return self.start_ns + math.ceil(SETTLED_TIME_CONSTANTS * self.time_constant_ns)

    def value(self, time_ns: float) -> float:
        """The voltage at this time, which is not before the start."""
        if time_ns >= self.settled_ns:
            return self.final_V
        decay = math.exp(-(time_ns - self.start_ns) / self.time_constant_ns)
        return self.final_V + (self.initial_V - self.final_V) * decay

    def reaches(self, volts: float) -> float | None:
        """When the voltage passes ``volts`` on its way, in ns; None if it never does."""
        if not min(self.initial_V, self.final_V) < volts < max(self.initial_V, self.final_V):
            return None
        remaining = (volts - self.final_V) / (self.initial_V - self.final_V)
        return self.start_ns - self.time_constant_ns * math.log(remaining)

    def integral(self, start_ns: float, end_ns: float, ceiling_V: float) -> float:
        """∫ min(E, ceiling) dt, in V·ns."""
        return sum(
            self._integral(begin, end) if free else ceiling_V * (end - begin)
            for begin, end, free in self._spans(start_ns, end_ns, ceiling_V)
        )

    def integral_of_square(self, start_ns: float, end_ns: float, ceiling_V: float) -> float:
        """∫ min(E, ceiling)² dt, in V²·ns."""
        return sum(
            self._integral_of_square(begin, end) if free else ceiling_V**2 * (end - begin)
            for begin, end, free in self._spans(start_ns, end_ns, ceiling_V)
        )

    def _spans(
        self, start_ns: float, end_ns: float, ceiling_V: float
    ) -> list[tuple[float, float, bool]]:
        """Where the voltage is below the ceiling (free) and where it is cut off."""
        passing_ns = self.reaches(ceiling_V)
        edges = [start_ns, end_ns]
        if passing_ns is not None and start_ns < passing_ns < end_ns:
            edges.insert(1, passing_ns)
        return [
            (begin, end, self.value((begin + end) / 2) <= ceiling_V)
            for begin, end in pairwise(edges)
        ]

    def _integral(self, begin_ns: float, end_ns: float) -> float:
        decaying = self._decay_area(begin_ns, end_ns, self.time_constant_ns)
        return self.final_V * (end_ns - begin_ns) + (self.initial_V - self.final_V) * decaying

    def _integral_of_square(self, begin_ns: float, end_ns: float) -> float:
        step_V = self.initial_V - self.final_V
        return (
            self.final_V**2 * (end_ns - begin_ns)
            + 2 * self.final_V * step_V * self._decay_area(begin_ns, end_ns, self.time_constant_ns)
            + step_V**2 * self._decay_area(begin_ns, end_ns, self.time_constant_ns / 2)
        )

    def _decay_area(self, begin_ns: float, end_ns: float, time_constant_ns: float) -> float:
        """∫ exp(−(t − start)/τ) dt, in ns."""
        if time_constant_ns == 0.0:
            return 0.0
        begun = math.exp(-(begin_ns - self.start_ns) / time_constant_ns)
        return -time_constant_ns * begun * math.expm1(-(end_ns - begin_ns) / time_constant_ns)
