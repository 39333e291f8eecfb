"""Benchmarks measure what they say; how fast this machine is, is not for a test to judge."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

import pytest
import typer
from typing_extensions import override

from benchmarks import empty_tests, qualification, real_time, storing, suite, supervising
from benchmarks.measuring import PRODUCT_FILE, RIG_FILE, ROOT, Benchmark, Figure, Stopwatch
from fixtures.hooks import EXIT_BLOCKED
from reports import schema
from supervisor.figures import Periods


class ScriptedStopwatch(Stopwatch):
    """Runs no pytest; hands out times, and notes them where a process times itself."""

    def __init__(self, times_s: Sequence[float]) -> None:
        self.times_s = list(times_s)
        self.asked: list[tuple[Path, Sequence[str]]] = []

    @override
    def time_pytest(
        self, arguments: Sequence[str], folder: Path, *, statuses: Collection[int] = (0,)
    ) -> float:
        self.asked.append((folder, arguments))
        time_s = self.times_s.pop(0)
        if folder != ROOT:
            (folder / empty_tests.SECONDS).write_text(str(time_s))
        return time_s


def benchmark(
    value: float = 30.0, *, more_is_better: bool = True, bare: float | None = None
) -> Benchmark:
    """A benchmark that finds a known value, with a reach of 25 and a goal of 50."""

    def measure(stopwatch: Stopwatch, folder: Path, rounds: int) -> Figure:
        assert folder.is_dir()
        stopwatch.time(spend_some_time)
        return Figure(value, f"fastest of {rounds}", bare)

    return Benchmark(
        name="known",
        what="a value that is known",
        unit="×",
        reach=25.0,
        goal=50.0,
        more_is_better=more_is_better,
        rounds=3,
        measure=measure,
    )


def spend_some_time():
    return sorted(range(1000))


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where results go; not over those of the checkout."""
    monkeypatch.setattr(suite, "RESULTS", tmp_path / "build" / "bench.json")
    return tmp_path / "build" / "bench.json"


def run_suite(monkeypatch: pytest.MonkeyPatch, *benchmarks: Benchmark, profile: str = "") -> None:
    monkeypatch.setattr(suite, "BENCHMARKS", {each.name: each for each in benchmarks})
    suite.main(profile)


# -- what is measured ------------------------------------------------------------------------------


@pytest.mark.parametrize("poll", [real_time.one_by_one, real_time.pipelined])
def test_a_chain_is_read_without_losing_an_answer(poll: Callable[..., None], tmp_path: Path):
    polled = partial(poll, times=2)
    figure = real_time.measure(Stopwatch(), tmp_path, 2, modules=3, poll=polled)
    assert figure.value > 0.0
    assert figure.remark == "fastest of 2"


def test_a_chain_that_loses_answers_gives_no_figure(tmp_path: Path):
    def lose(chain: real_time.Chain) -> None:
        chain.statistics.lost += 1

    with pytest.raises(RuntimeError, match="2 answers were lost"):
        real_time.measure(Stopwatch(), tmp_path, 1, modules=1, poll=lose)


def test_the_bare_comparison_stores_the_same_rows(tmp_path: Path):
    figure = storing.measure(Stopwatch(), tmp_path, 1, calls=10)
    stored, again = (
        [row | {"id": 0} for row in storing.rows_of(tmp_path / name, schema.measurements)]
        for name in ("results-0.sqlite", "bare-0.sqlite")
    )
    assert len(stored) == storing.MODULES * 11
    assert stored == again
    assert figure.bare is not None


def test_an_empty_test_costs_what_it_takes_longer_than_with_plain_pytest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    plain, rigged = ScriptedStopwatch([0.1, 0.4, 0.5]), ScriptedStopwatch([0.1, 1.2, 1.0])
    monkeypatch.setattr(empty_tests, "Stopwatch", lambda: plain)
    figure = empty_tests.measure(rigged, tmp_path, 2, tests=1000)
    assert figure.bare == pytest.approx(0.4)
    assert figure.value == pytest.approx(1.0 - 0.4)
    assert {folder.name for folder, _ in plain.asked} == {"plain"}
    assert {folder.name for folder, _ in rigged.asked} == {"rigged"}


