"""What an empty qualification test costs over an empty test of plain pytest.

Processes with few and with many tests are timed, with cellrig and without. Differences rid the
figure of start-up; what remains is a test's begin and end on record for a panel of four, and
its share of reading the run back.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from benchmarks.measuring import PRODUCT_FILE, RIG_FILE, ROOT, Benchmark, Figure, Stopwatch
from fixtures.hooks import EXIT_BLOCKED, TESTS

STORE = "results.sqlite"
OPTIONS = [f"--rig={RIG_FILE}", f"--product={PRODUCT_FILE}", f"--store={STORE}"]
MILLISECONDS_PER_SECOND = 1e3


def measure(
    stopwatch: Stopwatch, folder: Path, rounds: int, *, few: int = 500, many: int = 1500
) -> Figure:
    """Time a test with cellrig less without it; of each kind of process the fastest counts."""
    counts = (few, many)
    plain = plain_project(folder / "plain", *counts)
    rigged = rigged_project(folder / "rigged", *counts)
    bare = Stopwatch()
    processes = [
        *(partial(bare.time_pytest, [file(count)], plain) for count in counts),
        # An empty test judges no module, so all of them are blocked.
        *(
            partial(stopwatch.time_pytest, [file(count), *OPTIONS], rigged, status=EXIT_BLOCKED)
            for count in counts
        ),
    ]
    for process in processes:
        process()  # compiled code is cached, the store is made
    taken_s = [[process() for process in processes] for _ in range(rounds)]
    plain_few_s, plain_many_s, few_s, many_s = map(min, zip(*taken_s, strict=True))
    scale = MILLISECONDS_PER_SECOND / (many - few)
    plain_ms = (plain_many_s - plain_few_s) * scale
    remark = f"fastest of {rounds} each; plain pytest {plain_ms:.2f} ms"
    return Figure((many_s - few_s) * scale - plain_ms, remark, plain_ms)


def plain_project(folder: Path, *counts: int) -> Path:
    """A folder with a test file for each count, and nothing else that pytest would take up."""
    (folder / TESTS).mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    for count in counts:
        tests = [f"def test_{number}():\n    pass\n" for number in range(count)]
        (folder / file(count)).write_text("\n\n".join(tests))
    return folder


def rigged_project(folder: Path, *counts: int) -> Path:
    """The same, with cellrig acting on its tests."""
    plain_project(folder, *counts)
    shutil.copy(ROOT / "conftest.py", folder)
    return folder


def file(count: int) -> str:
    """Where so many tests stand."""
    return f"{TESTS}/test_{count}_times_nothing.py"


EMPTY_TEST = Benchmark(
    name="empty-test",
    what="empty test, panel of four, over plain pytest",
    unit="ms",
    reach=0.3,
    rounds=5,
    measure=measure,
)
