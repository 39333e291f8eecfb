"""A pack's surroundings, chain and logic that play by a script, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.chain.timing import ChainTiming
from fixtures.pack import pack_figures
from products.model import load_product
from quantities import Purpose
from quantities.errors import CellrigError
from rigs.adapters.python import PythonLogic
from rigs.loop.application import Application
from rigs.loop.chainpoll import ChainPoll
from rigs.loop.loop import Loop
from supervisor.decisions import ChargerSetting, Decision
from supervisor.figures import PackFigures
from supervisor.readings import PackReadings
from tests.drivers.chain.scripted import ScriptedClock, ScriptedPort

ROOT = Path(__file__).parents[3]
TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2)
ALLOWS_ALL = Decision(charge_limit_A=5.0, discharge_limit_A=10.0, contactor_closed=True)
CHARGES = replace(ALLOWS_ALL, charger=ChargerSetting(on=True, voltage_V=14.0, current_A=2.0))


def figures_of(cells: int) -> PackFigures:
    """Those of the pack of sixteen, with fewer cells."""
    figures = pack_figures(load_product(ROOT / "products" / "pack16.toml"))
    temperatures = replace(figures.temperatures, sensors=cells)
    return replace(figures, cells=cells, temperatures=temperatures)


@dataclass
class ScriptedSurroundings:
    """Meters that show what they are told to, each in 20 ms, and a list of what was done."""

    clock: ScriptedClock
    cells: int
    amperes: float = 0.0
    volts: float = 14.8
    celsius: float = 25.0
    """Of the warmest sensor; each of the others is one kelvin colder than the one before."""
    scan_s: float = 0.0
    """What reading all sensors takes."""
    done: list[object] = field(default_factory=list)
    fault: BaseException | None = None
    """Raised by the next look at the ammeter."""

    def current_A(self) -> float:
        self.clock.wait(0.02, Purpose.APERTURE)
        if self.fault:
            raise self.fault
        return self.amperes

    def voltage_V(self) -> float:
        self.clock.wait(0.02, Purpose.APERTURE)
        return self.volts

    def temperatures_C(self) -> NDArray[np.float64]:
        self.clock.wait(self.scan_s, Purpose.APERTURE)
        return self.celsius - np.arange(self.cells, dtype=np.float64)

    def set_charger(self, setting: ChargerSetting) -> None:
        self.done.append(setting)

    def draw(self, amperes: float) -> None:
        self.done.append(amperes)

    def set_contactor(self, *, closed: bool) -> None:
        self.done.append("close" if closed else "open")

    def make_safe(self) -> list[CellrigError]:
        self.done.append("safe")
        return []


@dataclass
class ScriptedLogic:
    """Decides by a function of the readings, and keeps what it was told."""

    decide: Callable[[PackReadings], Decision] = lambda _: ALLOWS_ALL
    told: list[PackReadings] = field(default_factory=list)

    def step(self, readings: PackReadings) -> Decision:
        self.told.append(readings)
        return self.decide(readings)


class Surrounded:
    """A loop over a scripted chain of so many modules."""

    def __init__(
        self,
        decide: Callable[[PackReadings], Decision],
        cells: int = 4,
        *,
        truth: Callable[[], NDArray[np.float64]] | None = None,
    ) -> None:
        self.clock = ScriptedClock()
        self.port = ScriptedPort(self.clock, cells)
        self.surroundings = ScriptedSurroundings(self.clock, cells)
        self.logic = ScriptedLogic(decide)
        self.figures = figures_of(cells)
        chain = Chain(self.port, self.clock, TIMING, cells)
        poll = ChainPoll(chain.once, self.clock, np.full(cells, float(0x4BD000)))
        self.loop = Loop(
            PythonLogic(self.logic),
            self.surroundings,
            poll,
            self.clock,
            self.figures,
            truth=truth,
        )
        self.loop.apply(Application(charging=True))

    @property
    def told(self) -> list[PackReadings]:
        return self.logic.told

    def sent(self, message: bytes) -> list[float]:
        """When this went out, in s since the loop was made."""
        start_ns = self.loop._start_ns
        return [(time_ns - start_ns) / 1e9 for time_ns, sent in self.port.sent if sent == message]
