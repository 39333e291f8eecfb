"""Whose part in the general status is missing, from what the whole chain told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.procedures.statuswalk import culprits, joined

STATUSES = st.lists(st.integers(0, 15), min_size=1, max_size=20)


@given(STATUSES)
def test_s_joins_what_any_module_has_and_what_all_have(statuses: list[int]):
    x, y = joined(np.array(statuses, np.uint8))
    for bit in (1, 2, 4, 8):
        assert bool(x & bit) == any(status & bit for status in statuses)
        assert bool(y & bit) == all(status & bit for status in statuses)


def through(statuses: list[int], overwrites: int) -> int:
    """The first digit that a chain brings back in which one module overwrites it, counted from 0."""
    x = 0
    for index, status in enumerate(statuses):
        x = status if index == overwrites else x | status
    return x


@pytest.mark.parametrize("overwrites", range(4))
def test_who_overwrites_is_to_blame_for_those_before(overwrites: int):
    modules = range(4)
    missing = np.array(
        [through([2 * (at == alone) for at in modules], overwrites) == 0 for alone in modules]
    )
    assert missing.tolist() == [at < overwrites for at in modules]
    blamed = culprits(missing, overwritten=True)
    assert blamed.tolist() == [at == overwrites for at in modules]


@pytest.mark.parametrize("missing", [[0, 0, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1]])
def test_where_nothing_is_overwritten_each_is_to_blame_for_its_own(missing: list[int]):
    flags = np.array(missing, np.bool_)
    assert culprits(flags, overwritten=False).tolist() == flags.tolist()


def test_who_is_missing_behind_the_one_that_overwrites_is_blamed_too():
    blamed = culprits(np.array([True, True, False, False, True]), overwritten=True)
    assert blamed.tolist() == [False, False, True, False, True]


def test_where_everything_is_lost_the_last_module_is_to_blame():
    assert culprits(np.array([True, True]), overwritten=True).tolist() == [False, True]
