"""What the electronics of many modules draw together, followed from change to change.

A panel of 256 modules changes some hundred times within one reading of the supply; looking at
every module at each change would cost as much as the square of their number.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from rigs.simulation.modules.consumption import FULL_V, Consumption


class Electronics:
    """Currents from ``start_ns`` to ``end_ns``, asked for in the order of time."""

    def __init__(self, consumptions: Sequence[Consumption], start_ns: int, end_ns: int) -> None:
        self._consumptions = consumptions
        self._changes = sorted(
            (edge_ns, index)
            for index, consumption in enumerate(consumptions)
            for edge_ns in consumption.edges_ns(start_ns, end_ns)
        )
        self._seen = 0
        self._awake_A: list[float | None] = [None] * len(consumptions)
        """Of each module; None asleep."""
        self._awake = Counter[float]()
        """How many are awake and draw so much: there are few kinds of activity."""
        self._asleep_A = defaultdict[float, float](float)
        """Of all that sleep, at 4.2 V, by how fast it grows with the voltage."""
        for index, consumption in enumerate(consumptions):
            self._asleep_A[consumption.efold_V] += consumption.asleep_A
            self._look(index, start_ns)

    @property
    def edges_ns(self) -> set[float]:
        """When any of them changes."""
        return {float(edge_ns) for edge_ns, _ in self._changes}

    def current_A(self, time_ns: float, cell_V: float) -> float:
        """What all of them draw at this time, not before the one asked for last."""
        while self._seen < len(self._changes) and self._changes[self._seen][0] <= time_ns:
            self._look(self._changes[self._seen][1], time_ns)
            self._seen += 1
        awake_A = sum(count * current_A for current_A, count in self._awake.items())
        return awake_A + sum(
            full_A * math.exp((cell_V - FULL_V) / efold_V)
            for efold_V, full_A in self._asleep_A.items()
        )

    def _look(self, index: int, time_ns: float) -> None:
        """See anew whether one of them is awake."""
        consumption, before_A = self._consumptions[index], self._awake_A[index]
        now_A = self._awake_A[index] = consumption.awake_A(time_ns)
        if now_A == before_A:
            return
        for current_A, change in ((before_A, -1), (now_A, 1)):
            if current_A is None:
                self._asleep_A[consumption.efold_V] += change * consumption.asleep_A
            else:
                self._awake[current_A] += change
