from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rigs.loop.recording import FAULTS, Growing, Recording, fault_bits
from supervisor.decisions import Fault


@given(st.lists(st.integers(-1000, 1000), max_size=2000))
def test_rows_that_grow_are_what_was_appended(numbers: list[int]):
    growing: Growing[np.int64] = Growing((), np.int64)
    for number in numbers:
        growing.append(number)
    assert len(growing) == len(numbers)
    assert growing.rows().tolist() == numbers


@given(st.frozensets(st.sampled_from(FAULTS)))
def test_every_set_of_faults_has_bits_of_its_own(faults: frozenset[Fault]):
    bits = fault_bits(faults)
    assert {fault for i, fault in enumerate(FAULTS) if bits >> i & 1} == faults


def test_there_are_bits_for_all_faults():
    assert len(FAULTS) <= 32


def test_weak_cells_are_kept_when_they_change():
    recording = Recording(4)
    for time_s, positions in enumerate([(), (2,), (2,), (2, 3), ()]):
        recording.add_weak_cells(float(time_s), positions)
    assert recording.weak_cells == [(1.0, (2,)), (3.0, (2, 3)), (4.0, ())]
