"""Rigol DM3068, 6½ digit multimeter, as voltmeter and as ammeter, in its own command set.

Commands after the programming guide of the DM3058/DM3058E (January 2015), chapter 3, whose
command set it shares. A range is chosen by its index, counted from the smallest; the integration
time by one of three rates.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.datasheet import Aperture, Filter, MeterFunction, Range, RangedFunction
from drivers.instrument import Connection
from drivers.meter import Meter, duration_s, function_name
from quantities import Purpose

RATES = ("F", "M", "S")
"""Fast, medium, slow: the data sheet's apertures in ascending order."""


class RigolDM3068(Meter):
    """The meter. It takes no train of readings by itself."""

    @override
    def _settings(
        self, function: RangedFunction, meter_range: Range, integration: Aperture | Filter
    ) -> list[str]:
        name, rate = function_name(function), RATES[-1]
        if isinstance(function, MeterFunction) and isinstance(integration, Aperture):
            rate = RATES[function.apertures.index(integration)]
        settings = [
            f":FUNC:{name}",
            f":MEAS:{name} {function.ranges.index(meter_range)}",
            f":RATE:{name} {rate}",
        ]
        if isinstance(integration, Aperture) and meter_range.input_resistance_ohm is not None:
            impedance = "10G" if meter_range.high_impedance else "10M"
            settings.append(f":MEAS:{name}:IMPEDANCE {impedance}")
        return settings

    @override
    def _take(self, function: RangedFunction, integration: Aperture | Filter) -> float:
        # The meter measures without pause and answers with its last value, so the one that
        # begins from now on is complete after two periods at the latest.
        self._scpi.clock.wait(2 * duration_s(integration), Purpose.APERTURE)
        return self._scpi.number(f":MEAS:{function_name(function)}?", purpose=Purpose.APERTURE)


def open_parts(connection: Connection) -> Mapping[int | None, RigolDM3068]:
    """Choose Rigol's own command set (it may have been left in another) with a clean queue."""
    connection.scpi.send("CMDSET RIGOL")
    connection.scpi.send("*CLS")
    return {None: RigolDM3068(connection)}
