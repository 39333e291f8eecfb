"""Single cells bled at rest, by the thresholds of their modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.roles import Measure
    from fixtures.supervisor import Begin

pytestmark = pytest.mark.supervisor

ONE_HIGHER = (0.92, 0.96, *[0.92] * 14)
"""By some 50 mV."""
BEFORE_S, RESTED_S = 60.0, 3600.0


@pytest.mark.requirement("SUP-5")
def test_cells_that_stand_too_high_are_bled_at_rest(begin: Begin, measure: Measure) -> None:
    """After an hour they are level, and every module has its own threshold again.

    A write in the period that cells are read in makes it longer than its second with sixteen modules: being
    in time is judged before.
    """
    scenario = begin(
        "balancing_at_rest", charge=ONE_HIGHER, observing=["what it sends to the chain"]
    )
    pack = scenario.supervision
    pack.rest(BEFORE_S)
    pack.marks("an hour at rest")
    pack.rest(RESTED_S)
    scenario.judge("spread_V", pack.spread_V())
    scenario.judge("thresholds_left", pack.thresholds_left())
    measure("supervisor.threshold_writes", pack.loop.thresholds_written)
    faults = pack.course.faults()
    measure("supervisor.false_faults", len(faults), condition=", ".join(["at rest", *faults]))
    scenario.behaves()
