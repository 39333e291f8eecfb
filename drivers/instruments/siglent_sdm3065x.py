"""Siglent SDM3065X, 6½ digit multimeter, as voltmeter and as ammeter.

Commands after the SDM3065X remote manual. They look like the Keysight 34461A's and differ where it
counts: ranges are of another decade and named with their unit, autozero is ``AZ``, the input is open
by ``IMPedance 10G``, and only six integration times are taken. How fast readings follow each other
is not stated, so the driver takes no train of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.datasheet import Aperture, Filter, Range, RangedFunction
from drivers.instrument import Connection
from drivers.meter import Meter, duration_s, function_name
from quantities import Purpose

MULTIPLES = (("u", 1e-6), ("m", 1e-3), ("", 1.0))


def range_name(meter_range: Range, unit: str) -> str:
    """As the meter calls it: ``200mV``."""
    prefix, multiple = next(
        (prefix, multiple)
        for prefix, multiple in MULTIPLES
        if meter_range.full_scale < 1000 * multiple or prefix == ""
    )
    return f"{meter_range.full_scale / multiple:g}{prefix}{unit}"


class SiglentSDM3065X(Meter):
    """The meter, with autozero."""

    @override
    def _settings(
        self, function: RangedFunction, meter_range: Range, integration: Aperture | Filter
    ) -> list[str]:
        name = function_name(function)
        # CONF brings everything else of the function to its default, so it goes first.
        configuration = f"CONF:{name} {range_name(meter_range, function.unit)}"
        if isinstance(integration, Filter):
            return [configuration, f"{name}:BAND {integration.lowest_Hz:g}HZ"]
        settings = [
            configuration,
            f"{name}:NPLC {integration.power_line_cycles:g}",
            f"{name}:AZ ON",
        ]
        if meter_range.high_impedance:
            settings.append(f"{name}:IMP 10G")
        return settings

    @override
    def _take(self, function: RangedFunction, integration: Aperture | Filter) -> float:
        autozeroed_s = 2 * duration_s(integration)
        return self._scpi.number("READ?", purpose=Purpose.APERTURE, takes_s=autozeroed_s)


def open_parts(connection: Connection) -> Mapping[int | None, SiglentSDM3065X]:
    """Start with a clean error queue; nothing is switched until the first reading."""
    connection.scpi.send("*CLS")
    return {None: SiglentSDM3065X(connection)}
