"""Rounds of messages through a chain: when each came back, what did not, and who is to blame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers.chain.stopwatch import PASSED_ON, Times
from drivers.chain.timing import ChainTiming
from quantities import Reading
from quantities.errors import ChainBroken


@dataclass(frozen=True, slots=True)
class SlowModule:
    """A module that takes longer to pass on than the product's figure, and how long."""

    position: int
    processing_s: float
    uncertainty_s: float
    """Standard."""


class Rounds:
    """Times of many rounds: ``elapsed_s`` by command, rows are rounds, columns positions."""

    def __init__(self, rounds: Sequence[Times], timing: ChainTiming, modules: int) -> None:
        commands = rounds[0].elapsed_s
        self.elapsed_s = {
            command: np.array([each.elapsed_s[command] for each in rounds]) for command in commands
        }
        self.in_order = all(each.in_order for each in rounds)
        self.rounds = len(rounds)
        self.timing = timing
        self.modules = modules
        self.culprit: int | None = None
        """The module that is to blame for what is missing or too late."""
        self.slow: SlowModule | None = None
        """That module, if it is slow to pass on."""

    @property
    def sent(self) -> int:
        """How many messages these are."""
        return sum(times.size for times in self.elapsed_s.values())

    @property
    def complete(self) -> bool:
        """Whether everything that was sent came back."""
        return not any(np.isnan(times).any() for times in self.elapsed_s.values())

    def missing(self) -> list[tuple[str, int]]:
        """Which commands have no time at all, with their positions."""
        return [
            (command, int(index) + 1)
            for command, times in self.elapsed_s.items()
            for index in np.flatnonzero(np.isnan(times).all(axis=0))
        ]

    def fill(self, command: str, position: int, elapsed_s: float) -> None:
        """A time taken apart, for one that is missing in every round."""
        self.elapsed_s[command][0, position - 1] = elapsed_s

    def late(self, more_than_s: float) -> NDArray[np.int64]:
        """How many answers were so much later than the earliest from their position."""
        counts = np.zeros(self.modules, np.int64)
        for times in self._answered().values():
            counts += (times - np.fmin.reduce(times) > more_than_s).sum(axis=0)
        return counts

    def lost(self) -> NDArray[np.int64]:
        """How many messages each module has lost, by position (TIM-2).

        Raises ``ChainBroken`` if some were lost and nothing tells where.
        """
        counts = np.zeros(self.modules, np.int64)
        total = sum(int(np.isnan(times).sum()) for times in self.elapsed_s.values())
        if total and self.culprit is None:
            raise ChainBroken(
                f"{total} of {self.sent} messages got lost, and nothing tells in which module",
                expected="every message to come back at the spacing of the product's figures",
                remedy="time the modules one by one, each alone in a nest",
            )
        if self.culprit is not None:
            counts[self.culprit - 1] = total
        return counts

    def blamed(self, reading: Reading) -> Reading:
        """A fact about the chain as a whole; if something was lost, one about the culprit alone.

        Nothing can be said then about the other modules, NaN.
        """
        if self.complete:
            return reading
        value = np.full(self.modules, np.nan)
        if self.culprit is not None:
            value[self.culprit - 1] = reading.value
        return replace(reading, value=value)

    def _answered(self) -> dict[str, NDArray[np.float64]]:
        return {
            command: times for command, times in self.elapsed_s.items() if command not in PASSED_ON
        }
