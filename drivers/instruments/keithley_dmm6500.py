"""Keithley DMM6500, 6½ digit multimeter, as voltmeter and as ammeter, in its SCPI command set.

Commands after the reference manual DMM6500-901-01, sections "SCPI command reference" and "Trigger
model". Every function keeps its own settings, filters and offsets among them, so they are reset at
opening. Readings come with their times, so that a train's pace is known and not estimated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from drivers.accuracy import ErrorLimit
from drivers.datasheet import Aperture, Filter, MeterFunction, Range, RangedFunction
from drivers.digitizing import DigitizingMeter
from drivers.instrument import Connection
from drivers.meter import duration_s, function_name
from drivers.roles import Train
from drivers.visa import TIMEOUT_S
from quantities import NANOSECONDS_PER_SECOND, Purpose, Reading
from quantities.errors import InstrumentError, InstrumentTimeout

BUFFER = '"defbuffer1"'

CLOCK_ERROR = 1e-4
"""Of the times that come with readings, relative; set wide, the data sheet's page was not at hand."""

POLL_s = 0.01
"""From one look at how many readings there are to the next, at least."""


@dataclass(slots=True)
class _Running:
    """A train under way: of what, since when, and how much of it has been fetched."""

    meter_range: Range
    extra: ErrorLimit
    aperture_s: float
    left: int
    start_ns: int
    taken: int = 0


