"""The traceability matrix: clause × module → outcome, with the tests.

Modules that fared alike in every clause share a column, so that a panel of many stays legible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from reports.clauses import ByPosition, Clause
from reports.entries import PerformedTest
from reports.outcome import Outcome
from reports.presentation import Group, grouped, position_ranges
from reports.record import RunRecord

FAMILIES = {
    "MSG": "messages on the wire",
    "ADR": "addresses",
    "CMD": "commands to one module",
    "THR": "thresholds",
    "CHN": "commands to the whole chain",
    "CAL": "calibration",
    "BLD": "bleeding",
    "SLP": "sleep",
    "TIM": "timing",
    "TMP": "temperature",
    "PWR": "supply dips",
    "ALM": "unsolicited alarms",
}
MOST_COLUMNS = 16
"""With more, a row says in words which modules fared how."""


@dataclass(frozen=True)
class Row:
    """One clause. ``outcomes`` is by column, None where nothing named it for that module."""

    clause: Clause
    tests: tuple[PerformedTest, ...]
    outcomes: tuple[Outcome | None, ...]
    groups: tuple[Group, ...]
    required: bool
    left_out: bool
    """Required, and judged neither by a test nor on another module's behalf."""


@dataclass(frozen=True)
class Family:
    """Clauses that begin with the same letters."""

    name: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Matrix:
    """All clauses on record by family, in their document's order, and what modules they met."""

    columns: tuple[str, ...]
    """Positions, as ``1–4, 7``."""
    families: tuple[Family, ...]

    @property
    def wide(self) -> bool:
        """Whether there are too many columns to be a table of symbols."""
        return len(self.columns) > MOST_COLUMNS

    @property
    def clauses(self) -> int:
        """How many there are."""
        return sum(len(family.rows) for family in self.families)

    @property
    def named(self) -> int:
        """How many of them a test of this run names."""
        return sum(bool(row.tests) for family in self.families for row in family.rows)


def build_matrix(record: RunRecord) -> Matrix:
    """From all clauses on record, and those that only a test names after them."""
    outcomes = record.clause_outcomes
    unknown = sorted(outcomes.keys() - {clause.id for clause in record.clauses})
    clauses = [*record.clauses, *(Clause(name, "") for name in unknown)]
    columns = _alike([module.position for module in record.modules], clauses, outcomes)
    left_out = {entry.clause for entry in record.left_out}
    rows = [
        Row(
            clause,
            tuple(test for test in record.tests if clause.id in test.clauses),
            tuple(outcomes.get(clause.id, {}).get(positions[0]) for positions in columns),
            tuple(grouped(outcomes.get(clause.id, {}))),
            required=clause.id in record.required,
            left_out=clause.id in left_out,
        )
        for clause in clauses
    ]
    return Matrix(
        tuple(position_ranges(positions) for positions in columns),
        tuple(
            Family(name, FAMILIES.get(name, ""), tuple(members))
            for name, members in groupby(rows, key=lambda row: row.clause.family)
        ),
    )


def _alike(
    positions: Sequence[int], clauses: Sequence[Clause], outcomes: Mapping[str, ByPosition]
) -> list[list[int]]:
    """Positions whose outcomes are the same in every clause, in the order of their first."""
    columns: dict[tuple[Outcome | None, ...], list[int]] = {}
    for position in positions:
        fared = tuple(outcomes.get(clause.id, {}).get(position) for clause in clauses)
        columns.setdefault(fared, []).append(position)
    return list(columns.values())
