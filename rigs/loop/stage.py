"""What only a simulated bench can do to a pack: let incidents befall it, set it, know the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rigs.simulation.pack.bench import PackBench
from rigs.simulation.pack.cells import CellState
from rigs.simulation.pack.incidents import INCIDENTS


class Stage:
    """One simulated pack; what has befallen it is undone by ``clear``."""

    def __init__(self, bench: PackBench) -> None:
        self._bench = bench
        self._undoings: list[Callable[[], None]] = []

    @staticmethod
    def can(incident: str) -> bool:
        """Whether there is an incident of this name."""
        return incident in INCIDENTS

    def befall(self, incident: str, **figures: float) -> None:
        """Let it happen now."""
        self._undoings.append(self._bench.incidents.begin(incident, **figures))

    def mend(self) -> None:
        """Undo the latest incident that still lasts."""
        self._undoings.pop()()

    def clear(self) -> None:
        """Undo all, the latest first."""
        while self._undoings:
            self.mend()

    def set_charges(self, charges: NDArray[np.float64]) -> None:
        """All cells at these states of charge, at rest and as warm as the bench."""
        capacity_As = self._bench.circuit.cells.figures.capacity_As
        rest = np.zeros(len(capacity_As))

        def begun(state: CellState) -> CellState:
            return replace(
                state,
                charge_As=charges * capacity_As,
                fast_V=rest,
                slow_V=rest,
                temperature_C=state.ambient_C,
            )

        self._bench.circuit.change_cells(self._bench.kernel.now_ns, begun)

    def set_charge(self, position: int, charge: float) -> None:
        """One cell at this state of charge, and nothing else changed."""
        capacity_As = self._bench.circuit.cells.figures.capacity_As[position - 1]

        def moved(state: CellState) -> CellState:
            charge_As = state.charge_As.copy()
            charge_As[position - 1] = charge * capacity_As
            return replace(state, charge_As=charge_As)

        self._bench.circuit.change_cells(self._bench.kernel.now_ns, moved)

    def charges(self) -> NDArray[np.float64]:
        """The true states of charge, 0 to 1."""
        circuit, now_ns = self._bench.circuit, self._bench.kernel.now_ns
        state = circuit.state_at(circuit.at(now_ns), now_ns)
        return np.asarray(state.charge_As / circuit.cells.figures.capacity_As)

    def capacities_As(self) -> NDArray[np.float64]:
        """What the cells truly hold when full."""
        return np.asarray(self._bench.circuit.cells.figures.capacity_As)

    def voltages_V(self) -> NDArray[np.float64]:
        """The cells' true voltages now."""
        circuit, now_ns = self._bench.circuit, self._bench.kernel.now_ns
        segment = circuit.at(now_ns)
        return circuit.cells.volts_after(segment.state, segment.cell_A, segment.seconds_to(now_ns))
