"""What is known of the pack: each reading's last good value, and how old that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supervisor.figures import PackFigures
from supervisor.readings import Aged, AgedArray, PackReadings

YOUNGER_S = 1e-9
"""A value is a new one if it is younger by this than the last would be by now."""
SMOOTHING = 0.25
"""Weight of the latest reading in the running mean of each cell."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Values by position; NaN and infinitely old until there is one."""

    current: Aged
    pack_voltage: Aged
    cells: AgedArray
    new_cells: NDArray[np.bool_]
    """Those whose voltage was read since the supervisor was told the last time."""
    smooth_V: NDArray[np.float64]
    """Running means of the cells' voltages."""
    temperatures: AgedArray
    module_count: int | None
    module_count_age_s: float

    @property
    def current_A(self) -> float:
        """Into the pack; the last good value, however old."""
        return self.current.value

    @property
    def cells_V(self) -> NDArray[np.float64]:
        """The last good values, however old."""
        return self.cells.values

    @property
    def cells_were_read(self) -> bool:
        """Most cells' voltages are new ones."""
        return 2 * int(self.new_cells.sum()) > self.new_cells.size


def nothing_known(figures: PackFigures) -> Known:
    """Before the first reading."""
    return Known(
        current=Aged(),
        pack_voltage=Aged(),
        cells=_unread(figures.cells),
        new_cells=np.zeros(figures.cells, np.bool_),
        smooth_V=np.full(figures.cells, math.nan),
        temperatures=_unread(figures.temperatures.sensors),
        module_count=None,
        module_count_age_s=math.inf,
    )


def learn(known: Known, readings: PackReadings) -> Known:
    """What is known after these readings, which are checked ones."""
    elapsed_s = readings.elapsed_s
    cells, new_cells = _later_array(known.cells, readings.cell_voltages_V, elapsed_s)
    counted = readings.module_count is not None
    return Known(
        current=_later(known.current, readings.current_A, elapsed_s),
        pack_voltage=_later(known.pack_voltage, readings.pack_voltage_V, elapsed_s),
        cells=cells,
        new_cells=new_cells,
        smooth_V=_smooth(known.smooth_V, cells.values, new_cells),
        temperatures=_later_array(known.temperatures, readings.temperatures_C, elapsed_s)[0],
        module_count=readings.module_count if counted else known.module_count,
        module_count_age_s=0.0 if counted else known.module_count_age_s + elapsed_s,
    )


def _unread(size: int) -> AgedArray:
    return AgedArray(np.full(size, math.nan), np.full(size, math.inf))


def _later(last: Aged, told: Aged, elapsed_s: float) -> Aged:
    """What is told, or the last value if none is: older by the time since, or as old as told."""
    if math.isfinite(told.value):
        return told
    told_age_s = told.age_s if math.isfinite(told.age_s) else 0.0
    return Aged(last.value, max(last.age_s + elapsed_s, told_age_s))


def _later_array(
    last: AgedArray, told: AgedArray, elapsed_s: float
) -> tuple[AgedArray, NDArray[np.bool_]]:
    """As ``_later``, for each; and which of them are new."""
    is_told = np.isfinite(told.values)
    by_now_s = last.ages_s + elapsed_s
    told_ages_s = np.where(np.isfinite(told.ages_s), told.ages_s, 0.0)
    ages_s = np.where(is_told, told.ages_s, np.maximum(by_now_s, told_ages_s))
    values = np.where(is_told, told.values, last.values)
    return AgedArray(values, ages_s), is_told & (told.ages_s < by_now_s - YOUNGER_S)


def _smooth(
    last_V: NDArray[np.float64], cells_V: NDArray[np.float64], new: NDArray[np.bool_]
) -> NDArray[np.float64]:
    moved_V = last_V + SMOOTHING * (cells_V - last_V)
    return np.where(new, np.where(np.isnan(last_V), cells_V, moved_V), last_V)
