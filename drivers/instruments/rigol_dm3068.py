"""Rigol DM3068, 6½ digit multimeter, as voltmeter and as ammeter, in its own command set.

Commands after the programming guide of the DM3058/DM3058E (January 2015), chapter 3, whose
command set it shares. A range is chosen by its index, counted from the smallest; the integration
time by one of three rates.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.datasheet import Aperture, MeterFunction, Range
from drivers.instrument import Connection
from drivers.meter import Meter, SLOWEST_LINE_Hz
from quantities import Purpose

RATES = ("F", "M", "S")
"""Fast, medium, slow: the data sheet's apertures in ascending order."""


class RigolDM3068(Meter):
    """The meter, as ``Voltmeter`` and ``Ammeter``."""

    @override
    def _settings(
        self, function: MeterFunction, meter_range: Range, aperture: Aperture
    ) -> list[str]:
        name = _name(function)
        settings = [
            f":FUNC:{name}",
            f":MEAS:{name} {function.ranges.index(meter_range)}",
            f":RATE:{name} {RATES[function.apertures.index(aperture)]}",
        ]
        if meter_range.input_resistance_ohm is not None:
            impedance = "10G" if meter_range.high_impedance else "10M"
            settings.append(f":MEAS:{name}:IMPEDANCE {impedance}")
        return settings

    @override
    def _take(self, function: MeterFunction, aperture: Aperture) -> float:
        # The meter measures without pause and answers with its last value, so the one that
        # begins from now on is complete after two periods at the latest.
        period_s = aperture.power_line_cycles / SLOWEST_LINE_Hz
        self._scpi.clock.wait(2 * period_s, Purpose.APERTURE)
        return self._scpi.number(f":MEAS:{_name(function)}?", purpose=Purpose.APERTURE)


def _name(function: MeterFunction) -> str:
    return {"V": "VOLT:DC", "A": "CURR:DC"}[function.unit]


def open_parts(connection: Connection) -> Mapping[int | None, RigolDM3068]:
    """Choose Rigol's own command set (it may have been left in another) with a clean queue."""
    connection.scpi.send("CMDSET RIGOL")
    connection.scpi.send("*CLS")
    return {None: RigolDM3068(connection)}
