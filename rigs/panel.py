"""A panel at work: modules in parallel on the rig's supply, read over the chain, measured.

It joins supply, voltmeter and chain into the steps that a bench engineer thinks in: power the
panel, set a voltage, measure it at the modules' terminals, take mean codes of all modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.chain.diagnosis import kept_address
from drivers.chain.messages import Setting
from drivers.roles import OverCurrentProtection, OverVoltageProtection
from quantities import Purpose, Reading
from quantities.errors import (
    CellrigError,
    ChainCountMismatch,
    CurrentLimitReached,
    InstrumentError,
    RigError,
)
from quantities.reading import as_quantity
from rigs.codes import storable, voltage_from_codes
from rigs.rig import Rig
from rigs.settings import PanelSettings

# A code is uniform within ±½ where nothing dithers it (JCGM 100:2008, F.2.2.1); noise of a
# third of a code and more averages that away with everything else.
RESOLUTION_CODES = 1 / np.sqrt(12)
DITHERING_CODES = 0.3

VOLTMETER_RANGE_V = 10.0
# Ten would be 0.1 mV better, against limits of 10 mV, and take 0.4 s more at each point.
POWER_LINE_CYCLES = 1.0

# Farther apart than this, one of supply and voltmeter does not see the modules' terminals.
PLAUSIBLE_V = 0.1


@dataclass(frozen=True, slots=True)
class PanelFigures:
    """The product's figures that powering a panel rests on."""

    resting_V: float
    power_up_s: float


