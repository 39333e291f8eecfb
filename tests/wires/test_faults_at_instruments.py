"""A driver whose instrument is behind a bad network is told, and no answer is taken for another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drivers.scpi import ScpiSession
from drivers.visa import close_session, open_session
from quantities import Purpose, WallClock
from quantities.errors import InstrumentError, InstrumentTimeout, RigError
from tests.wires.faultproxy import Fate, FaultProxy, Plan, Way, at_random, once
from tests.wires.server import Server

PATIENCE_S = 0.3
LATE_S = 0.6
"""Later than anybody waits."""

SET = {"VOLT? (@1)": 1.25, "VOLT? (@2)": 2.5, "CURR? (@1)": 0.75, "CURR? (@2)": 0.5}
"""What is set before anything goes wrong, by the query that tells it."""


@contextmanager
def through(proxy: FaultProxy) -> Iterator[ScpiSession]:
    """A session through the proxy, all that will be asked for having been set."""
    session = open_session(proxy.resource, "@py", timeout_s=PATIENCE_S)
    try:
        scpi = ScpiSession(session, WallClock())
        scpi.send("*CLS")
        for query, value in SET.items():
            scpi.set(query.replace("? ", f" {value},"))
        yield scpi
    finally:
        close_session(session)


@contextmanager
def supply(served: Server) -> Iterator[tuple[FaultProxy, ScpiSession]]:
    with FaultProxy(served.address("supply"), late_s=LATE_S) as proxy, through(proxy) as scpi:
        yield proxy, scpi


def from_now_on(proxy: FaultProxy, plan: Plan) -> None:
    """The plan's first message is the next one."""
    began = {way: sum(passage.way is way for passage in proxy.passages) for way in Way}
    proxy.plan = lambda way, number, message: plan(way, number - began[way], message)


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("fate", [Fate.LATE, Fate.LOST, Fate.CUT])
def test_an_answer_that_does_not_come_is_an_error_and_the_next_one_is_right(
    served: Server, fate: Fate, way: Way
):
    with supply(served) as (proxy, scpi):
        from_now_on(proxy, once(fate, way, 0))
        with pytest.raises(InstrumentError):
            scpi.number("VOLT? (@1)")
        for query, value in SET.items():
            assert scpi.number(query) == value
        assert [passage.way for passage in proxy.met(fate)] == [way]


def test_a_late_answer_is_a_time_out(served: Server):
    with supply(served) as (proxy, scpi):
        from_now_on(proxy, once(Fate.LATE, Way.FROM_BENCH, 0))
        with pytest.raises(InstrumentTimeout, match=r"no answer in time to VOLT\? \(@1\)"):
            scpi.number("VOLT? (@1)")


def test_a_garbled_answer_is_an_error(served: Server):
    with supply(served) as (proxy, scpi):
        from_now_on(proxy, once(Fate.GARBLED, Way.FROM_BENCH, 0))
        with pytest.raises(InstrumentError, match="characters that are not ASCII"):
            scpi.number("VOLT? (@1)")
        assert scpi.number("VOLT? (@2)") == SET["VOLT? (@2)"]


def test_a_garbled_setting_is_refused_and_not_taken_for_set(served: Server):
    with supply(served) as (proxy, scpi):
        from_now_on(proxy, once(Fate.GARBLED, Way.TO_BENCH, 0))
        with pytest.raises(InstrumentError):
            scpi.set("VOLT 3.3,(@1)")
        assert scpi.number("VOLT? (@1)") == SET["VOLT? (@1)"]


def test_a_setting_that_came_twice_is_set(served: Server):
    with supply(served) as (proxy, scpi):
        from_now_on(proxy, once(Fate.TWICE, Way.TO_BENCH, 0))
        scpi.set("VOLT 3.3,(@1)")
        assert scpi.number("VOLT? (@1)") == 3.3


@pytest.mark.parametrize("way", Way)
def test_an_answer_too_many_is_an_error_and_never_the_next_answer(served: Server, way: Way):
    with supply(served) as (proxy, scpi):
        from_now_on(proxy, once(Fate.TWICE, way, 0))
        assert scpi.number("VOLT? (@1)") == SET["VOLT? (@1)"]
        settle()
        with pytest.raises(InstrumentError, match="said something that nobody asked for"):
            scpi.number("VOLT? (@2)")
        for query, value in SET.items():
            assert scpi.number(query) == value


def settle() -> None:
    """What is on its way arrives."""
    WallClock().wait(0.1, Purpose.IDLE)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_an_answer_is_right_or_an_error(served: Server, seed: int):
    with supply(served) as (proxy, scpi):
        from_now_on(proxy, at_random(seed, 0.1))
        answered = 0
        for _ in range(10):
            for query, value in SET.items():
                settle()
                try:
                    found = scpi.number(query)
                except RigError:
                    continue
                assert found == value
                answered += 1
        assert answered > 0
        assert any(passage.fate is not Fate.WELL for passage in proxy.passages)
