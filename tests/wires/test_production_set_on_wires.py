"""The production set in another process, over real wires and in wall time, as on a bench of metal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from reports.loader import list_runs, load_run
from reports.outcome import Conclusion, Outcome
from reports.record import RunRecord
from reports.store import Store
from tests.fixtures.sessions import LIPO, ROOT, SIMULATED
from tests.wires.server import serving

Key = TypeVar("Key", bound=str | tuple[str, ...])
Found = TypeVar("Found")

BUSY_s = 0.8
"""How late a machine may be that runs other tests beside this one."""

RUN_S = 300
"""What a run that takes 25 s may take on a machine that has other work."""


def nest() -> str:
    """The simulated bench with one module."""
    text = SIMULATED.read_text(encoding="utf-8")
    for old, new in (
        ("modules = 4", "modules = 1"),
        ("channels = [101, 102, 103, 104]", "channels = [101]"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def production_set(rig: Path, folder: Path) -> tuple[RunRecord, str]:
    """A run of ``-m eol`` in a process of its own: its record, and what it printed."""
    store = folder / "results.sqlite"
    done = subprocess.run(  # noqa: S603 - this interpreter
        [
            *(sys.executable, "-m", "pytest", "tests_hil", "-m", "eol", f"--rig={rig}"),
            *(f"--product={LIPO}", "--serial-number=SN1", f"--store={store}"),
        ],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=RUN_S,
    )
    with Store.open(store) as results:
        (run,) = list_runs(results)
        return load_run(results, run.run_id), done.stdout


@pytest.fixture(scope="module")
def on_wires(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunRecord, str]:
    folder = tmp_path_factory.mktemp("on_wires")
    with serving(nest(), folder) as server:
        rig = server.rig_path.read_text(encoding="utf-8")
        assert "latency_s = 0.2\n" in rig
        patient = folder / "patient.toml"
        patient.write_text(rig.replace("latency_s = 0.2", f"latency_s = {BUSY_s}"), "utf-8")
        found = production_set(patient, folder)
        print(found[1], server.end())  # noqa: T201 - shown with a failure: how late the bench was
    return found


@pytest.fixture(scope="module")
def in_virtual_time(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    folder = tmp_path_factory.mktemp("virtual")
    rig = folder / "nest.toml"
    rig.write_text(nest(), encoding="utf-8")
    return production_set(rig, folder)[0]


def outcomes(record: RunRecord) -> Mapping[str, Outcome | None]:
    return {test.nodeid: test.outcome for test in record.tests}


def verdicts(record: RunRecord) -> Mapping[tuple[str, str, str], Outcome]:
    """What every value was judged to be, by test, quantity and condition."""
    return {
        (test.nodeid, measured.name, measured.condition): measured.verdict.outcome
        for test in record.tests
        for measured in test.measurements
    }


def without(tests: set[str], found: Mapping[Key, Found]) -> Mapping[Key, Found]:
    """What was found by other tests than these."""
    return {key: each for key, each in found.items() if not tests & {key, key[0]}}


def test_verdicts_are_those_of_virtual_time_but_for_times_on_the_wire(
    on_wires: tuple[RunRecord, str], in_virtual_time: RunRecord
):
    record, _ = on_wires
    timing = {nodeid for nodeid in outcomes(record) if "test_09_timing" in nodeid}
    assert {outcomes(record)[nodeid] for nodeid in timing} == {Outcome.NOT_APPLICABLE}
    assert without(timing, outcomes(record)) == without(timing, outcomes(in_virtual_time))
    assert verdicts(record) == without(timing, verdicts(in_virtual_time))


def test_what_nobody_could_judge_blocks_and_says_why(on_wires: tuple[RunRecord, str]):
    record, printed = on_wires
    assert record.conclusion is Conclusion.BLOCKED
    assert [left_out.clause for left_out in record.left_out_of(1)] == ["TIM-1"]
    assert "the chain's port keeps no times ([chain] timed = false in the rig file)" in printed


def test_the_run_says_that_it_was_simulated(on_wires: tuple[RunRecord, str]):
    record, printed = on_wires
    assert record.simulated
    assert "(SIMULATED)" in printed
