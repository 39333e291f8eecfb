"""Formulas of standby current: base, wakes and mean out of a train of readings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.roles import Train
from quantities import Reading
from rigs.procedures.standbycurrent import Recording, standby_of

APERTURE_S = 0.02
BASE_A, AWAKE_A, AWAKE_S = 7.6e-6, 0.6e-3, 1.5e-3
CHARGE_C = AWAKE_A * AWAKE_S


def readings(
    wakes_s: list[float], count: int, *, noise_A: float = 2e-9, dead_s: float = 0.0, seed: int = 1
) -> NDArray[np.float64]:
    """Means over apertures that follow each other, of a base current and wakes on top."""
    begins_s = (APERTURE_S + dead_s) * np.arange(count)
    values = BASE_A + np.random.default_rng(seed).normal(0.0, noise_A, count)
    for wake_s in wakes_s:
        ends_s = np.minimum(begins_s + APERTURE_S, wake_s + AWAKE_S)
        awake_s = np.clip(ends_s - np.maximum(begins_s, wake_s), 0.0, None)
        values += AWAKE_A * awake_s / APERTURE_S
    return values


def recording(
    values: NDArray[np.float64], *, dead_s: float = 0.0, since_s: float = -0.05, pieces: int = 1
) -> Recording:
    """Of trains that follow each other; times count from ``since_s`` before the first one."""
    trains, begun_ns = [], 0
    for piece in np.array_split(values, pieces):
        uncertainty = np.full(len(piece), 50e-9)
        trains.append(
            Train(Reading(piece, "A", uncertainty), begun_ns, APERTURE_S, APERTURE_S + dead_s, 1e-5)
        )
        begun_ns += round(len(piece) * (APERTURE_S + dead_s) * 1e9)
    return Recording.of(trains, round(since_s * 1e9))


def slept(seen: Recording) -> tuple[float, float, float, float]:
    found = standby_of(seen, asleep_s=0.0, asleep_uncertainty_s=1e-3, relative=0.0)
    return tuple(
        float(reading.value)
        for reading in (found.base, found.wake_charge, found.wake_period, found.mean)
    )  # type: ignore[return-value]


@given(first_s=st.floats(0.1, 2.0), period_s=st.floats(0.5, 2.5), pieces=st.integers(1, 9))
def test_base_charge_period_and_mean_are_what_they_are(
    first_s: float, period_s: float, pieces: int
):
    wakes_s = [first_s + index * period_s for index in range(4)]
    values = readings(wakes_s, round((wakes_s[-1] + 0.1) / APERTURE_S))
    base_A, charge_C, found_s, mean_A = slept(recording(values, pieces=pieces))
    assert base_A == pytest.approx(BASE_A, abs=2e-9)
    assert charge_C == pytest.approx(CHARGE_C, rel=1e-2)
    assert found_s == pytest.approx(period_s, abs=APERTURE_S / 3)
    assert mean_A == pytest.approx(BASE_A + CHARGE_C / period_s, rel=5e-3)


@given(wake_s=st.floats(0.1, 3.0))
def test_a_wake_across_two_readings_keeps_its_charge(wake_s: float):
    (wake,) = recording(readings([wake_s], 160)).wakes
    assert wake.charge_C == pytest.approx(CHARGE_C, rel=1e-2)
    assert wake.time_s == pytest.approx(0.05 + wake_s + AWAKE_S / 2, abs=APERTURE_S / 2)


def test_one_wake_makes_a_period_since_the_module_fell_asleep():
    _, _, period_s, _ = slept(recording(readings([2.25], 120)))
    assert period_s == pytest.approx(2.30, abs=APERTURE_S / 2)


def test_a_wake_that_is_cut_off_does_not_count():
    values = readings([0.0, 1.0, 2.3985], 120)
    assert len(recording(values).wakes) == 1


def test_a_module_that_never_wakes_has_a_period_of_as_long_as_it_was_seen():
    base_A, charge_C, period_s, mean_A = slept(recording(readings([], 320)))
    assert (charge_C, mean_A) == (0.0, base_A)
    assert period_s == pytest.approx(6.45)


@given(wake_s=st.floats(0.1, 3.0), dead_s=st.floats(1e-4, 2e-3))
def test_what_falls_between_two_apertures_is_in_the_uncertainty(wake_s: float, dead_s: float):
    values = readings([wake_s, wake_s + 0.5], 250, dead_s=dead_s)
    found = standby_of(
        recording(values, dead_s=dead_s), asleep_s=0.0, asleep_uncertainty_s=0.0, relative=0.0
    )
    dead = dead_s / (APERTURE_S + dead_s)
    assert float(found.wake_charge.standard_uncertainty) > CHARGE_C * dead / 4


def test_uncertainties_add_up_in_the_mean():
    found = standby_of(
        recording(readings([0.5, 2.8], 160)), asleep_s=0.0, asleep_uncertainty_s=0.0, relative=0.01
    )
    base_u, mean_u = (float(r.standard_uncertainty) for r in (found.base, found.mean))
    assert base_u == pytest.approx(np.hypot(50e-9, 0.01 * BASE_A), rel=0.01)
    assert base_u < mean_u < 1.05 * base_u


def test_a_current_that_flowed_beside_is_taken_off():
    seen = recording(readings([0.5], 100)).less(0.42e-6, 0.01e-6)
    assert seen.base_A == pytest.approx(BASE_A - 0.42e-6, abs=2e-9)
    assert seen.common_A == pytest.approx(np.hypot(50e-9, 0.01e-6))


def test_the_longest_rise_is_the_message_and_not_a_wake_beside_it():
    values = np.full(600, BASE_A)
    values[5] = values[400] = 0.6e-3
    values[20:36] = 0.9e-3
    assert recording(values).longest_rise_s == pytest.approx(16 * APERTURE_S)


def test_what_never_sleeps_is_awake_all_the_time():
    assert recording(np.full(50, 0.9e-3)).longest_rise_s == pytest.approx(50 * APERTURE_S)
