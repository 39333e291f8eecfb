"""How much faster than real time a simulated pack is supervised, and where the time goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import numpy as np
from typing_extensions import ParamSpec, override

from benchmarks.measuring import ROOT, Benchmark, Figure, Stopwatch
from fixtures.pack import pack_figures, pack_maxima
from fixtures.panels import chain_of
from products.model import Product, load_product
from rigs.adapters.protocol import Declared, Logic, Shown
from rigs.adapters.python import REFERENCE, open_python_logic
from rigs.loop.stage import Stage
from rigs.loop.surroundings import RigSurroundings
from rigs.procedures.supervision import Supervision
from rigs.protection import Maxima
from rigs.rig import Rig
from rigs.rig_file import load_rig_file
from rigs.simulation.pack.bench import PackBench
from supervisor.figures import Periods
from supervisor.readings import PackReadings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Spent:
    """Wall time within functions, in s; what they call of each other counts once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._deep = False

    def timed(self, function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """The same function, timed."""

        def call(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            if self._deep:
                return function(*arguments, **named)
            self._deep, began_s = True, perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds += perf_counter() - began_s
                self._deep = False

        return call


class TimedLogic(Logic):
    """Logic whose deciding is timed."""

    def __init__(self, logic: Logic, spent: Spent) -> None:
        self._logic = logic
        self._step = spent.timed(logic.step)

    @property
    @override
    def declared(self) -> Declared:
        return self._logic.declared

    @override
    def step(self, readings: PackReadings) -> Shown:
        return self._step(readings)

    @override
    def close(self) -> None:
        self._logic.close()


@contextmanager
def charged_pack(
    rig_file: str, product_file: str, periods: Periods, logic: Spent, simulation: Spent
) -> Iterator[Supervision]:
    """The reference supervisor at a simulated pack at half charge."""
    product: Product = load_product(ROOT / "products" / product_file)
    maxima, pack = product.absolute_maxima, pack_maxima(product)
    rig = Rig(
        load_rig_file(ROOT / "rigs" / rig_file), Maxima(maxima.voltage_V, maxima.current_A, pack)
    )
    if pack is None or not isinstance(rig.bench, PackBench):
        raise TypeError(f"{product_file} and {rig_file} are of no simulated pack")
    figures = replace(pack_figures(product), periods=periods)
    stage = Stage(rig.bench)
    stage.set_charges(np.full(figures.cells, 0.5))
    kernel = rig.bench.kernel
    for name in ("advance_to", "advance_until_interrupted"):
        setattr(kernel, name, simulation.timed(getattr(kernel, name)))
    try:
        yield Supervision(
            TimedLogic(open_python_logic(REFERENCE, figures), logic),
            RigSurroundings(rig, pack),
            chain_of(rig, product),
            rig.clock,
            figures,
            stage,
        )
    finally:
        rig.close()


def measure(
    stopwatch: Stopwatch,
    folder: Path,
    rounds: int,
    *,
    rig_file: str,
    product_file: str,
    periods: Periods,
    seconds: float,
) -> Figure:
    """Bench time over wall time while a pack is charged, with the shares of the fastest round."""
    del folder
    figures = []
    for _ in range(rounds):
        logic, simulation = Spent(), Spent()
        with charged_pack(rig_file, product_file, periods, logic, simulation) as pack:
            logic.seconds = simulation.seconds = 0.0  # setting up does not count
            began_s = pack.loop.elapsed_s
            wall_s = stopwatch.time(partial(pack.charge, seconds))
            speed = (pack.loop.elapsed_s - began_s) / wall_s
        rest_s = wall_s - logic.seconds - simulation.seconds
        remark = (
            f"simulation {simulation.seconds / wall_s:.0%}, drivers and loop {rest_s / wall_s:.0%}, "
            f"logic {logic.seconds / wall_s:.0%}"
        )
        figures.append((speed, remark))
    return Figure(*max(figures))


SUPERVISING = Benchmark(
    name="supervising",
    what="four hours of charging 16 cells, over real time",
    unit="×",
    reach=500.0,
    goal=1000.0,
    more_is_better=True,
    rounds=1,
    measure=partial(
        measure,
        rig_file="simulated_pack.toml",
        product_file="pack16.toml",
        periods=Periods(fast_s=1.0, slow_s=10.0),
        seconds=4 * 3600.0,
    ),
)
LONG_PACK = Benchmark(
    name="long-pack",
    what="ten minutes of charging 256 cells, over real time",
    unit="×",
    reach=20.0,
    more_is_better=True,
    rounds=1,
    measure=partial(
        measure,
        rig_file="simulated_pack256.toml",
        product_file="pack256.toml",
        periods=Periods(fast_s=5.0, slow_s=60.0),
        seconds=600.0,
    ),
)
