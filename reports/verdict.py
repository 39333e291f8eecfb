"""From a measured value and its limit to a verdict. Pure functions; no rig, no store.

The decision rules are those of ILAC-G8:09/2019: the non-binary statement with guard band
(4.2.3, guard band w = U) is always made, and the product's rule says which statements pass:
simple acceptance (4.2.1) takes a conditional pass, guarded acceptance (4.2.2) does not.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from products.model import Decision, DecisionRule, Limit
from reports.outcome import Outcome


class Statement(StrEnum):
    """The non-binary statement of conformity (ILAC-G8:09/2019, 4.2.3)."""

    PASS = "pass"  # noqa: S105 - a statement, no password
    CONDITIONAL_PASS = "conditional pass"  # noqa: S105 - as above
    """Within the limits, but closer to one than the expanded uncertainty."""
    CONDITIONAL_FAIL = "conditional fail"
    """Outside the limits, but by no more than the expanded uncertainty."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a value means against its limit. ``reason`` is empty where the outcome is pass."""

    outcome: Outcome
    statement: Statement | None = None
    """None where the value could not be evaluated."""
    margin: float | None = None
    """Distance to the nearer limit in the limit's unit, negative outside; None if exact."""
    expanded_uncertainty: float | None = None
    test_uncertainty_ratio: float | None = None
    reason: str = ""


@lru_cache(maxsize=4096)
def coverage_factor(degrees_of_freedom: float, coverage_probability: float) -> float:
    """The k of U = k·u: Student's t, two-sided (GUM G.3.2); normal for infinite degrees."""
    quantile = (1.0 + coverage_probability) / 2.0
    if math.isinf(degrees_of_freedom):
        return NormalDist().inv_cdf(quantile)
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to import, and seldom needed

    return float(stdtrit(degrees_of_freedom, quantile))


def judge(
    value: object,
    *,
    unit: str,
    limit: Limit | None,
    decision: Decision,
    standard_uncertainty: float = 0.0,
    degrees_of_freedom: float = math.inf,
    system_uncertainty: float = 0.0,
) -> Verdict:
    """Judge one value; both uncertainties are standard ones in ``unit``.

    A value that cannot be evaluated is blocked: NaN or infinite, of another kind or unit than
    the limit, without a limit, or with an uncertainty that is no finite number ≥ 0. An exact
    limit (``equals``) wants the same kind of value; uncertainty plays no part in it.

    The test uncertainty ratio is that of ANSI/NCSL Z540.3-2006, 3.11: the tolerance's span
    over twice the *measuring system's* expanded uncertainty, here at the product's coverage
    probability. A one-sided limit has no span and so no ratio. Simple acceptance shares the risk fairly only while the ratio is large enough:
    below the product's least one a conditional statement is blocked, because the rig is not
    good enough to decide. An unconditional one holds whatever the ratio.
    """
    if limit is None:
        return _blocked("the product file has no limit of this name")
    if unit != limit.unit:
        return _blocked(f"measured in {unit or 'no unit'}, the limit is in {limit.unit or 'none'}")
    if limit.equals is not None:
        return _judge_exact(value, limit.equals)
    number = _number(value)
    if number is None or not math.isfinite(number):
        return _misfit(value, "a number")
    uncertainties = (standard_uncertainty, system_uncertainty)
    if not (degrees_of_freedom > 0.0 and all(0.0 <= u < math.inf for u in uncertainties)):
        return _blocked("its uncertainty cannot be evaluated")
    factor = coverage_factor(degrees_of_freedom, decision.coverage_probability)
    return _judge_interval(
        number, factor * standard_uncertainty, factor * system_uncertainty, limit, decision
    )


def _judge_interval(
    number: float, expanded: float, system_expanded: float, limit: Limit, decision: Decision
) -> Verdict:
    low, high = limit.low, limit.high
    above = math.inf if low is None else number - low
    below = math.inf if high is None else high - number
    margin = min(above, below)
    statement = _state(margin, expanded)
    ratio = None
    if low is not None and high is not None:
        ratio = math.inf if system_expanded == 0.0 else (high - low) / (2.0 * system_expanded)
    outcome, reason = Outcome.PASS, ""
    if (
        decision.rule is DecisionRule.SIMPLE_ACCEPTANCE
        and ratio is not None
        and ratio < decision.least_test_uncertainty_ratio
        and statement in (Statement.CONDITIONAL_PASS, Statement.CONDITIONAL_FAIL)
    ):
        outcome = Outcome.BLOCKED
        reason = (
            f"{statement}, and the test uncertainty ratio {ratio:.2g} is below "
            f"{decision.least_test_uncertainty_ratio:g}"
        )
    elif margin < 0.0:
        outcome = Outcome.FAIL
        side = "below the low limit" if above < below else "above the high limit"
        reason = f"{-margin:.3g} {limit.unit} {side}".replace("  ", " ")
    elif (
        statement is Statement.CONDITIONAL_PASS and decision.rule is DecisionRule.GUARDED_ACCEPTANCE
    ):
        outcome = Outcome.FAIL
        reason = f"closer to the limit than the expanded uncertainty {expanded:.2g} {limit.unit}"
    return Verdict(outcome, statement, margin, expanded, ratio, reason)


def _state(margin: float, guard_band: float) -> Statement:
    if margin >= guard_band:
        return Statement.PASS
    if margin >= 0.0:
        return Statement.CONDITIONAL_PASS
    if margin >= -guard_band:
        return Statement.CONDITIONAL_FAIL
    return Statement.FAIL


def _judge_exact(value: object, expected: bool | int | str) -> Verdict:  # noqa: FBT001 - a value, no switch
    """The same kind of value, and equal. A whole number may arrive as a float."""
    kind = "a truth value" if isinstance(expected, bool) else "a number"
    plain: bool | float | str | None
    if isinstance(expected, bool):
        plain = bool(value) if isinstance(value, bool | np.bool_) else None
    elif isinstance(expected, int):
        plain = _number(value)
    else:
        plain, kind = (str(value) if isinstance(value, str) else None), "a text"
    if plain is None or (isinstance(plain, float) and not math.isfinite(plain)):
        return _misfit(value, kind)
    if plain == expected:
        return Verdict(Outcome.PASS, Statement.PASS)
    reason = f"{_shown(value)} instead of {_shown(expected)}"
    return Verdict(Outcome.FAIL, Statement.FAIL, reason=reason)


def _number(value: object) -> float | int | None:
    """The value as a number; None for texts, truth values and whatever else is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if abs(value) <= sys.float_info.max else math.inf
    if isinstance(value, np.integer | np.floating):
        return value.item()
    return None


def _misfit(value: object, kind: str) -> Verdict:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return _blocked("no value was measured")
    return _blocked(f"{_shown(value)} where {kind} is due")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _blocked(reason: str) -> Verdict:
    return Verdict(Outcome.BLOCKED, reason=reason)
