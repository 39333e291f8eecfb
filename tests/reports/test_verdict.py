from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from products.model import Decision, DecisionRule, Limit
from reports.outcome import Outcome
from reports.verdict import Statement, Verdict, coverage_factor, judge

SIMPLE = Decision(rule=DecisionRule.SIMPLE_ACCEPTANCE)
GUARDED = Decision(rule=DecisionRule.GUARDED_ACCEPTANCE)
TEN_MILLIVOLTS = Limit(unit="V", low=-0.010, high=0.010)
K_95 = 1.959964


def verdict_of(
    value: object,
    expanded: float = 0.001,
    *,
    limit: Limit | None = TEN_MILLIVOLTS,
    decision: Decision = SIMPLE,
    system: float = 0.0,
    unit: str = "V",
) -> Verdict:
    """The verdict on a value with this expanded uncertainty, normally distributed."""
    factor = coverage_factor(math.inf, decision.coverage_probability)
    return judge(
        value,
        unit=unit,
        limit=limit,
        decision=decision,
        standard_uncertainty=expanded / factor,
        system_uncertainty=system / factor,
    )


@pytest.mark.parametrize(
    ("value", "statement", "simple", "guarded"),
    [
        (0.0, Statement.PASS, Outcome.PASS, Outcome.PASS),
        (-0.0089, Statement.PASS, Outcome.PASS, Outcome.PASS),
        (0.0095, Statement.CONDITIONAL_PASS, Outcome.PASS, Outcome.FAIL),
        (0.010, Statement.CONDITIONAL_PASS, Outcome.PASS, Outcome.FAIL),
        (0.0105, Statement.CONDITIONAL_FAIL, Outcome.FAIL, Outcome.FAIL),
        (-0.0105, Statement.CONDITIONAL_FAIL, Outcome.FAIL, Outcome.FAIL),
        (0.012, Statement.FAIL, Outcome.FAIL, Outcome.FAIL),
        (-5.0, Statement.FAIL, Outcome.FAIL, Outcome.FAIL),
    ],
)
def test_the_guard_band_decides_what_is_said_and_the_rule_what_passes(
    value: float, statement: Statement, simple: Outcome, guarded: Outcome
):
    by_simple, by_guarded = verdict_of(value), verdict_of(value, decision=GUARDED)
    assert by_simple.statement is by_guarded.statement is statement
    assert (by_simple.outcome, by_guarded.outcome) == (simple, guarded)


def test_margin_is_the_distance_to_the_nearer_limit_and_negative_outside():
    assert verdict_of(0.004).margin == pytest.approx(0.006)
    assert verdict_of(-0.004).margin == pytest.approx(0.006)
    assert verdict_of(0.013).margin == pytest.approx(-0.003)


def test_without_uncertainty_the_limit_itself_passes():
    assert verdict_of(0.010, expanded=0.0).statement is Statement.PASS
    assert verdict_of(math.nextafter(0.010, 1.0), expanded=0.0).statement is Statement.FAIL


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        (Limit(unit="A", high=10e-6), -1.0, 11e-6),
        (Limit(unit="V", low=2.0), 100.0, 1.9),
    ],
)
def test_a_one_sided_limit_judges_its_side_only_and_has_no_ratio(
    limit: Limit, good: float, bad: float
):
    passed = verdict_of(good, 1e-7, limit=limit, unit=limit.unit, system=1e-8)
    assert passed.outcome is Outcome.PASS
    assert passed.test_uncertainty_ratio is None
    assert verdict_of(bad, 1e-7, limit=limit, unit=limit.unit).outcome is Outcome.FAIL


def test_the_ratio_is_the_span_over_twice_the_systems_expanded_uncertainty():
    assert verdict_of(0.0, 0.004, system=0.001).test_uncertainty_ratio == pytest.approx(10.0)
    assert verdict_of(0.0, 0.004, system=0.0).test_uncertainty_ratio == math.inf


def test_a_rig_too_coarse_blocks_conditional_statements_only():
    coarse = {"expanded": 0.004, "system": 0.004}
    assert verdict_of(0.0, **coarse).outcome is Outcome.PASS
    assert verdict_of(0.008, **coarse).outcome is Outcome.BLOCKED
    assert verdict_of(0.012, **coarse).outcome is Outcome.BLOCKED
    assert verdict_of(0.015, **coarse).outcome is Outcome.FAIL
    assert "ratio 2.5 is below 4" in verdict_of(0.008, **coarse).reason


