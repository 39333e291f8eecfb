"""Steps of the supply across the thresholds of all modules of a panel at once.

Their trip voltages lie close together, so one series of steps serves all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from quantities import Clock, Purpose, Reading
from rigs.panel import Panel
from rigs.procedures.thresholds import (
    ANY_BIT,
    BLEEDING,
    THRESHOLDS,
    Observations,
    Threshold,
    in_codes,
)
from rigs.settings import PanelSettings

NEAR_CODES, NEAR_STEP_CODES = 3.0, 0.5
"""So near a threshold steps are half a code, about as much as modules' noise; else wider."""
FAR_STEP_CODES = 2.0

SMALL_PANEL, LARGE_PANEL_READINGS = 16, 2
"""On a larger panel reading takes longer than all else, and fewer readings have to do."""

APPROACH = ((0.0, 1), (2.0, 2), (-2.0, 2))
"""Where the middle module's code is brought, counted from the edge between its bit's last and
first code, and readings there: the first finds out how far off the supply is, the others are
certain to have every module on either side."""

Pairs: TypeAlias = tuple[NDArray[np.float64], NDArray[np.uint8]]
"""Codes and statuses of the same measurements, by reading and position."""


@dataclass(frozen=True, slots=True)
class ThresholdFigures:
    """The product's figures that the steps rest on; voltages in V."""

    settings_V: dict[str, float]
    """What each threshold is meant to be, by its name."""
    resting_V: float
    beyond_V: float
    sweep_V: float
    readings: int
    hysteresis_codes: int
    """Of the bleeding threshold: its bit clears so many codes farther off."""
    watchdog_longest_s: float


