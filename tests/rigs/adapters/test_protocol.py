from __future__ import annotations

from rigs.adapters.protocol import Declared, Observation, Stimulus

LIMITS_ONLY = Declared(
    "the unit's CAN bus",
    frozenset({Stimulus.CURRENT, Stimulus.TEMPERATURES}),
    frozenset({Observation.LIMITS}),
)


def test_what_can_be_stimulated_and_observed_is_applicable():
    assert not LIMITS_ONLY.missing([Stimulus.CURRENT], [Observation.LIMITS])


def test_a_clause_that_needs_more_than_is_shown_says_what_is_missing():
    assert LIMITS_ONLY.missing(observations=[Observation.LIMITS, Observation.PHASE]) == (
        "the unit's CAN bus does not show where charging stands"
    )


def test_a_clause_that_needs_another_stimulus_says_which():
    assert LIMITS_ONLY.missing([Stimulus.PACK_VOLTAGE], [Observation.LIMITS]) == (
        "by the unit's CAN bus the rig cannot stimulate the pack's voltage"
    )
