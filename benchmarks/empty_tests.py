"""What an empty qualification test costs over an empty test of plain pytest.

Two processes run the same tests, one with cellrig and one without, and time themselves from
their first test to their end, so that start-up has no part in it. What remains is a test's
begin and end on record for a panel of four, and its share of reading the run back.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.measuring import PRODUCT_FILE, RIG_FILE, ROOT, Benchmark, Figure, Stopwatch
from fixtures.hooks import EXIT_BLOCKED, TESTS

MILLISECONDS_PER_SECOND = 1e3
STORE, SECONDS = "results.sqlite", "seconds"
OPTIONS = [f"--rig={RIG_FILE}", f"--product={PRODUCT_FILE}", f"--store={STORE}"]

TIMING = f"""
from pathlib import Path
from time import perf_counter

began = []


def pytest_runtestloop():
    began.append(perf_counter())


def pytest_unconfigure():
    Path("{SECONDS}").write_text(str(perf_counter() - began[0]))
"""
PASSING = """
from fixtures.hooks import RUN
from reports.outcome import Outcome


def pytest_runtest_setup(item):
    # A module that a test ends without having judged is blocked, and that costs a traceback.
    item.config.stash[RUN].recorder.attribute(Outcome.PASS, "")
"""


def measure(stopwatch: Stopwatch, folder: Path, rounds: int, *, tests: int = 1500) -> Figure:
    """Time a test with cellrig less without it; of each kind the fastest process counts."""
    plain = plain_project(folder / "plain", tests)
    rigged = rigged_project(folder / "rigged", tests)
    plain_ms, rigged_ms = [], []
    for _ in range(rounds + 1):
        Stopwatch().time_pytest([TESTS], plain)
        plain_ms.append(milliseconds_per_test(plain, tests))
        # Whether the run is complete does not matter here.
        stopwatch.time_pytest([TESTS, *OPTIONS], rigged, statuses=(0, EXIT_BLOCKED))
        rigged_ms.append(milliseconds_per_test(rigged, tests))
    bare = min(plain_ms[1:])  # the first warmed up: compiled code is cached, the store is made
    remark = f"fastest of {rounds} each; plain pytest {bare:.2f} ms"
    return Figure(min(rigged_ms[1:]) - bare, remark, bare)


def plain_project(folder: Path, tests: int) -> Path:
    """A folder with so many empty tests, and nothing else that pytest would take up."""
    (folder / TESTS).mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (folder / "conftest.py").write_text(TIMING)
    functions = [f"def test_{number}():\n    pass\n" for number in range(tests)]
    (folder / TESTS / "test_nothing.py").write_text("\n\n".join(functions))
    return folder


def rigged_project(folder: Path, tests: int) -> Path:
    """The same, with cellrig acting on its tests."""
    plain_project(folder, tests)
    conftest = (ROOT / "conftest.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(conftest + TIMING + PASSING, encoding="utf-8")
    return folder


def milliseconds_per_test(project: Path, tests: int) -> float:
    """What the last process in a project noted."""
    return float((project / SECONDS).read_text()) * MILLISECONDS_PER_SECOND / tests


EMPTY_TEST = Benchmark(
    name="empty-test",
    what="empty test, panel of four, over plain pytest",
    unit="ms",
    reach=0.3,
    rounds=5,
    measure=measure,
)
