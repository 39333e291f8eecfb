"""Keysight 34465A and 34470A, 6½ and 7½ digit multimeters, as voltmeter and as ammeter.

Commands after the operating and service guide 34460-90901, chapter "SCPI Programming Reference":
those of the 34460A and 34461A, and apertures in seconds and a timer between samples beside them.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.digitizing import DigitizingMeter
from drivers.instrument import Connection
from drivers.instruments.keysight_34460 import Keysight34460

SAMPLE_APERTURE_s = 200e-6
"""The shortest without the option for digitizing."""


class Keysight34465(Keysight34460, DigitizingMeter):
    """The meter, as ``CurrentDigitizer`` too."""

    def start_dc_current_samples(self, *, range_A: float, rate_Hz: float, count: int) -> None:
        """Measure zero once, then begin to take ``count`` short readings by the timer."""
        digitizer = self._digitizer_at(rate_Hz)
        function = self._stated(self._sheet.dc_current, "this function")
        meter_range = function.range_for(range_A)
        drift_A = function.zero_drift_V / self._stated(meter_range.shunt_ohm, "shunt")
        noise_A = float(digitizer.half_width(0.0, meter_range.full_scale))
        interval_s = round(1 / rate_Hz, 6)
        settings = [
            f"CONF:CURR:DC {meter_range.full_scale:g}",
            f"CURR:DC:APER {SAMPLE_APERTURE_s:g}",
            "CURR:DC:ZERO:AUTO ONCE",
            "TRIG:DEL 0",
            "SAMP:SOUR TIM",
            f"SAMP:TIM {interval_s:g}",
            f"SAMP:COUN {count}",
        ]
        running = self._begin(settings, meter_range, SAMPLE_APERTURE_s, drift_A + noise_A, count)
        running.shortest_s = running.longest_s = interval_s
        running.timed = True


def open_parts(connection: Connection) -> Mapping[int | None, Keysight34465]:
    """Start with a clean error queue; nothing is switched until the first reading."""
    connection.scpi.send("*CLS")
    return {None: Keysight34465(connection)}
