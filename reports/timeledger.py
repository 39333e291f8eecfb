"""Bench time by purpose: what was spent, and the floor that physics sets (docs/reports.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from quantities import NANOSECONDS_PER_SECOND, Purpose


@dataclass(frozen=True, slots=True)
class TimeLedger:
    """Nanoseconds by purpose, in the order of ``Purpose``; a purpose that is missing has none."""

    spent_ns: Mapping[Purpose, int] = field(default_factory=dict)
    floor_ns: Mapping[Purpose, int] = field(default_factory=dict)

    @property
    def spent_s(self) -> float:
        """All that was spent, in s."""
        return sum(self.spent_ns.values()) / NANOSECONDS_PER_SECOND

    @property
    def floor_s(self) -> float:
        """What physics asks for, in s."""
        return sum(self.floor_ns.values()) / NANOSECONDS_PER_SECOND

    def since(self, earlier: Self, elapsed_ns: int) -> TimeLedger:
        """What was booked after ``earlier``; of the time elapsed, what nobody booked was idle."""
        spent_ns = _less(self.spent_ns, earlier.spent_ns)
        unbooked_ns = max(0, elapsed_ns - sum(spent_ns.values()))
        spent_ns[Purpose.IDLE] += unbooked_ns
        return TimeLedger(spent_ns, _less(self.floor_ns, earlier.floor_ns))


def total(ledgers: Iterable[TimeLedger]) -> TimeLedger:
    """All of them together."""
    every = list(ledgers)
    return TimeLedger(
        {purpose: sum(one.spent_ns.get(purpose, 0) for one in every) for purpose in Purpose},
        {purpose: sum(one.floor_ns.get(purpose, 0) for one in every) for purpose in Purpose},
    )


def _less(later: Mapping[Purpose, int], earlier: Mapping[Purpose, int]) -> dict[Purpose, int]:
    return {purpose: later.get(purpose, 0) - earlier.get(purpose, 0) for purpose in Purpose}
