"""Formulas of bleeding: from mean and rms to pulse, from voltage and current to resistor."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.roles import Train
from quantities import Reading
from quantities.errors import RigError
from rigs.procedures.bleeding import shares
from rigs.procedures.bleedmeter import BleedingFigures
from rigs.procedures.pulses import bleeder_of, is_fast_enough, mean_of, pulse_frequency, pulse_of

AMPERES = st.floats(0.01, 2.0)
DUTIES = st.floats(0.05, 1.0)


def ampere(value: float, uncertainty: float = 0.0) -> Reading:
    return Reading(value, "A", uncertainty)


def u(reading: Reading) -> float:
    return float(reading.standard_uncertainty)


# -- mean and rms --------------------------------------------------------------------------------


@given(on_A=AMPERES, duty=DUTIES)
def test_a_pulse_follows_from_its_mean_and_its_rms(on_A: float, duty: float):
    pulse = pulse_of(ampere(duty * on_A), ampere(math.sqrt(duty * (1 - duty)) * on_A))
    assert pulse.on_current.value == pytest.approx(on_A)
    assert pulse.duty.value == pytest.approx(duty)


@given(
    on_A=AMPERES,
    duty=st.floats(0.1, 0.9),
    u_mean=st.floats(1e-6, 1e-3),
    u_rms=st.floats(1e-6, 1e-3),
)
def test_its_uncertainty_is_that_of_small_changes(
    on_A: float, duty: float, u_mean: float, u_rms: float
):
    mean_A, rms_A = duty * on_A, math.sqrt(duty * (1 - duty)) * on_A
    pulse = pulse_of(ampere(mean_A, u_mean), ampere(rms_A, u_rms))

    def at(mean: float, rms: float) -> tuple[float, float]:
        moved = pulse_of(ampere(mean), ampere(rms))
        return float(moved.on_current.value), float(moved.duty.value)

    small = 1e-6 * on_A
    for index, found in enumerate((pulse.on_current, pulse.duty)):
        by_mean = (at(mean_A + small, rms_A)[index] - at(mean_A - small, rms_A)[index]) / 2 / small
        by_rms = (at(mean_A, rms_A + small)[index] - at(mean_A, rms_A - small)[index]) / 2 / small
        expected = math.hypot(by_mean * u_mean, by_rms * u_rms)
        assert u(found) == pytest.approx(expected, rel=1e-3, abs=1e-12)


def test_what_draws_nothing_has_no_duty():
    pulse = pulse_of(ampere(-1e-5, 1e-4), ampere(0.0, 1e-4))
    assert pulse.on_current.value == 0.0
    assert u(pulse.on_current) > 0.0
    assert math.isnan(float(pulse.duty.value))


def test_several_readings_have_their_instruments_error_in_common():
    readings = [ampere(value, 0.01) for value in (0.20, 0.22, 0.18, 0.20)]
    mean = mean_of(readings)
    assert mean.value == pytest.approx(0.20)
    scatter = float(np.std([0.20, 0.22, 0.18, 0.20], ddof=1)) / 2
    assert u(mean) == pytest.approx(math.hypot(0.01, scatter))
    assert 3 < mean.degrees_of_freedom < 1000
    assert mean_of(readings[:1]) is readings[0]


# -- the bleeder ---------------------------------------------------------------------------------


@given(
    ohm=st.floats(1.0, 100.0),
    supply_V=st.floats(2.5, 5.0),
    duty=DUTIES,
    burden_ohm=st.floats(0.0, 1.0),
    lead_ohm=st.floats(0.0, 0.2),
)
def test_a_bleeder_is_found_behind_leads_and_burden(
    ohm: float, supply_V: float, duty: float, burden_ohm: float, lead_ohm: float
):
    on_A = supply_V / (ohm + burden_ohm + lead_ohm)
    mean_V = supply_V - duty * on_A * lead_ohm
    bleeder = bleeder_of(
        ampere(duty * on_A),
        Reading(mean_V, "V"),
        Reading(burden_ohm, "Ω"),
        duty=duty,
        lead_ohm=lead_ohm,
        at_V=4.2,
    )
    assert bleeder.resistance.value == pytest.approx(ohm)
    assert bleeder.current.value == pytest.approx(duty * 4.2 / ohm)
    assert bleeder.power.value == pytest.approx(duty * 4.2**2 / ohm)


def test_what_is_not_known_of_the_burden_is_not_known_of_the_resistor():
    bleeder = bleeder_of(
        ampere(0.37, 0.0037),
        Reading(3.7, "V", 0.0037),
        Reading(0.4, "Ω", 0.2),
        duty=1.0,
        lead_ohm=0.05,
        at_V=4.2,
    )
    assert bleeder.resistance.value == pytest.approx(9.6)
    expected_ohm = math.hypot(0.2, 10 * math.hypot(0.01, 0.001))
    assert u(bleeder.resistance) == pytest.approx(expected_ohm)
    assert u(bleeder.current) / float(bleeder.current.value) == pytest.approx(expected_ohm / 9.6)


def test_an_open_bleeder_has_a_current_and_no_resistance():
    bleeder = bleeder_of(
        ampere(-3e-6, 1e-4), Reading(3.7, "V"), Reading(0.0, "Ω"), duty=1.0, lead_ohm=0.0, at_V=4.2
    )
    assert bleeder.current.value == -3e-6
    assert math.isnan(float(bleeder.resistance.value))
    assert math.isnan(float(bleeder.power.value))
    assert bleeder.power.unit == "W"


# -- the frequency -------------------------------------------------------------------------------


def train(frequency_Hz: float, duty: float, *, interval_s: float = 1e-3, count: int = 250) -> Train:
    """Instantaneous readings of a pulse of 0.4 A."""
    times_s = interval_s * np.arange(count) + 1.234e-4
    values = np.where((times_s * frequency_Hz) % 1.0 < duty, 0.4, 0.0)
    return Train(Reading(values, "A"), 0, 3e-4, interval_s, interval_s / 100)


@given(frequency_Hz=st.floats(20.0, 240.0), duty=st.floats(0.3, 0.7))
def test_a_frequency_is_found_within_its_uncertainty(frequency_Hz: float, duty: float):
    seen = train(frequency_Hz, duty)
    assert is_fast_enough(seen, frequency_Hz)
    found = pulse_frequency(seen)
    assert float(found.value) == pytest.approx(frequency_Hz, abs=4 * u(found))


@pytest.mark.parametrize(
    "values", [np.full(100, 0.4), 0.4 + 1e-3 * np.sin(np.arange(100)), np.zeros(100)]
)
def test_what_is_not_pulsed_has_no_frequency(values: np.ndarray):
    found = pulse_frequency(Train(Reading(values, "A"), 0, 3e-4, 1e-3, 1e-5))
    assert found.value == 0.0
    assert u(found) == pytest.approx(10.0)


def test_readings_that_follow_too_slowly_do_not_tell_a_frequency():
    assert not is_fast_enough(train(100.0, 0.5, interval_s=3.4e-3), 100.0)


# -- whose current it is -------------------------------------------------------------------------


FIGURES = BleedingFigures(10.0, 1.0, 4.2, 3.7, 1.28)


def test_a_sum_that_is_as_good_as_nothing_is_at_most_everybodys():
    assert np.array_equal(shares(0.03, np.array([0.37, 0.0, 0.37]), FIGURES), [0.03, 0.03, 0.03])


def test_a_sum_is_theirs_by_whom_it_does_not_grow():
    found = shares(0.75, np.array([0.37, 0.002, np.nan, 0.36, 0.0]), FIGURES)
    assert np.array_equal(found, [0.0, 0.375, np.nan, 0.0, 0.375], equal_nan=True)


def test_a_sum_that_grew_by_everybody_is_nobodys():
    with pytest.raises(RigError, match=r"0.370 A flow .* which module takes them cannot be told"):
        shares(0.37, np.array([0.37, 0.37]), FIGURES)
