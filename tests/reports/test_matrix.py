from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reports.clauses import Clause
from reports.document import render_page
from reports.entries import ModuleOutcome, ModuleRecord, PerformedTest
from reports.matrix import Matrix, Row, build_matrix
from reports.outcome import Outcome
from reports.record import RunRecord
from reports.timeledger import TimeLedger

PASS, FAIL, INAPPLICABLE = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE


def performed(number: int, clause: str, outcomes: Mapping[int, Outcome]) -> PerformedTest:
    return PerformedTest(
        number=number,
        nodeid=f"test_{number}",
        title="",
        clauses=(clause,),
        started_ns=0,
        ended_ns=1,
        outcome=PASS,
        message="",
        modules=tuple(
            ModuleOutcome(position=position, outcome=outcome)
            for position, outcome in outcomes.items()
        ),
        measurements=(),
        time=TimeLedger(),
    )


def with_tests(record: RunRecord, *tests: PerformedTest, modules: int = 4) -> RunRecord:
    return replace(
        record,
        clauses=(Clause("MSG-1", "Line format"), Clause("MSG-2", ""), Clause("CAL-2", "Accuracy")),
        required=("CAL-2",),
        selection=(),
        tests=tests,
        modules=tuple(
            ModuleRecord(position=position, serial_number="") for position in range(1, modules + 1)
        ),
    )


def rows(matrix: Matrix) -> dict[str, Row]:
    return {row.clause.id: row for family in matrix.families for row in family.rows}


def test_clauses_stand_in_their_documents_order_by_family(record: RunRecord):
    matrix = build_matrix(with_tests(record))
    assert [family.name for family in matrix.families] == ["MSG", "CAL"]
    assert list(rows(matrix)) == ["MSG-1", "MSG-2", "CAL-2"]
    assert (matrix.clauses, matrix.named) == (3, 0)
    assert all(row.tests == () for row in rows(matrix).values())


def test_modules_that_fared_alike_share_a_column(record: RunRecord):
    framing = {position: PASS if position == 1 else INAPPLICABLE for position in range(1, 257)}
    accuracy = {position: FAIL if position == 77 else PASS for position in range(1, 257)}
    matrix = build_matrix(
        with_tests(
            record,
            performed(1, "MSG-1", framing),
            performed(2, "CAL-2", accuracy),
            performed(3, "CAL-2", dict.fromkeys(range(1, 257), PASS)),
            modules=256,
        )
    )
    assert matrix.columns == ("1", "2–76, 78–256", "77")
    by_clause = rows(matrix)
    assert by_clause["MSG-1"].outcomes == (PASS, INAPPLICABLE, INAPPLICABLE)
    assert by_clause["MSG-2"].outcomes == (None, None, None)
    assert by_clause["CAL-2"].outcomes == (PASS, PASS, FAIL)
    assert [test.number for test in by_clause["CAL-2"].tests] == [2, 3]
    assert by_clause["CAL-2"].required
    assert not by_clause["MSG-1"].required


def test_a_clause_that_only_a_test_names_comes_last(record: RunRecord):
    matrix = build_matrix(with_tests(record, performed(1, "OLD-9", {1: PASS})))
    assert list(rows(matrix))[-1] == "OLD-9"
    assert matrix.columns == ("1", "2–4")


def test_the_document_says_what_was_not_tested_and_what_was_left_out(record: RunRecord):
    page = render_page(with_tests(record, performed(1, "MSG-1", {1: PASS, 2: PASS})))
    assert page.count("no test in this run") == 2
    assert "required, but left out" in page
    assert "1 of 3 clauses are named by a test of this run." in page
    assert "CAL-2: required for qualification, and no test judged it" in page


@pytest.mark.parametrize(("modules", "wide"), [(4, False), (40, True)])
def test_a_table_of_symbols_becomes_one_of_words_if_all_fared_differently(
    record: RunRecord, modules: int, *, wide: bool
):
    tests = [performed(k, f"CAL-{k}", {k: FAIL}) for k in range(1, modules + 1)]
    record = with_tests(record, *tests, modules=modules)
    assert build_matrix(record).wide is wide
    page = render_page(record)
    assert ('aria-label="fail"' in page.partition('class="traceability"')[2]) is not wide
