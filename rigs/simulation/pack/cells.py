"""The cells: equivalent circuits whose states move exactly while their currents stay the same.

All arrays are by position. A cell's current flows into its positive terminal. Open-circuit voltage,
a resistance and two RC pairs in series: while the current is constant, charge moves along a straight
line and each RC pair along an exponential, so a step of any length is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rigs.simulation.pack.chemistry import OpenCircuit

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CellFigures:
    """What each cell is."""

    curve: OpenCircuit
    capacity_As: Array
    resistance_ohm: Array
    fast_ohm: Array
    fast_s: Array
    slow_ohm: Array
    slow_s: Array
    self_discharge_A: Array
    heat_capacity_J_per_K: Array
    thermal_ohm_K_per_W: Array
    bleeder_heats: Array


@dataclass(frozen=True, eq=False)
class CellState:
    """Where each cell stands; states are never changed, only replaced."""

    charge_As: Array
    fast_V: Array
    """Across the RC pairs."""
    slow_V: Array
    temperature_C: Array
    ambient_C: Array


@dataclass(frozen=True)
class PlainFigures:
    """The same as lists, where numpy is slow: for one cell at a time."""

    inner: list[float]
    """Where the curve's lines meet."""
    begins: list[float]
    """Where each line begins."""
    volts: list[float]
    slopes: list[float]
    capacity_As: list[float]
    resistance_ohm: list[float]
    fast_ohm: list[float]
    fast_s: list[float]
    slow_ohm: list[float]
    slow_s: list[float]


