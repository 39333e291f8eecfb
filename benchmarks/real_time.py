"""How much faster than real time simulated chains are read, the drivers' work included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias

from benchmarks.measuring import PRODUCT_FILE, Benchmark, Figure, Stopwatch
from drivers.chain.chain import Chain
from drivers.chain.port import open_port
from drivers.chain.timing import ChainTiming
from products.model import load_product
from quantities import NANOSECONDS_PER_SECOND, Purpose
from rigs.simulation.bench import SimulatedBench
from rigs.simulation.table import SimulationTable
from rigs.simulation.waveform import Exponential

CELL_V = 3.7
CURRENT_LIMIT_A = 20.0

Poll: TypeAlias = Callable[[Chain], None]


def powered_chain(modules: int) -> tuple[SimulatedBench, Chain]:
    """A panel at a constant voltage whose modules are awake and do not bleed."""
    bench = SimulatedBench(
        SimulationTable(seed=20260117, date=datetime(2026, 11, 2, 8, tzinfo=UTC)),
        modules=modules,
        supply_lead_ohm=0.05,
    )
    bench.panel.drive(Exponential(CELL_V, CELL_V, 0, 1.0), CURRENT_LIMIT_A)
    figures = load_product(PRODUCT_FILE).timing
    timing = ChainTiming(
        processing_s=figures.processing_s,
        eeprom_byte_s=figures.eeprom_byte_s,
        clock_tolerance=figures.clock_tolerance,
        watchdog_longest_s=figures.watchdog_longest_s,
        port_latency_s=0.0,
    )
    bench.clock.wait(figures.power_up_s, Purpose.SETTLING)
    chain = Chain(open_port(bench.port_url), bench.clock, timing, modules)
    chain.disable_bleeding()
    return bench, chain


def measure(stopwatch: Stopwatch, folder: Path, rounds: int, *, modules: int, poll: Poll) -> Figure:
    """Bench time over wall time while ``poll`` asks a chain; the first time warms up."""
    del folder
    bench, chain = powered_chain(modules)
    poll(chain)
    speeds = []
    for _ in range(rounds):
        began_ns = bench.clock.now()
        wall_s = stopwatch.time(partial(poll, chain))
        speeds.append((bench.clock.now() - began_ns) / NANOSECONDS_PER_SECOND / wall_s)
    if chain.statistics.lost:
        raise RuntimeError(f"{chain.statistics.lost} answers were lost: this is no healthy chain")
    return Figure(max(speeds), f"fastest of {rounds}")


def one_by_one(chain: Chain, *, times: int = 20) -> None:
    """Ask each module and await its answer, all around the chain so many times."""
    for _ in range(times):
        for position in range(1, chain.modules + 1):
            chain.read_voltage(position)


def pipelined(chain: Chain, *, times: int = 4) -> None:
    """Ask all modules without awaiting answers, so many times."""
    for _ in range(times):
        chain.read_voltages()


ONE_BY_ONE = Benchmark(
    name="one-by-one",
    what="16 modules one by one, over real time",
    unit="×",
    reach=1000.0,
    more_is_better=True,
    rounds=9,
    measure=partial(measure, modules=16, poll=one_by_one),
)
PIPELINED = Benchmark(
    name="pipelined",
    what="256 modules pipelined, over real time",
    unit="×",
    reach=25.0,
    goal=50.0,
    more_is_better=True,
    rounds=5,
    measure=partial(measure, modules=256, poll=pipelined),
)
