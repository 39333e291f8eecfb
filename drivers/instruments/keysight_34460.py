"""Keysight 34460A and 34461A, 6½ digit multimeters, as voltmeter and as ammeter.

Commands after the operating and service guide 34460-90901, chapter "SCPI Programming
Reference".
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.datasheet import Aperture, MeterFunction, Range
from drivers.instrument import Connection
from drivers.meter import Meter, SLOWEST_LINE_Hz
from quantities import Purpose


class Keysight34460(Meter):
    """The meter, as ``Voltmeter`` and ``Ammeter``, with autozero."""

    @override
    def _settings(
        self, function: MeterFunction, meter_range: Range, aperture: Aperture
    ) -> list[str]:
        name = {"V": "VOLT:DC", "A": "CURR:DC"}[function.unit]
        settings = [
            # CONF brings everything else of the function to its default, so it goes first.
            f"CONF:{name} {meter_range.full_scale:g}",
            f"{name}:NPLC {aperture.power_line_cycles:g}",
            f"{name}:ZERO:AUTO ON",
        ]
        if meter_range.high_impedance:
            settings.append(f"{name}:IMP:AUTO ON")
        return settings

    @override
    def _take(self, function: MeterFunction, aperture: Aperture) -> float:
        autozeroed_s = 2 * aperture.power_line_cycles / SLOWEST_LINE_Hz
        return self._scpi.number("READ?", purpose=Purpose.APERTURE, takes_s=autozeroed_s)


def open_parts(connection: Connection) -> Mapping[int | None, Keysight34460]:
    """Start with a clean error queue; nothing is switched until the first reading."""
    connection.scpi.send("*CLS")
    return {None: Keysight34460(connection)}
