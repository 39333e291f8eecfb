"""Readings: their arithmetic against the examples of the GUM, and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quantities import Reading
from quantities.reading import as_quantity, effective_degrees_of_freedom, in_quadrature

uncertainties = st.floats(1e-12, 1e3)
degrees = st.floats(1, 1e6)
contributions = st.lists(st.tuples(uncertainties, degrees), min_size=1, max_size=5)


def test_welch_satterthwaite_of_the_end_gauge():
    """JCGM 100:2008, H.1.6: contributions in nm with their degrees of freedom."""
    of_difference = effective_degrees_of_freedom((5.8, 24), (3.9, 5), (6.7, 8))
    assert of_difference == pytest.approx(25.6, abs=0.3)
    of_length = effective_degrees_of_freedom((25, 18), (9.7, of_difference), (2.9, 50), (16.6, 2))
    assert of_length == pytest.approx(16.7, abs=0.1)


def test_welch_satterthwaite_of_a_product_of_three():
    """JCGM 100:2008, G.4.2: relative uncertainties in percent."""
    found = effective_degrees_of_freedom((0.25, 9), (0.57, 4), (0.82, 14))
    assert found == pytest.approx(19.0, abs=0.1)
    assert in_quadrature(0.25, 0.57, 0.82) == pytest.approx(1.03, abs=0.005)


def test_two_equal_contributions_double_the_degrees_of_freedom():
    assert effective_degrees_of_freedom((2.0, 4), (2.0, 4)) == pytest.approx(8)


@given(contributions)
def test_effective_degrees_lie_between_the_fewest_and_the_sum(given_: list[tuple[float, float]]):
    effective = effective_degrees_of_freedom(*given_)
    fewest, together = min(each for _, each in given_), sum(each for _, each in given_)
    assert fewest * (1 - 1e-9) <= effective <= together * (1 + 1e-9)


@given(contributions, st.integers(-60, 60))
def test_effective_degrees_do_not_depend_on_the_unit(
    given_: list[tuple[float, float]], power_of_ten: int
):
    """From picoamperes to gigaohms: fourth powers must neither underflow nor overflow."""
    scaled = [(uncertainty * 10.0**power_of_ten, each) for uncertainty, each in given_]
    assert effective_degrees_of_freedom(*scaled) == pytest.approx(
        effective_degrees_of_freedom(*given_), rel=1e-9
    )


def test_known_distributions_leave_the_degrees_infinite():
    assert effective_degrees_of_freedom((1.0, math.inf), (2.0, math.inf)) == math.inf


def test_without_any_uncertainty_the_degrees_are_infinite():
    assert effective_degrees_of_freedom((0.0, 4), (0.0, 9)) == math.inf


@pytest.mark.parametrize("bad", [math.nan, 0.0, -3.0])
def test_degrees_that_are_none_stay_visible(bad: float):
    """A NaN that became infinity here would be judged as if nothing were unknown."""
    assert math.isnan(effective_degrees_of_freedom((1.0, bad), (1.0, 10)))


def test_of_an_array_the_module_with_the_fewest_degrees_counts():
    mixed = effective_degrees_of_freedom((np.array([1.0, np.nan, 1e-9]), 15), (1.0, math.inf))
    assert mixed == pytest.approx(effective_degrees_of_freedom((1.0, 15), (1.0, math.inf)))


def test_a_difference_has_both_uncertainties_in_quadrature():
    module = Reading(4.203, "V", 0.003, degrees_of_freedom=15, system_uncertainty=0.0)
    meter = Reading(4.200, "V", 0.004, instrument="34461A", time_ns=7)
    error = module - meter
    assert error.value == pytest.approx(0.003)
    assert error.unit == "V"
    assert error.standard_uncertainty == pytest.approx(0.005)
    assert error.system_share == pytest.approx(0.004)
    assert error.degrees_of_freedom == pytest.approx(15 * (0.005 / 0.003) ** 4)
    assert error.instrument == "34461A"
    assert error.time_ns == 7


def test_a_difference_names_both_instruments():
    one, other = Reading(1.0, "V", instrument="34461A"), Reading(1.0, "V", instrument="module")
    assert (one - other).instrument == "34461A − module"


def test_a_difference_of_arrays_is_taken_position_by_position():
    codes = Reading(np.array([4.1, np.nan, 4.3]), "V", np.array([0.003, np.nan, 0.0]))
    error = codes - Reading(4.2, "V", 0.004)
    np.testing.assert_allclose(error.value, [-0.1, np.nan, 0.1])
    np.testing.assert_allclose(error.standard_uncertainty, [0.005, np.nan, 0.004])


def test_units_are_not_mixed():
    with pytest.raises(ValueError, match="cannot subtract A from V"):
        Reading(1.0, "V") - Reading(1.0, "A")


def test_the_measuring_system_has_the_whole_uncertainty_unless_stated():
    assert Reading(1.0, "V", 0.004).system_share == 0.004
    assert Reading(1.0, "V", 0.004, system_uncertainty=0.0).system_share == 0.0


@given(uncertainties, uncertainties)
def test_a_difference_is_never_more_certain_than_either(one: float, other: float):
    difference = Reading(2.0, "V", one) - Reading(1.0, "V", other)
    assert difference.standard_uncertainty >= max(one, other)
    assert difference.standard_uncertainty <= one + other


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=6))
def test_quadrature_does_not_care_about_order_or_sign(values: list[float]):
    root = in_quadrature(*values)
    assume(math.isfinite(float(root)))
    assert in_quadrature(*(-value for value in reversed(values))) == pytest.approx(root)


def test_a_lone_number_is_a_plain_float_and_more_are_an_array():
    assert type(as_quantity(np.float32(1.5))) is float
    assert type(as_quantity(np.array(2))) is float
    several = as_quantity([1, 2])
    assert isinstance(several, np.ndarray)
    assert several.dtype == np.float64
