from __future__ import annotations

import pytest

from reports.outcome import Conclusion, Outcome, combine, conclude


@pytest.mark.parametrize(
    ("outcomes", "combined"),
    [
        ([Outcome.PASS, Outcome.BLOCKED, Outcome.FAIL], Outcome.FAIL),
        ([Outcome.PASS, Outcome.BLOCKED], Outcome.BLOCKED),
        ([Outcome.PASS, Outcome.NOT_APPLICABLE], Outcome.PASS),
        ([Outcome.NOT_APPLICABLE], Outcome.BLOCKED),
        ([], Outcome.BLOCKED),
    ],
)
def test_fail_is_over_blocked_is_over_pass_and_nothing_judged_is_blocked(
    outcomes: list[Outcome], combined: Outcome
):
    assert combine(outcomes) is combined


def test_an_incomplete_run_takes_back_a_pass_and_nothing_else():
    assert conclude([Outcome.PASS], complete=True) is Conclusion.PASS
    assert conclude([Outcome.PASS], complete=False) is Conclusion.INCOMPLETE
    assert conclude([Outcome.FAIL], complete=False) is Conclusion.FAIL
    assert conclude([Outcome.BLOCKED], complete=False) is Conclusion.BLOCKED