class Cells:
    """The figures at work: pure functions of a state and the currents."""

    def __init__(self, figures: CellFigures) -> None:
        self.figures = figures
        self.plain = PlainFigures(
            inner=figures.curve.state_of_charge[1:-1].tolist(),
            begins=figures.curve.state_of_charge[:-1].tolist(),
            volts=figures.curve.volts[:-1].tolist(),
            slopes=figures.curve.slopes.tolist(),
            capacity_As=figures.capacity_As.tolist(),
            resistance_ohm=figures.resistance_ohm.tolist(),
            fast_ohm=figures.fast_ohm.tolist(),
            fast_s=figures.fast_s.tolist(),
            slow_ohm=figures.slow_ohm.tolist(),
            slow_s=figures.slow_s.tolist(),
        )
        self._known_decays: tuple[float, Array, Array] = (0.0, np.array(1.0), np.array(1.0))

    def aged(self, index: int, *, capacity: float, resistance: float) -> Cells:
        """The same cells, but one with so many times its capacity and its resistances."""
        figures = self.figures

        def times(values: Array, factor: float) -> Array:
            changed = values.copy()
            changed[index] *= factor
            return changed

        return Cells(
            replace(
                figures,
                capacity_As=times(figures.capacity_As, capacity),
                resistance_ohm=times(figures.resistance_ohm, resistance),
                fast_ohm=times(figures.fast_ohm, resistance),
                slow_ohm=times(figures.slow_ohm, resistance),
            )
        )

    def open_circuit(self, state: CellState) -> tuple[Array, Array]:
        """Open-circuit voltage in V, and what an ampere second adds to it, in V/As."""
        volts, slope = self.figures.curve.line(state.charge_As / self.figures.capacity_As)
        return volts, slope / self.figures.capacity_As

    def volts_after(self, state: CellState, current_A: Array, seconds: float) -> Array:
        """At the cells' terminals, so long after a state at these currents."""
        figures = self.figures
        fast, slow = self._decays(seconds)
        fast_V, slow_V = current_A * figures.fast_ohm, current_A * figures.slow_ohm
        charge_As = state.charge_As + (current_A - figures.self_discharge_A) * seconds
        return (
            figures.curve.line(charge_As / figures.capacity_As)[0]
            + current_A * figures.resistance_ohm
            + fast_V
            + (state.fast_V - fast_V) * fast
            + slow_V
            + (state.slow_V - slow_V) * slow
        )

    def ahead(self, state: CellState, seconds: float) -> tuple[Array, Array]:
        """Inner voltage so much later without current, and what each ampere till then adds, in Ω.

        The resistance is among the latter. Open-circuit voltage is taken as straight, as it is
        within a line of the curve.
        """
        figures = self.figures
        fast, slow = self._decays(seconds)
        volts, per_As = self.open_circuit(state)
        ohm = (
            figures.resistance_ohm
            + figures.fast_ohm * (1.0 - fast)
            + figures.slow_ohm * (1.0 - slow)
            + per_As * seconds
        )
        return volts + state.fast_V * fast + state.slow_V * slow, ohm

    def advance(
        self, state: CellState, current_A: Array, seconds: float, *, heating_W: Array | float = 0.0
    ) -> CellState:
        """The state after so long at these currents; ``heating_W`` is warmth from elsewhere."""
        figures = self.figures
        fast, slow = self._decays(seconds)
        fast_end_V, slow_end_V = current_A * figures.fast_ohm, current_A * figures.slow_ohm
        moved = replace(
            state,
            charge_As=state.charge_As + (current_A - figures.self_discharge_A) * seconds,
            fast_V=fast_end_V + (state.fast_V - fast_end_V) * fast,
            slow_V=slow_end_V + (state.slow_V - slow_end_V) * slow,
        )
        power_W = heating_W + (
            self.heat_J(state, moved, current_A, seconds) / seconds if seconds else 0.0
        )
        final_C = state.ambient_C + power_W * figures.thermal_ohm_K_per_W
        cooling = np.exp(-seconds / (figures.thermal_ohm_K_per_W * figures.heat_capacity_J_per_K))
        return replace(moved, temperature_C=final_C + (state.temperature_C - final_C) * cooling)

    def heat_J(self, begin: CellState, end: CellState, current_A: Array, seconds: float) -> Array:
        """What became heat between two states at these currents: in resistances and by leaking."""
        figures = self.figures
        leaked_As = figures.self_discharge_A * seconds
        mean_V = (self.open_circuit(begin)[0] + self.open_circuit(end)[0]) / 2
        return (
            current_A**2 * figures.resistance_ohm * seconds
            + _pair_heat_J(
                begin.fast_V, end.fast_V, current_A, figures.fast_ohm, figures.fast_s, seconds
            )
            + _pair_heat_J(
                begin.slow_V, end.slow_V, current_A, figures.slow_ohm, figures.slow_s, seconds
            )
            + leaked_As * mean_V
        )

    def stored_J(self, state: CellState) -> Array:
        """Chemical energy, and that of the RC pairs' capacitances."""
        figures = self.figures
        chemical_J = (
            figures.curve.energy(state.charge_As / figures.capacity_As) * figures.capacity_As
        )
        fast_F, slow_F = figures.fast_s / figures.fast_ohm, figures.slow_s / figures.slow_ohm
        return chemical_J + (fast_F * state.fast_V**2 + slow_F * state.slow_V**2) / 2

    def _decays(self, seconds: float) -> tuple[Array, Array]:
        """What is left of each RC pair's voltage; steps of one length come in a row."""
        known_s, fast, slow = self._known_decays
        if known_s != seconds:
            fast = np.exp(-seconds / self.figures.fast_s)
            slow = np.exp(-seconds / self.figures.slow_s)
            self._known_decays = seconds, fast, slow
        return fast, slow


def _pair_heat_J(
    begin_V: Array,
    end_V: Array,
    current_A: Array,
    ohm: Array,
    time_constant_s: Array,
    seconds: float,
) -> Array:
    """∫ v²/R dt of an RC pair: v runs from begin to end, towards i·R."""
    final_V = current_A * ohm
    begin_off_V, end_off_V = begin_V - final_V, end_V - final_V
    return (
        final_V**2 * seconds
        + 2.0 * final_V * time_constant_s * (begin_off_V - end_off_V)
        + time_constant_s / 2.0 * (begin_off_V**2 - end_off_V**2)
    ) / ohm
