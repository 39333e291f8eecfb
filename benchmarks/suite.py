"""All benchmarks as a table and as JSON; or where the time of one of them goes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks.empty_tests import EMPTY_TEST
from benchmarks.measuring import ROOT, Benchmark, Figure, Profiler, Stopwatch
from benchmarks.qualification import QUALIFICATION
from benchmarks.real_time import ONE_BY_ONE, PIPELINED
from benchmarks.storing import STORING
from benchmarks.supervising import LONG_PACK, SUPERVISING

BENCHMARKS = {
    benchmark.name: benchmark
    for benchmark in (
        ONE_BY_ONE,
        PIPELINED,
        SUPERVISING,
        LONG_PACK,
        STORING,
        EMPTY_TEST,
        QUALIFICATION,
    )
}
RESULTS = ROOT / "build" / "bench.json"
FUNCTIONS_SHOWN = 20

Result: TypeAlias = tuple[Benchmark, Figure]


def main(
    profile: Annotated[
        str,
        typer.Option(metavar="NAME", help=f"where the time goes: {', '.join(BENCHMARKS)}"),
    ] = "",
) -> None:
    """Measure speed, print a table and write build/bench.json. A missed reach is no error."""
    if profile and profile not in BENCHMARKS:
        raise typer.BadParameter(f"{profile!r} is none of {', '.join(BENCHMARKS)}")
    if profile:
        print_profile(BENCHMARKS[profile])
        return
    console = Console()
    results = []
    for benchmark in BENCHMARKS.values():
        with console.status(f"{benchmark.name}: {benchmark.what}"):
            results.append((benchmark, measure(benchmark)))
    console.print(table(results))
    if warning := busy():
        console.print(warning, style="yellow")
    write(results, RESULTS)
    console.print(f"Written to {RESULTS}", soft_wrap=True)


def measure(benchmark: Benchmark) -> Figure:
    """One benchmark, in as many rounds as it wants."""
    with tempfile.TemporaryDirectory() as folder:
        return benchmark.measure(Stopwatch(), Path(folder), benchmark.rounds)


def busy() -> str:
    """A warning if other work slows this machine down, as far as the system tells."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    processors = os.cpu_count() or 1
    if load <= processors:
        return ""
    return f"The machine is busy (load {load:.1f}, {processors} processors) and not at its best."


def print_profile(benchmark: Benchmark) -> None:
    """The functions in which most of the time is spent, over one round and its warm-up."""
    profiler = Profiler()
    with tempfile.TemporaryDirectory() as folder:
        benchmark.measure(profiler, Path(folder), 1)
    profiler.statistics.strip_dirs().sort_stats("tottime").print_stats(FUNCTIONS_SHOWN)


def table(results: Iterable[Result]) -> Table:
    """A line a benchmark; a reach that was missed stands out."""
    lines = Table(title="Speed", box=SIMPLE)
    lines.add_column("benchmark")
    lines.add_column("value", justify="right", no_wrap=True)
    lines.add_column("reach", no_wrap=True)
    lines.add_column("met", justify="center")
    lines.add_column("taken")
    for benchmark, figure in results:
        lines.add_row(
            f"[bold]{benchmark.name}[/]: {benchmark.what}",
            f"{quantity(figure.value)} {benchmark.unit}",
            bound(benchmark),
            "[green]✓" if benchmark.meets(figure.value) else "[bold red]✗",
            figure.remark,
        )
    return lines


def bound(benchmark: Benchmark) -> str:
    """The reach with its direction, and the goal behind it."""
    reach = f"{'≥' if benchmark.more_is_better else '≤'} {benchmark.reach:g} {benchmark.unit}"
    return reach if benchmark.goal is None else f"{reach}, goal {benchmark.goal:g}"


def quantity(value: float) -> str:
    """Three digits, or all before the point where there are more."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def write(results: Iterable[Result], path: Path) -> None:
    """The figures as a JSON list; ``bare`` is the same without cellrig, where there is such."""
    path.parent.mkdir(exist_ok=True)
    entries = [entry(benchmark, figure) for benchmark, figure in results]
    path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def entry(benchmark: Benchmark, figure: Figure) -> dict[str, object]:
    """One figure of the JSON list; goal and bare stand only where there is one."""
    optional = {"goal": benchmark.goal, "bare": figure.bare}
    return {
        "name": benchmark.name,
        "value": figure.value,
        "unit": benchmark.unit,
        "reach": benchmark.reach,
        "met": benchmark.meets(figure.value),
    } | {key: value for key, value in optional.items() if value is not None}
