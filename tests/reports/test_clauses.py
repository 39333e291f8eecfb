from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from products.model import Required, RunPurpose
from reports.clauses import LeftOut, find_left_out
from reports.header import RunHeader
from reports.loader import load_run
from reports.outcome import Conclusion, Outcome
from reports.record import RunRecord, RunStatus
from reports.recorder import Recorder
from reports.store import Store

Clauses = Sequence[str]
Performed = tuple[Clauses, Mapping[int, Outcome], str]
RunOf = Callable[..., RunRecord]


@pytest.fixture
def run_of(store: Store, header: RunHeader) -> RunOf:
    """``run_of(tests, required=…)``: two modules, each test as (clauses, outcomes, reason)."""

    def record(
        tests: Sequence[Performed],
        *,
        required: Required,
        purpose: RunPurpose = RunPurpose.EOL,
        narrowed: str = "",
    ) -> RunRecord:
        product = header.product.model_copy(update={"required": required})
        run_id = store.begin_run(
            replace(header, product=product, purpose=purpose, narrowed=narrowed)
        )
        store.add_modules(run_id, {1: "SN1", 2: "SN2"})
        recorder = Recorder(
            store,
            run_id,
            limits=product.limits,
            decision=product.decision,
            positions=(1, 2),
            now=lambda: 1,
        )
        for number, (clauses, outcomes, reason) in enumerate(tests):
            recorder.begin_test(f"test_{number}", clauses=clauses)
            for position, outcome in outcomes.items():
                recorder.attribute(outcome, reason, [position])
            alike = set(outcomes.values()) == {Outcome.NOT_APPLICABLE}
            recorder.end_test(Outcome.NOT_APPLICABLE if alike else Outcome.PASS, reason)
        store.finish_run(run_id, RunStatus.FINISHED, header.started)
        return load_run(store, run_id)

    return record


PASSED = {1: Outcome.PASS, 2: Outcome.PASS}
INAPPLICABLE = {1: Outcome.NOT_APPLICABLE, 2: Outcome.NOT_APPLICABLE}
FIRST_ONLY = {1: Outcome.PASS, 2: Outcome.NOT_APPLICABLE}


def conclusions(record: RunRecord) -> list[Conclusion]:
    return [record.conclusion, *(record.module_conclusion(position) for position in (1, 2))]


def test_a_required_clause_that_a_test_judged_is_not_left_out(run_of: RunOf):
    record = run_of([(["CAL-2"], PASSED, "")], required=Required(eol=("CAL-2",)))
    assert record.left_out == ()
    assert conclusions(record) == [Conclusion.PASS] * 3
    assert (record.purpose, record.required) == (RunPurpose.EOL, ("CAL-2",))


def test_a_required_clause_that_cannot_be_judged_blocks_with_the_reason(run_of: RunOf):
    tests = [(["CAL-2"], PASSED, ""), (["SLP-1"], INAPPLICABLE, "the rig has no ammeter")]
    record = run_of(tests, required=Required(eol=("CAL-2", "SLP-1")))
    assert record.left_out == (
        LeftOut("SLP-1", 1, "the rig has no ammeter"),
        LeftOut("SLP-1", 2, "the rig has no ammeter"),
    )
    assert conclusions(record) == [Conclusion.BLOCKED] * 3


def test_a_required_clause_that_no_test_names_blocks(run_of: RunOf):
    record = run_of([(["CAL-2"], PASSED, "")], required=Required(eol=("PWR-1",)))
    assert {entry.reason for entry in record.left_out} == {"no test of this run names it"}
    assert conclusions(record) == [Conclusion.BLOCKED] * 3


def test_a_module_that_no_test_looked_at_is_left_out_though_another_passed(run_of: RunOf):
    record = run_of([(["CAL-2"], PASSED, "")], required=Required(eol=("CAL-2",)))
    assert find_left_out(record.tests, (1, 2, 3), ("CAL-2",)) == [
        LeftOut("CAL-2", 3, "no test of this run names it")
    ]


def test_another_test_of_the_same_clause_is_enough(run_of: RunOf):
    tests = [(["BLD-1"], INAPPLICABLE, "the rig has no ammeter"), (["BLD-1"], PASSED, "")]
    assert run_of(tests, required=Required(eol=("BLD-1",))).left_out == ()


def test_a_clause_that_the_first_module_passed_counts_for_those_it_does_not_apply_to(
    run_of: RunOf,
):
    tests = [(["MSG-6"], FIRST_ONLY, "only the first"), (["CAL-2"], PASSED, "")]
    record = run_of(tests, required=Required(eol=("MSG-6",)))
    assert record.left_out == ()
    assert conclusions(record) == [Conclusion.PASS] * 3


def test_a_clause_that_the_first_module_failed_counts_for_no_other(run_of: RunOf):
    outcomes = {1: Outcome.FAIL, 2: Outcome.NOT_APPLICABLE}
    record = run_of([(["MSG-6"], outcomes, "first only")], required=Required(eol=("MSG-6",)))
    assert record.left_out == (LeftOut("MSG-6", 2, "first only"),)
    assert conclusions(record) == [Conclusion.FAIL, Conclusion.FAIL, Conclusion.BLOCKED]


def test_each_purpose_has_its_own_required_clauses(run_of: RunOf):
    required = Required(eol=("PWR-1",), qualification=("CAL-2",))
    tests = [(["CAL-2"], PASSED, "")]
    qualification = run_of(tests, required=required, purpose=RunPurpose.QUALIFICATION)
    assert conclusions(qualification) == [Conclusion.PASS] * 3
    assert conclusions(run_of(tests, required=required)) == [Conclusion.BLOCKED] * 3


def test_an_incomplete_run_is_incomplete_whatever_it_left_out(run_of: RunOf):
    record = run_of(
        [(["CAL-2"], PASSED, "")], required=Required(eol=("PWR-1",)), narrowed="-k accuracy"
    )
    assert record.left_out == ()
    assert conclusions(record) == [Conclusion.INCOMPLETE] * 3
