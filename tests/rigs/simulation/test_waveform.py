from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.waveform import Exponential

MS = 1_000_000
TAU = 5 * MS

RISING = Exponential(initial_V=1.0, final_V=4.0, start_ns=2 * MS, time_constant_ns=TAU)
FALLING = Exponential(initial_V=4.0, final_V=1.0, start_ns=0, time_constant_ns=TAU)
STEP = Exponential(initial_V=1.0, final_V=4.0, start_ns=100, time_constant_ns=0.0)


def test_it_starts_at_the_initial_and_has_gone_63_percent_of_the_way_after_one_time_constant():
    assert RISING.value(2 * MS) == 1.0
    assert RISING.value(2 * MS + TAU) == pytest.approx(1.0 + 3.0 * 0.632_120_559, abs=1e-8)
    assert FALLING.value(2 * TAU) == pytest.approx(1.0 + 3.0 * 0.135_335_283, abs=1e-8)


def test_it_ends_at_exactly_the_final_voltage():
    assert RISING.settled_ns == 2 * MS + 40 * TAU
    assert RISING.value(RISING.settled_ns) == 4.0
    assert RISING.value(RISING.settled_ns - 1) == pytest.approx(4.0, abs=1e-12)


def test_without_a_time_constant_it_is_a_step():
    assert STEP.settled_ns == 100
    assert STEP.value(100) == 4.0
    assert STEP.integral(100, 1100, math.inf) == 4000.0
    assert STEP.integral_of_square(100, 1100, math.inf) == 16000.0


def test_it_passes_half_way_after_the_natural_logarithm_of_two():
    assert RISING.reaches(2.5) == pytest.approx(2 * MS + TAU * 0.693_147_181, abs=1)
    assert FALLING.reaches(2.5) == pytest.approx(TAU * 0.693_147_181, abs=1)


@pytest.mark.parametrize("volts", [0.9, 1.0, 4.0, 4.1])
def test_what_lies_outside_or_at_its_ends_is_never_passed(volts: float):
    assert RISING.reaches(volts) is None
    assert FALLING.reaches(volts) is None


def test_its_integral_over_one_time_constant():
    # 4 τ − 3 τ (1 − 1/e)
    area = RISING.integral(2 * MS, 2 * MS + TAU, math.inf)
    assert area == pytest.approx(TAU * (4 - 3 * 0.632_120_559), rel=1e-9)


def test_the_integral_of_its_square_over_one_time_constant():
    # (4 − 3 e^(−x))² = 16 − 24 e^(−x) + 9 e^(−2x), over x from 0 to 1
    area = RISING.integral_of_square(2 * MS, 2 * MS + TAU, math.inf)
    expected = 16 - 24 * 0.632_120_559 + 9 / 2 * 0.864_664_717
    assert area == pytest.approx(TAU * expected, rel=1e-9)


def test_a_rise_is_cut_off_where_it_passes_the_ceiling():
    # 2.5 V is passed at τ ln 2; from there on the ceiling
    passing = 0.693_147_181
    free = 4 * passing - 3 * 0.5
    area = RISING.integral(2 * MS, 2 * MS + 3 * TAU, 2.5)
    assert area == pytest.approx(TAU * (free + 2.5 * (3 - passing)), rel=1e-9)


def test_a_fall_comes_down_from_the_ceiling():
    passing = 0.693_147_181
    # from ln 2 to 3: 1·Δx + 3 (e^(−ln 2) − e^(−3))
    free = 3 - passing + 3 * (0.5 - 0.049_787_068)
    area = FALLING.integral(0, 3 * TAU, 2.5)
    assert area == pytest.approx(TAU * (2.5 * passing + free), rel=1e-9)


@pytest.mark.parametrize(("ceiling_V", "mean_V"), [(0.5, 0.5), (0.0, 0.0)])
def test_below_a_low_ceiling_nothing_else_is_seen(ceiling_V: float, mean_V: float):
    assert RISING.integral(2 * MS, 3 * MS, ceiling_V) == pytest.approx(mean_V * MS)
    assert RISING.integral_of_square(2 * MS, 3 * MS, ceiling_V) == pytest.approx(mean_V**2 * MS)


VOLTS = st.floats(0.0, 6.0)


@given(
    initial_V=VOLTS,
    final_V=VOLTS,
    time_constant_ns=st.one_of(st.just(0.0), st.floats(10_000, 100 * MS)),
    ceiling_V=st.one_of(st.just(math.inf), VOLTS),
    begin_ns=st.integers(0, 20 * MS),
    length_ns=st.integers(1000, 20 * MS),
)
def test_the_integrals_are_those_of_the_values(
    *,
    initial_V: float,
    final_V: float,
    time_constant_ns: float,
    ceiling_V: float,
    begin_ns: int,
    length_ns: int,
):
    waveform = Exponential(initial_V, final_V, 0, time_constant_ns)
    count = 2000
    step = length_ns / count
    values = [
        min(waveform.value(begin_ns + (index + 0.5) * step), ceiling_V) for index in range(count)
    ]
    end_ns = begin_ns + length_ns
    close = pytest.approx  # of midpoints: wrong by the curve within a step, and by one kink
    slack = 6.0 * length_ns * (min(1.0, step / max(time_constant_ns, 1.0)) ** 2 + 1e-9) + 1e-6
    assert waveform.integral(begin_ns, end_ns, ceiling_V) == close(sum(values) * step, abs=slack)
    assert waveform.integral_of_square(begin_ns, end_ns, ceiling_V) == close(
        sum(value**2 for value in values) * step, abs=12 * slack
    )