def test_empty_tests_run_as_a_qualification_and_are_timed(tmp_path: Path):
    project = empty_tests.rigged_project(tmp_path / "rigged", 2)
    statuses = (0, EXIT_BLOCKED)
    whole_s = Stopwatch().time_pytest(
        [empty_tests.TESTS, *empty_tests.OPTIONS], project, statuses=statuses
    )
    tests = storing.rows_of(project / empty_tests.STORE, schema.tests)
    found = [(test["nodeid"].rpartition("::")[2], test["outcome"]) for test in tests]
    assert found == [("test_0", "pass"), ("test_1", "pass")]
    assert 0.0 < empty_tests.milliseconds_per_test(project, 2) * 2 < whole_s * 1000


def test_the_first_qualification_warms_up_and_the_fastest_other_counts(tmp_path: Path):
    stopwatch = ScriptedStopwatch([1.0, 4.0, 3.0, 5.0])
    figure = qualification.measure(stopwatch, tmp_path, 3)
    assert figure.value == 3.0
    folder, arguments = stopwatch.asked[0]
    assert folder == ROOT
    assert {f"--rig={RIG_FILE}", f"--product={PRODUCT_FILE}"} < set(arguments)


def test_a_pytest_that_ends_otherwise_gives_no_time_but_what_it_said(tmp_path: Path):
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert 'this' == 'that'\n")
    with pytest.raises(RuntimeError, match=r"(?s)ended with status 1:.*'this' == 'that'"):
        Stopwatch().time_pytest(["test_it.py", "-p", "no:cacheprovider"], tmp_path)


# -- what is shown ---------------------------------------------------------------------------------


def test_a_missed_reach_is_plain_to_see_and_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], results: Path
):
    run_suite(monkeypatch, benchmark(24.9))
    shown = capsys.readouterr().out
    assert "24.9 ×" in shown
    assert "✗" in shown
    assert "✓" not in shown
    assert json.loads(results.read_text(encoding="utf-8"))[0]["met"] is False


def test_a_figure_at_its_reach_meets_it_whichever_way_is_better():
    for more_is_better in (True, False):
        assert benchmark(more_is_better=more_is_better).meets(25.0)
    assert not benchmark(more_is_better=True).meets(24.9)
    assert not benchmark(more_is_better=False).meets(25.1)


def test_results_hold_what_can_be_compared_later(monkeypatch: pytest.MonkeyPatch, results: Path):
    run_suite(monkeypatch, benchmark(30.0, bare=20.0))
    assert json.loads(results.read_text(encoding="utf-8")) == [
        {
            "name": "known",
            "value": 30.0,
            "unit": "×",
            "reach": 25.0,
            "met": True,
            "goal": 50.0,
            "bare": 20.0,
        }
    ]


@pytest.mark.parametrize(("load", "warning"), [(2.0, ""), (2.1, "is busy (load 2.1, 2 proc")])
def test_figures_from_a_busy_machine_come_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, load: float, warning: str
):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0), raising=False)
    assert warning in suite.busy()
    assert bool(suite.busy()) is bool(warning)


def test_a_profile_names_where_the_time_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], results: Path
):
    run_suite(monkeypatch, benchmark(), profile="known")
    assert "spend_some_time" in capsys.readouterr().out
    assert not results.exists()


def test_a_profile_sees_into_a_pytest_process(tmp_path: Path):
    (tmp_path / "test_it.py").write_text("def test_that_is_profiled():\n    pass\n")
    profiler = suite.Profiler()
    profiler.time_pytest(["test_it.py", "-p", "no:cacheprovider"], tmp_path)
    assert "test_that_is_profiled" in {name for _, _, name in profiler.statistics.stats}


def test_an_unknown_benchmark_is_a_usage_error_that_names_those_there_are():
    with pytest.raises(typer.BadParameter, match="one-by-one, pipelined, supervising"):
        suite.main("swimming")


def test_the_script_finds_its_modules_when_started_as_a_file():
    shown = subprocess.run(
        [sys.executable, "benchmarks/run.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "--profile" in shown.stdout


def test_a_pack_is_supervised_and_the_shares_of_time_are_told(tmp_path: Path):
    figure = supervising.measure(
        Stopwatch(),
        tmp_path,
        2,
        rig_file="simulated_pack.toml",
        product_file="pack16.toml",
        periods=Periods(1.0, 10.0),
        seconds=20.0,
    )
    shares = [int(share) for share in re.findall(r"(\d+)%", figure.remark)]
    assert figure.value > 0
    assert sum(shares) == pytest.approx(100, abs=1)
