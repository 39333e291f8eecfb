from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.loop.application import Application, Stretch
from tests.rigs.loop.surrounded import ALLOWS_ALL

PROFILE = Application([Stretch(10, 3.0), Stretch(5, 0.0), Stretch(10, 8.0)])
AMPERES = st.floats(0, 100)


@pytest.mark.parametrize(
    ("elapsed_s", "demand_A"), [(0, 3), (9.9, 3), (10, 0), (15, 8), (24.9, 8), (25, 0), (1e6, 0)]
)
def test_a_profile_is_followed_stretch_by_stretch(elapsed_s: float, demand_A: float):
    assert PROFILE.demand_A(elapsed_s) == demand_A


@given(AMPERES, AMPERES)
def test_an_obedient_application_never_draws_more_than_is_published(
    wanted_A: float, limit_A: float
):
    application = Application([Stretch(1, wanted_A)])
    drawn_A = application.draws_A(0, replace(ALLOWS_ALL, discharge_limit_A=limit_A))
    assert drawn_A == min(wanted_A, limit_A)


@pytest.mark.parametrize("obedient", [True, False])
def test_nothing_is_drawn_through_an_open_contactor(*, obedient: bool):
    application = Application([Stretch(1, 5.0)], obedient=obedient)
    assert application.draws_A(0, replace(ALLOWS_ALL, contactor_closed=False)) == 0
