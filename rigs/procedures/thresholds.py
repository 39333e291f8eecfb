"""What a threshold's bit did over steps of the supply: against the code, and against volts.

The code and the status of one measurement (``Chain.read_voltages_twice``) have to agree every
time: that is the exact check, and needs no voltmeter. Over steps whose voltage was measured the
trip voltage follows from how often the bit was set, as each reading carries the module's noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import Setting, Status
from quantities import Reading
from quantities.reading import as_quantity, effective_degrees_of_freedom, in_quadrature
from rigs.settings import PanelSettings

NEAR_CODES = 7
"""Farther from its threshold on either side, a module's bits say nothing about where it is."""
ANY_BIT = Status.LOW | Status.BLEEDING | Status.HIGH


@dataclass(frozen=True, slots=True)
class Threshold:
    """One of a module's thresholds and its bit.

    The bit of a ``rising`` one sets at or above it (THR-2, THR-3 high: N at or below its code),
    that of the other at or below it (THR-3 low).
    """

    name: str
    setting: Setting
    bit: Status
    rising: bool

    def codes(self, settings: PanelSettings) -> NDArray[np.float64]:
        """The code that each module has stored for it."""
        return settings.by_setting()[self.setting]


LOW = Threshold("low", Setting.LOW, Status.LOW, rising=False)
BLEEDING = Threshold("bleeding", Setting.BLEEDING, Status.BLEEDING, rising=True)
HIGH = Threshold("high", Setting.HIGH, Status.HIGH, rising=True)
THRESHOLDS = (LOW, BLEEDING, HIGH)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How modules of this product compare a code with a threshold's (THR-2)."""

    equality_counts: bool
    hysteresis_codes: int
    """Of the bleeding threshold alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What all modules read at steps of the supply, in the order of the steps.

    ``codes`` and ``statuses`` are by step, reading and position, each pair of one measurement;
    a code is NaN where there was no answer, or no such reading. ``volts`` is the terminals'
    voltage by step, NaN where it was not measured, and ``voltmeter_V`` its standard uncertainty.
    """

    volts: NDArray[np.float64]
    voltmeter_V: NDArray[np.float64]
    codes: NDArray[np.float64]
    statuses: NDArray[np.uint8]
    time_ns: int

    def contradictions(
        self, threshold: Threshold, settings: PanelSettings, comparison: Comparison
    ) -> NDArray[np.float64]:
        """How often bit and code disagreed, by position; NaN without a setting or an answer.

        Within the hysteresis either state of the bit is right.
        """
        stored, past = threshold.codes(settings), 0 if comparison.equality_counts else 1
        if threshold.rising:
            due = self.codes <= stored - past
            held = comparison.hysteresis_codes if threshold is BLEEDING else 0
            out_of_reach = self.codes > stored - past + held
        else:
            due = self.codes >= stored + past
            out_of_reach = self.codes < stored + past
        is_set = self._is_set(threshold)
        wrong = np.sum(due & ~is_set, axis=(0, 1)) + np.sum(out_of_reach & is_set, axis=(0, 1))
        known = ~np.isnan(stored) & np.any(~np.isnan(self.codes), axis=(0, 1))
        return np.where(known, wrong, np.nan)

    def gap(self, threshold: Threshold) -> NDArray[np.float64]:
        """Codes between the nearest ones at which the bit was set and clear, by position.

        1 where both neighbours were seen, so that an agreement of all pairs is the whole proof;
        NaN where the bit was always the same.
        """
        answered, is_set = ~np.isnan(self.codes), self._is_set(threshold)
        towards = 1.0 if threshold.rising else -1.0
        last_set = np.max(
            towards * self.codes, axis=(0, 1), where=answered & is_set, initial=-math.inf
        )
        first_clear = np.min(
            towards * self.codes, axis=(0, 1), where=answered & ~is_set, initial=math.inf
        )
        gap = first_clear - last_set
        return np.where(np.isfinite(gap), gap, np.nan)

    def proven(
        self, threshold: Threshold, contradictions: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The contradictions, NaN where there is none and agreement proves nothing.

        A few steps are taken where the middle module's threshold is; a module that is far from it,
        on a panel of bad ones, was not seen near its own, or with its bit always the same.
        """
        near = self.gap(threshold) <= NEAR_CODES
        return np.where(near | (contradictions > 0), contradictions, np.nan)

    def self_contradictory(self) -> NDArray[np.float64]:
        """How many statuses contradict themselves (THR-5), by position; NaN without an answer.

        Low with bleeding or high, and high without bleeding: B, C, D and F, or 3, 4, 5 and 7
        with bleeding disabled.
        """
        low, bleeding, high = (self._is_set(threshold) for threshold in THRESHOLDS)
        count = np.sum(low & (bleeding | high) | high & ~bleeding, axis=(0, 1))
        return np.where(np.any(~np.isnan(self.codes), axis=(0, 1)), count, np.nan)

    def share_set(self, threshold: Threshold) -> NDArray[np.float64]:
        """How much of the readings had the bit set, by step and position; NaN without an answer."""
        answered = ~np.isnan(self.codes)
        count = np.sum(answered, axis=1)
        share = np.sum(answered & self._is_set(threshold), axis=1) / np.maximum(count, 1)
        return np.where(count > 0, share, np.nan)

    def trip_voltage(self, threshold: Threshold) -> Reading:
        """The voltage at which the bit is set as often as not, in V by position.

        It is the mean of the distribution whose cumulative shares the steps show (after Spearman
        and Kärber; it needs no model of the noise). A bit that never changed gives the step at
        the end, which is then a bound. NaN where a step had no answer, and for all modules if any
        had bleeding enabled: its current would have moved the voltage while they were read.

        The readings' scatter is the module's own, and at least what all of the panel have on the
        average, as one module's few steps of two minds say little about it. Where it has none its
        noise is below a step, half a code, and its width counts: the module resolves no more.
        """
        order = np.argsort(self.volts)
        volts, share = self.volts[order], self.share_set(threshold)[order]
        reached = share if threshold.rising else 1.0 - share
        edges = np.concatenate([volts[:1], (volts[1:] + volts[:-1]) / 2, volts[-1:]])
        widths = np.diff(edges)[:, np.newaxis]
        repeats = np.maximum(np.sum(~np.isnan(self.codes[order]), axis=1) - 1, 1)
        scatter_V, degrees = _scatter(widths, reached, repeats)
        jump_V = np.sum(np.abs(np.diff(reached, axis=0)) * np.diff(volts)[:, np.newaxis], axis=0)
        of_one_mind = np.all((reached == 0.0) | (reached == 1.0), axis=0)
        step_V = np.where(of_one_mind, jump_V / np.sqrt(12), 0.0)
        own_V, voltmeter_V = np.hypot(scatter_V, step_V), float(np.max(self.voltmeter_V))
        still = not np.any(self.statuses & Status.ENABLED)
        return Reading(
            value=as_quantity(
                np.where(still, volts[-1] - np.sum(widths * reached, axis=0), np.nan)
            ),
            unit="V",
            standard_uncertainty=in_quadrature(own_V, voltmeter_V),
            degrees_of_freedom=effective_degrees_of_freedom(
                (np.nan_to_num(scatter_V), degrees),
                (np.nan_to_num(step_V), math.inf),
                (voltmeter_V, math.inf),
            ),
            system_uncertainty=voltmeter_V,
            instrument="voltmeter",
            time_ns=self.time_ns,
        )

    def _is_set(self, threshold: Threshold) -> NDArray[np.bool_]:
        return np.asarray(self.statuses & threshold.bit != 0, dtype=np.bool_)


def _scatter(
    widths: NDArray[np.float64], reached: NDArray[np.float64], repeats: NDArray[np.int_]
) -> tuple[NDArray[np.float64], int]:
    """Standard uncertainty of a trip voltage by its readings' scatter, and degrees of freedom."""
    variance = reached * (1.0 - reached) / repeats
    own = np.sum(widths**2 * variance, axis=0)
    known = own[~np.isnan(own)]
    of_all = np.mean(known) if known.size else 0.0
    degrees = int(np.max(repeats)) * int(np.sum(variance > 0))
    return np.sqrt(np.maximum(own, of_all)), max(1, degrees)


def in_codes(difference: Reading, volts_per_code: NDArray[np.float64]) -> Reading:
    """A difference of voltages in codes of each module (CAL-3)."""
    return Reading(
        value=as_quantity(difference.value / volts_per_code),
        unit="code",
        standard_uncertainty=as_quantity(difference.standard_uncertainty / volts_per_code),
        degrees_of_freedom=difference.degrees_of_freedom,
        system_uncertainty=as_quantity(difference.system_share / volts_per_code),
        instrument=difference.instrument,
        time_ns=difference.time_ns,
    )