def test_guarded_acceptance_pays_for_a_coarse_rig_with_its_guard_band():
    coarse = {"expanded": 0.004, "system": 0.004}
    assert verdict_of(0.008, **coarse, decision=GUARDED).outcome is Outcome.FAIL
    assert verdict_of(0.005, **coarse, decision=GUARDED).outcome is Outcome.PASS


def test_a_ratio_that_is_just_enough_blocks_nothing():
    ratio = verdict_of(0.008, 0.004, system=0.004).test_uncertainty_ratio
    assert ratio is not None
    enough = Decision(rule=DecisionRule.SIMPLE_ACCEPTANCE, least_test_uncertainty_ratio=ratio)
    assert verdict_of(0.008, 0.004, system=0.004, decision=enough).outcome is Outcome.PASS


def test_whatever_lies_on_the_guard_bands_end_gets_the_better_statement():
    at_most_zero = Limit(unit="V", high=0.0)
    end_V = verdict_of(0.0, 0.001, limit=at_most_zero).expanded_uncertainty
    assert end_V is not None
    inside, outside = (verdict_of(end, 0.001, limit=at_most_zero) for end in (-end_V, end_V))
    assert inside.statement is Statement.PASS
    assert outside.statement is Statement.CONDITIONAL_FAIL
    beyond_V = math.nextafter(end_V, 1.0)
    assert verdict_of(beyond_V, 0.001, limit=at_most_zero).statement is Statement.FAIL


def test_a_fail_says_by_how_much_and_on_which_side():
    assert verdict_of(0.013).reason == "0.003 V above the high limit"
    assert verdict_of(-0.013).reason == "0.003 V below the low limit"


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        None,
        "0.0",
        True,
        np.bool_(True),
        [],
        [0.0],
        np.array([]),
        10**400,
        0j,
    ],
)
def test_what_is_no_finite_number_is_blocked_by_an_interval(value: object):
    verdict = verdict_of(value)
    assert verdict.outcome is Outcome.BLOCKED
    assert verdict.statement is None
    assert verdict.reason


def test_a_missing_limit_and_a_wrong_unit_are_blocked():
    assert "no limit" in verdict_of(0.0, limit=None).reason
    assert verdict_of(0.0, limit=None).outcome is Outcome.BLOCKED
    assert verdict_of(0.0, unit="mV").outcome is Outcome.BLOCKED
    assert verdict_of(0.0, unit="").reason == "measured in no unit, the limit is in V"


@pytest.mark.parametrize("uncertainty", [math.nan, math.inf, -1e-9])
def test_an_uncertainty_that_cannot_be_evaluated_is_blocked(uncertainty: float):
    assert verdict_of(0.0, uncertainty).outcome is Outcome.BLOCKED
    assert verdict_of(0.0, system=uncertainty).outcome is Outcome.BLOCKED


@pytest.mark.parametrize("degrees", [0.0, -1.0, math.nan])
def test_impossible_degrees_of_freedom_are_blocked(degrees: float):
    verdict = judge(
        0.0, unit="V", limit=TEN_MILLIVOLTS, decision=SIMPLE, degrees_of_freedom=degrees
    )
    assert verdict.outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("expected", "value", "outcome"),
    [
        (True, True, Outcome.PASS),
        (True, np.bool_(True), Outcome.PASS),
        (True, False, Outcome.FAIL),
        (True, 1, Outcome.BLOCKED),
        (True, "True", Outcome.BLOCKED),
        (4, 4, Outcome.PASS),
        (4, 4.0, Outcome.PASS),
        (4, np.int64(4), Outcome.PASS),
        (4, 3, Outcome.FAIL),
        (4, 4.5, Outcome.FAIL),
        (1, True, Outcome.BLOCKED),
        (4, math.nan, Outcome.BLOCKED),
        (4, "4", Outcome.BLOCKED),
        ("A00@", "A00@", Outcome.PASS),
        ("A00@", "A01@", Outcome.FAIL),
        ("A00@", None, Outcome.BLOCKED),
        ("4", 4, Outcome.BLOCKED),
    ],
)
def test_an_exact_limit_wants_the_same_kind_and_the_same_value(
    expected: bool | int | str,  # noqa: FBT001 - a value, no switch
    value: object,
    outcome: Outcome,
):
    verdict = judge(value, unit="", limit=Limit(equals=expected), decision=SIMPLE)
    assert verdict.outcome is outcome
    assert bool(verdict.reason) is (outcome is not Outcome.PASS)


