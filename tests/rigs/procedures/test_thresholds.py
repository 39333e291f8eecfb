"""What steps across a threshold tell: agreement of bit and code, and the trip voltage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.chain.messages import Status
from quantities import Reading
from rigs.procedures.thresholds import (
    BLEEDING,
    HIGH,
    LOW,
    THRESHOLDS,
    Comparison,
    Observations,
    Threshold,
    in_codes,
)
from rigs.settings import PanelSettings

K = 5_000_000.0
STORED = {"low": 1500, "bleeding": 1192, "high": 1188}
PLAIN = Comparison(equality_counts=True, hysteresis_codes=0)


def settings(modules: int = 1) -> PanelSettings:
    return PanelSettings(
        constant=np.full(modules, K),
        bleeding_code=np.full(modules, 1192.0),
        low_code=np.full(modules, 1500.0),
        high_code=np.full(modules, 1188.0),
    )


def observed(
    codes: NDArray[np.float64], statuses: NDArray[np.int_], volts: NDArray[np.float64] | None = None
) -> Observations:
    """Codes and statuses by step, reading and position."""
    return Observations(
        volts=np.full(len(codes), np.nan) if volts is None else volts,
        voltmeter_V=np.full(len(codes), 0.0001),
        codes=codes,
        statuses=statuses.astype(np.uint8),
        time_ns=7,
    )


def status_of(code: float, comparison: Comparison = PLAIN) -> int:
    """What a module should report, by the words of THR-2 and THR-3."""
    equal = comparison.equality_counts
    bits = 0
    if code < STORED["bleeding"] or (equal and code == STORED["bleeding"]):
        bits |= Status.BLEEDING
    if code < STORED["high"] or (equal and code == STORED["high"]):
        bits |= Status.HIGH
    if code > STORED["low"] or (equal and code == STORED["low"]):
        bits |= Status.LOW
    return bits


def steps_over(codes: list[int], comparison: Comparison = PLAIN) -> Observations:
    """One reading of one module at each of these codes, as it should be."""
    statuses = [[[status_of(code, comparison)]] for code in codes]
    return observed(np.array(codes, float).reshape(-1, 1, 1), np.array(statuses))


AROUND = [*range(1184, 1197), *range(1496, 1505)]


# -- bit against code ----------------------------------------------------------------------------


@pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda threshold: threshold.name)
@pytest.mark.parametrize("equality_counts", [True, False])
def test_a_module_as_it_should_be_never_contradicts_itself(
    threshold: Threshold, *, equality_counts: bool
):
    comparison = Comparison(equality_counts, 0)
    seen = steps_over(AROUND, comparison)
    assert seen.contradictions(threshold, settings(), comparison).tolist() == [0]
    assert seen.gap(threshold).tolist() == [1]
    assert seen.self_contradictory().tolist() == [0]
    assert seen.proven(threshold, np.array([0.0])).tolist() == [0]


@pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda threshold: threshold.name)
def test_equality_the_other_way_is_a_contradiction_at_one_code(threshold: Threshold):
    seen = steps_over(AROUND, Comparison(equality_counts=False, hysteresis_codes=0))
    assert seen.contradictions(threshold, settings(), PLAIN).tolist() == [1]
    seen = steps_over(AROUND)
    assert seen.contradictions(threshold, settings(), Comparison(False, 0)).tolist() == [1]


def test_within_the_hysteresis_either_state_is_right_and_only_for_bleeding():
    codes = np.array([1192.0, 1193, 1195, 1195, 1196]).reshape(-1, 1, 1)
    bits = np.array([2, 0, 2, 0, 0]).reshape(-1, 1, 1)
    seen = observed(codes, bits)
    with_it = Comparison(equality_counts=True, hysteresis_codes=3)
    assert seen.contradictions(BLEEDING, settings(), with_it).tolist() == [0]
    assert seen.contradictions(BLEEDING, settings(), Comparison(True, 2)).tolist() == [1]
    late = observed(np.array([[[1190.0]]]), np.array([[[4]]]))
    assert late.contradictions(HIGH, settings(), with_it).tolist() == [1]


def test_each_module_is_judged_by_its_own_setting():
    stored = settings(3)
    stored.bleeding_code[:] = 1191, 1192, np.nan
    seen = observed(np.full((1, 1, 3), 1192.0), np.full((1, 1, 3), 2))
    counts = seen.contradictions(BLEEDING, stored, PLAIN)
    assert counts[:2].tolist() == [1, 0]
    assert math.isnan(counts[2]), "a setting that is not known is nothing to judge by"


def test_a_module_that_never_answers_is_nan_everywhere():
    codes = np.array([[[1180.0, np.nan]], [[1200.0, np.nan]]])
    statuses = np.array([[[6, 0]], [[0, 0]]])
    seen = observed(codes, statuses, volts=np.array([4.2, 4.1]))
    for values in (
        seen.contradictions(BLEEDING, settings(2), PLAIN),
        seen.gap(BLEEDING),
        seen.self_contradictory(),
        seen.share_set(BLEEDING)[0],
    ):
        assert np.isnan(values).tolist() == [False, True]


def test_agreement_far_from_the_threshold_or_on_one_side_of_it_proves_nothing():
    none = np.array([0.0])
    assert math.isnan(steps_over([1180, 1200]).proven(BLEEDING, none)[0])
    assert math.isnan(steps_over([1180, 1190]).proven(BLEEDING, none)[0])
    assert steps_over([1190, 1194]).proven(BLEEDING, none).tolist() == [0]
    assert steps_over([1180, 1190]).proven(BLEEDING, np.array([2.0])).tolist() == [2]


@pytest.mark.parametrize(
    ("status", "contradictory"),
    [(0, 0), (1, 0), (2, 0), (6, 0), (3, 1), (4, 1), (5, 1), (7, 1), (11, 1), (12, 1), (14, 0)],
)
def test_statuses_that_no_single_cell_can_have_are_counted(status: int, contradictory: int):
    seen = observed(np.array([[[1300.0]]]), np.array([[[status]]]))
    assert seen.self_contradictory().tolist() == [contradictory]


# -- trip voltages -------------------------------------------------------------------------------


def swept(
    threshold: Threshold, trip_V: float, noise_V: float, *, seed: int = 0, readings: int = 4
) -> Observations:
    """Steps of 1.8 mV over 40 mV with a bit that follows a noisy voltage."""
    volts = 4.18 + 0.0018 * np.arange(23)
    noisy = np.random.default_rng(seed).normal(volts[:, np.newaxis], noise_V, (23, readings))
    is_set = (noisy >= trip_V) == threshold.rising
    statuses = np.where(is_set, int(threshold.bit), 0)[:, :, np.newaxis]
    return observed(np.full(statuses.shape, 1200.0), statuses, volts)


@pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda threshold: threshold.name)
@pytest.mark.parametrize("order", [1, -1])
def test_without_noise_the_trip_voltage_is_the_middle_of_its_step(threshold: Threshold, order: int):
    seen = swept(threshold, 4.2003, 0.0)
    seen = observed(seen.codes[::order], seen.statuses[::order], seen.volts[::order])
    trip = seen.trip_voltage(threshold)
    assert trip.value == pytest.approx([4.18 + 11.5 * 0.0018])
    assert trip.standard_uncertainty == pytest.approx([math.hypot(0.0018 / 12**0.5, 0.0001)])
    assert trip.system_share == 0.0001
    assert (trip.unit, trip.time_ns) == ("V", 7)


@given(
    trip_V=st.floats(4.188, 4.212), threshold=st.sampled_from(THRESHOLDS), seed=st.integers(0, 999)
)
def test_noise_moves_the_trip_voltage_by_no_more_than_its_uncertainty_lets_expect(
    trip_V: float, threshold: Threshold, seed: int
):
    seen = swept(threshold, trip_V, 0.0014, seed=seed, readings=16)
    trip = seen.trip_voltage(threshold)
    expected_V = math.sqrt(0.0018 * 0.0014 / math.sqrt(math.pi) / 16)
    assert trip.value == pytest.approx([trip_V], abs=6 * expected_V)
    assert 0.3 * expected_V < np.asarray(trip.standard_uncertainty)[0] < 2.5 * expected_V
    assert trip.degrees_of_freedom >= 15


@pytest.mark.parametrize(("trip_V", "end_V"), [(4.1, 4.18), (4.3, 4.18 + 22 * 0.0018)])
def test_a_bit_that_never_changes_gives_the_end_of_the_sweep(trip_V: float, end_V: float):
    assert swept(HIGH, trip_V, 0.0).trip_voltage(HIGH).value == pytest.approx([end_V])


def test_while_a_module_bleeds_no_voltage_is_the_others():
    seen = swept(HIGH, 4.2, 0.0)
    seen.statuses[3, 0, 0] |= Status.ENABLED
    assert np.isnan(seen.trip_voltage(HIGH).value)


def test_a_silent_module_leaves_the_others_their_degrees_of_freedom():
    one = swept(LOW, 4.2, 0.0014)
    silent = np.full(one.codes.shape, np.nan)
    seen = observed(
        np.concatenate([one.codes, silent], axis=2),
        np.concatenate([one.statuses, one.statuses * 0], axis=2),
        one.volts,
    )
    trip = seen.trip_voltage(LOW)
    assert np.isnan(trip.value).tolist() == [False, True]
    assert trip.degrees_of_freedom == one.trip_voltage(LOW).degrees_of_freedom >= 3


def test_a_difference_of_voltages_is_told_in_codes():
    difference = Reading(np.array([0.007]), "V", np.array([0.0007]), 5.0, 0.0001, "voltmeter", 9)
    codes = in_codes(difference, np.array([0.0035]))
    assert codes.value == pytest.approx([2.0])
    assert codes.standard_uncertainty == pytest.approx([0.2])
    assert codes.system_share == pytest.approx([0.1 / 3.5])
    assert (codes.unit, codes.degrees_of_freedom, codes.time_ns) == ("code", 5.0, 9)
