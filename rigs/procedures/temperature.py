"""The temperature that modules report, against the rig's thermometer (TMP-1 to TMP-3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.roles import Multiplexer, Thermometer
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose, Reading
from quantities.errors import RigError
from quantities.reading import as_quantity
from rigs.rig import Rig

BROKEN = (0x000, 0xFFF)
"""What a broken sensor answers, either for either fault (TMP-2)."""
LARGEST = 0xFFF
RESOLUTION_K = 0.1
SETTLED_K = 0.2
"""Boards that have bled cool by e in a minute or so: less than this in half of it is settled."""
LOOKS_EVERY_s = 30.0
GIVES_UP_AFTER_s = 1800.0


class BoardTemperatures:
    """Asks all modules for their temperature. Every method raises as ``Chain`` does."""

    def __init__(self, chain: Chain, clock: Clock) -> None:
        self._chain = chain
        self._clock = clock

    def codes(self, readings: int) -> NDArray[np.float64]:
        """Tenths of a kelvin; rows are readings, columns positions, NaN where nothing is told."""
        codes = self._chain.read_codes(readings, "T")
        return np.where(codes <= LARGEST, codes, np.nan)

    def answers(self, readings: int) -> NDArray[np.bool_]:
        """Whether every reading of a module is there and in the format, by position."""
        return np.asarray(np.isfinite(self.codes(readings)).all(axis=0))

    def broken(self, readings: int) -> NDArray[np.bool_]:
        """Whether every reading of a module is that of a broken sensor, by position."""
        return np.asarray(np.isin(self.codes(readings), BROKEN).all(axis=0))

    def settle(self) -> None:
        """Wait until all of them have stopped to cool down from bleeding.

        Raises ``RigError`` if they never do.
        """
        end_ns = self._clock.now() + round(GIVES_UP_AFTER_s * NANOSECONDS_PER_SECOND)
        before_K = self._mean_K()
        while self._clock.now() < end_ns:
            self._clock.wait(LOOKS_EVERY_s, Purpose.SETTLING)
            now_K = self._mean_K()
            if not np.any(np.abs(now_K - before_K) > SETTLED_K):
                return
            before_K = now_K
        raise RigError(
            f"modules still warm up or cool down after {GIVES_UP_AFTER_s:g} s",
            expected=f"less than {SETTLED_K:g} K in {LOOKS_EVERY_s:g} s",
            remedy="keep draughts and heat sources away from the modules",
        )

    def mean(self, readings: int) -> Reading:
        """The mean of so many readings in K, by position, with its scatter and the resolution."""
        codes = self.codes(readings)
        scatter = np.std(codes, axis=0, ddof=1) / 10
        uncertainty = np.hypot(scatter / np.sqrt(readings), RESOLUTION_K / np.sqrt(12))
        return Reading(
            value=as_quantity(np.mean(codes, axis=0) / 10),
            unit="K",
            standard_uncertainty=as_quantity(uncertainty),
            degrees_of_freedom=readings - 1,
            system_uncertainty=0.0,
            instrument="module",
            time_ns=self._clock.now(),
        )

    def errors(self, thermometer: Thermometer, readings: int) -> Reading:
        """What each module reports less what the thermometer does."""
        return self.mean(readings) - thermometer.temperature()

    def _mean_K(self) -> NDArray[np.float64]:
        return np.asarray(np.mean(self.codes(4), axis=0) / 10)


class SensorFaults:
    """Breaks the modules' sensors one after another by the rig's relays, and mends them again."""

    def __init__(self, rig: Rig, boards: BoardTemperatures) -> None:
        self._rig = rig
        self._boards = boards

    def shows(self, position: int, readings: int) -> bool:
        """Whether this module reads as broken when its sensor is; the others' are whole then."""
        self._relays.select(self._rig.channel_of(position, "sensor_relays"))
        return bool(self._boards.broken(readings)[position - 1])

    def mend(self) -> None:
        """Open all relays."""
        self._relays.release()

    @property
    def _relays(self) -> Multiplexer:
        return self._rig.sensor_relays
