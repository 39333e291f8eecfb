from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

LEAST_INPUTS = 10_000_000


@pytest.mark.parametrize("name", TARGETS)
def test_only_errors_of_our_tree_come_out_of_a_target(name: str):
    target = TARGETS[name]
    cut = st.builds(
        lambda seed, end: seed[:end], st.sampled_from([b"", *target.seeds]), st.integers(0)
    )

    @settings(max_examples=40)
    @given(st.binary(max_size=min(target.longest, 256)) | cut)
    def tried(data: bytes) -> None:
        target.run(data)

    for seed in target.seeds:
        target.run(seed)
    tried()


def test_a_whole_run_tries_ten_million_inputs():
    assert sum(target.inputs for target in TARGETS.values()) >= LEAST_INPUTS
