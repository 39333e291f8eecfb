from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from rigs.simulation.modules.adc import Converter, MovingConverter


def converter(
    *, reference_V: float = 1.2, noise: float = 0.0, offset: float = 0.0, seed: int = 1
) -> Converter:
    return Converter(reference_V, noise, offset, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("cell_V", "code"),
    [
        # 16 samples of 1024 × 1.2 / V, rounded, are added and divided by 4
        (4.8, 4 * 256),
        (2.4, 4 * 512),
        (3.668, 4 * 335),  # 335.0: the clauses' example, N = 0x53C at a reference of 1.2 V
        (4.2, 4 * 293),  # 292.57
        (5.0, 4 * 246),  # 245.76
    ],
)
def test_the_code_is_4096_times_reference_over_cell_in_steps_of_four(cell_V: float, code: int):
    assert converter().convert(cell_V) == code


def test_the_clauses_example_holds():
    assert converter().convert(3.668) == 0x53C


def test_a_higher_cell_gives_a_smaller_code():
    codes = [converter(noise=0.4).convert(2.5 + step / 10) for step in range(26)]
    assert codes == sorted(codes, reverse=True)


def test_without_noise_the_code_moves_in_steps_of_four():
    quiet = converter()
    assert {quiet.convert(2.5 + step / 1000) % 4 for step in range(2500)} == {0}


def test_with_noise_every_remainder_of_four_occurs():
    noisy = converter(noise=0.4)
    remainders = Counter(noisy.convert(3.6 + step / 5000) % 4 for step in range(1000))
    assert set(remainders) == {0, 1, 2, 3}
    assert min(remainders.values()) > 150


def test_an_offset_is_in_codes():
    assert converter(offset=4.0).convert(4.8) == 1028
    assert converter(offset=-8.0).convert(4.8) == 1016


def test_the_scatter_of_a_good_module_is_what_noise_and_both_roundings_add_up_to():
    # In codes: 0.4 of noise, √(1/12) of rounding the samples, √(15/16/12) of dropping two bits.
    expected = math.sqrt(0.4**2 + 1 / 12 + 15 / 16 / 12)
    assert expected == pytest.approx(0.567, abs=0.001)
    variances = []
    for step in range(40):
        noisy = converter(noise=0.4, seed=step)
        # one forty-first of a ten-bit step further each time, so that all phases take part
        cell_V = 1024 * 1.2 / (300 + step / 41)
        variances.append(np.var([noisy.convert(cell_V) for _ in range(1000)]))
    assert math.sqrt(float(np.mean(variances))) == pytest.approx(expected, rel=0.03)


def test_noise_makes_the_mean_follow_the_voltage_between_the_steps():
    # Dropping two bits takes 3/8 of a code off on the average.
    for step in range(10):
        ideal = 1200 + step * 0.4
        noisy = converter(noise=0.4, seed=step)
        mean = np.mean([noisy.convert(4096 * 1.2 / ideal) for _ in range(3000)])
        assert mean == pytest.approx(ideal - 0.375, abs=0.12)


@pytest.mark.parametrize("cell_V", [0.0, -1.0, 1.2, 0.5])
def test_a_cell_at_or_below_the_reference_gives_the_highest_code(cell_V: float):
    # ten bits of ones, sixteen times, over four
    assert converter().convert(cell_V) == 16 * 1023 // 4


def test_an_enormous_voltage_gives_zero():
    assert converter().convert(1e6) == 0


def test_a_return_to_a_voltage_draws_afresh_and_does_not_repeat():
    noisy = converter(noise=0.4)
    first = [noisy.convert(3.7) for _ in range(50)]
    noisy.convert(3.8)
    assert [noisy.convert(3.7) for _ in range(50)] != first


def test_the_same_seed_and_the_same_voltages_give_the_same_codes():
    voltages = [3.7] * 20 + [3.8] * 3 + [3.7] * 2 + [4.2] * 700
    runs = []
    for seed in (1, 1, 2):
        noisy = converter(noise=0.4, seed=seed)
        runs.append([noisy.convert(cell_V) for cell_V in voltages])
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("cell_V", [2.6, 3.7, 4.2])
@pytest.mark.parametrize("noise_codes", [0.0, 0.4, 1.5])
def test_a_voltage_that_moves_is_converted_as_one_that_stands(cell_V: float, noise_codes: float):
    count = 4000
    standing = Converter(1.2325, noise_codes, 0.3, np.random.default_rng(1))
    moving = MovingConverter(1.2325, noise_codes, 0.3, np.random.default_rng(2))
    still = np.array([standing.convert(cell_V) for _ in range(count)])
    moved = np.array([moving.convert(cell_V) for _ in range(count)])
    assert moved.mean() == pytest.approx(still.mean(), abs=0.1)
    assert moved.std() == pytest.approx(still.std(), abs=0.1)


@pytest.mark.parametrize(("cell_V", "code"), [(0.5, 4092), (1e9, 0)])
def test_a_moving_voltage_beyond_the_scale_stays_at_its_ends(cell_V: float, code: int):
    converter = MovingConverter(1.2325, 0.4, 0.0, np.random.default_rng(1))
    assert converter.convert(cell_V) == code
