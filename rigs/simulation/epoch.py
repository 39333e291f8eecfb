"""The panel's circuit between two changes: who bleeds, through what, fed by which source.

Everything is resistive, so each voltage and current is a factor times the source's voltage,
cut off at the *ceiling* where the supply comes into current limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from rigs.simulation.waveform import Exponential


@dataclass(frozen=True, slots=True)
class Bleeder:
    """A resistor across the cell, on for ``duty`` of each period (0: no PWM)."""

    resistor_ohm: float
    period_ns: int = 0
    duty: float = 1.0

    def is_on(self, since_ns: int, time_ns: float) -> bool:
        """Whether the output is on, bleeding having begun at ``since_ns``."""
        if not self.period_ns:
            return True
        return (time_ns - since_ns) % self.period_ns < self.duty * self.period_ns

    def edges_ns(self, since_ns: int, start_ns: int, end_ns: int) -> list[float]:
        """When the output switches within start to end."""
        if not self.period_ns:
            return []
        first = (start_ns - since_ns) // self.period_ns
        last = (end_ns - since_ns) // self.period_ns
        return [
            edge_ns
            for cycle in range(first, last + 1)
            for edge_ns in (
                since_ns + cycle * self.period_ns,
                since_ns + (cycle + self.duty) * self.period_ns,
            )
            if start_ns < edge_ns < end_ns
        ]


@dataclass(frozen=True, slots=True)
class Branch:
    """One module's place on the panel."""

    bleeder: Bleeder
    brown_out_V: float
    bleeding_since_ns: int | None = None
    metered: bool = False
    """Fed through the ammeter, not past it."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """From ``start_ns`` on the circuit was like this."""

    start_ns: int
    source: Exponential
    limit_A: float
    series_ohm: float
    """Between the source and the bus; infinite while an ammeter there opens its path."""
    burden_ohm: float
    interrupted: bool
    """Whether the ammeter has opened the path of those that it meters."""
    branches: tuple[Branch, ...]
    voltmeter_S: float = 0.0
    """What the voltmeter's input takes per volt of the bus; too little to move it."""
    pulses: bool = field(init=False)
    """Whether any bleeder is switching by itself: found out once, and asked all the time."""

    def __post_init__(self) -> None:
        pulses = any(
            branch.bleeding_since_ns is not None and branch.bleeder.period_ns
            for branch in self.branches
        )
        object.__setattr__(self, "pulses", pulses)

    def conductances(self, time_ns: float) -> list[float]:
        """What each branch takes per volt of the bus, in S."""
        return [
            1.0 / (branch.bleeder.resistor_ohm + self.feed_ohm(branch))
            if branch.bleeding_since_ns is not None
            and branch.bleeder.is_on(branch.bleeding_since_ns, time_ns)
            else 0.0
            for branch in self.branches
        ]

    def feed_ohm(self, branch: Branch) -> float:
        """The resistance between the bus and a branch."""
        if not branch.metered:
            return 0.0
        return math.inf if self.interrupted else self.burden_ohm

    def bus_factor(self, conductance_S: float) -> float:
        """Bus voltage per volt of the source."""
        if math.isinf(self.series_ohm):
            return 0.0
        return 1.0 / (1.0 + self.series_ohm * conductance_S)

    def ceiling_V(self, conductance_S: float) -> float:
        """The source voltage at which the load draws the current limit."""
        seen_S = self.bus_factor(conductance_S) * conductance_S
        return self.limit_A / seen_S if seen_S else math.inf

    def edges_ns(self, start_ns: int, end_ns: int) -> list[float]:
        """When any PWM bleeder switches within start to end."""
        return [
            edge_ns
            for branch in self.branches
            if branch.bleeding_since_ns is not None
            for edge_ns in branch.bleeder.edges_ns(branch.bleeding_since_ns, start_ns, end_ns)
        ]
