"""A multimeter on voltage and current: what all of them have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TypeVar

from drivers.accuracy import ErrorLimit
from drivers.datasheet import AcFunction, Aperture, Filter, MeterFunction, Range, RangedFunction
from drivers.instrument import Connection, ScpiInstrument
from quantities import Reading
from quantities.errors import InstrumentError, InstrumentReported, Overload, WrongInstrument

Stated = TypeVar("Stated")

SLOWEST_LINE_Hz = 50.0
"""An aperture in power-line cycles takes longest here."""


def function_name(function: RangedFunction) -> str:
    """As SCPI calls it: ``CURR:AC``."""
    current = "DC" if isinstance(function, MeterFunction) else "AC"
    return {"V": "VOLT", "A": "CURR"}[function.unit] + ":" + current


def duration_s(integration: Aperture | Filter) -> float:
    """What one reading takes, at most."""
    if isinstance(integration, Filter):
        return integration.settling_s
    return integration.power_line_cycles / SLOWEST_LINE_Hz


class Meter(ScpiInstrument, ABC):
    """``Voltmeter``, ``Ammeter``, ``AcVoltmeter`` and ``AcAmmeter`` whose family spells its commands.

    Settings are sent only when they change: a range change can open the current path for a
    moment, which resets a module that is fed through it. Each reading is taken on the smallest
    range that holds the stated one, and raises ``Overload`` beyond it. A voltage whose answer is
    lost is taken once more, from the settings on, if the same instrument answers again.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._configured: list[str] = []

    def dc_voltage(self, *, range_V: float, power_line_cycles: float) -> Reading:
        """One reading in V, over the shortest aperture of at least ``power_line_cycles``."""
        function = self._stated(self._sheet.dc_voltage, "this function")
        return self._read(function, range_V, function.aperture_for(power_line_cycles))

    def dc_current(self, *, range_A: float, power_line_cycles: float) -> Reading:
        """One reading in A, over the shortest aperture of at least ``power_line_cycles``."""
        function = self._stated(self._sheet.dc_current, "this function")
        return self._read(function, range_A, function.aperture_for(power_line_cycles))

    def ac_voltage(self, *, range_V: float, lowest_Hz: float) -> Reading:
        """True rms of the alternating part in V, by the fastest filter that passes ``lowest_Hz``."""
        function = self._stated(self._sheet.ac_voltage, "this function")
        return self._read(function, range_V, function.filter_for(lowest_Hz))

    def ac_current(self, *, range_A: float, lowest_Hz: float) -> Reading:
        """True rms of the alternating part in A, by the fastest filter that passes ``lowest_Hz``."""
        function = self._stated(self._sheet.ac_current, "this function")
        return self._read(function, range_A, function.filter_for(lowest_Hz))

    def input_resistance_ohm(self, *, range_V: float) -> float:
        """What the voltmeter itself is across its terminals on DC, as these drivers set it."""
        meter_range = self._stated(self._sheet.dc_voltage, "this function").range_for(range_V)
        return self._stated(meter_range.input_resistance_ohm, "input resistance")

    def burden_resistance(self, *, range_A: float) -> Reading:
        """What the ammeter itself puts into the circuit on DC, in Ω.

        It is more than the bare shunt, and no more than makes the greatest burden voltage at full
        scale; anything between is as likely (JCGM 100:2008, 4.3.7).
        """
        meter_range = self._stated(self._sheet.dc_current, "this function").range_for(range_A)
        least_ohm = self._stated(meter_range.shunt_ohm, "shunt")
        most_ohm = self._stated(meter_range.burden_V, "burden voltage") / meter_range.full_scale
        return self._reading(
            (least_ohm + most_ohm) / 2, "Ω", abs(most_ohm - least_ohm) / 2 / math.sqrt(3)
        )

    @abstractmethod
    def _settings(
        self, function: RangedFunction, meter_range: Range, integration: Aperture | Filter
    ) -> list[str]:
        """The commands that bring the meter to this function, range and integration, in order."""

    @abstractmethod
    def _take(self, function: RangedFunction, integration: Aperture | Filter) -> float:
        """A value that was integrated from now on, in the function's unit."""

    def _read(
        self,
        function: MeterFunction | AcFunction,
        largest: float,
        integration: Aperture | Filter,
    ) -> Reading:
        meter_range = function.range_for(largest)
        settings = self._settings(function, meter_range, integration)
        try:
            value = self._set_and_take(settings, function, integration)
        except (InstrumentReported, WrongInstrument):
            raise
        except InstrumentError:
            if function.unit == "A":  # setting it anew can take the power from modules
                raise
            self._scpi.recover()
            value = self._set_and_take(settings, function, integration)
        self._within(meter_range, abs(value), function.unit)
        return self._reading(
            value, function.unit, self._uncertainty(value, meter_range, integration)
        )

    def _set_and_take(
        self, settings: list[str], function: RangedFunction, integration: Aperture | Filter
    ) -> float:
        self._configure(settings)
        try:
            return self._take(function, integration)
        except InstrumentError:
            self._configured = []  # a lost answer leaves the meter in no known state
            raise

    def _uncertainty(self, value: float, meter_range: Range, extra: ErrorLimit) -> float:
        return float(
            self._sheet.meter_uncertainty(
                value, meter_range=meter_range, extra=extra, conditions=self._conditions
            )
        )

    def _stated(self, figure: Stated | None, name: str) -> Stated:
        if figure is None:
            raise InstrumentError(f"its data sheet lacks {name}", where=self._scpi.where)
        return figure

    def _within(self, meter_range: Range, largest: float, unit: str) -> None:
        if largest > meter_range.greatest:  # 9.9E+37 where the instrument says overload itself
            raise Overload(
                f"beyond the {meter_range.full_scale:g} {unit} range",
                where=self._scpi.where,
                expected=f"at most {meter_range.greatest:g} {unit}",
                remedy="check the wiring, or measure on a larger range",
            )

    def _configure(self, commands: list[str]) -> None:
        if commands == self._configured:
            return
        self._configured = []  # and so does a refused setting
        for command in commands:
            self._scpi.set(command)
        self._configured = commands