class ThresholdSteps:
    """Steps with a powered panel; it is left where the last step was."""

    def __init__(self, panel: Panel, clock: Clock, figures: ThresholdFigures) -> None:
        self._panel = panel
        self._clock = clock
        self._figures = figures
        self._supply_off_by_V = 0.0

    @property
    def above_V(self) -> float:
        """Beyond the bleeding and the high threshold."""
        return self._figures.settings_V["high"] + self._figures.beyond_V

    @property
    def below_V(self) -> float:
        """Beyond the low threshold."""
        return self._figures.settings_V["low"] - self._figures.beyond_V

    # -- the exact check -------------------------------------------------------------------------

    def approach(self, settings: PanelSettings) -> Observations:
        """A few steps on either side of each threshold, found by the modules' own codes."""
        taken: list[Pairs] = []
        for threshold in THRESHOLDS:
            for offset, readings in APPROACH:
                edge = 0.5 if threshold.rising else -0.5
                held = self._figures.hysteresis_codes if threshold is BLEEDING else 0
                wanted = threshold.codes(settings) + edge + offset + held * (offset > 0)
                target_V = settings.constant / wanted / 1000
                middle_V = float(np.nanmedian(target_V))
                self._panel.set_voltage(middle_V + self._supply_off_by_V)
                codes, statuses = self._pairs(readings)
                taken.append((codes, statuses))
                # One code is V²/K (CAL-3); a code too high means a voltage too low.
                codes_off = np.nanmedian(codes - settings.constant / middle_V / 1000)
                volts_per_code = middle_V**2 * 1000 / float(np.nanmedian(settings.constant))
                self._supply_off_by_V += float(codes_off) * volts_per_code
        unmeasured = np.full(len(taken), np.nan)
        return self._observations(unmeasured, unmeasured, taken)

    # -- trip voltages ---------------------------------------------------------------------------

    def sweep(self, settings: PanelSettings, *, rising: bool) -> Observations:
        """From beyond all thresholds to beyond them on the other side, measured at every step.

        Where no module's bit is in doubt one reading is enough.
        """
        near, far = self._sweep_V(float(np.nanmedian(settings.constant)))
        large = self._panel.modules > SMALL_PANEL
        readings = LARGE_PANEL_READINGS if large else self._figures.readings
        plan = [(volts, readings) for volts in near] + [(volts, 1) for volts in far]
        voltages: list[Reading] = []
        taken = []
        for wanted_V, count in sorted(plan, reverse=not rising):
            self._panel.set_voltage(wanted_V + self._supply_off_by_V)
            voltages.append(self._panel.terminal_voltage())
            self._supply_off_by_V += wanted_V - float(voltages[-1].value)
            taken.append(self._pairs(count))
        return self._observations(
            np.array([voltage.value for voltage in voltages]),
            np.array([voltage.standard_uncertainty for voltage in voltages]),
            taken,
        )

    def error(self, threshold: Threshold, sets: Observations) -> Reading:
        """Trip voltage of the bit less what it is meant to be, in V by position.

        ``sets`` has the steps in the direction in which the threshold is reached.
        """
        return sets.trip_voltage(threshold) - Reading(self._figures.settings_V[threshold.name], "V")

    def hysteresis(
        self,
        threshold: Threshold,
        sets: Observations,
        clears: Observations,
        settings: PanelSettings,
    ) -> Reading:
        """By how many codes the bit clears later than it sets, by position."""
        trip, release = sets.trip_voltage(threshold), clears.trip_voltage(threshold)
        volts_per_code = np.asarray(trip.value) ** 2 * 1000 / settings.constant
        later = trip - release if threshold.rising else release - trip
        return in_codes(later, volts_per_code)

    def _sweep_V(self, constant: float) -> tuple[list[float], list[float]]:
        """Voltages near a threshold, in steps of half a code, and farther off in wider ones."""
        centres_V = np.array([self._figures.settings_V[each.name] for each in THRESHOLDS])
        code_V = centres_V**2 * 1000 / constant
        near: list[float] = []
        far: list[float] = []
        for centre_V, step_V in zip(centres_V, code_V, strict=True):
            fine = centre_V + step_V * np.arange(-NEAR_CODES, NEAR_CODES + 0.1, NEAR_STEP_CODES)
            near += [volts for volts in fine if not near or volts > near[-1] + step_V / 4]
            codes = np.arange(NEAR_CODES, self._figures.sweep_V / step_V, FAR_STEP_CODES)
            out = np.append(codes[1:] * step_V, self._figures.sweep_V)
            far += [*(centre_V - out), *(centre_V + out)]
        apart_V = float(np.max(code_V)) / 2
        clear_of_V, kept = near.copy(), []
        for volts in far:
            if np.min(np.abs(np.array(clear_of_V) - volts)) > apart_V:
                clear_of_V.append(volts)
                kept.append(volts)
        return near, kept

    # -- moved thresholds ------------------------------------------------------------------------

    def reach_at_rest(self, threshold: Threshold, found: PanelSettings) -> None:
        """Move one threshold of all modules so far that it is reached at the resting voltage."""
        beyond_V = self._figures.beyond_V
        volts = self._figures.resting_V + (-beyond_V if threshold.rising else beyond_V)
        self._write(threshold, np.round(found.constant / volts / 1000))

    def move_back(self, threshold: Threshold, found: PanelSettings) -> None:
        """Write a threshold of all modules as it was found."""
        self._write(threshold, threshold.codes(found))

    def _write(self, threshold: Threshold, codes: NDArray[np.float64]) -> None:
        self._panel.chain.write_settings(threshold.setting, codes)
        self._panel.chain.read_voltages()  # what was latched before is told and forgotten

    # -- excursions ------------------------------------------------------------------------------

    def excursion(self, volts: float, *, polled: bool) -> None:
        """To a voltage and back to rest, seen by a message that nobody obeys or by nobody.

        Nobody means the modules' own watchdogs: the voltage stays for their longest period.
        """
        self._panel.set_voltage(volts)
        if polled:
            self._panel.chain.count()
        else:
            self._clock.wait(self._figures.watchdog_longest_s, Purpose.WATCHDOG)
        self._panel.rest()

    # -- reading ---------------------------------------------------------------------------------

    def read_statuses(self) -> list[int | None]:
        """What every module tells by ``U``, and forgets; None where that is lost (CMD-U3)."""
        scan = self._panel.chain.read_voltages()
        return [
            None if lost else int(status)
            for lost, status in zip(scan.latches_lost, scan.statuses, strict=True)
        ]

    def read_bits(self) -> list[int | None]:
        """The same without the bit that tells whether bleeding is enabled."""
        bits = int(ANY_BIT)
        return [None if status is None else status & bits for status in self.read_statuses()]

    def _pairs(self, readings: int) -> Pairs:
        scans = [self._panel.chain.read_voltages_twice() for _ in range(readings)]
        return np.array([scan.codes for scan in scans]), np.array([scan.statuses for scan in scans])

    def _observations(
        self,
        volts: NDArray[np.float64],
        voltmeter_V: NDArray[np.float64],
        taken: Sequence[Pairs],
    ) -> Observations:
        most = max(len(codes) for codes, _ in taken)
        missing = [most - len(codes) for codes, _ in taken]
        return Observations(
            volts=volts,
            voltmeter_V=voltmeter_V,
            codes=np.array(
                [
                    np.pad(codes, ((0, count), (0, 0)), constant_values=np.nan)
                    for (codes, _), count in zip(taken, missing, strict=True)
                ]
            ),
            statuses=np.array(
                [
                    np.pad(statuses, ((0, count), (0, 0)))
                    for (_, statuses), count in zip(taken, missing, strict=True)
                ]
            ),
            time_ns=self._clock.now(),
        )
