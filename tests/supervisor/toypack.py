"""A toy pack for closed loops: linear cells, modules that latch, a charger. Nothing of the rig."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from supervisor.decisions import Decision, EnableBleeding, RepeatStatus, WriteBleedingThreshold
from supervisor.figures import PackFigures
from supervisor.readings import Aged, AgedArray, PackReadings, StatusAnswer
from supervisor.reference import ReferenceSupervisor
from tests.supervisor.packs import CONSTANT, FIGURES

LINEAR = replace(FIGURES, charge=replace(FIGURES.charge, ocv_V=(3.0, 4.2), ocv_charge=(0.0, 1.0)))
"""The figures of such a pack."""
Told = Callable[[PackReadings], PackReadings]


@dataclass
class ToyPack:
    """Cells of constant capacity whose voltage rises evenly from 3.0 V, empty, to 4.2 V, full."""

    figures: PackFigures = LINEAR
    charge: NDArray[np.float64] = field(default_factory=lambda: np.full(FIGURES.cells, 0.5))
    capacity_As: NDArray[np.float64] = field(
        default_factory=lambda: np.full(FIGURES.cells, FIGURES.charge.rated_As)
    )
    resistance_ohm: NDArray[np.float64] = field(
        default_factory=lambda: np.full(FIGURES.cells, FIGURES.cell.resistance_ohm)
    )
    bleed_A: NDArray[np.float64] = field(
        default_factory=lambda: np.full(FIGURES.cells, FIGURES.cell.bleed_A)
    )
    offset_V: NDArray[np.float64] = field(default_factory=lambda: np.zeros(FIGURES.cells))
    """By how much a module is off: in what it reads and in its thresholds alike."""
    load_A: float = 0.0
    charger_works: bool = True
    charging_wanted: bool = True
    tell: Told = lambda told: told
    noise: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    enabled: bool = True

    def __post_init__(self) -> None:
        cells = self.figures.cells
        own = round(CONSTANT / (1000 * self.figures.cell.bleeding_V))
        self.threshold = np.full(cells, own)
        self.latched_s = np.zeros(cells, np.uint8)
        self.latched_u = np.zeros(cells, np.uint8)
        self.latches = np.zeros(0, np.uint8)
        self.codes = np.zeros(cells)
        self.bleeding = np.zeros(cells, np.bool_)
        self.decision = Decision()
        self.supervisor = ReferenceSupervisor(self.figures)
        self.current_A = 0.0
        self.time_s = 0.0
        self.cells_read_s = -1e9
        self.read_V = np.full(cells, np.nan)
        self.greatest_V = np.zeros(cells)
        self.enables = 0
        self.writes: list[WriteBleedingThreshold] = []

    @property
    def ocv_V(self) -> NDArray[np.float64]:
        return 3.0 + 1.2 * self.charge

    @property
    def cells_V(self) -> NDArray[np.float64]:
        through_A = self.current_A - self.bleeding * self.bleed_A
        return self.ocv_V + through_A * self.resistance_ohm

    def run(self, seconds: float, until: Callable[[Decision], bool] | None = None) -> Decision:
        """Period by period, as decided; stops at once when ``until`` says so."""
        end_s = self.time_s + seconds
        while self.time_s < end_s:
            self._period()
            if until is not None and until(self.decision):
                break
        return self.decision

    def _period(self) -> None:
        period_s = self.figures.periods.fast_s
        self.current_A = self._current_A()
        through_A = self.current_A - self.bleeding * self.bleed_A
        self.charge = self.charge + through_A * period_s / self.capacity_As
        self.greatest_V = np.maximum(self.greatest_V, self.cells_V)
        self.time_s += period_s
        self._measure()
        slow = self.time_s - self.cells_read_s >= self.figures.periods.slow_s
        if slow and self.decision.poll_chain:
            self._read_cells()
        self.decision = self.supervisor.step(self.tell(self._readings(period_s, self._status())))
        for _ in range(self.figures.retries + 1):
            if RepeatStatus() not in self.decision.requests:
                break
            self.decision = self.supervisor.step(self.tell(self._readings(0.0, self._status())))
        self._obey()

    def _current_A(self) -> float:
        if not self.decision.contactor_closed:
            return 0.0
        charger, charging_A = self.decision.charger, 0.0
        if charger.on and self.charger_works:
            headroom_V = charger.voltage_V - float(self.ocv_V.sum())
            charging_A = min(
                max(headroom_V / float(self.resistance_ohm.sum()), 0), charger.current_A
            )
        return charging_A - self.load_A

    def _measure(self) -> None:
        noise = self.noise.normal(0.0, 0.4, self.figures.cells)
        self.codes = np.round(CONSTANT / (1000 * (self.cells_V + self.offset_V)) + noise)
        cell = self.figures.cell
        bits = (
            (self.codes >= round(CONSTANT / (1000 * cell.low_alarm_V))) * 1
            + (self.codes <= self.threshold) * 2
            + (self.codes <= round(CONSTANT / (1000 * cell.high_alarm_V))) * 4
        ).astype(np.uint8)
        self.latched_s |= bits
        self.latched_u |= bits
        self.bleeding = (self.codes <= self.threshold) & self.enabled

    def _read_cells(self) -> None:
        self.cells_read_s = self.time_s
        self.read_V = CONSTANT / (1000 * self.codes)
        self.latches = self.latched_u | np.uint8(8 * self.enabled)
        self.latched_u = np.zeros_like(self.latched_u)

    def _status(self) -> StatusAnswer:
        if not self.decision.poll_chain:
            return StatusAnswer()
        nibbles = self.latched_s | np.uint8(8 * self.enabled)
        self.latched_s = np.zeros_like(self.latched_s)
        return StatusAnswer(
            int(np.bitwise_or.reduce(nibbles)), int(np.bitwise_and.reduce(nibbles)), 0.0
        )

    def _readings(self, elapsed_s: float, status: StatusAnswer) -> PackReadings:
        cells = self.figures.cells
        return PackReadings(
            elapsed_s=elapsed_s,
            current_A=Aged(self.current_A + self.noise.normal(0, 0.002), 0.0),
            pack_voltage_V=Aged(float(self.cells_V.sum()), 0.0),
            cell_voltages_V=AgedArray(self.read_V, np.full(cells, self.time_s - self.cells_read_s)),
            temperatures_C=AgedArray(np.full(cells, 25.0), np.zeros(cells)),
            status=status,
            module_count=cells,
            constants=np.full(cells, float(CONSTANT)),
            latches=self.latches,
            charging_wanted=self.charging_wanted,
        )

    def _obey(self) -> None:
        for request in self.decision.requests:
            match request:
                case EnableBleeding():
                    self.enabled = True
                    self.enables += 1
                case WriteBleedingThreshold(position, code):
                    self.threshold[position - 1] = code
                    self.writes.append(request)
                case RepeatStatus():
                    pass