def test_the_coverage_factor_is_students_t():
    assert coverage_factor(math.inf, 0.95) == pytest.approx(K_95, abs=1e-6)
    assert coverage_factor(5.0, 0.95) == pytest.approx(2.570582, abs=1e-6)
    assert coverage_factor(50.0, 0.95) == pytest.approx(2.008559, abs=1e-6)
    assert coverage_factor(1e9, 0.95) == pytest.approx(K_95, abs=1e-6)


def test_few_degrees_of_freedom_widen_the_guard_band():
    wide = judge(
        0.0,
        unit="V",
        limit=TEN_MILLIVOLTS,
        decision=SIMPLE,
        standard_uncertainty=0.001,
        degrees_of_freedom=5.0,
    )
    assert wide.expanded_uncertainty == pytest.approx(0.002570582, abs=1e-9)


values = st.floats(-0.05, 0.05)
expanded_uncertainties = st.floats(0.0, 0.05)
anything = st.one_of(
    st.floats(),
    st.integers(),
    st.booleans(),
    st.text(max_size=8),
    st.none(),
    st.lists(st.floats(), max_size=3),
)
limits = st.one_of(
    st.builds(
        lambda low, span: Limit(unit="V", low=low, high=low + span),
        st.floats(-1.0, 1.0),
        st.floats(0.0, 1.0),
    ),
    st.builds(lambda low: Limit(unit="V", low=low), st.floats(-1.0, 1.0)),
    st.builds(lambda high: Limit(unit="V", high=high), st.floats(-1.0, 1.0)),
)


@given(limit=limits, expanded=st.floats(), decision=st.sampled_from([SIMPLE, GUARDED]))
def test_nan_never_passes(limit: Limit, expanded: float, decision: Decision):
    verdict = verdict_of(math.nan, expanded, limit=limit, decision=decision)
    assert verdict.outcome is Outcome.BLOCKED


@given(anything, limits, st.floats(), st.floats())
def test_what_passes_an_interval_is_a_number_within_it(
    value: object, limit: Limit, expanded: float, system: float
):
    verdict = verdict_of(value, expanded, limit=limit, system=system)
    if verdict.outcome is Outcome.PASS:
        assert isinstance(value, float | int)
        assert limit.low is None or value >= limit.low
        assert limit.high is None or value <= limit.high


@given(values, expanded_uncertainties, expanded_uncertainties, limits)
def test_guarded_acceptance_implies_simple_acceptance(
    value: float, expanded: float, system: float, limit: Limit
):
    guarded = verdict_of(value, expanded, system=system, limit=limit, decision=GUARDED)
    assume(guarded.outcome is Outcome.PASS)
    simple = verdict_of(value, expanded, system=system, limit=limit, decision=SIMPLE)
    assert simple.outcome is Outcome.PASS


@given(
    values,
    expanded_uncertainties,
    expanded_uncertainties,
    expanded_uncertainties,
    st.sampled_from([SIMPLE, GUARDED]),
)
def test_a_wider_uncertainty_never_turns_a_fail_into_a_pass(
    value: float, expanded: float, more: float, system: float, decision: Decision
):
    narrow = verdict_of(value, expanded, system=system, decision=decision)
    assume(narrow.outcome is Outcome.FAIL)
    wide = verdict_of(value, expanded + more, system=system + more, decision=decision)
    assert wide.outcome is not Outcome.PASS


@given(values, expanded_uncertainties)
def test_a_limit_turned_over_judges_the_negative_alike(value: float, expanded: float):
    limit = Limit(unit="V", low=-0.02, high=0.01)
    mirrored = Limit(unit="V", low=-0.01, high=0.02)
    one = verdict_of(value, expanded, limit=limit)
    other = verdict_of(-value, expanded, limit=mirrored)
    assert (one.outcome, one.statement, one.margin) == (
        other.outcome,
        other.statement,
        other.margin,
    )
