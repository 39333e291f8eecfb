"""A chain behind a bad network: what is lost is asked for again, and no answer is another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from drivers.chain.port import open_port
from drivers.chain.timing import ChainTiming
from quantities import WallClock
from quantities.errors import PortError, RigError
from tests.wires.faultproxy import Fate, FaultProxy, Way, at_random, once
from tests.wires.powered import powered
from tests.wires.server import Server

TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=2.6, port_latency_s=0.3, patience_s=0.3)
LATE_S = 1.0
"""Later than anybody waits, and before the watchdogs have been waited out."""
MODULES = 2
CONSTANTS = [0x4DA352, 0x4DB1C7]


@pytest.fixture(scope="module", autouse=True)
def _powered(served: Server) -> Iterator[None]:
    with powered(served):
        yield


@contextmanager
def chain_behind(proxy: FaultProxy) -> Iterator[Chain]:
    port = open_port(proxy.url)
    try:
        yield Chain(port, WallClock(), TIMING, MODULES)
    finally:
        port.close()


@contextmanager
def bad_line(served: Server) -> Iterator[tuple[FaultProxy, Chain]]:
    """A chain on which nothing has gone wrong yet."""
    with (
        FaultProxy(served.chain_address, end=b"\r", late_s=LATE_S) as proxy,
        chain_behind(proxy) as chain,
    ):
        yield proxy, chain


@pytest.fixture(scope="module")
def constants(served: Server, _powered: None) -> list[float]:
    """What the modules hold, each something else, stored over a line that is good."""
    with bad_line(served) as (_, chain):
        assert chain.write_settings(Setting.CALIBRATION, CONSTANTS).not_stored == []
        return constants_of(chain)


def constants_of(chain: Chain) -> list[float]:
    found: list[float] = np.asarray(chain.read_settings(Setting.CALIBRATION), float).tolist()
    return found


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("fate", [Fate.LATE, Fate.LOST, Fate.GARBLED])
def test_what_does_not_come_through_is_asked_for_again(
    served: Server, constants: list[float], fate: Fate, way: Way
):
    with bad_line(served) as (proxy, chain):
        proxy.plan = once(fate, way, 0)
        assert constants_of(chain) == constants
        assert chain.statistics.retried > 0
        assert proxy.met(fate)


def test_an_answer_that_comes_twice_is_counted_and_not_taken_for_another_one(
    served: Server, constants: list[float]
):
    with bad_line(served) as (proxy, chain):
        proxy.plan = once(Fate.TWICE, Way.FROM_BENCH, 0)
        assert constants_of(chain) == constants
        assert constants_of(chain) == constants
        statistics = chain.statistics
        assert statistics.duplicated + statistics.unsolicited == 1


def test_a_connection_that_ends_is_the_ports_error_and_a_new_one_works(
    served: Server, constants: list[float]
):
    with bad_line(served) as (proxy, chain):
        proxy.plan = once(Fate.CUT, Way.FROM_BENCH, 0)
        with pytest.raises(PortError):
            constants_of(chain)
        with chain_behind(proxy) as anew:
            assert constants_of(anew) == constants


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_the_fault_is_the_rigs_and_no_constant_is_wrong(
    served: Server, constants: list[float], seed: int
):
    fates = [fate for fate in Fate if fate not in {Fate.WELL, Fate.CUT}]
    with bad_line(served) as (proxy, chain):
        proxy.plan = at_random(seed, 0.2, fates)
        for _ in range(3):
            try:
                found = constants_of(chain)
            except RigError:
                continue
            assert all(
                np.isnan(one) or one == other for one, other in zip(found, constants, strict=True)
            )
        assert any(proxy.met(fate) for fate in fates)
