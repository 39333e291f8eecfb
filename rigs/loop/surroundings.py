"""What surrounds a pack on a rig, as the control loop uses it: meters, charger, load, contactor."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from quantities.errors import CellrigError, Overload
from rigs.pack_ratings import PackMaxima
from rigs.rig import Rig
from supervisor.decisions import ChargerSetting

ZERO_CELSIUS_K = 273.15
POWER_LINE_CYCLES = 1.0
UNKNOWN = ChargerSetting(on=False, voltage_V=math.nan, current_A=math.nan)
"""Off, and nobody has set it to anything."""


class Surroundings(Protocol):
    """What the loop measures and what it steers; any method can raise ``RigError``."""

    def current_A(self) -> float:
        """The pack's current, charging positive; NaN beyond the range."""
        ...

    def voltage_V(self) -> float:
        """The pack's voltage; NaN beyond the range."""
        ...

    def temperatures_C(self) -> NDArray[np.float64]:
        """Of all sensors; NaN where one fails, empty where there are none."""
        ...

    def set_charger(self, setting: ChargerSetting) -> None:
        """Have the charger do this."""
        ...

    def draw(self, amperes: float) -> None:
        """Have the load take this current; none switches it off."""
        ...

    def set_contactor(self, *, closed: bool) -> None:
        """Switch the contactor."""
        ...

    def make_safe(self) -> list[CellrigError]:
        """Load off, charger off, contactor open; never raises."""
        ...


class RigSurroundings(Surroundings):
    """The instruments of a rig around its pack; what is set already is not sent again."""

    def __init__(self, rig: Rig, maxima: PackMaxima) -> None:
        self._rig = rig
        self._maxima = maxima
        self._thermometers = rig.file.thermometers
        self._charger = UNKNOWN
        self._drawn_A = 0.0
        self._closed = False

    @override
    def current_A(self) -> float:
        return _within_range(
            lambda: (
                self._rig.pack_ammeter.dc_current(
                    range_A=self._maxima.current_A, power_line_cycles=POWER_LINE_CYCLES
                ).value
            )
        )

    @override
    def voltage_V(self) -> float:
        return _within_range(
            lambda: (
                self._rig.pack_voltmeter.dc_voltage(
                    range_V=self._maxima.voltage_V, power_line_cycles=POWER_LINE_CYCLES
                ).value
            )
        )

    @override
    def temperatures_C(self) -> NDArray[np.float64]:
        if self._thermometers is None:
            return np.zeros(0)
        reading = self._rig.thermometers.temperatures(self._thermometers.channels)
        return np.atleast_1d(np.asarray(reading.value, np.float64)) - ZERO_CELSIUS_K

    @override
    def set_charger(self, setting: ChargerSetting) -> None:
        """Voltage and current before the output, so that it never begins with older ones."""
        charger, before = self._rig.charger, self._charger
        if not setting.on:
            if before.on:
                charger.set_output(on=False)
        else:
            if setting.current_A != before.current_A:
                charger.set_current_limit(setting.current_A)
            if setting.voltage_V != before.voltage_V:
                charger.set_voltage(setting.voltage_V)
            if not before.on:
                charger.set_output(on=True)
        self._charger = setting if setting.on else replace(before, on=False)

    @override
    def draw(self, amperes: float) -> None:
        load = self._rig.load
        if amperes != self._drawn_A:
            if amperes > 0:
                load.set_current(amperes)
            if (amperes > 0) != (self._drawn_A > 0):
                load.set_input(on=amperes > 0)
        self._drawn_A = amperes

    @override
    def set_contactor(self, *, closed: bool) -> None:
        contactor = self._rig.contactor
        if closed and not self._closed:
            self._rig.check_guard()
        if closed != self._closed:
            (contactor.close_contact if closed else contactor.open_contact)()
        self._closed = closed

    @override
    def make_safe(self) -> list[CellrigError]:
        self._charger, self._drawn_A, self._closed = UNKNOWN, 0.0, False
        return self._rig.make_safe()


def _within_range(measure: Callable[[], object]) -> float:
    """NaN for an overload: for a supervisor that is a reading that there is none of."""
    try:
        return float(np.asarray(measure(), np.float64))
    except Overload:
        return math.nan
