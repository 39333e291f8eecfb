"""What a run says about each clause, and which required clauses it left out.

A clause is judged for a module by any test that names it and ends with pass, fail or blocked
for that module. *Not applicable* judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reports.entries import PerformedTest
from reports.outcome import Outcome, combine

ByPosition: TypeAlias = dict[int, Outcome]
"""What became of one clause on each module."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered requirement, as a table names it."""

    id: str
    title: str

    @property
    def family(self) -> str:
        """The letters ahead of its number."""
        return self.id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A required clause that nothing judged for one module."""

    clause: str
    position: int
    reason: str


def clause_outcomes(tests: Iterable[PerformedTest]) -> dict[str, ByPosition]:
    """By clause, then position: combined over all tests that name the clause."""
    found: dict[str, dict[int, list[Outcome]]] = {}
    for test in tests:
        for clause in test.clauses:
            modules = found.setdefault(clause, {})
            for entry in test.modules:
                modules.setdefault(entry.position, []).append(entry.outcome)
    return {
        clause: {position: _of_clause(outcomes) for position, outcomes in modules.items()}
        for clause, modules in found.items()
    }


def find_left_out(
    tests: Sequence[PerformedTest], positions: Sequence[int], required: Iterable[str]
) -> list[LeftOut]:
    """Every required clause that was not judged for a module, with the reason.

    A clause that does not apply to one module counts for it if it passed on another: only the
    first module of a chain hears the controller's own characters.
    """
    outcomes = clause_outcomes(tests)
    left_out = []
    for clause in required:
        found = outcomes.get(clause, {})
        passed_somewhere = Outcome.PASS in found.values()
        reasons = _reasons(tests, clause)
        for position in positions:
            outcome = found.get(position)
            inapplicable = outcome is Outcome.NOT_APPLICABLE
            if outcome is None or (inapplicable and not passed_somewhere):
                why = "; ".join(reasons.get(position, ())) or "no test of this run names it"
                left_out.append(LeftOut(clause, position, why))
    return left_out


def _of_clause(outcomes: Sequence[Outcome]) -> Outcome:
    if all(outcome is Outcome.NOT_APPLICABLE for outcome in outcomes):
        return Outcome.NOT_APPLICABLE
    return combine(outcomes)


def _reasons(tests: Iterable[PerformedTest], clause: str) -> dict[int, dict[str, None]]:
    """By position what the tests that name the clause say, in order, each reason once."""
    reasons: dict[int, dict[str, None]] = {}
    for test in tests:
        if clause in test.clauses:
            for entry in test.modules:
                reasons.setdefault(entry.position, {})[entry.reason] = None
    return reasons
