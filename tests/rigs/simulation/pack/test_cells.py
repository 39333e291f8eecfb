"""Cells keep their charge and their energy, whatever the currents and however long the steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.pack.cells import CellFigures, Cells, CellState
from rigs.simulation.pack.chemistry import CURVES, Chemistry


def cells_of(chemistry: Chemistry = Chemistry.LIPO, **figures: float) -> Cells:
    """Three cells: an ordinary one, one of double resistance, one of half the capacity."""

    def each(name: str, value: float, *factors: float) -> Any:
        return figures.get(name, value) * np.array(factors or (1.0, 1.0, 1.0))

    return Cells(
        CellFigures(
            curve=CURVES[chemistry],
            capacity_As=each("capacity_As", 18_000.0, 1.0, 1.0, 0.5),
            resistance_ohm=each("resistance_ohm", 0.012, 1.0, 2.0, 1.0),
            fast_ohm=each("fast_ohm", 0.006, 1.0, 2.0, 1.0),
            fast_s=each("fast_s", 12.0),
            slow_ohm=each("slow_ohm", 0.008, 1.0, 2.0, 1.0),
            slow_s=each("slow_s", 240.0),
            self_discharge_A=each("self_discharge_A", 0.0002),
            heat_capacity_J_per_K=each("heat_capacity_J_per_K", 95.0),
            thermal_ohm_K_per_W=each("thermal_ohm_K_per_W", 6.0),
            bleeder_heats=each("bleeder_heats", 0.2),
        )
    )


def at_rest(cells: Cells, state_of_charge: float, celsius: float = 23.0) -> CellState:
    nothing = np.zeros(3)
    return CellState(
        charge_As=state_of_charge * cells.figures.capacity_As,
        fast_V=nothing,
        slow_V=nothing,
        temperature_C=nothing + celsius,
        ambient_C=nothing + celsius,
    )


currents = st.floats(-10.0, 10.0)
steps = st.lists(st.tuples(currents, st.floats(1e-3, 300.0)), min_size=1, max_size=8)
chemistries = st.sampled_from(Chemistry)


@given(steps, st.floats(0.2, 0.8), chemistries)
def test_charge_is_what_went_in_less_what_leaked(
    course: list[tuple[float, float]], charge: float, chemistry: Chemistry
):
    cells = cells_of(chemistry)
    first = state = at_rest(cells, charge)
    for amperes, seconds in course:
        state = cells.advance(state, np.full(3, amperes), seconds)
    gone_As = sum(amperes * seconds for amperes, seconds in course)
    leaked_As = 0.0002 * sum(seconds for _, seconds in course)
    np.testing.assert_allclose(state.charge_As - first.charge_As, gone_As - leaked_As, atol=1e-6)


@given(currents, st.floats(0.1, 200.0), st.floats(0.3, 0.7), chemistries)
def test_what_goes_in_at_the_terminals_is_stored_or_becomes_heat(
    amperes: float, seconds: float, charge: float, chemistry: Chemistry
):
    cells = cells_of(chemistry, self_discharge_A=0.0)
    current_A = np.array([amperes, amperes / 2, -amperes])
    begin = cells.advance(at_rest(cells, charge), np.full(3, 3.0), 20.0)
    end = cells.advance(begin, current_A, seconds)
    # The work at the terminals, summed up finely without any of the closed forms.
    count = 400
    times = (np.arange(count) + 0.5) * seconds / count
    volts = np.mean([cells.volts_after(begin, current_A, time) for time in times], axis=0)
    work_J = volts * current_A * seconds
    kept_J = cells.stored_J(end) - cells.stored_J(begin)
    heat_J = cells.heat_J(begin, end, current_A, seconds)
    np.testing.assert_allclose(kept_J + heat_J, work_J, rtol=1e-5, atol=1e-3)
    assert np.all(heat_J >= 0)


@given(steps, st.floats(0.3, 0.7), st.integers(2, 50))
def test_many_short_steps_are_one_long_one(
    course: list[tuple[float, float]], charge: float, pieces: int
):
    cells = cells_of()
    once = many = at_rest(cells, charge)
    for amperes, seconds in course:
        once = cells.advance(once, np.full(3, amperes), seconds)
        for _ in range(pieces):
            many = cells.advance(many, np.full(3, amperes), seconds / pieces)
    for name in ("charge_As", "fast_V", "slow_V"):
        np.testing.assert_allclose(getattr(many, name), getattr(once, name), rtol=1e-9, atol=1e-12)


def test_a_cell_at_rest_shows_its_open_circuit_voltage():
    cells = cells_of()
    volts = cells.volts_after(at_rest(cells, 0.5), np.zeros(3), 0.0)
    np.testing.assert_allclose(volts, 3.818)


def test_the_voltage_steps_with_the_resistance_and_creeps_with_the_pairs():
    cells = cells_of(self_discharge_A=0.0, capacity_As=1e9)
    rest, current_A = at_rest(cells, 0.5), np.full(3, -5.0)
    at_once = 3.818 - cells.volts_after(rest, current_A, 0.0)
    after_12_s = 3.818 - cells.volts_after(rest, current_A, 12.0)
    np.testing.assert_allclose(at_once, 5 * np.array([0.012, 0.024, 0.012]))
    crept_V = 5 * (0.006 * (1 - np.exp(-1)) + 0.008 * (1 - np.exp(-12 / 240)))
    np.testing.assert_allclose(after_12_s - at_once, crept_V * np.array([1, 2, 1]), rtol=1e-4)


def test_a_cell_warms_by_its_losses_to_what_its_thermal_resistance_says():
    cells = cells_of(capacity_As=1e9, self_discharge_A=0.0)
    state = at_rest(cells, 0.5)
    for _ in range(100):
        state = cells.advance(state, np.full(3, 5.0), 60.0)
    losses_W = 25 * 0.026 * np.array([1, 2, 1])
    np.testing.assert_allclose(state.temperature_C - 23.0, 6.0 * losses_W, rtol=1e-3)


@pytest.mark.parametrize("chemistry", Chemistry)
def test_a_curve_rises_and_its_area_is_its_energy(chemistry: Chemistry):
    curve = CURVES[chemistry]
    charge = np.linspace(-0.15, 1.15, 2001)
    volts, slopes = curve.line(charge)
    assert np.all(slopes > 0)
    middles = (volts[1:] + volts[:-1]) / 2
    np.testing.assert_allclose(
        np.diff(curve.energy(charge)), middles * np.diff(charge), rtol=1e-3, atol=1e-7
    )


def test_an_aged_cell_has_less_capacity_and_more_resistance_and_the_others_stay():
    aged = cells_of().aged(1, capacity=0.7, resistance=2.0).figures
    np.testing.assert_allclose(aged.capacity_As, [18_000, 12_600, 9_000])
    np.testing.assert_allclose(aged.resistance_ohm, [0.012, 0.048, 0.012])
