from __future__ import annotations

import math

import numpy as np
import pytest

from quantities import Reading
from reports.samples import Measured, Sample, split


def test_an_array_is_split_by_position_over_the_active_modules():
    reading = Reading(np.array([1.0, 2.0, 3.0]), "V", np.array([0.1, 0.2, 0.3]))
    assert split(reading, (1, 3)) == [Sample(1, 1.0, 0.1, 0.1), Sample(3, 3.0, 0.3, 0.3)]


def test_one_uncertainty_serves_all_positions():
    reading = Reading(np.array([1.0, 2.0]), "V", 0.1, system_uncertainty=0.05)
    assert split(reading, (1, 2)) == [Sample(1, 1.0, 0.1, 0.05), Sample(2, 2.0, 0.1, 0.05)]


def test_a_single_value_is_the_panels_or_the_only_modules():
    assert split(4, (1, 2, 3)) == [Sample(None, 4)]
    assert split(4, (2,)) == [Sample(2, 4)]
    assert split(Reading(3.7, "V", 0.1), (1, 2)) == [Sample(None, 3.7, 0.1, 0.1)]


@pytest.mark.parametrize("empty", [[], np.array([]), Reading(np.array([]), "V", 0.1)])
def test_an_empty_array_leaves_every_module_without_a_value(empty: Measured):
    assert [sample.value for sample in split(empty, (1, 2))] == [None, None]


def test_a_short_array_leaves_the_last_modules_without_a_value():
    assert [sample.value for sample in split([True], (1, 2))] == [True, None]


def test_texts_and_truth_values_by_position_stay_what_they_are():
    replies = np.array(["A00@", None, True, 4], dtype=object)
    assert [sample.value for sample in split(replies, (1, 2, 3, 4))] == ["A00@", None, True, 4]


def test_numpys_own_scalars_become_plain_values():
    values = [sample.value for sample in split([np.float64(1.5), np.bool_(True)], (1, 2))]
    assert [type(value) for value in values] == [float, bool]
    assert type(split(np.array(2.5), (1, 2))[0].value) is float


def test_a_missing_uncertainty_is_nan_which_never_passes():
    reading = Reading(np.array([1.0, 2.0]), "V", np.array([0.1]))
    assert math.isnan(split(reading, (1, 2))[1].standard_uncertainty)
