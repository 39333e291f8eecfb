"""From voltages and currents to what a bleeder is: pure formulas, with their uncertainties.

A bypass that is on with the current I for the share d of each period draws d·I in the mean, and
its alternating part has the rms √(d·(1 − d))·I (BLD-2). So both follow from mean m and rms a:
I = (m² + a²) / m and d = m² / (m² + a²).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drivers.roles import Train
from quantities import Reading
from quantities.reading import as_quantity, effective_degrees_of_freedom

SAMPLES_PER_PERIOD = 4
"""With fewer a frequency could be mistaken for another."""

LEAST_SWING = 0.2
"""Of the current: what swings less is no pulse, but noise or ripple."""


@dataclass(frozen=True, slots=True)
class Bleeder:
    """What a module bleeds with, at the voltage of its threshold."""

    current: Reading
    """The mean, in A."""
    resistance: Reading
    power: Reading


@dataclass(frozen=True, slots=True)
class Pulse:
    """A pulsed bypass: its current while on, in A, and its duty."""

    on_current: Reading
    duty: Reading


def mean_of(readings: Sequence[Reading]) -> Reading:
    """The mean of readings by one instrument: its error is common to all, their scatter is not."""
    first, count = readings[0], len(readings)
    if count == 1:
        return first
    values = np.array([float(reading.value) for reading in readings])
    scatter = float(np.std(values, ddof=1)) / math.sqrt(count)
    common = max(float(reading.standard_uncertainty) for reading in readings)
    return replace(
        first,
        value=float(np.mean(values)),
        standard_uncertainty=math.hypot(common, scatter),
        system_uncertainty=None,
        degrees_of_freedom=effective_degrees_of_freedom((common, math.inf), (scatter, count - 1)),
        time_ns=readings[-1].time_ns,
    )


def bleeder_of(
    current: Reading,
    voltage: Reading,
    burden: Reading,
    *,
    duty: float,
    lead_ohm: float,
    at_V: float,
) -> Bleeder:
    """The bleeder that draws this mean current at this mean voltage, behind the burden.

    While it is on it lowers the voltage by its current in the supply's leads, of which the mean
    voltage holds the mean's share only.
    """
    mean_A = float(current.value)
    if not mean_A > 0.0:  # an open bleeder: no resistance can be stated
        none = Reading(math.nan, "Ω", instrument=current.instrument, time_ns=current.time_ns)
        return Bleeder(current, none, replace(none, unit="W"))
    on_A = mean_A / duty
    on_V = float(voltage.value) - (on_A - mean_A) * lead_ohm
    in_all_ohm = on_V / on_A
    ohm = in_all_ohm - float(burden.value)
    relative = math.hypot(_relative(current), _relative(voltage))
    uncertainty_ohm = math.hypot(in_all_ohm * relative, float(burden.standard_uncertainty))

    def reading(value: float, unit: str) -> Reading:
        return Reading(
            value,
            unit,
            abs(value) * uncertainty_ohm / abs(ohm),
            degrees_of_freedom=current.degrees_of_freedom,
            instrument=current.instrument,
            time_ns=current.time_ns,
        )

    return Bleeder(
        current=reading(duty * at_V / ohm, "A"),
        resistance=reading(ohm, "Ω"),
        power=reading(duty * at_V**2 / ohm, "W"),
    )


def pulse_of(mean: Reading, rms: Reading) -> Pulse:
    """Current while on and duty, from the mean and the rms of the alternating part."""
    m, a = float(mean.value), float(rms.value)
    u_m, u_a = float(mean.standard_uncertainty), float(rms.standard_uncertainty)
    square = m**2 + a**2
    degrees = effective_degrees_of_freedom(
        (u_m, mean.degrees_of_freedom), (u_a, rms.degrees_of_freedom)
    )

    def reading(value: float, unit: str, by_mean: float, by_rms: float) -> Reading:
        return Reading(
            value,
            unit,
            math.hypot(by_mean * u_m, by_rms * u_a),
            degrees_of_freedom=degrees,
            instrument=rms.instrument,
            time_ns=rms.time_ns,
        )

    if not m > 0.0:
        return Pulse(reading(0.0, "A", 1.0, 1.0), Reading(math.nan, ""))
    return Pulse(
        on_current=reading(square / m, "A", 1 - (a / m) ** 2, 2 * a / m),
        duty=reading(m**2 / square, "", 2 * m * a**2 / square**2, -2 * m**2 * a / square**2),
    )


def is_fast_enough(train: Train, frequency_Hz: float) -> bool:
    """Whether the readings follow fast enough to tell this frequency from all others below it."""
    return train.interval_s * frequency_Hz * SAMPLES_PER_PERIOD <= 1.0


def pulse_frequency(train: Train) -> Reading:
    """How often per second the current rises through its middle, in Hz; 0 if it is not pulsed."""
    values = np.asarray(train.readings.value)
    highest, lowest = float(np.max(values)), float(np.min(values))
    high = values > (highest + lowest) / 2
    rises = np.flatnonzero(~high[:-1] & high[1:])
    if len(rises) < 2 or highest - lowest < LEAST_SWING * highest:
        slowest_Hz = 1 / (len(values) * train.interval_s)
        return Reading(0.0, "Hz", slowest_Hz, instrument=train.readings.instrument)
    span = float(rises[-1] - rises[0])
    frequency_Hz = (len(rises) - 1) / (span * train.interval_s)
    # Each end lies anywhere between two readings (JCGM 100:2008, 4.3.7).
    relative = math.hypot(math.sqrt(2 / 12) / span, train.interval_uncertainty_s / train.interval_s)
    return Reading(
        frequency_Hz,
        "Hz",
        as_quantity(frequency_Hz * relative),
        instrument=train.readings.instrument,
        time_ns=train.readings.time_ns,
    )


def _relative(reading: Reading) -> float:
    return abs(float(reading.standard_uncertainty) / float(reading.value))
