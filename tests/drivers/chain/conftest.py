from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.chain.chain import Chain
from drivers.chain.timing import ChainTiming
from tests.drivers.chain.scripted import ScriptedClock, ScriptedPort

TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2)

Bench = tuple[Chain, ScriptedPort, ScriptedClock]


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """``bench(4)``: a chain of four perfect modules, its port and its clock."""

    def build(
        modules: int,
        *,
        stated: int | None = None,
        retries: int = 1,
        port_keeps_times: bool = True,
    ) -> Bench:
        clock = ScriptedClock()
        port = ScriptedPort(clock, modules)
        timing = replace(TIMING, port_keeps_times=port_keeps_times)
        return Chain(port, clock, timing, stated or modules, retries=retries), port, clock

    return build
