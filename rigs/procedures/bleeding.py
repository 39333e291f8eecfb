"""How modules bleed: one at a time, its threshold below the voltage and the others' above it.

Where the meter reads the sum of a panel, the current of one module is what the sum grew by
when it began to bleed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import Setting
from quantities import NANOSECONDS_PER_SECOND, Purpose, Reading
from quantities.errors import RigError
from quantities.reading import as_quantity
from rigs.panel import Panel
from rigs.procedures.bleedmeter import BleedingFigures, BleedMeter
from rigs.procedures.pulses import Bleeder
from rigs.rig import Rig

ALWAYS = Setting.BLEEDING.largest
NEVER = 0
"""Codes of a bleeding threshold: no code N is above the one or below the other (THR-2)."""

MARGIN_CODES = 8
"""A module whose threshold is so far above the voltage does not bleed by noise."""

SCANS, MESSAGES = 16, 6
LEAST_DISTANCE_CODES, NOISE_WIDTHS = 2, 4
"""From the threshold: two codes (BLD-4), and four standard deviations of noise."""

BEYOND_V = 0.05
OFF_V = 0.3
LOOK_S = 0.1


class Bleeding:
    """Lets one module after another bleed. ``restore`` gives them their thresholds back."""

    def __init__(self, rig: Rig, panel: Panel, meter: BleedMeter, figures: BleedingFigures) -> None:
        self.meter = meter
        self.figures = figures
        self._rig, self._panel, self._chain = rig, panel, panel.chain
        self._found = self._quiet = self._stored = np.full(panel.modules, np.nan)
        self._rests_A = self._steps_A = self._found
        self._near = {True: self._found, False: self._found}
        self._rest = Reading(0.0, "A")
        self._supply_rest_A = 0.0
        self._position = 0

    # -- one at a time ---------------------------------------------------------------------------

    def one_at_a_time(self, threshold_V: float | None = None) -> Iterator[int]:
        """Each position in turn, its module's threshold at ``threshold_V`` or below any voltage.

        The panel is at rest when a position is handed out; a module that is to bleed there has
        begun to. A module that does not tell its threshold is left out.
        """
        codes = self._begin(threshold_V)
        for position in self._positions():
            self._panel.rest()
            self._position = position
            self.meter.lead(position)
            if self.meter.sees_one:
                self._rest = self.meter.read()
            self._rests_A[position - 1] = self._rest.value
            self._set(codes)
            yield position
        self.restore()

    def restore(self) -> None:
        """Write back every threshold that was changed, with the panel at rest."""
        if np.any(self._stored != self._found):
            self._panel.rest()
            self._store(self._found)

    def _begin(self, threshold_V: float | None) -> NDArray[np.float64]:
        """Let all modules bleed, and none above its threshold; returns codes of ``threshold_V``."""
        figures, chain, modules = self.figures, self._chain, self._panel.modules
        self.meter.prepare()
        self._panel.rest()
        chain.disable_bleeding()
        self._found = self._stored = chain.read_settings(Setting.BLEEDING)
        self._rests_A, self._steps_A = np.full((2, modules), np.nan)
        codes = chain.read_voltages().codes
        nearest = codes * figures.resting_V / figures.above_V - MARGIN_CODES
        self._quiet = np.where(self._found > nearest, NEVER, self._found)
        if np.any(self._quiet != self._found):
            self._store(self._quiet)
            codes = chain.read_voltages().codes  # whoever bled has lowered the voltage
        chain.enable_bleeding()
        self._rest, self._supply_rest_A = self.meter.read(), self.meter.supply_A()
        if threshold_V is None:
            return np.full(modules, float(ALWAYS))
        self._check_sag()
        return np.round(codes * figures.resting_V / threshold_V)

    def _check_sag(self) -> None:
        """Raise ``RigError`` if somebody bleeds all the time and spoils the others' voltage."""
        step_V = self.figures.above_V - self.figures.middle_V
        sag_V = self._supply_rest_A * self.meter.series_ohm
        if sag_V > step_V / 4:
            raise RigError(
                f"{self._supply_rest_A:.3f} A flow though nobody should bleed, and lower the "
                f"voltage by up to {sag_V:.2f} V",
                where="panel",
                expected=f"at most {step_V / 4:.2f} V",
                remedy="take the module out that bleeds all the time",
            )

    def _positions(self) -> Iterator[int]:
        return (int(index) + 1 for index in np.flatnonzero(~np.isnan(self._found)))

    def _set(self, codes: NDArray[np.float64]) -> None:
        """Store its code in the module at hand; the one before is not to bleed any more."""
        due = self._quiet.copy()
        due[self._position - 1] = codes[self._position - 1]
        self._store(due)

    def _store(self, due: NDArray[np.float64]) -> None:
        """Store what differs. The enquiries that read it back let the modules measure (THR-1)."""
        before, self._stored = self._stored, due
        self._chain.write_settings(Setting.BLEEDING, np.where(due == before, np.nan, due))

    # -- what it draws ---------------------------------------------------------------------------

    def current(self) -> Reading:
        """What the module at hand draws now, in the mean, in A.

        Of a sum it is what that has grown by. One instrument's offset is in both readings, and its
        maker's limit at the greater one bounds what else is wrong with their difference.
        """
        reading = self.meter.read()
        if self.meter.sees_one:
            return reading
        return replace(reading, value=reading.value - self._rest.value)

    def bleeder(self) -> Bleeder:
        """Current, resistor and power of the module at hand, which is to bleed."""
        current = self.current()
        self._steps_A[self._position - 1] = current.value
        return self.meter.bleeder(current)

    def at_rest(self) -> Reading:
        """What each module drew before it was to bleed, by position, in A.

        Raises ``RigError`` if that flows into a panel and nobody is to be blamed.
        """
        values = self._rests_A
        if not self.meter.sees_one:
            values = shares(float(self._rest.value), self._steps_A, self.figures)
        return replace(self._rest, value=as_quantity(values))

    def bleeds(self) -> bool:
        """Whether the module at hand bleeds, as the supply sees it."""
        return self.meter.supply_A() - self._supply_rest_A > self.figures.expected_A / 2

    def bleeds_after_a_message(self) -> bool:
        """Whether it bleeds, after one more ``e`` at the latest, at which every module measures."""
        if not self.bleeds():
            self._chain.enable_bleeding()
        return self.bleeds()

    # -- near its threshold ----------------------------------------------------------------------

    def near_thresholds(self) -> Iterator[int]:
        """Each position in turn, for ``state_changes``; all feeds past an ammeter's burden."""
        self._begin(None)
        self.meter.bypass()
        scans = np.array([self._chain.read_voltages().codes for _ in range(SCANS)])
        margins = LEAST_DISTANCE_CODES + NOISE_WIDTHS * np.std(scans, axis=0, ddof=1)
        means = np.mean(scans, axis=0)
        self._near = {True: np.ceil(means + margins), False: np.floor(means - margins)}
        for position in self._positions():
            self._position = position
            yield position
        self.restore()

    def state_changes(self, *, above: bool) -> int:
        """How often it begins or stops to bleed, two codes and its noise above or below.

        The voltage stays as it is. At each message modules measure (THR-1), and one whose own
        bleeding spoils what it measures changes its state.
        """
        self._set(self._near[above])
        states = []
        for _ in range(MESSAGES):
            self._chain.enable_bleeding()  # of all messages the shortest, and nothing new
            states.append(self.bleeds())
        return sum(earlier is not later for earlier, later in pairwise(states))

    # -- from power-up ---------------------------------------------------------------------------

    def drawn_at_power_up(self) -> Reading:
        """What each module draws above its threshold before it has measured, by position, in A.

        A panel's sum says it for each of them if nobody bleeds. Raises ``RigError`` if somebody
        does and the rig cannot tell who, or if the supply is too slow.
        """
        modules = self._panel.modules
        self.meter.prepare()
        if not self.meter.sees_one:
            total = self._power_up()
            nobody = np.full(modules, np.inf)
            every_A = shares(float(total.value), nobody, self.figures)
            return replace(total, value=as_quantity(every_A))
        drawn = []
        for position in range(1, modules + 1):
            self.meter.lead(position)
            drawn.append(self._power_up())
        return replace(drawn[-1], value=np.array([float(reading.value) for reading in drawn]))

    def _power_up(self) -> Reading:
        """Power the panel above the modules' thresholds, and read before any of them measures."""
        clock, supply, panel = self._rig.clock, self._rig.supply, self._panel
        for fault in panel.make_safe():
            raise fault
        while float(supply.output_voltage().value) > OFF_V:
            clock.wait(LOOK_S, Purpose.SETTLING)
        panel.set_voltage(self.figures.threshold_V + BEYOND_V)
        begun_ns = clock.now()
        supply.set_output(on=True)
        drawn = self.meter.read()
        taken_s = (clock.now() - begun_ns) / NANOSECONDS_PER_SECOND
        panel.rest()
        if taken_s > self.figures.watchdog_shortest_s:
            raise RigError(
                f"took {taken_s:.2f} s to power up and to be read",
                where="[supply]",
                expected=f"less than {self.figures.watchdog_shortest_s:g} s, the watchdog's",
            )
        return drawn


def shares(
    sum_A: float, steps_A: NDArray[np.float64], figures: BleedingFigures
) -> NDArray[np.float64]:
    """What each module of a panel may draw of ``sum_A``, though none should, by position.

    Each as much as the sum, unless that is noticeable: then it is for those by whom the sum did
    not grow when they were to bleed (``steps_A``), as theirs flows always. Raises ``RigError``
    if it grew by everybody.
    """
    if sum_A <= figures.noticeable_A:
        return np.where(np.isnan(steps_A), np.nan, sum_A)
    unmoved = steps_A < figures.expected_A / 2
    if not np.any(unmoved):
        raise RigError(
            f"{sum_A:.3f} A flow into the panel, and which module takes them cannot be told",
            where="[supply]",
            expected=f"less than {figures.noticeable_A:.3f} A while nobody bleeds",
            remedy="add an [ammeter] and a [multiplexer], or test the modules one by one",
        )
    return np.where(np.isnan(steps_A), np.nan, np.where(unmoved, sum_A / np.sum(unmoved), 0.0))
