"""The outcomes, and how those of many measurements become one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a measurement, or of a test for one module."""

    PASS = "pass"  # noqa: S105 - an outcome, no password
    FAIL = "fail"
    BLOCKED = "blocked"
    """The rig is sick or the value cannot be evaluated: nothing is said about the module."""
    NOT_APPLICABLE = "not applicable"
    """An option or a role that is not there."""


class Conclusion(StrEnum):
    """What a whole run says about a module, or about all of them."""

    PASS = "pass"  # noqa: S105 - a conclusion, no password
    FAIL = "fail"
    BLOCKED = "blocked"
    INCOMPLETE = "incomplete"
    """The run was narrowed or interrupted: what it did judge passed."""


def combine(outcomes: Iterable[Outcome]) -> Outcome:
    """Fail over blocked over pass; where nothing was judged, blocked."""
    seen = set(outcomes)
    for outcome in (Outcome.FAIL, Outcome.BLOCKED, Outcome.PASS):
        if outcome in seen:
            return outcome
    return Outcome.BLOCKED


def conclude(outcomes: Iterable[Outcome], *, complete: bool) -> Conclusion:
    """Fail over blocked over incomplete over pass."""
    conclusion = Conclusion(combine(outcomes).value)
    if conclusion is Conclusion.PASS and not complete:
        return Conclusion.INCOMPLETE
    return conclusion
