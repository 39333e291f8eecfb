from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.electronics import Electronics
from rigs.simulation.modules.consumption import Consumption

END_NS = 1_000


def consumption(spans: list[tuple[int, int]], *, efold_V: float = 0.84) -> Consumption:
    made = Consumption(
        asleep_A=8e-6, active_A=0.9e-3, watchdog_A=0.6e-3, to_sleep_ns=10, efold_V=efold_V
    )
    made.power_up(0)
    made.observe()
    for number, (start_ns, length_ns) in enumerate(spans):
        (made.watchdog_wake if number % 2 else made.active)(start_ns, start_ns + length_ns)
    return made


SPANS = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 200)), max_size=4)


@given(
    modules=st.lists(SPANS, max_size=6),
    times_ns=st.lists(st.integers(0, END_NS), max_size=12).map(sorted),
    cell_V=st.floats(2.5, 5.0),
)
def test_together_they_draw_what_each_draws_at_any_time(
    modules: list[list[tuple[int, int]]], times_ns: list[int], cell_V: float
):
    consumptions = [
        consumption(spans, efold_V=0.5 + 0.1 * (index % 2)) for index, spans in enumerate(modules)
    ]
    electronics = Electronics(consumptions, 0, END_NS)
    for time_ns in times_ns:
        alone_A = math.fsum(one.current_A(time_ns, cell_V) for one in consumptions)
        assert electronics.current_A(time_ns, cell_V) == pytest.approx(alone_A, abs=1e-15)


def test_every_change_within_the_time_is_an_edge_and_no_other():
    electronics = Electronics([consumption([(100, 50)]), consumption([(990, 50)])], 0, END_NS)
    assert electronics.edges_ns == {100.0, 160.0, 990.0}


def test_without_modules_nothing_is_drawn():
    electronics = Electronics([], 0, END_NS)
    assert electronics.edges_ns == set()
    assert electronics.current_A(5, 4.2) == 0.0
