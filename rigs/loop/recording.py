"""What happened in the loop, kept as it grows: one row a period, the cells' voltages apart."""

from __future__ import annotations

import math
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from supervisor.decisions import Fault, Phase

FAULTS = tuple(Fault)
PHASES = tuple(Phase)

NO_ANSWER = -1
"""Instead of a status digit where nothing came back."""

PERIOD = np.dtype(
    [
        ("time_s", "f8"),  # since the loop's start, when the supervisor was told
        ("late_s", "f4"),  # how far the period's end was beyond the next one's begin
        ("current_A", "f4"),
        ("voltage_V", "f4"),
        ("temperature_low_C", "f4"),
        ("temperature_high_C", "f4"),
        ("any_module", "i1"),
        ("every_module", "i1"),
        ("status_age_s", "f4"),
        ("current_age_s", "f4"),
        ("voltage_age_s", "f4"),
        ("cells_age_s", "f4"),  # the oldest cell's
        ("charge_limit_A", "f4"),
        ("discharge_limit_A", "f4"),
        ("charger_on", "?"),
        ("charger_voltage_V", "f4"),
        ("charger_current_A", "f4"),
        ("contactor_closed", "?"),
        ("draws_A", "f4"),
        ("phase", "i1"),
        ("time_constant_s", "f4"),  # of the fast charging procedure; NaN where there is none
        ("faults", "u4"),  # a bit for each, in their order
        ("state_of_charge", "f4"),
        ("state_of_health", "f4"),
        ("average_temperature_C", "f4"),
        ("writes", "u4"),
        ("true_low_V", "f4"),  # of all cells, on a bench that knows
        ("true_high_V", "f4"),
    ]
)

Element = TypeVar("Element", bound=np.generic)


class Growing(Generic[Element]):
    """Rows that are appended one by one, in memory that doubles when it is full."""

    def __init__(self, shape: tuple[int, ...], kind: Any) -> None:
        self._rows: NDArray[Element] = np.zeros((256, *shape), kind)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def append(self, row: Any) -> None:
        """One row more."""
        if self._used == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[self._used] = row
        self._used += 1

    def rows(self) -> NDArray[Element]:
        """All so far; a view that the next row may leave behind."""
        return self._rows[: self._used]


class Recording:
    """Periods, the cells' voltages whenever they were read, and events, with times in s."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self._periods: Growing[np.void] = Growing((), PERIOD)
        self._cell_times_s: Growing[np.float64] = Growing((), np.float64)
        self._cell_voltages_V: Growing[np.float32] = Growing((cells,), np.float32)
        self._cell_truths_V: Growing[np.float32] = Growing((cells,), np.float32)
        self.events: list[tuple[float, str]] = []
        self.weak_cells: list[tuple[float, tuple[int, ...]]] = []
        """Whenever they changed."""

    def add_period(self, values: dict[str, Any]) -> None:
        """All of ``PERIOD``."""
        self._periods.append(tuple(values[name] for name in PERIOD.names or ()))

    def add_silence(self, time_s: float) -> None:
        """From now on nobody reads or publishes anything, and all is off."""
        if not len(self._periods):
            return
        row = self.periods[-1].copy()
        row["time_s"], row["late_s"] = time_s, 0.0
        for name in ("charge_limit_A", "discharge_limit_A", "draws_A"):
            row[name] = 0.0
        row["charger_on"] = row["contactor_closed"] = False
        row["any_module"] = row["every_module"] = NO_ANSWER
        row["current_A"] = math.nan
        self._periods.append(row)

    def set_late(self, late_s: float) -> None:
        """How late the period ended that was added last."""
        self._periods.rows()["late_s"][-1] = late_s

    def add_cells(
        self,
        time_s: float,
        voltages_V: NDArray[np.float64],
        true_V: NDArray[np.float64] | float = math.nan,
    ) -> None:
        """One reading of all cells, by position, NaN where none came; and what was true then."""
        self._cell_times_s.append(time_s)
        self._cell_voltages_V.append(voltages_V)
        self._cell_truths_V.append(true_V)

    def add_event(self, time_s: float, what: str) -> None:
        """Something that happened then, in words."""
        self.events.append((time_s, what))

    def add_weak_cells(self, time_s: float, positions: tuple[int, ...]) -> None:
        """Kept if they are other ones than before."""
        if positions != (self.weak_cells[-1][1] if self.weak_cells else ()):
            self.weak_cells.append((time_s, positions))

    @property
    def periods(self) -> NDArray[np.void]:
        """One row a period, ``PERIOD``."""
        return self._periods.rows()

    @property
    def cell_times_s(self) -> NDArray[np.float64]:
        """When cells were read."""
        return self._cell_times_s.rows()

    @property
    def cell_voltages_V(self) -> NDArray[np.float32]:
        """What they read, shape (readings, cells)."""
        return self._cell_voltages_V.rows()

    @property
    def cell_truths_V(self) -> NDArray[np.float32]:
        """What they were then; NaN where nobody knows."""
        return self._cell_truths_V.rows()


def fault_bits(faults: frozenset[Fault]) -> int:
    """As they stand in a recording."""
    return sum(1 << FAULTS.index(fault) for fault in faults)
