"""Readings taken as nobody promised them: whatever is no reading counts as none.

A supervisor must not fall over what it is told, so nothing here raises: a missing part, a wrong
shape, a text, NaN and infinity, an age below zero all come out as NaN, or None, and infinitely old.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from supervisor.figures import PackFigures
from supervisor.readings import Aged, AgedArray, PackReadings, StatusAnswer

GREATEST_CURRENT_A = 1e5
GREATEST_PACK_VOLTAGE_V = 1e4
TEMPERATURES_C = (-80.0, 200.0)
"""No sensor that works tells others."""
LONGEST_S = 1e9


def checked(figures: PackFigures, readings: PackReadings) -> PackReadings:
    """The same readings with all that is none of them as unread; arrays are copies."""
    told: object = readings
    cell = figures.cell
    return PackReadings(
        elapsed_s=_elapsed_s(_part(told, "elapsed_s"), figures.periods.fast_s),
        current_A=_aged(_part(told, "current_A"), -GREATEST_CURRENT_A, GREATEST_CURRENT_A),
        pack_voltage_V=_aged(_part(told, "pack_voltage_V"), 0.0, GREATEST_PACK_VOLTAGE_V),
        cell_voltages_V=_aged_array(
            _part(told, "cell_voltages_V"),
            figures.cells,
            cell.plausible_low_V,
            cell.plausible_high_V,
        ),
        temperatures_C=_aged_array(
            _part(told, "temperatures_C"), figures.temperatures.sensors, *TEMPERATURES_C
        ),
        status=_status(_part(told, "status")),
        module_count=_whole(_part(told, "module_count"), 256),
        constants=_array(_part(told, "constants"), figures.cells, 1.0, float(0xFFFFFF)),
        latches=_nibbles(_part(told, "latches"), figures.cells),
        charging_wanted=_part(told, "charging_wanted") is True,
    )


def _part(told: object, name: str) -> object:
    return getattr(told, name, None)


def _number(told: object) -> float:
    """NaN for what is no finite number."""
    try:
        number = float(told)  # type: ignore[arg-type] # whatever it is
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _between(number: float, least: float, greatest: float) -> float:
    return number if least <= number <= greatest else math.nan


def _elapsed_s(told: object, period_s: float) -> float:
    """A period's length if what is told is no time."""
    elapsed_s = _number(told)
    return min(elapsed_s, LONGEST_S) if elapsed_s >= 0 else period_s


def _age_s(told: object) -> float:
    age_s = _number(told)
    return age_s if age_s >= 0 else math.inf


def _aged(told: object, least: float, greatest: float) -> Aged:
    return Aged(
        _between(_number(_part(told, "value")), least, greatest), _age_s(_part(told, "age_s"))
    )


def _array(told: object, size: int, least: float, greatest: float) -> NDArray[np.float64]:
    """Values within the range; NaN for others, and for all of them if there are not ``size``."""
    unread = np.full(size, math.nan)
    try:
        values = np.array(told, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return unread
    if values.shape != (size,):
        return unread
    return np.where((values >= least) & (values <= greatest), values, math.nan)


def _aged_array(told: object, size: int, least: float, greatest: float) -> AgedArray:
    ages_s = _array(_part(told, "ages_s"), size, 0.0, math.inf)
    return AgedArray(
        _array(_part(told, "values"), size, least, greatest),
        np.where(np.isnan(ages_s), math.inf, ages_s),
    )


def _whole(told: object, greatest: int) -> int | None:
    number = _number(told)
    return int(number) if 0 <= number <= greatest and number == int(number) else None


def _status(told: object) -> StatusAnswer:
    return StatusAnswer(
        _whole(_part(told, "any_module"), 15),
        _whole(_part(told, "every_module"), 15),
        _age_s(_part(told, "age_s")),
    )


def _nibbles(told: object, size: int) -> NDArray[np.uint8]:
    """One for each module, or none at all."""
    values = _array(told, size, 0.0, 15.0)
    return np.zeros(0, np.uint8) if np.isnan(values).any() else values.astype(np.uint8)
