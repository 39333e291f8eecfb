"""Defects of what only some modules have: of a thermometer, of alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rigs.simulation.modules.module import Module
from rigs.simulation.modules.thermometer import Sensor

Generator = np.random.Generator

OFF_BY_TENTHS = 50
PLAUSIBLE_TENTHS = 2982
SPOILT_CODE = 0x123


def temperature_off(module: Module, _generator: Generator) -> None:
    """Its thermometer reads 5 K too much."""
    if module.thermometer:
        thermometer, read = module.thermometer, module.thermometer.read

        def read_too_much(time_ns: int) -> int:
            return read(time_ns) + OFF_BY_TENTHS * (thermometer.sensor is Sensor.WHOLE)

        thermometer.read = read_too_much  # type: ignore[method-assign]


def sensor_open(module: Module, _generator: Generator) -> None:
    """A joint of its sensor is open."""
    if module.thermometer:
        module.thermometer.sensor = Sensor.OPEN


def sensor_shorted(module: Module, _generator: Generator) -> None:
    """Solder lies across its sensor."""
    if module.thermometer:
        module.thermometer.sensor = Sensor.SHORTED


def hides_broken_sensor(module: Module, _generator: Generator) -> None:
    """It reads 25 °C when its sensor is broken."""
    if module.thermometer:
        thermometer, read = module.thermometer, module.thermometer.read

        def read_something(time_ns: int) -> int:
            return read(time_ns) if thermometer.sensor is Sensor.WHOLE else PLAUSIBLE_TENTHS

        thermometer.read = read_something  # type: ignore[method-assign]


def no_temperature(module: Module, _generator: Generator) -> None:
    """It has the firmware of boards without a thermometer."""
    module.thermometer = None


def alarm_spoils(module: Module, _generator: Generator) -> None:
    """With every alarm that it sends it loses its bleeding threshold."""
    if module.alarm:
        message = module.alarm.message

        def message_and_spoil(code: int, thresholds: tuple[int, int, int]) -> bytes | None:
            text = message(code, thresholds)
            if text:
                module.settings.store("V", SPOILT_CODE, module.kernel.now_ns)
            return text

        module.alarm.message = message_and_spoil  # type: ignore[method-assign]


OPTION_DEFECTS: Mapping[str, Callable[[Module, Generator], None]] = {
    "temperature-off": temperature_off,
    "sensor-open": sensor_open,
    "sensor-shorted": sensor_shorted,
    "hides-broken-sensor": hides_broken_sensor,
    "no-temperature": no_temperature,
    "alarm-spoils": alarm_spoils,
}
