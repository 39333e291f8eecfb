"""Noise, steps and straightness from codes and errors that are known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities import Reading
from rigs.procedures.calibrationfigures import Noise, Straightness

POINTS_V = np.array([2.5, 3.0, 3.5, 4.0, 4.5, 5.0])


def noise(*columns: list[float]) -> Noise:
    return Noise(np.array(columns, np.float64).T, 0)


def curve(constants: list[float], codes: np.ndarray) -> Straightness:
    """Modules with these constants that answered these codes, a row for each of the points."""
    stored = np.array(constants, np.float64)
    pairs = [
        (Reading(volts, "V", 1e-4), Reading(stored / row / 1000 - volts, "V", 5e-4))
        for volts, row in zip(POINTS_V, codes, strict=True)
    ]
    return Straightness(stored, pairs)


def test_noise_is_the_scatter_of_single_codes():
    rms = noise([100, 101, 100, 101], [7, 7, 7, 7]).rms
    assert rms.value == pytest.approx([np.sqrt(1 / 3), 0.0])
    assert rms.unit == "code"
    assert rms.standard_uncertainty == pytest.approx([np.sqrt(1 / 18), 0.0])


def test_remainders_of_four_show_whether_the_code_moves_in_steps():
    assert noise([4, 8, 400], [4, 5, 9], [4, 5, 6], [4, 5, 7]).residues.tolist() == [1, 2, 3, 3]


def test_the_farthest_code_is_what_noise_does_not_explain():
    codes = [100.0] * 99 + [110.0]
    rms, mean = np.std(codes, ddof=1), np.mean(codes)
    assert noise(codes).farthest.value == pytest.approx([110 - mean - 3 * rms])


def test_a_module_without_codes_has_no_figures():
    silent = noise([4.0, 5.0], [np.nan, np.nan])
    assert np.isnan(silent.residues).tolist() == [False, True]
    assert np.isnan(np.asarray(silent.rms.value)).tolist() == [False, True]
    assert silent.histogram()["count"].tolist() == [[1, 1], [0, 0]]


def test_a_histogram_has_a_row_for_each_module():
    histogram = noise([4, 5, 5], [6, 6, 4]).histogram()
    assert histogram["code"].tolist() == [4, 5, 6]
    assert histogram["count"].tolist() == [[1, 2, 0], [1, 0, 2]]
    assert histogram["residue_count"].tolist() == [[1, 2, 0, 0], [1, 0, 2, 0]]


@given(st.floats(4.9e6, 5.2e6), st.floats(-0.05, 0.05))
def test_a_straight_module_is_fitted_exactly_whatever_it_has_stored(best: float, off: float):
    straight = curve([best * (1 + off)], (best / POINTS_V / 1000)[:, None])
    assert straight.best_constants == pytest.approx([best])
    assert straight.worst.value == pytest.approx([0.0], abs=1e-9)
    assert straight.one_point(4.0).value == pytest.approx([4.0 * off], abs=1e-9)


def test_an_offset_of_the_code_bends_the_curve():
    ideal = 5.0e6 / POINTS_V / 1000
    worst = curve([5.0e6, 5.0e6], np.column_stack([ideal, ideal + 10])).worst
    assert np.asarray(worst.value)[0] == pytest.approx(0.0, abs=1e-9)
    # ten codes are 12.5 mV at 2.5 V and 50 mV at 5 V, of which a constant takes what is straight
    assert 0.005 < np.asarray(worst.value)[1] < 0.0125
    assert worst.standard_uncertainty == pytest.approx([5e-4, 5e-4])
