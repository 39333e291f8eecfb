"""Whatever is no reading counts as none, and as infinitely old."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from supervisor.checked import checked
from supervisor.readings import Aged, AgedArray, StatusAnswer
from tests.supervisor.packs import FIGURES, array, readings

NO_NUMBERS = [math.nan, math.inf, -math.inf, None, "1.0 A", [1.0]]


@pytest.mark.parametrize("age", [math.nan, math.inf, -1e-9, None, "young"])
def test_an_age_that_is_none_is_infinite(age: Any):
    told = checked(
        FIGURES,
        readings(
            current_A=Aged(1.0, age),
            pack_voltage_V=Aged(60.0, age),
            status=StatusAnswer(8, 8, age),
        ),
    )
    ages_s = (told.current_A.age_s, told.pack_voltage_V.age_s, told.status.age_s)
    assert ages_s == (math.inf,) * 3


@pytest.mark.parametrize("age", [math.nan, math.inf, -1e-9])
def test_one_cell_whose_age_is_none_is_infinitely_old_alone(age: float):
    cells = array(3.8, age_s=0.5)
    cells.ages_s[3] = age
    told = checked(FIGURES, readings(cell_voltages_V=cells)).cell_voltages_V
    assert math.isinf(told.ages_s[3])
    assert np.delete(told.ages_s, 3).tolist() == [0.5] * (FIGURES.cells - 1)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_value_that_is_no_finite_number_is_none(value: Any):
    told = checked(
        FIGURES, replace(readings(), current_A=Aged(value, 0.0), pack_voltage_V=Aged(value, 0.0))
    )
    assert math.isnan(told.current_A.value)
    assert math.isnan(told.pack_voltage_V.value)


@pytest.mark.parametrize(
    ("volts", "kept"),
    [
        (FIGURES.cell.plausible_low_V, True),
        (FIGURES.cell.plausible_high_V, True),
        (FIGURES.cell.plausible_low_V - 0.001, False),
        (FIGURES.cell.plausible_high_V + 0.001, False),
    ],
)
def test_a_cell_voltage_that_no_module_tells_is_none(volts: float, *, kept: bool):
    told = checked(FIGURES, readings(cell_voltages_V=array(volts))).cell_voltages_V
    assert bool(np.isfinite(told.values).all()) is kept
    assert bool(np.isfinite(told.values).any()) is kept


@pytest.mark.parametrize("size", [0, 1, FIGURES.cells - 1, FIGURES.cells + 1])
def test_another_number_of_cells_is_none_at_all(size: int):
    cells = AgedArray(np.full(size, 3.8), np.zeros(size))
    told = checked(FIGURES, readings(cell_voltages_V=cells)).cell_voltages_V
    assert np.isnan(told.values).tolist() == [True] * FIGURES.cells
    assert np.isinf(told.ages_s).tolist() == [True] * FIGURES.cells


@pytest.mark.parametrize("digit", [-1, 16, 8.5, math.nan, "F", None])
def test_a_status_that_is_no_digit_is_none(digit: Any):
    told = checked(FIGURES, readings(status=StatusAnswer(digit, 8, 0.0))).status
    assert told.any_module is None


@pytest.mark.parametrize("wanted", [1, "yes", None, False])
def test_nothing_but_true_wants_charging(wanted: Any):
    assert not checked(FIGURES, readings(charging_wanted=wanted)).charging_wanted
    assert checked(FIGURES, readings(charging_wanted=True)).charging_wanted
