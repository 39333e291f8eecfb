"""Small simulated packs, and a look at them that goes past the instruments."""

from __future__ import annotations

from typing import Any

import serial

from rigs.simulation.bench import InstrumentPlace
from rigs.simulation.pack.bench import PackBench
from rigs.simulation.table import SimulationTable

SHIPS = {"bleeding_mV": 4196, "low_mV": 3303, "high_mV": 4211}
SECOND = 1_000_000_000
CHARGER = "TCPIP0::charger::5025::SOCKET"


class Pack:
    """A pack with its port open, the modules awake; ``cell`` and ``cells`` as in the rig file."""

    def __init__(
        self,
        cells: int = 4,
        *,
        cell: dict[str, Any] | None = None,
        others: dict[int, dict[str, Any]] | None = None,
        module: dict[str, Any] | None = None,
        seed: int = 1,
        sensors: tuple[int, ...] = (),
        places: tuple[InstrumentPlace, ...] = (),
        incidents: tuple[dict[str, Any], ...] = (),
        **pack: Any,
    ) -> None:
        table = SimulationTable.model_validate(
            {
                "seed": seed,
                "date": "2026-11-02T08:00:00Z",
                "module": {"ships": SHIPS, **(module or {})},
                "pack": {"cell": cell or {}, "cells": others or {}, **pack},
                "incidents": incidents,
            },
            strict=False,
        )
        self.bench = PackBench(table, modules=cells, positions=sensors, places=places)
        self.circuit = self.bench.circuit
        self.modules = self.bench.modules
        self.port = serial.serial_for_url(self.bench.port_url, timeout=2)
        self.wait(0.2)

    @property
    def now_ns(self) -> int:
        return self.bench.kernel.now_ns

    def wait(self, seconds: float) -> None:
        self.bench.kernel.advance_to(self.now_ns + round(seconds * SECOND))

    def ask(self, message: str) -> str:
        """What comes back within two seconds; empty if nothing does."""
        self.port.write(b"\n" + message.encode() + b"\r")
        return self.port.read_until(b"\r").decode("latin-1").strip()

    def draw(self, amperes: float) -> None:
        """Discharge through a closed contactor."""
        self.circuit.change(self.now_ns, closed=True, load_A=amperes)

    @property
    def pack_A(self) -> float:
        return self.circuit.at(self.now_ns).pack_A

    def cell_V(self, position: int) -> float:
        return self.circuit.cell_V(position - 1, self.now_ns)

    def charges(self) -> Any:
        return self.circuit.state_at(self.circuit.at(self.now_ns), self.now_ns).charge_As