class KeithleyDMM6500(DigitizingMeter):
    """The meter with autozero, and as ``CurrentTrain`` and ``CurrentDigitizer`` without."""

    def __init__(self, connection: Connection, line_frequency_Hz: float) -> None:
        super().__init__(connection)
        self._line_frequency_Hz = line_frequency_Hz
        self._running: _Running | None = None

    def start_dc_current_train(
        self, *, range_A: float, power_line_cycles: float, count: int
    ) -> None:
        """Measure zero once, then begin to take ``count`` readings without autozero."""
        function = self._stated(self._sheet.dc_current, "this function")
        meter_range = function.range_for(range_A)
        aperture = function.aperture_for(power_line_cycles)
        settings = [
            'FUNC "CURR:DC"',
            f"CURR:DC:RANG {meter_range.full_scale:g}",
            f"CURR:DC:NPLC {aperture.power_line_cycles:g}",
            "CURR:DC:AZER OFF",
            f'TRIG:LOAD "SimpleLoop",{count},0,{BUFFER}',
        ]
        self._configure(settings)
        self._scpi.set("AZER:ONCE")
        aperture_s = aperture.power_line_cycles / self._line_frequency_Hz
        self._start_train(
            meter_range, self._drift(function, meter_range, aperture), aperture_s, count
        )

    def start_dc_current_samples(self, *, range_A: float, rate_Hz: float, count: int) -> None:
        """Begin to take ``count`` readings, ``rate_Hz`` a second, each over its whole period."""
        function = self._stated(self._sheet.dc_current, "this function")
        digitizer = self._digitizer_at(rate_Hz)
        meter_range = function.range_for(range_A)
        settings = [
            'DIG:FUNC "CURR"',
            f"DIG:CURR:RANG {meter_range.full_scale:g}",
            f"DIG:CURR:SRAT {rate_Hz:.0f}",
            "DIG:CURR:APER AUTO",
            f"DIG:COUN {count}",
            f'TRIG:LOAD "SimpleLoop",1,0,{BUFFER}',
        ]
        self._configure(settings)
        extra = self._drift(function, meter_range, digitizer)
        self._start_train(meter_range, extra, 1 / round(rate_Hz), count)

    def dc_current_train(self, count: int) -> Train:
        """Wait for the next ``count`` readings of the train that was started, and hand them out.

        Raises ``InstrumentError`` if the train is not that long, and ``Overload``.
        """
        running = self._running
        if running is None or not 0 < count <= running.left:
            left = running.left if running else 0
            raise InstrumentError(
                f"was asked for {count} readings of {left} that are left of its train",
                where=self._scpi.where,
            )
        first, last = running.taken + 1, running.taken + count
        self._await(running, last)
        query = f"TRAC:DATA? {first},{last},{BUFFER},READ,REL"
        values, times_s = self._pairs(query, count)
        running.taken, running.left = last, running.left - count
        interval_s = running.aperture_s
        if count > 1:
            interval_s = float(times_s[-1] - times_s[0]) / (count - 1)
        train = Train(
            readings=self._in_common(values, running),
            start_ns=running.start_ns + round(float(times_s[0]) * NANOSECONDS_PER_SECOND),
            aperture_s=running.aperture_s,
            interval_s=interval_s,
            interval_uncertainty_s=interval_s * CLOCK_ERROR / math.sqrt(3),
        )
        self._within(running.meter_range, float(np.max(np.abs(values))), "A")
        return train

    def _drift(
        self, function: MeterFunction, meter_range: Range, integration: ErrorLimit
    ) -> ErrorLimit:
        """What the integration adds, and how far zero may have gone since it was measured."""
        drift_A = function.zero_drift_V / self._stated(meter_range.shunt_ohm, "shunt")
        return ErrorLimit(
            reading_percent=integration.reading_percent,
            range_percent=integration.range_percent,
            absolute=integration.absolute + drift_A,
        )

    @override
    def _configure(self, commands: list[str]) -> None:
        if self._running is not None:  # nothing can be set, and nothing read, while a train runs
            self._scpi.send("ABOR")
            self._running = None
        super()._configure(commands)

    def _start_train(
        self, meter_range: Range, extra: ErrorLimit, aperture_s: float, count: int
    ) -> None:
        self._scpi.send("INIT")
        now_ns = self._scpi.clock.now()
        self._running = _Running(meter_range, extra, aperture_s, count, now_ns)

    def _await(self, running: _Running, due: int) -> None:
        """Wait until so many readings are in the buffer."""
        clock = self._scpi.clock
        longest_s = TIMEOUT_S + 2 * due * running.aperture_s
        deadline_ns = running.start_ns + round(longest_s * NANOSECONDS_PER_SECOND)
        deadline_ns = max(deadline_ns, clock.now())
        while (there := self._scpi.integer(f"TRAC:ACT? {BUFFER}")) < due:
            if clock.now() >= deadline_ns:
                raise InstrumentTimeout(
                    f"took {there} of {due} readings in {longest_s:g} s", where=self._scpi.where
                )
            clock.wait(max(POLL_s, (due - there) * running.aperture_s), Purpose.APERTURE)

    def _pairs(self, query: str, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Readings and their times in s since the first one of the train."""
        answer = self._scpi.query(query, purpose=Purpose.APERTURE)
        try:
            numbers = np.array([float(number) for number in answer.split(",")])
        except ValueError:
            numbers = np.array([math.nan])
        if numbers.shape != (2 * count,) or not np.all(np.isfinite(numbers)):
            raise self._scpi.unexpected(query, answer[:60], f"{count} readings and their times")
        return numbers[::2], numbers[1::2]

    def _in_common(self, values: NDArray[np.float64], running: _Running) -> Reading:
        uncertainty = self._sheet.meter_uncertainty(
            values,
            meter_range=running.meter_range,
            extra=running.extra,
            conditions=self._conditions,
        )
        return self._reading(values, "A", uncertainty)

    @override
    def _settings(
        self, function: RangedFunction, meter_range: Range, integration: Aperture | Filter
    ) -> list[str]:
        name = function_name(function)
        settings = [f'FUNC "{name}"', f"{name}:RANG {meter_range.full_scale:g}"]
        if isinstance(integration, Filter):
            return [*settings, f"{name}:DET:BAND {integration.lowest_Hz:g}"]
        settings += [f"{name}:NPLC {integration.power_line_cycles:g}", f"{name}:AZER ON"]
        if meter_range.high_impedance:
            settings.append(f"{name}:INP AUTO")
        return settings

    @override
    def _take(self, function: RangedFunction, integration: Aperture | Filter) -> float:
        autozeroed_s = 3 * duration_s(integration)  # it measures a reference beside zero
        return self._scpi.number("READ?", purpose=Purpose.APERTURE, takes_s=autozeroed_s)


def open_parts(connection: Connection) -> Mapping[int | None, KeithleyDMM6500]:
    """Reset it with a clean error queue; raises ``InstrumentError`` unless it speaks SCPI."""
    scpi = connection.scpi
    language = scpi.query("*LANG?")
    if language != "SCPI":
        raise InstrumentError(
            f"has its command set {language} chosen",
            where=scpi.where,
            expected="SCPI",
            remedy="choose SCPI in its menu, System, Settings, Command Set; it starts anew then",
        )
    scpi.send("*RST")
    scpi.send("*CLS")
    return {None: KeithleyDMM6500(connection, scpi.number("SYST:LFR?"))}
