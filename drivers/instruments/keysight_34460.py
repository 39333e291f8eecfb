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
"""A command, and an answer with a whole train in it, take no longer on USB and LAN."""


@dataclass(frozen=True, slots=True)
class _Started:
    """A train under way."""

    meter_range: Range
    aperture: Aperture
    zero_drift_A: float
    count: int
    start_ns: int


class Keysight34460(Meter):
    """The meter with autozero, and as ``CurrentTrain`` without."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._train: _Started | None = None
        self._zeroed_ns = 0

    def start_dc_current_train(
        self, *, range_A: float, power_line_cycles: float, count: int
    ) -> None:
        """Measure zero once, then begin to take ``count`` readings without delay or autozero."""
        function = self._stated(self._sheet.dc_current, "this function")
        meter_range, aperture = (
            function.range_for(range_A),
            function.aperture_for(power_line_cycles),
        )
        if self._scpi.clock.now() - self._zeroed_ns > AUTOZERO_HOLDS_s * NANOSECONDS_PER_SECOND:
            self._configured = []
        settings = [
            f"CONF:CURR:DC {meter_range.full_scale:g}",
            f"CURR:DC:NPLC {aperture.power_line_cycles:g}",
            "CURR:DC:ZERO:AUTO ONCE",
            "TRIG:DEL 0",
            f"SAMP:COUN {count}",
        ]
        if self._train is not None:
            self._scpi.send("ABOR")
        if settings != self._configured:
            self._configure(settings)
            self._zeroed_ns = self._scpi.clock.now()
        self._scpi.send("INIT")
        self._train = _Started(
            meter_range,
            aperture,
            function.zero_drift_V / self._stated(meter_range.shunt_ohm, "shunt"),
            count,
            self._scpi.clock.now(),
        )

    def dc_current_train(self) -> Train:
        """Wait for the train that was started, and hand it out.

        How fast the readings followed is seen from when the last had come, so it must be asked
        for before. Raises ``InstrumentError`` if it was not, and ``Overload``.
        """
        train, self._train = self._train, None
        if train is None:
            raise InstrumentError("no train of readings was started", where=self._scpi.where)
        if self._scpi.integer("DATA:POIN?") >= train.count:
            raise InstrumentError(
                "was asked for its readings when they had long been taken",
                where=self._scpi.where,
                remedy="let it take more of them",
            )
        longest_s = train.count * max(duration_s(train.aperture), 0.01)
        try:
            answer = self._scpi.query("FETC?", purpose=Purpose.APERTURE, takes_s=longest_s)
        except InstrumentError:
            self._configured = []  # a lost answer leaves the meter in no known state
            raise
        elapsed_s = (self._scpi.clock.now() - train.start_ns) / NANOSECONDS_PER_SECOND
        values = self._numbers(answer, train.count)
        self._within(train.meter_range, float(np.max(np.abs(values))), "A")
        uncertainty = self._sheet.meter_uncertainty(
            values,
            meter_range=train.meter_range,
            extra=ErrorLimit(absolute=train.zero_drift_A),
            conditions=self._conditions,
        )
        return _timed(train, elapsed_s, self._reading(values, "A", uncertainty))

    def _numbers(self, answer: str, count: int) -> NDArray[np.float64]:
        try:
            values = np.array([float(number) for number in answer.split(",")])
        except ValueError:
            values = np.array([math.nan])
        if values.shape != (count,) or not np.all(np.isfinite(values)):
            raise self._scpi.unexpected("FETC?", answer[:60], f"{count} numbers")
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


def _timed(train: _Started, elapsed_s: float, readings: Reading) -> Train:
    """The train with its times: ``elapsed_s`` is from the command to the whole answer."""
    longest_s = elapsed_s / train.count
    aperture_s = train.aperture.duration_s or duration_s(train.aperture)
    if aperture_s > longest_s:
        aperture_s *= SLOWEST_LINE_Hz / FASTEST_LINE_Hz
    shortest_s = min(max(aperture_s, longest_s - COMMAND_s / train.count), longest_s)
    return Train(
        readings=readings,
        start_ns=train.start_ns,
        aperture_s=aperture_s,
        interval_s=(shortest_s + longest_s) / 2,
        interval_uncertainty_s=(longest_s - shortest_s) / 2 / math.sqrt(3),
    )


def open_parts(connection: Connection) -> Mapping[int | None, Keysight34460]:
    """Start with a clean error queue; nothing is switched until the first reading."""
    connection.scpi.send("*CLS")
    return {None: Keysight34460(connection)}
