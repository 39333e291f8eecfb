"""What times tell, on chains whose every time is made up by the formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.chain.stopwatch import Times
from drivers.chain.timing import ChainTiming
from quantities import Reading
from quantities.errors import ChainBroken
from rigs.procedures.rounds import SlowModule
from rigs.procedures.timing import ChainTimes

NOMINAL_s = 10 / 9600
ANSWERS = {"U": 10, "V": 9, "W": 12}
TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.0)


def elapsed(
    characters_s: NDArray[np.float64],
    processing_s: NDArray[np.float64],
    turning_s: NDArray[np.float64],
    query: int,
    answer: int,
) -> list[float]:
    """T(k) of every position: the host's wire, then module by module."""
    ways = []
    for position in range(len(characters_s)):
        lengths = np.where(np.arange(len(characters_s)) < position, query, answer)
        way_s = (query - 1) * NOMINAL_s + float(np.sum(processing_s + lengths * characters_s))
        ways.append(way_s + float(turning_s[position]))
    return ways


def times(
    characters_s: NDArray[np.float64],
    processing_s: NDArray[np.float64],
    turning_s: NDArray[np.float64],
    *,
    delays_s: tuple[float, ...] = (0.0,),
    timing: ChainTiming = TIMING,
) -> ChainTimes:
    """A round for each delay of the port."""
    nothing = np.zeros_like(characters_s)
    ways = {
        "@": elapsed(characters_s, processing_s, nothing, 6, 6)[-1:],
        "S": elapsed(characters_s, processing_s, nothing, 5, 5)[-1:],
        "V": elapsed(characters_s, processing_s, nothing, 6, ANSWERS["V"]),
        "W": elapsed(characters_s, processing_s, nothing, 6, ANSWERS["W"]),
        "U": elapsed(characters_s, processing_s, turning_s, 6, ANSWERS["U"]),
    }
    rounds = [
        Times({command: np.array(way) + delay_s for command, way in ways.items()}, in_order=True)
        for delay_s in delays_s
    ]
    return ChainTimes(rounds, timing, len(characters_s))


def flat(reading: Reading) -> NDArray[np.float64]:
    return np.atleast_1d(np.asarray(reading.value))


specimens = st.lists(
    st.tuples(st.floats(-0.025, 0.025), st.floats(0.001, 0.002), st.floats(0.0, 0.03)),
    min_size=1,
    max_size=20,
)


@given(specimens)
def test_oscillators_and_processing_are_found_again(modules: list[tuple[float, float, float]]):
    fast, processing_s, turning_s = np.array(modules).T
    found = times(NOMINAL_s / (1 + fast), processing_s, turning_s)
    assert flat(found.clock_error()) == pytest.approx(100 * fast, abs=1e-6)
    mean_s = np.mean(processing_s)
    assert flat(found.processing("U")) == pytest.approx(mean_s + turning_s, abs=1e-9)
    for command in ("@", "S", "V", "W"):
        assert flat(found.processing(command)) == pytest.approx(mean_s, abs=1e-9)
    hop_s = mean_s + 6 * np.mean(NOMINAL_s / (1 + fast))
    assert flat(found.hop()) == pytest.approx(hop_s, abs=1e-9)


ALIKE = (np.full(4, NOMINAL_s), np.full(4, 0.0015), np.zeros(4))


def test_the_earliest_of_evenly_delayed_times_is_nearly_on_time():
    latency_s, rounds = 0.016, 100
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=latency_s)
    delays_s = tuple(latency_s * (k + 0.5) / rounds for k in range(rounds))
    found = times(*ALIKE, delays_s=delays_s, timing=timing).hop()
    error_s = flat(found)[0] - (0.0015 + 6 * NOMINAL_s)
    assert abs(error_s) < 2 * np.max(found.standard_uncertainty) < 0.0002


def test_a_port_that_is_late_by_the_same_each_time_is_half_believed():
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.016)
    found = times(*ALIKE, delays_s=(0.016,) * 50, timing=timing).hop()
    error_s = 4 * (flat(found)[0] - (0.0015 + 6 * NOMINAL_s))
    assert error_s == pytest.approx(0.008, abs=1e-6)
    assert 4 * np.max(found.standard_uncertainty) == pytest.approx(0.016 / np.sqrt(12), rel=0.01)


def test_the_slowest_of_all_rounds_counts_beyond_what_the_port_explains():
    found = times(*ALIKE, delays_s=(0.0, 0.0))
    found.elapsed_s["U"][1, 2] += 0.012
    assert flat(found.processing("U")) == pytest.approx([0.0015, 0.0015, 0.0135, 0.0015])
    assert found.late(0.002).tolist() == [0, 0, 1, 0]


def test_a_slow_module_has_its_own_time_and_the_others_share_the_rest():
    characters_s, processing_s, turning_s = ALIKE
    slow_s = processing_s + np.array([0.0, 0.025, 0.0, 0.0])
    found = times(characters_s, slow_s, turning_s)
    found.slow = SlowModule(2, 0.0265, 1e-4)
    assert flat(found.processing("@")) == pytest.approx(slow_s)


def test_losses_are_the_culprits_and_without_one_the_chains():
    found = times(*ALIKE, delays_s=(0.0, 0.0))
    assert found.lost().tolist() == [0] * 4
    found.elapsed_s["V"][1, :2] = np.nan
    assert not found.complete
    with pytest.raises(ChainBroken, match="2 of 28 messages got lost"):
        found.lost()
    found.culprit = 3
    assert found.lost().tolist() == [0, 0, 2, 0]
    assert np.isnan(flat(found.blamed(Reading(-0.001, "s")))).tolist() == [True, True, False, True]


def test_what_is_missing_in_every_round_can_be_filled():
    found = times(*ALIKE, delays_s=(0.0, 0.0))
    found.elapsed_s["U"][:, 3] = np.nan
    assert found.missing() == [("U", 4)]
    found.fill("U", 4, 0.1)
    assert found.missing() == []


def test_storing_takes_what_its_wires_and_the_others_do_not():
    found = times(*ALIKE)
    wires_s = 11 * NOMINAL_s + 4 * 12 * NOMINAL_s
    stored = np.array([[wires_s + 3 * 0.0015 + 0.0165] * 4])
    assert flat(found.processing_of_write(stored)) == pytest.approx([0.0165] * 4)


def test_without_the_modules_oscillators_their_tolerance_is_in_the_uncertainty():
    rounds = [Times({"@": np.array([elapsed(*ALIKE, 6, 6)[-1]])}, in_order=True)] * 4
    found = ChainTimes(rounds, TIMING, 4).processing("@")
    assert flat(found) == pytest.approx(0.0015)
    assert np.min(found.system_share) == pytest.approx(6 * 0.025 * NOMINAL_s / np.sqrt(3), rel=0.01)
