"""What a supervisor decides each control period, and what it reports of the pack."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from supervisor.readings import PackReadings


class Fault(StrEnum):
    """What a supervisor notices and names."""

    CURRENT_SENSOR_DEAD = "current sensor dead"
    CURRENT_SENSOR_STUCK = "current sensor stuck"
    CURRENT_SENSOR_REVERSED = "current sensor reversed"
    PACK_VOLTAGE_DIFFERS = "pack voltage differs from the sum of the cells"
    COMMUNICATION = "chain communication"
    WRONG_CELL_COUNT = "wrong cell count"
    CELLS_UNREAD = "cell voltages too old"
    CELL_UNTRUE = "a cell's voltage contradicts its module's status"
    TEMPERATURE_SENSOR = "temperature sensor failed"
    TEMPERATURES_UNREAD = "temperatures too old"
    OVER_VOLTAGE = "over-voltage"
    UNDER_VOLTAGE = "under-voltage"
    OVER_CURRENT = "over-current"
    OVER_TEMPERATURE = "over-temperature"
    UNDER_TEMPERATURE = "under-temperature"
    CHARGER = "charger does not do what it is told"
    PACK_VOLTAGE_UNREAD = "pack voltage too old"


class Phase(StrEnum):
    """Where charging stands (CHG)."""

    IDLE = "idle"
    CURRENT = "current loop"
    VOLTAGE = "voltage loop"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class EnableBleeding:
    """Send ``e`` (SUP-7)."""


@dataclass(frozen=True, slots=True)
class WriteBleedingThreshold:
    """Store ``code`` as the bleeding threshold of the module at ``position`` (SUP-5)."""

    position: int
    code: int


@dataclass(frozen=True, slots=True)
class RepeatStatus:
    """Poll ``S0F`` again within this period, and tell the supervisor once more (SUP-7)."""


ChainRequest = EnableBleeding | WriteBleedingThreshold | RepeatStatus


@dataclass(frozen=True, slots=True)
class ChargerSetting:
    """What the charger is to do; off it keeps neither."""

    on: bool = False
    voltage_V: float = 0.0
    current_A: float = 0.0


@dataclass(frozen=True, slots=True)
class PackReport:
    """What is published of the pack beside its limits."""

    state_of_charge: float = math.nan
    """0 to 1"""
    state_of_health: float = math.nan
    """Capacity against the rated one."""
    charge_in_As: float = 0.0
    charge_out_As: float = 0.0
    average_temperature_C: float = math.nan
    spread_V: float = math.nan
    """From the lowest cell to the highest."""
    weak_cells: tuple[int, ...] = ()
    """Their positions."""
    faults: frozenset[Fault] = frozenset()
    phase: Phase = Phase.IDLE
    time_constant_s: float = math.nan
    threshold_writes: int = 0
    """EEPROM writes asked for since the start."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One period's decision; as it stands, that of a supervisor that allows nothing."""

    charge_limit_A: float = 0.0
    discharge_limit_A: float = 0.0
    charger: ChargerSetting = ChargerSetting()
    contactor_closed: bool = False
    poll_chain: bool = True
    """Whether to go on polling; modules that are not polled go to sleep (SUP-9)."""
    requests: tuple[ChainRequest, ...] = ()
    report: PackReport = PackReport()


class Supervisor(Protocol):
    """Logic under test in Python: constructed with the pack's figures, stepped each period."""

    def step(self, readings: PackReadings) -> Decision:
        """Decide; never raises, whatever the readings are."""
        ...
