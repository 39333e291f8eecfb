"""The thermometer of boards that have one, and the warmth of their own bleeding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from typing_extensions import override

from rigs.simulation.signals import FeedRelays

ICE_POINT_K = 273.15
READS_OPEN, READS_SHORTED = 0xFFF, 0x000
"""What a broken sensor reads (TMP-2)."""


class Sensor(StrEnum):
    """In what state the sensor is."""

    WHOLE = "whole"
    OPEN = "open"
    SHORTED = "shorted"


class Thermometer:
    """Reads tenths of a kelvin (TMP-1): the board's temperature, an error of its own, noise.

    While the module bleeds its board heads for ``rise_K`` above ``ambient_K``, else back for it.
    """

    def __init__(
        self,
        *,
        ambient_K: float,
        error_K: float,
        noise_K: float,
        rise_K: float,
        time_constant_ns: int,
        generator: np.random.Generator,
        sensor: Sensor = Sensor.WHOLE,
    ) -> None:
        self.ambient_K = ambient_K
        self.sensor = sensor
        self._error_K = error_K
        self._noise_K = noise_K
        self._rise_K = rise_K
        self._time_constant_ns = time_constant_ns
        self._generator = generator
        self._bleeding = False
        self._warmth_K = 0.0
        self._since_ns = 0

    def bleed(self, *, on: bool, time_ns: int) -> None:
        """The bleeder has been switched."""
        self._warmth_K, self._since_ns = self._warmth_at(time_ns), time_ns
        self._bleeding = on

    def read(self, time_ns: int) -> int:
        """One measurement, in tenths of a kelvin."""
        if self.sensor is Sensor.OPEN:
            return READS_OPEN
        if self.sensor is Sensor.SHORTED:
            return READS_SHORTED
        noise_K = float(self._generator.normal(0.0, self._noise_K))
        board_K = self.ambient_K + self._warmth_at(time_ns)
        tenths = round(10 * (board_K + self._error_K + noise_K))
        return min(max(tenths, READS_SHORTED + 1), READS_OPEN - 1)

    def _warmth_at(self, time_ns: int) -> float:
        """How far the board is above its surroundings, in K."""
        heading_K = self._rise_K if self._bleeding else 0.0
        left = math.exp(-(time_ns - self._since_ns) / self._time_constant_ns)
        return heading_K + (self._warmth_K - heading_K) * left


class SensorRelays(FeedRelays):
    """Relays across the sensors: a closed one shorts the sensor of its module."""

    def __init__(self, thermometers: Sequence[Thermometer | None]) -> None:
        self._thermometers = thermometers
        self._as_built = [each.sensor if each else Sensor.WHOLE for each in thermometers]

    @override
    def set_path(self, position: int, *, through_ammeter: bool, time_ns: int) -> None:
        if position <= len(self._thermometers) and (each := self._thermometers[position - 1]):
            each.sensor = Sensor.SHORTED if through_ammeter else self._as_built[position - 1]
