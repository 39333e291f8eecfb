"""Keysight 34460A and 34461A, 6½ digit multimeters, as voltmeter and as ammeter.

Commands after the operating and service guide 34460-90901, chapter "SCPI Programming
Reference".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from drivers.accuracy import ErrorLimit
from drivers.datasheet import Aperture, Filter, Range, RangedFunction
from drivers.instrument import Connection
from drivers.meter import Meter, SLOWEST_LINE_Hz, duration_s, function_name
from drivers.roles import Train
from quantities import NANOSECONDS_PER_SECOND, Purpose, Reading
from quantities.errors import InstrumentError

FASTEST_LINE_Hz = 60.0

AUTOZERO_HOLDS_s = 600.0
"""Without autozero the zero is as good as stated for ten minutes (HP E1412A manual, p. 173)."""

COMMAND_s = 0.02
"""A command, and an answer with many readings in it, take no longer on USB and LAN."""

SLOWEST_READING_s = 0.01
"""However short the aperture."""


@dataclass(slots=True)
class _Running:
    """A train under way: of what, since when, and how fast as far as is known."""

    meter_range: Range
    aperture_s: float
    zero_drift_A: float
    left: int
    start_ns: int
    taken: int = 0
    shortest_s: float = 0.0
    longest_s: float = math.inf
    """Bounds of the interval from reading to reading."""
    timed: bool = False
    """Whether a timer keeps the interval, so that nothing has to be seen of it."""

    def see(self, count: int, elapsed_s: float, *, at_most_late_s: float) -> None:
        """So many readings had been taken when ``elapsed_s`` had passed, the last one just now."""
        if self.timed:
            return
        self.longest_s = min(self.longest_s, elapsed_s / count)
        self.shortest_s = max(self.shortest_s, (elapsed_s - at_most_late_s) / count)
        if self.longest_s < self.aperture_s:
            self.aperture_s *= SLOWEST_LINE_Hz / FASTEST_LINE_Hz

    def train(self, readings: Reading, count: int) -> Train:
        """The next readings with their times."""
        shortest_s = min(max(self.shortest_s, self.aperture_s), self.longest_s)
        interval_s = (shortest_s + self.longest_s) / 2
        begun_ns = self.start_ns + round(self.taken * interval_s * NANOSECONDS_PER_SECOND)
        self.taken += count
        self.left -= count
        return Train(
            readings=readings,
            start_ns=begun_ns,
            aperture_s=self.aperture_s,
            interval_s=interval_s,
            interval_uncertainty_s=(self.longest_s - shortest_s) / 2 / math.sqrt(3),
        )


class Keysight34460(Meter):
    """The meter with autozero, and as ``CurrentTrain`` without."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._running: _Running | None = None
        self._zeroed_ns = 0

    def start_dc_current_train(
        self, *, range_A: float, power_line_cycles: float, count: int
    ) -> None:
        """Measure zero once, then begin to take ``count`` readings without delay or autozero."""
        function = self._stated(self._sheet.dc_current, "this function")
        meter_range = function.range_for(range_A)
        aperture = function.aperture_for(power_line_cycles)
        drift_A = function.zero_drift_V / self._stated(meter_range.shunt_ohm, "shunt")
        settings = [
            f"CONF:CURR:DC {meter_range.full_scale:g}",
            f"CURR:DC:NPLC {aperture.power_line_cycles:g}",
            "CURR:DC:ZERO:AUTO ONCE",
            "TRIG:DEL 0",
            f"SAMP:COUN {count}",
        ]
        aperture_s = aperture.duration_s or duration_s(aperture)
        self._begin(settings, meter_range, aperture_s, drift_A, count)

    def _begin(
        self,
        settings: list[str],
        meter_range: Range,
        aperture_s: float,
        zero_drift_A: float,
        count: int,
    ) -> _Running:
        """Start a train with these settings, which measure zero, if it was not measured lately."""
        clock = self._scpi.clock
        if clock.now() - self._zeroed_ns > AUTOZERO_HOLDS_s * NANOSECONDS_PER_SECOND:
            self._configured = []
        if self._running is not None:
            self._scpi.send("ABOR")
        if settings != self._configured:
            self._configure(settings)
            self._zeroed_ns = clock.now()
        self._scpi.send("INIT")
        self._running = _Running(meter_range, aperture_s, zero_drift_A, count, clock.now())
        return self._running

    def dc_current_train(self, count: int) -> Train:
        """Wait for the next ``count`` readings of the train that was started, and hand them out.

        How fast they follow is seen from when they come: the sooner they are asked for, the
        better. Raises ``InstrumentError`` if the train is not that long, and ``Overload``.
        """
        running = self._running
        if running is None or not 0 < count <= running.left:
            left = running.left if running else 0
            raise InstrumentError(
                f"was asked for {count} readings of {left} that are left of its train",
                where=self._scpi.where,
            )
        there = self._scpi.integer("DATA:POIN?")
        if there:
            running.see(running.taken + there, self._elapsed_s(running), at_most_late_s=math.inf)
        longest_s = count * max(running.aperture_s, SLOWEST_READING_s)
        try:
            answer = self._scpi.query(
                f"DATA:REM? {count},WAIT", purpose=Purpose.APERTURE, takes_s=longest_s
            )
        except InstrumentError:
            self._configured = []  # a lost answer leaves the meter in no known state
            raise
        late_s = COMMAND_s if there < count else math.inf
        running.see(running.taken + count, self._elapsed_s(running), at_most_late_s=late_s)
        values = self._numbers(answer, count)
        train = running.train(self._in_common(values, running), count)
        self._within(running.meter_range, float(np.max(np.abs(values))), "A")
        return train

    def _elapsed_s(self, running: _Running) -> float:
        return (self._scpi.clock.now() - running.start_ns) / NANOSECONDS_PER_SECOND

    def _in_common(self, values: NDArray[np.float64], running: _Running) -> Reading:
        uncertainty = self._sheet.meter_uncertainty(
            values,
            meter_range=running.meter_range,
            extra=ErrorLimit(absolute=running.zero_drift_A),
            conditions=self._conditions,
        )
        return self._reading(values, "A", uncertainty)

    def _numbers(self, answer: str, count: int) -> NDArray[np.float64]:
        try:
            values = np.array([float(number) for number in answer.split(",")])
        except ValueError:
            values = np.array([math.nan])
        if values.shape != (count,) or not np.all(np.isfinite(values)):
            raise self._scpi.unexpected("DATA:REM?", answer[:60], f"{count} numbers")
        return values

    @override
    def _settings(
        self, function: RangedFunction, meter_range: Range, integration: Aperture | Filter
    ) -> list[str]:
        name = function_name(function)
        # CONF brings everything else of the function to its default, so it goes first.
        configuration = f"CONF:{name} {meter_range.full_scale:g}"
        if isinstance(integration, Filter):
            return [configuration, f"{name}:BAND {integration.lowest_Hz:g}"]
        settings = [
            configuration,
            f"{name}:NPLC {integration.power_line_cycles:g}",
            f"{name}:ZERO:AUTO ON",
        ]
        if meter_range.high_impedance:
            settings.append(f"{name}:IMP:AUTO ON")
        return settings

    @override
    def _take(self, function: RangedFunction, integration: Aperture | Filter) -> float:
        autozeroed_s = 2 * duration_s(integration)
        return self._scpi.number("READ?", purpose=Purpose.APERTURE, takes_s=autozeroed_s)


def open_parts(connection: Connection) -> Mapping[int | None, Keysight34460]:
    """Start with a clean error queue; nothing is switched until the first reading."""
    connection.scpi.send("*CLS")
    return {None: Keysight34460(connection)}
