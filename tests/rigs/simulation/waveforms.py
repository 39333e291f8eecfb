"""Waveforms with known integrals and terminals with a known load, to test instruments against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from rigs.simulation.kernel import Kernel
from rigs.simulation.signals import FeedRelays, InputLoad, RangeBurden, Signal, SourceTerminals


class Waveform(Signal):
    """Counts who observes it; means are only had while somebody does."""

    def __init__(self) -> None:
        self.observers = 0
        self.windows: list[tuple[int, int]] = []

    @override
    def observe(self) -> None:
        self.observers += 1

    @override
    def release(self) -> None:
        self.observers -= 1

    @override
    def mean(self, start_ns: int, end_ns: int) -> float:
        assert self.observers > 0
        self.windows.append((start_ns, end_ns))
        return (self.integral(end_ns, 1) - self.integral(start_ns, 1)) / (end_ns - start_ns)

    @override
    def mean_square(self, start_ns: int, end_ns: int) -> float:
        assert self.observers > 0
        return (self.integral(end_ns, 2) - self.integral(start_ns, 2)) / (end_ns - start_ns)

    def integral(self, time_ns: int, power: int) -> float:
        """From zero to this time, of the value to this power; times in ns."""
        raise NotImplementedError


@dataclass(eq=False)
class Steady(Waveform):
    """Always the same."""

    level: float

    def __post_init__(self) -> None:
        super().__init__()

    @override
    def value(self, time_ns: int) -> float:
        return self.level

    @override
    def integral(self, time_ns: int, power: int) -> float:
        return self.level**power * time_ns


@dataclass(eq=False)
class Pulses(Waveform):
    """``level`` for the first ``duty`` of each period, else zero."""

    level: float
    period_ns: int
    duty: float

    def __post_init__(self) -> None:
        super().__init__()

    @override
    def value(self, time_ns: int) -> float:
        return self.level if time_ns % self.period_ns < self.duty * self.period_ns else 0.0

    @override
    def integral(self, time_ns: int, power: int) -> float:
        whole, part_ns = divmod(time_ns, self.period_ns)
        on_ns = self.duty * self.period_ns
        return self.level**power * (whole * on_ns + min(part_ns, on_ns))


@dataclass(eq=False)
class Settling(Waveform):
    """From zero towards ``end`` with a time constant."""

    end: float
    time_constant_ns: float

    def __post_init__(self) -> None:
        super().__init__()

    @override
    def value(self, time_ns: int) -> float:
        return self.end * (1 - math.exp(-time_ns / self.time_constant_ns))

    @override
    def integral(self, time_ns: int, power: int) -> float:
        tau = self.time_constant_ns
        decayed = tau * -math.expm1(-time_ns / tau)
        if power == 1:
            return self.end * (time_ns - decayed)
        twice_decayed = tau / 2 * -math.expm1(-2 * time_ns / tau)
        return self.end**2 * (time_ns - 2 * decayed + twice_decayed)


class Measured(Waveform):
    """What a function of time says, integrated as if it stood still over the interval."""

    def __init__(self, level: Any) -> None:
        super().__init__()
        self._level = level

    @override
    def value(self, time_ns: int) -> float:
        return float(self._level(time_ns))

    @override
    def mean(self, start_ns: int, end_ns: int) -> float:
        assert self.observers > 0
        return self.value(end_ns)


class Loaded(SourceTerminals):
    """Terminals with one resistor on them; the voltage settles exponentially."""

    def __init__(self, kernel: Kernel, ohm: float = math.inf) -> None:
        self.kernel = kernel
        self.ohm = ohm
        self.driven: list[dict[str, Any]] = []
        self._from_V = self._to_V = 0.0
        self._since_ns, self._time_constant_s = 0, 1.0
        self._limit_A = 0.0
        self._voltage = Measured(self.volts)
        self._current = Measured(lambda time_ns: self.volts(time_ns) / self.ohm)

    @override
    def drive(
        self,
        *,
        voltage_V: float,
        current_limit_A: float,
        on: bool,
        time_constant_s: float,
        time_ns: int,
    ) -> None:
        assert time_ns == self.kernel.now_ns
        self.driven.append({"voltage_V": voltage_V, "limit_A": current_limit_A, "on": on})
        self._from_V = self.volts(time_ns)
        self._to_V = voltage_V if on else 0.0
        self._since_ns, self._time_constant_s = time_ns, time_constant_s
        self._limit_A = current_limit_A

    def volts(self, time_ns: int) -> float:
        """Between the terminals, at most what the limited current drops across the resistor."""
        share = math.exp(-(time_ns - self._since_ns) * 1e-9 / self._time_constant_s)
        open_V = self._to_V + (self._from_V - self._to_V) * share
        return min(open_V, self._limit_A * self.ohm) if math.isfinite(self.ohm) else open_V

    @property
    @override
    def voltage(self) -> Signal:
        return self._voltage

    @property
    @override
    def current(self) -> Signal:
        return self._current

    @override
    def in_current_limit(self, time_ns: int) -> bool:
        return self._to_V > self._limit_A * self.ohm


@dataclass
class Shunts(RangeBurden):
    """Notes what an ammeter puts into the feed, and when it opens it."""

    ohms: list[float] = field(default_factory=list)
    interruptions: list[tuple[int, int]] = field(default_factory=list)

    @override
    def set_burden(self, ohm: float, time_ns: int) -> None:
        self.ohms.append(ohm)

    @override
    def interrupt(self, duration_ns: int, time_ns: int) -> None:
        self.interruptions.append((time_ns, duration_ns))


@dataclass
class Load(InputLoad):
    """Notes what a voltmeter's input is."""

    ohm: float = math.nan

    @override
    def set_load(self, ohm: float, time_ns: int) -> None:
        self.ohm = ohm


@dataclass
class Relays(FeedRelays):
    """Notes every change of path."""

    changes: list[tuple[int, bool, int]] = field(default_factory=list)

    @override
    def set_path(self, position: int, *, through_ammeter: bool, time_ns: int) -> None:
        self.changes.append((position, through_ammeter, time_ns))
