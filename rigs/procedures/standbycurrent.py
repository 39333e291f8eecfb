"""What a train of current readings says of a sleeping module: pure formulas, with uncertainties.

A module draws its base current, and each time its watchdog wakes it a charge on top. The mean over
whole periods is base + charge / period (SLP-1). A wake lasts some milliseconds, so it shows in one
reading or two; its charge is what these are above the base, times the interval of the readings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers.roles import Train
from quantities import NANOSECONDS_PER_SECOND, Reading
from quantities.reading import in_quadrature

NOISE_WIDTHS = 8.0
LEAST_RISE = 0.05
"""A reading belongs to a wake if it is above the base by its noise and this share of it."""

GAUSSIAN_WIDTH = 1.4826
"""Standard deviation of a normal distribution by its median absolute deviation."""


@dataclass(frozen=True, slots=True)
class Wake:
    """The watchdog woke the module so long after the time that a recording counts from."""

    time_s: float
    charge_C: float


@dataclass(frozen=True, slots=True)
class Standby:
    """How a module sleeps."""

    base: Reading
    """Between wakes, in A."""
    wake_charge: Reading
    """On top of the base, in C; nothing if it never woke."""
    wake_period: Reading
    """In s; if it never woke, how long that was seen."""
    mean: Reading
    """Over whole periods, in A."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Trains that follow each other without a gap; ``start_s`` is when the first one began."""

    values_A: NDArray[np.float64]
    common_A: float
    """Standard uncertainty that all readings share."""
    start_s: float
    aperture_s: float
    interval_s: float
    interval_uncertainty_s: float
    instrument: str
    time_ns: int

    @classmethod
    def of(cls, trains: Sequence[Train], since_ns: int) -> Recording:
        """Times count from ``since_ns``; the last train knows the readings' interval best."""
        first, last = trains[0], trains[-1]
        values_A = np.concatenate([np.atleast_1d(train.readings.value) for train in trains])
        uncertainties = np.concatenate(
            [np.atleast_1d(train.readings.standard_uncertainty) for train in trains]
        )
        return cls(
            values_A=values_A,
            common_A=float(np.median(uncertainties)),
            start_s=(first.start_ns - since_ns) / NANOSECONDS_PER_SECOND,
            aperture_s=last.aperture_s,
            interval_s=last.interval_s,
            interval_uncertainty_s=last.interval_uncertainty_s,
            instrument=last.readings.instrument,
            time_ns=last.readings.time_ns,
        )

    @property
    def base_A(self) -> float:
        """Between the wakes."""
        return float(np.mean(self.values_A[~self._risen]))

    @property
    def scatter_A(self) -> float:
        """Standard deviation of single readings between the wakes."""
        middle_A = np.median(self.values_A)
        return float(GAUSSIAN_WIDTH * np.median(np.abs(self.values_A - middle_A)))

    @property
    def wakes(self) -> list[Wake]:
        """The wakes that are seen from their beginning to their end."""
        risen, base_A = self._risen, self.base_A
        edges = np.flatnonzero(np.diff(np.concatenate(([False], risen, [False])).astype(int)))
        wakes = []
        for begin, end in edges.reshape(-1, 2):
            if begin == 0 or end == len(risen):
                continue
            above_A = self.values_A[begin:end] - base_A
            middle = float(np.average(np.arange(begin, end), weights=above_A)) + 0.5
            time_s = self.start_s + middle * self.interval_s
            wakes.append(Wake(time_s, float(np.sum(above_A)) * self.interval_s))
        return wakes

    @property
    def longest_rise_s(self) -> float:
        """How long the current was above half of its highest, at a stretch."""
        high = self.values_A > np.max(self.values_A) / 2
        edges = np.flatnonzero(np.diff(np.concatenate(([False], high, [False])).astype(int)))
        return float(np.max(np.diff(edges.reshape(-1, 2)))) * self.interval_s

    @property
    def _risen(self) -> NDArray[np.bool_]:
        """Which readings belong to wakes."""
        middle_A = float(np.median(self.values_A))
        rise_A = max(NOISE_WIDTHS * self.scatter_A, LEAST_RISE * abs(middle_A))
        return np.asarray(self.values_A > middle_A + rise_A, dtype=np.bool_)

    def less(self, current_A: float, uncertainty_A: float) -> Recording:
        """The same without a current that flowed beside the module's."""
        return replace(
            self,
            values_A=self.values_A - current_A,
            common_A=math.hypot(self.common_A, uncertainty_A),
        )

    def reading(self, value: float, unit: str, *contributions: float) -> Reading:
        """A reading by this instrument with independent contributions to its uncertainty."""
        return Reading(
            value,
            unit,
            in_quadrature(*contributions),
            instrument=self.instrument,
            time_ns=self.time_ns,
        )


def standby_of(
    recording: Recording, *, asleep_s: float, asleep_uncertainty_s: float, relative: float
) -> Standby:
    """How the module sleeps that has been asleep since ``asleep_s``.

    With one wake the period is from there to the wake, with several from wake to wake.
    ``relative`` is the standard uncertainty of all currents that the recording does not know of.
    """
    wakes, interval_s = recording.wakes, recording.interval_s
    base_A = recording.base_A
    count = len(recording.values_A)
    base_u = in_quadrature(
        recording.common_A, recording.scatter_A / math.sqrt(count), relative * base_A
    )
    period_s, period_u = _period(recording, wakes, asleep_s, asleep_uncertainty_s)
    charge_C = float(np.mean([wake.charge_C for wake in wakes])) if wakes else 0.0
    # What fell between two apertures is missing, up to the share of time that they leave out.
    dead = max(0.0, 1 - recording.aperture_s / interval_s) / math.sqrt(3)
    charge_u = in_quadrature(
        recording.scatter_A * math.sqrt(2) * interval_s,
        charge_C * recording.interval_uncertainty_s / interval_s,
        charge_C * dead,
        charge_C * relative,
    )
    return Standby(
        base=recording.reading(base_A, "A", float(base_u)),
        wake_charge=recording.reading(charge_C, "C", float(charge_u)),
        wake_period=recording.reading(period_s, "s", period_u),
        mean=recording.reading(
            base_A + charge_C / period_s,
            "A",
            float(base_u),
            float(charge_u) / period_s,
            charge_C / period_s**2 * period_u,
        ),
    )


def _period(
    recording: Recording, wakes: Sequence[Wake], asleep_s: float, asleep_uncertainty_s: float
) -> tuple[float, float]:
    """The wakes' period and its standard uncertainty, in s."""
    per_reading_s = recording.interval_s / math.sqrt(12)
    pace = recording.interval_uncertainty_s / recording.interval_s
    if not wakes:
        end_s = recording.start_s + len(recording.values_A) * recording.interval_s
        return end_s - asleep_s, asleep_uncertainty_s
    if len(wakes) == 1:
        period_s = wakes[0].time_s - asleep_s
        contributions = per_reading_s, asleep_uncertainty_s, pace * period_s
    else:
        periods = len(wakes) - 1
        period_s = (wakes[-1].time_s - wakes[0].time_s) / periods
        contributions = per_reading_s * math.sqrt(2) / periods, 0.0, pace * period_s
    return period_s, float(in_quadrature(*contributions))
