"""What a benchmark is: how it is timed, and what its figure is held against."""

from __future__ import annotations

import cProfile
import gc
import pstats
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Protocol

from typing_extensions import override

ROOT = Path(__file__).parents[1]
PRODUCT_FILE = ROOT / "products" / "lipo.toml"
RIG_FILE = ROOT / "rigs" / "simulated.toml"


class Stopwatch:
    """Takes wall time in s."""

    def time(self, work: Callable[[], object]) -> float:
        """Call ``work`` once."""
        gc.collect()
        started_s = perf_counter()
        work()
        return perf_counter() - started_s

    def time_pytest(
        self, arguments: Sequence[str], folder: Path, *, statuses: Collection[int] = (0,)
    ) -> float:
        """Run pytest in a folder and a process of its own, from start-up to its end.

        Raises ``RuntimeError`` with what it printed if it ends with another exit status.
        """
        started_s = perf_counter()
        ended = _python(["-m", "pytest", "-q", *arguments], folder)
        elapsed_s = perf_counter() - started_s
        if ended.returncode not in statuses:
            raise RuntimeError(
                f"pytest {' '.join(arguments)} ended with status {ended.returncode}:\n{ended.stdout}{ended.stderr}"
            )
        return elapsed_s


class Profiler(Stopwatch):
    """A stopwatch that gathers what functions cost; its times include the profiler's own."""

    def __init__(self) -> None:
        self.statistics = pstats.Stats()

    @override
    def time(self, work: Callable[[], object]) -> float:
        profile = cProfile.Profile()
        elapsed_s = super().time(lambda: profile.runcall(work))
        self.statistics.add(profile)
        return elapsed_s

    @override
    def time_pytest(
        self, arguments: Sequence[str], folder: Path, *, statuses: Collection[int] = (0,)
    ) -> float:
        """As a stopwatch does, but cProfile ends with a status of its own: nothing is checked."""
        with tempfile.TemporaryDirectory() as kept_in:
            kept = str(Path(kept_in) / "profile")
            started_s = perf_counter()
            _python(["-m", "cProfile", "-o", kept, "-m", "pytest", "-q", *arguments], folder)
            elapsed_s = perf_counter() - started_s
            self.statistics.add(kept)
        return elapsed_s


class Figure(NamedTuple):
    """What a benchmark found, in its unit."""

    value: float
    remark: str
    """Which of how many rounds it is, and what it compares with."""
    bare: float | None = None
    """The same without cellrig, from the same rounds, where there is such a thing."""


class Measure(Protocol):
    """A benchmark's own work."""

    def __call__(self, stopwatch: Stopwatch, folder: Path, rounds: int) -> Figure:
        """Measure in so many rounds, with an empty folder for whatever files it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A figure to be measured, and its reach: at most that much, or at least."""

    name: str
    what: str
    unit: str
    reach: float
    goal: float | None = None
    more_is_better: bool = False
    rounds: int
    measure: Measure

    def meets(self, value: float) -> bool:
        """Whether a value is within reach."""
        return value >= self.reach if self.more_is_better else value <= self.reach


def _python(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this interpreter, and arguments of our own
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
