"""Robustness: what becomes of messages that the line has spoilt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.roles import Measure
    from reports.recorder import Recorder
    from rigs.procedures.robustness import Campaign

MUTANTS = 200


@pytest.mark.requirement("MSG-6", "MSG-7", "MSG-9", "MSG-12")
@pytest.mark.usefixtures("first_module_only", "bleeding_disabled")
def test_spoilt_messages_break_no_clause(
    campaign: Campaign, campaign_seed: int, measure: Measure, recorder: Recorder
) -> None:
    """Flip bits, drop, double and insert characters, cut off, pause and break; grade what comes."""
    result = campaign.run(campaign_seed, MUTANTS)
    recorder.record_series("robustness", result.series())
    for mutation, found in result.verdicts.items():
        measure("robustness.spoilt_messages", found, condition=mutation, position=1)
