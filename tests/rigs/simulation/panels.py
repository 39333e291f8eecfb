"""Simulated benches whose modules have round figures and nothing by chance."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import serial

from rigs.simulation.bench import SimulatedBench
from rigs.simulation.table import SimulationTable
from rigs.simulation.waveform import Exponential

MS = 1_000_000
SECOND = 1_000_000_000

EXACT: dict[str, Any] = {
    "reference_V": 1.2,
    "reference_spread": 0.0,
    "offset_spread_codes": 0.0,
    "noise_codes": 0.0,
    "clock_spread": 0.0,
    "processing_s": 0.0015,
    "processing_spread": 0.0,
    "watchdog_s": 2.0,
    "watchdog_spread": 0.0,
    "bleeder_spread": 0.0,
    "asleep_A": 6.5e-6,
    "asleep_spread": 0.0,
    "asleep_efold_V": 1e300,
    "bleeding_code": 0x4A0,
    "low_code": 0x5E0,
    "high_code": 0x49C,
    "constant": 0x4BD000,
}
"""At 3.7 V each module answers N = 4 × 332 = 0x530; it bleeds from 4.1514 V on."""


class Panel:
    """A bench with its port open; ``volts`` are on the panel, and all modules awake."""

    def __init__(
        self,
        modules: int = 16,
        *,
        volts: float = 3.7,
        lead_ohm: float = 0.0,
        port: dict[str, float] | None = None,
        others: dict[int, dict[str, Any]] | None = None,
        seed: int = 1,
        exact: bool = True,
        **figures: Any,
    ) -> None:
        table = SimulationTable.model_validate(
            {
                "seed": seed,
                "date": datetime(2026, 11, 2, 8, tzinfo=UTC),
                "port": port or {},
                "module": (EXACT if exact else {}) | figures,
                "modules": others or {},
            }
        )
        self.bench = SimulatedBench(table, modules=modules, supply_lead_ohm=lead_ohm)
        self.kernel = self.bench.kernel
        self.circuit = self.bench.panel
        self.modules = self.circuit.modules
        self.port = serial.serial_for_url(self.bench.port_url, timeout=30)
        if volts:
            self.drive(volts)
            self.wait(200 * MS)

    @property
    def now_ns(self) -> int:
        return self.kernel.now_ns

    def wait(self, nanoseconds: int) -> None:
        self.kernel.advance_to(self.kernel.now_ns + nanoseconds)

    def wait_until(self, time_ns: int) -> None:
        self.kernel.advance_to(time_ns)

    def drive(
        self, volts: float, *, limit_A: float = math.inf, time_constant_ns: float = 0.0
    ) -> None:
        """From now on the source heads for these volts, at once if there is no time constant."""
        now_ns = self.now_ns
        at_V = self.circuit.epoch.source.value(now_ns)
        self.circuit.drive(Exponential(at_V, volts, now_ns, time_constant_ns), limit_A)

    def ask(self, message: bytes, characters: int) -> bytes:
        """Send a message and read as many characters."""
        self.port.write(message)
        return self.port.read(characters)

    def collect(self, nanoseconds: int) -> bytes:
        """What arrives at the host within this time."""
        self.wait(nanoseconds)
        return self.port.read(self.port.in_waiting)
