"""Searching for a least value; what Pacing finds on a chain is tested with tests_hil."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from drivers.chain.timing import Order
from quantities import Reading
from rigs.procedures.pacing import Search, bisect


@given(st.floats(0.0, 1.0), st.floats(0.001, 0.2))
def test_the_least_value_that_holds_is_found_to_the_resolution(least: float, resolution: float):
    found = bisect(lambda value: value >= least, 0.0, 1.0, resolution)
    assert found is not None
    assert least <= found <= least + resolution


def test_nothing_is_found_where_nothing_holds():
    asked: list[float] = []
    assert bisect(lambda value: bool(asked.append(value)), 0.0, 1.0, 0.1) is None
    assert asked == [1.0]


def test_the_margin_is_what_the_figure_has_to_spare():
    search = Search(Order.FAR_END_FIRST, (0.019,), (True,), 0.019, Reading(0.018, "s", 1e-4))
    assert math.isclose(float(search.margin.value), 0.001)
    assert search.margin.standard_uncertainty == 1e-4
