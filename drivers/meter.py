"""A multimeter on direct voltage and current: what all of them have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from drivers.datasheet import Aperture, MeterFunction, Range
from drivers.instrument import Connection, ScpiInstrument
from quantities import Reading
from quantities.errors import InstrumentError, Overload

SLOWEST_LINE_Hz = 50.0
"""An aperture in power-line cycles takes longest here."""


class Meter(ScpiInstrument, ABC):
    """A ``Voltmeter`` and ``Ammeter`` whose family spells its commands.

    Settings are sent only when they change: a range change can open the current path for a
    moment, which resets a module that is fed through it.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._configured: list[str] = []

    def dc_voltage(self, *, range_V: float, power_line_cycles: float) -> Reading:
        """One reading in V, on the smallest range that holds ``range_V``.

        Integrates over the shortest aperture of at least ``power_line_cycles``. Raises
        ``Overload`` beyond the range.
        """
        return self._read(self._sheet.dc_voltage, range_V, power_line_cycles)

    def dc_current(self, *, range_A: float, power_line_cycles: float) -> Reading:
        """One reading in A, on the smallest range that holds ``range_A``; else as ``dc_voltage``."""
        return self._read(self._sheet.dc_current, range_A, power_line_cycles)

    @abstractmethod
    def _settings(
        self, function: MeterFunction, meter_range: Range, aperture: Aperture
    ) -> list[str]:
        """The commands that bring the meter to this function, range and aperture, in order."""

    @abstractmethod
    def _take(self, function: MeterFunction, aperture: Aperture) -> float:
        """A value that was integrated from now on, in the function's unit."""

    def _read(
        self, function: MeterFunction | None, largest: float, power_line_cycles: float
    ) -> Reading:
        if function is None:
            raise InstrumentError("its data sheet lacks this function", where=self._scpi.where)
        meter_range = function.range_for(largest)
        aperture = function.aperture_for(power_line_cycles)
        self._configure(self._settings(function, meter_range, aperture))
        try:
            value = self._take(function, aperture)
        except InstrumentError:
            self._configured = []  # a lost answer leaves the meter in no known state
            raise
        if abs(value) > meter_range.greatest:  # 9.9E+37 where the instrument says overload itself
            raise Overload(
                f"beyond the {meter_range.full_scale:g} {function.unit} range",
                where=self._scpi.where,
                expected=f"at most {meter_range.greatest:g} {function.unit}",
                remedy="check the wiring, or measure on a larger range",
            )
        uncertainty = self._sheet.meter_uncertainty(
            value, meter_range=meter_range, aperture=aperture, conditions=self._conditions
        )
        return self._reading(value, function.unit, uncertainty)

    def _configure(self, commands: list[str]) -> None:
        if commands == self._configured:
            return
        self._configured = []  # and so does a refused setting
        for command in commands:
            self._scpi.set(command)
        self._configured = commands