class Panel:
    """The modules under test, powered by the rig's supply."""

    def __init__(self, rig: Rig, chain: Chain, figures: PanelFigures) -> None:
        self._rig = rig
        self._figures = figures
        self._powered = False
        self._set_V = 0.0
        self.chain = chain
        self.modules = rig.file.chain.modules

    @property
    def powered(self) -> bool:
        """Whether the panel is on."""
        return self._powered and not self._rig.closed

    # -- power -----------------------------------------------------------------------------------

    def rest(self) -> None:
        """Power the panel at its resting voltage; from off, with bleeding disabled (``d``).

        New modules take any voltage for one to bleed at, and a panel of them would draw more
        than its supply has; they begin with the first measurement, so ``d`` is the first word.
        Raises ``CurrentLimitReached`` if the panel draws too much, and ``ChainCountMismatch`` if
        other than the stated number of modules answers then.
        """
        if self._powered:
            self.set_voltage(self._figures.resting_V)
            return
        self.switch_on()
        self.chain.disable_bleeding()
        self._check_count()

    def switch_on(self) -> None:
        """Power the panel at its resting voltage, and leave modules as power-up leaves them.

        Waits until they hear; raises ``CurrentLimitReached`` if the panel draws too much, and
        ``RigError`` if nothing guards the rig. A supply that lost its own power has lost its
        protections too, so they are set each time.
        """
        self._rig.check_guard()
        self._rig.protect()
        self.set_voltage(self._figures.resting_V)
        self._rig.supply.set_output(on=True)
        self._rig.clock.wait(self._figures.power_up_s, Purpose.SETTLING)
        self._powered = True
        self._check_supply()

    def set_voltage(self, volts: float) -> None:
        """Set the supply; the voltage at the modules is what ``terminal_voltage`` measures.

        Raises ``RigError``, and sets nothing, beyond the modules' absolute maximum.
        """
        greatest_V = self._rig.maxima.voltage_V
        if not 0 <= volts <= greatest_V:
            raise RigError(
                f"{volts:g} V is not to be set",
                where="[supply]",
                expected=f"0 to {greatest_V:g} V, the modules' absolute maximum",
            )
        if self._powered and volts == self._set_V:
            return  # it has settled there already
        self._rig.supply.set_voltage(volts)
        self._set_V = volts

    def make_safe(self) -> list[CellrigError]:
        """Switch the panel off, whatever happened. Never raises: hands out what went wrong."""
        self._powered = False
        return self._rig.make_safe()

    # -- measuring -------------------------------------------------------------------------------

    def terminal_voltage(self) -> Reading:
        """The voltage at the modules' terminals by the voltmeter, in V.

        Raises ``CurrentLimitReached`` if the supply does not hold its voltage, and
        ``InstrumentError`` if voltmeter, supply and what it was set to cannot all be right.
        """
        rig = self._rig
        reading = rig.voltmeter.dc_voltage(
            range_V=VOLTMETER_RANGE_V, power_line_cycles=POWER_LINE_CYCLES
        )
        self._check_supply()
        at_supply_V = np.asarray(rig.supply.output_voltage().value)
        lead_V = rig.supply.output_current().value * rig.file.wiring.supply_lead_ohm
        if not np.abs(at_supply_V - self._set_V) <= PLAUSIBLE_V:
            raise InstrumentError(
                f"puts out {at_supply_V:.3f} V where {self._set_V:g} V is set",
                where="[supply]",
                expected=f"agreement within {PLAUSIBLE_V:g} V",
                remedy="look at the supply's display, whether it lost its power, and for what else "
                "is on its output",
            )
        if not np.abs(at_supply_V - lead_V - reading.value) <= PLAUSIBLE_V:
            raise InstrumentError(
                f"measures {reading.value:.3f} V where the supply puts out "
                f"{at_supply_V:.3f} V and its leads take {lead_V:.3f} V",
                where="[voltmeter]",
                expected=f"agreement within {PLAUSIBLE_V:g} V",
                remedy="check the voltmeter's leads and [wiring] supply_lead_ohm",
            )
        return reading

    def mean_codes(self, readings: int) -> Reading:
        """Mean code N of each module over so many readings, by position; NaN where one was silent.

        The standard uncertainty is the mean's (type A), with the code's resolution where the
        module's noise is too small to average it away. None of it is the measuring system's.
        """
        codes = self.chain.read_codes(readings)
        scatter = np.std(codes, axis=0, ddof=1)
        resolution = np.where(scatter < DITHERING_CODES, RESOLUTION_CODES, 0.0)
        return Reading(
            value=as_quantity(np.mean(codes, axis=0)),
            unit="code",
            standard_uncertainty=as_quantity(np.hypot(scatter / np.sqrt(readings), resolution)),
            degrees_of_freedom=readings - 1,
            system_uncertainty=0.0,
            instrument="module",
            time_ns=self._rig.clock.now(),
        )

    def errors(
        self, constants: NDArray[np.float64], points_V: Sequence[float], readings: int
    ) -> Iterator[tuple[Reading, Reading]]:
        """At each voltage in turn: the terminals' voltage, and each module's error against it.

        Modules report K / N with these constants and the mean code of so many readings.
        """
        for volts in points_V:
            self.set_voltage(volts)
            reference = self.terminal_voltage()
            yield reference, voltage_from_codes(constants, self.mean_codes(readings)) - reference

    def calibrate(
        self, found: NDArray[np.float64], *, point_V: float, readings: int
    ) -> NDArray[np.float64]:
        """The constants that the modules should have, by position (CAL-1); nothing is written.

        K = N × V in mV, NaN where no code was read or no module could store it. A constant that
        was found is kept unless it is off by more than one code, which is a step of V in K:
        within that a new one is no better.
        """
        self.set_voltage(point_V)
        millivolts = np.asarray(self.terminal_voltage().value) * 1000
        constants = np.round(np.asarray(self.mean_codes(readings).value) * millivolts)
        kept = np.where(np.abs(constants - found) <= millivolts, found, constants)
        return storable(Setting.CALIBRATION, kept)

    # -- settings --------------------------------------------------------------------------------

    def read_settings(self) -> PanelSettings:
        """Constant and thresholds of all modules."""
        return PanelSettings(
            constant=self.chain.read_settings(Setting.CALIBRATION),
            bleeding_code=self.chain.read_settings(Setting.BLEEDING),
            low_code=self.chain.read_settings(Setting.LOW),
            high_code=self.chain.read_settings(Setting.HIGH),
        )

    @staticmethod
    def settings_for(
        constants: NDArray[np.float64], *, bleeding_mV: int, low_mV: int, high_mV: int
    ) -> PanelSettings:
        """The settings that go with these constants: a threshold's code is K / mV (CMD-V).

        NaN where no module could store it.
        """
        return PanelSettings(
            constant=constants,
            bleeding_code=storable(Setting.BLEEDING, np.round(constants / bleeding_mV)),
            low_code=storable(Setting.LOW, np.round(constants / low_mV)),
            high_code=storable(Setting.HIGH, np.round(constants / high_mV)),
        )

    def write_settings(self, due: PanelSettings, found: PanelSettings) -> PanelSettings:
        """Write what differs from what was found (an EEPROM wears), and hand out what then stands.

        Each write is read back by an enquiry of its own. What was not found could not be
        restored, so it is not written over.
        """
        stands = found.by_setting()
        left = {}
        for setting, codes in due.by_setting().items():
            stays = (codes == stands[setting]) | np.isnan(stands[setting])
            written = self.chain.write_settings(setting, np.where(stays, np.nan, codes))
            left[setting] = np.where(np.isnan(written.sent), stands[setting], written.stored)
        return PanelSettings(
            constant=left[Setting.CALIBRATION],
            bleeding_code=left[Setting.BLEEDING],
            low_code=left[Setting.LOW],
            high_code=left[Setting.HIGH],
        )

    def _check_supply(self) -> None:
        """Raise unless the supply holds its voltage; what tripped stays so until seen to."""
        supply = self._rig.supply
        if isinstance(supply, OverVoltageProtection) and supply.over_voltage_tripped():
            raise InstrumentError(
                "the over-voltage protection has switched the supply off",
                where="[supply]",
                expected=f"less than {self._rig.maxima.voltage_V:g} V",
                remedy="find the cause, then clear the protection at the supply",
            )
        tripped = isinstance(supply, OverCurrentProtection) and supply.over_current_tripped()
        if tripped or supply.in_current_limit():
            switched_off = ", and its protection has switched it off" if tripped else ""
            raise CurrentLimitReached(
                f"the supply is in current limit at {self._set_V:g} V{switched_off}",
                where="[supply]",
                expected=f"less than {self._rig.current_limit_A:g} A",
                remedy="look for a short, or for modules that bleed all at once",
            )

    def _check_count(self) -> None:
        found = self.chain.count()
        if found != self.modules:
            if found == self.modules - 1 and (position := self.chain.locate_kept_address()):
                raise kept_address(position)
            raise ChainCountMismatch(
                f"{found} modules answer",
                where=f"chain of rig {self._rig.file.name!r}",
                expected=f"{self.modules}, as [chain] modules states",
                remedy="check the wiring between modules, or correct the rig file",
            )
