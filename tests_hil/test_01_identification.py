"""Who is there: the chain is as long as the rig file says, and every module answers for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from drivers.chain.chain import Chain
    from fixtures.roles import Measure

REPEATS = 3


@pytest.mark.eol
@pytest.mark.requirement("ADR-3")
def test_the_chain_counts_what_the_rig_file_says(chain: Chain, measure: Measure) -> None:
    """Count the chain with A00@, three times over."""
    counts = [chain.count() for _ in range(REPEATS)]
    measure("identification.chain_is_as_long_as_stated", set(counts) == {chain.modules})


@pytest.mark.eol
@pytest.mark.requirement("ADR-1", "ADR-2", "ADR-4", "CMD-U1")
def test_every_module_answers_from_its_own_position(chain: Chain, measure: Measure) -> None:
    """Ask every module for its code, each by its own address."""
    scan = chain.read_voltages()
    measure("identification.answers", np.isfinite(scan.codes))
