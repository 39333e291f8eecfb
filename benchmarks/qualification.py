"""How long a qualification of the simulated panel takes, its environment being there."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measuring import PRODUCT_FILE, RIG_FILE, ROOT, Benchmark, Figure, Stopwatch
from fixtures.hooks import TESTS


def measure(stopwatch: Stopwatch, folder: Path, rounds: int) -> Figure:
    """Wall time of the pytest command of ``make qualify``, the first time to warm up."""
    arguments = [
        TESTS,
        f"--rig={RIG_FILE}",
        f"--product={PRODUCT_FILE}",
        "--serial-number=SN0001,SN0002,SN0003,SN0004",
        f"--store={folder / 'results.sqlite'}",
        f"--html={folder / 'report.html'}",
        "--self-contained-html",
    ]
    stopwatch.time_pytest(arguments, ROOT)
    taken_s = [stopwatch.time_pytest(arguments, ROOT) for _ in range(rounds)]
    return Figure(min(taken_s), f"fastest of {rounds}")


QUALIFICATION = Benchmark(
    name="qualification",
    what="pytest command of make qualify",
    unit="s",
    reach=10.0,
    rounds=3,
    measure=measure,
)
