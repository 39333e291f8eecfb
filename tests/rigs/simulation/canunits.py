"""A simulated unit on a CAN bus and the driver at the other end of it, in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from drivers.can import Frames, load_dbc, open_bus
from rigs.adapters.can import CanLogic
from rigs.rig_tables import PACK_DBC
from rigs.simulation.canunit import CanUnit
from rigs.simulation.kernel import Kernel, VirtualClock
from supervisor.decisions import Decision
from supervisor.readings import Aged, AgedArray, PackReadings, StatusAnswer
from tests.rigs.simulation.units import Told

DATABASE = load_dbc(PACK_DBC)
SECOND = 1_000_000_000


class UnitOnBus:
    def __init__(self, decision: Decision | None = None) -> None:
        self.kernel = Kernel()
        self.clock = VirtualClock(self.kernel, datetime(2026, 11, 2, tzinfo=UTC))
        self.logic = Told(always=decision or Decision())
        self.unit = CanUnit(self.kernel, self.logic, PACK_DBC, SECOND)
        bus = open_bus("virtual", self.unit.channel, 500_000)
        self.frames = Frames(bus, self.clock, DATABASE)
        self.adapter = CanLogic(self.frames, period_s=1.0, stale_s=3.5, unit=self.unit)

    def wait(self, seconds: float) -> None:
        self.kernel.advance_to(self.kernel.now_ns + round(seconds * SECOND))

    def close(self) -> None:
        self.adapter.close()


def pack_readings(
    *,
    current_A: float = 1.0,
    pack_V: float = 14.8,
    cells_V: tuple[float, ...] = (3.7, 3.7, 3.7, 3.7),
    temperatures_C: tuple[float, ...] = (25.0, 25.0),
) -> PackReadings:
    """Readings all of which are fresh."""
    return PackReadings(
        elapsed_s=1.0,
        current_A=Aged(current_A, 0.0),
        pack_voltage_V=Aged(pack_V, 0.0),
        cell_voltages_V=AgedArray(np.array(cells_V), np.zeros(len(cells_V))),
        temperatures_C=AgedArray(np.array(temperatures_C), np.zeros(len(temperatures_C))),
        status=StatusAnswer(8, 8, 0.0),
        module_count=len(cells_V),
        constants=np.full(len(cells_V), 0x4BD000, np.float64),
    )
