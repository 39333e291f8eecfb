"""One trial: a run of the suite against one defect, and what the store says came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from proof.defect import REFERENCE, Defect
from reports.entries import PerformedTest
from reports.loader import list_runs, load_run
from reports.outcome import Outcome
from reports.record import RunRecord
from reports.store import Store

ROOT = Path(__file__).parents[1]
PRODUCT = ROOT / "products" / "pack4.toml"
PACK_RIG = ROOT / "rigs" / "simulated_pack4.toml"
UNIT_RIG = ROOT / "rigs" / "simulated_can.toml"
STORE = "results.sqlite"
RIG = "rig.toml"
FOLDER = "tests_hil/"
UNIT_TESTS = "test_27_"
"""Tests of what a unit publishes, which need a bus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one trial."""

    as_expected: bool
    outcome: str
    said: str
    """Why, in the words of the test or of the proof."""
    bench_s: float
    """How long it took on the bench's clock."""


NOT_RUN = Finding(as_expected=False, outcome="none", said="did not run", bench_s=0.0)


def prepare(place: Path, defect: Defect) -> list[str]:
    """Write the rig file of a trial into ``place``; the arguments that pytest runs it with."""
    return _prepared(place, [defect.caught_by], logic=defect.logic, unit=defect.unit)


def prepare_reference(place: Path, scenarios: Sequence[str]) -> list[str]:
    """As ``prepare``, with the reference: scenarios of one rig."""
    return _prepared(place, scenarios)


def needs_bus(scenario: str) -> bool:
    """Whether a scenario is one of a unit on CAN."""
    return scenario.startswith(UNIT_TESTS)


def find(place: Path, defect: Defect) -> Finding:
    """Whether the scenario failed, by the measurement and a clause that it was expected to fail by.

    A defective rig would be blocked, and finds nothing.
    """
    tests = performed(place)
    if len(tests) != 1:
        return NOT_RUN
    test = tests[0]
    objection = _objection(defect, test)
    return Finding(
        as_expected=not objection,
        outcome=str(test.outcome),
        said=objection or _first(test.message),
        bench_s=_bench_s(test),
    )


def find_sound(place: Path, scenarios: Sequence[str]) -> dict[str, Finding]:
    """Whether each of these scenarios passed; one that did not run has not."""
    found = {
        test.nodeid.removeprefix(FOLDER): Finding(
            as_expected=test.outcome is Outcome.PASS,
            outcome=str(test.outcome),
            said=_first(test.message),
            bench_s=_bench_s(test),
        )
        for test in performed(place)
    }
    return {scenario: found.get(scenario, NOT_RUN) for scenario in scenarios}


def performed(place: Path) -> tuple[PerformedTest, ...]:
    """All tests of the run in the trial's store; none if there was no run."""
    store_path = place / STORE
    if not store_path.exists():
        return ()
    with Store.open(store_path) as store:
        records: list[RunRecord] = [load_run(store, run.run_id) for run in list_runs(store)]
    return tuple(test for record in records for test in record.tests)


def _objection(defect: Defect, test: PerformedTest) -> str:
    """Why this is no catch; empty if it is one."""
    if test.outcome is not Outcome.FAIL:
        return f"not caught: {test.outcome}"
    clauses = set(test.clauses)
    for measurement in test.measurements:
        if measurement.verdict.outcome is Outcome.FAIL and measurement.name == defect.shown_by:
            clauses.update(measurement.clauses)
            break
    else:
        if defect.shown_by not in test.message:
            return f"failed, but not by {defect.shown_by}: {_first(test.message)}"
    if not clauses & set(defect.breaks):
        return f"failed, but by none of {', '.join(defect.breaks)}"
    return ""


def _prepared(
    place: Path, scenarios: Sequence[str], *, logic: str = REFERENCE, unit: str = ""
) -> list[str]:
    text = _unit_rig(logic, unit) if needs_bus(scenarios[0]) else _pack_rig(logic)
    (place / RIG).write_text(text, encoding="utf-8")
    return [
        *(f"{FOLDER}{scenario}" for scenario in scenarios),
        "--rig",
        str(place / RIG),
        "--product",
        str(PRODUCT),
        "--store",
        str(place / STORE),
    ]


def _pack_rig(logic: str) -> str:
    """The project's own small pack, with other logic."""
    text = PACK_RIG.read_text(encoding="utf-8")
    return f'{text}\n[supervisor]\nlogic = "{logic}"\n'


def _unit_rig(logic: str, defect: str) -> str:
    """The project's own unit on CAN, with other logic and a defect if there is one."""
    text = UNIT_RIG.read_text(encoding="utf-8")
    text = text.replace("[supervisor]\n", f'[supervisor]\nlogic = "{logic}"\n')
    return f'{text}\n[simulation.unit]\ndefects = ["{defect}"]\n' if defect else text


def _first(message: str) -> str:
    return next(_lines(message), "")


def _lines(message: str) -> Iterator[str]:
    return (line.strip() for line in message.splitlines() if line.strip())


def _bench_s(test: PerformedTest) -> float:
    return 0.0 if test.ended_ns is None else (test.ended_ns - test.started_ns) / 1e9
