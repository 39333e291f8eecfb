"""What a module's bleeder draws, by the ammeter if the rig has one, else by the supply's own.

An ammeter with relays sees one module alone, one in the whole feed or a supply sees the panel's sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from drivers.roles import AcAmmeter, CurrentDigitizer, CurrentTrain
from quantities import Reading
from quantities.errors import CurrentLimitReached
from rigs.feed import MeteredFeed
from rigs.procedures.pulses import (
    Bleeder,
    Pulse,
    bleeder_of,
    is_fast_enough,
    mean_of,
    pulse_frequency,
    pulse_of,
)
from rigs.rig import Rig

VOLTMETER_RANGE_V = 10.0

PULSED_READINGS = 8
"""A reading need not hold whole periods of a pulsed current; several differ by what is missing."""

PERIODS_SEEN, FASTEST_READING_s = 25, 1e-3
FEWEST_READINGS, MOST_READINGS = 100, 1000

SLOWEST_SAMPLES_Hz, READINGS_PER_PERIOD = 1000.0, 20
"""A digitizer is asked for so many readings of each period, and at least for so many a second."""


@dataclass(frozen=True, slots=True)
class BleedingFigures:
    """The product's figures that bleeding is measured by."""

    resistor_ohm: float
    duty: float
    """1 if the bypass is not pulsed."""
    threshold_V: float
    """The threshold that modules ship with."""
    resting_V: float
    watchdog_shortest_s: float
    """No module measures by itself sooner after power-up."""

    @property
    def middle_V(self) -> float:
        """A threshold between rest and ``above_V``."""
        return self.resting_V + (self.threshold_V - self.resting_V) / 3

    @property
    def above_V(self) -> float:
        """Above ``middle_V``, and still below the threshold of modules that keep theirs."""
        return self.resting_V + (self.threshold_V - self.resting_V) * 2 / 3

    @property
    def expected_A(self) -> float:
        """What a module draws in the mean when it bleeds at rest."""
        return self.duty * self.resting_V / self.resistor_ohm

    @property
    def noticeable_A(self) -> float:
        """Less than that is no bleeder that is on: a tenth of what one draws."""
        return 0.1 * self.resting_V / self.resistor_ohm


class BleedMeter:
    """Reads the current, and what follows from it."""

    def __init__(self, rig: Rig, feed: MeteredFeed | None, figures: BleedingFigures) -> None:
        self._rig, self._feed, self._figures = rig, feed, figures
        self.sees_one = rig.file.chain.modules == 1 or (feed is not None and feed.switched)
        self._range_A = feed.ordinary_A if feed is not None else 0.0

    @property
    def series_ohm(self) -> float:
        """Between the supply and the panel, at most."""
        ammeter_ohm = self._feed.series_ohm if self._feed is not None else 0.0
        return self._rig.file.wiring.supply_lead_ohm + ammeter_ohm

    def prepare(self) -> None:
        """Bring an ammeter to its range; in the whole panel's feed that resets the modules."""
        if self._feed is not None:
            self._feed.set_range(self._range_A)

    def lead(self, position: int) -> None:
        """See this module, if the rig can tell one from the others."""
        if self._feed is not None:
            self._feed.lead(position)

    def bypass(self) -> None:
        """Feed all modules past an ammeter's burden, if the rig can."""
        if self._feed is not None:
            self._feed.bypass()

    def read(self) -> Reading:
        """The mean current in A, of one module or of the panel."""
        readings = 1 if self._figures.duty == 1.0 else PULSED_READINGS
        return mean_of([self._read_once() for _ in range(readings)])

    def supply_A(self) -> float:
        """What the supply says that the panel draws."""
        return float(self._rig.supply.output_current().value)

    def bleeder(self, current: Reading) -> Bleeder:
        """Of a module that draws this mean current, at the threshold that modules ship with."""
        return bleeder_of(
            current,
            self._terminal_voltage(),
            self._burden(),
            duty=self._figures.duty,
            lead_ohm=self._rig.file.wiring.supply_lead_ohm,
            at_V=self._figures.threshold_V,
        )

    def pulse(self, ammeter: AcAmmeter, mean: Reading, *, frequency_Hz: float) -> Pulse:
        """Current while on, at the threshold that modules ship with, and duty of a pulsed bypass."""
        rms = ammeter.ac_current(range_A=self._range_A, lowest_Hz=frequency_Hz / 2)
        pulse = pulse_of(mean, rms)
        voltage = self._terminal_voltage()
        sag_V = (pulse.on_current - mean).value * self._rig.file.wiring.supply_lead_ohm
        on = bleeder_of(
            pulse.on_current,
            replace(voltage, value=voltage.value - sag_V),
            self._burden(),
            duty=1.0,
            lead_ohm=0.0,
            at_V=self._figures.threshold_V,
        )
        return replace(pulse, on_current=on.current)

    def frequency(self, ammeter: CurrentTrain, *, frequency_Hz: float) -> Reading | None:
        """How often a pulsed bypass is pulsed, in Hz; None if the ammeter reads too slowly."""
        rate_Hz = 1 / FASTEST_READING_s
        if isinstance(ammeter, CurrentDigitizer):
            rate_Hz = max(SLOWEST_SAMPLES_Hz, READINGS_PER_PERIOD * frequency_Hz)
            rate_Hz = min(rate_Hz, ammeter.greatest_current_rate_Hz)
        count = round(PERIODS_SEEN / frequency_Hz * rate_Hz)
        count = min(max(count, FEWEST_READINGS), MOST_READINGS)
        if isinstance(ammeter, CurrentDigitizer):
            ammeter.start_dc_current_samples(range_A=self._range_A, rate_Hz=rate_Hz, count=count)
        else:
            ammeter.start_dc_current_train(
                range_A=self._range_A, power_line_cycles=0.02, count=count
            )
        train = ammeter.dc_current_train(count)
        return pulse_frequency(train) if is_fast_enough(train, frequency_Hz) else None

    def _read_once(self) -> Reading:
        if self._feed is None:
            return self._rig.supply.output_current()
        return self._feed.ammeter.dc_current(range_A=self._range_A, power_line_cycles=1)

    def _burden(self) -> Reading:
        return Reading(0.0, "Ω") if self._feed is None else self._feed.burden(self._range_A)

    def _terminal_voltage(self) -> Reading:
        """By the voltmeter; raises ``CurrentLimitReached`` if the supply does not hold it."""
        if self._rig.supply.in_current_limit():
            raise CurrentLimitReached(
                "the supply is in current limit",
                where="[supply]",
                expected="one module that bleeds",
                remedy="look for a short on the panel",
            )
        return self._rig.voltmeter.dc_voltage(range_V=VOLTMETER_RANGE_V, power_line_cycles=1)
