"""Messages timed one by one, on a chain whose times are known to the nanosecond."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting, SettingMessage, address_of
from drivers.chain.timing import Exchange, Order
from tests.drivers.chain.scripted import (
    CHARACTER_NS,
    PROCESSING_NS,
    ScriptedClock,
    ScriptedPort,
)

Bench = tuple[Chain, ScriptedPort, ScriptedClock]
Build = Callable[..., Bench]

U, W = 10, 12
"""Characters of an answer between modules; every query has six."""


def way_s(modules: int, position: int, answer: int, query: int = 6) -> float:
    """By hand: the controller sends no LF, modules before the position pass on the query."""
    characters = query - 1 + (position - 1) * query + (modules - position + 1) * answer
    return (characters * CHARACTER_NS + modules * PROCESSING_NS) / 1e9


@pytest.mark.parametrize("modules", [1, 4, 16])
@pytest.mark.parametrize("order", list(Order))
def test_every_answer_has_the_time_of_its_own_way(bench: Build, modules: int, order: Order):
    chain, _, _ = bench(modules)
    times = chain.stopwatch.poll(("@", "U", "W"), order)
    assert times.elapsed_s["@"] == pytest.approx([way_s(modules, modules, 6)], abs=1e-9)
    for command, answer in (("U", U), ("W", W)):
        by_hand = [way_s(modules, position, answer) for position in range(1, modules + 1)]
        assert times.elapsed_s[command] == pytest.approx(by_hand, abs=1e-9)
    assert times.complete
    assert times.in_order


def test_messages_that_all_pass_on_have_one_time_each(bench: Build):
    chain, _, _ = bench(3)
    times = chain.stopwatch.poll(("S", "e"))
    assert times.elapsed_s["S"] == pytest.approx([way_s(3, 3, 5, 5)], abs=1e-9)
    assert times.elapsed_s["e"] == pytest.approx([way_s(3, 3, 3, 3)], abs=1e-9)


@pytest.mark.parametrize("order", list(Order))
def test_queries_leave_at_the_spacing_of_the_products_figures(bench: Build, order: Order):
    chain, port, _ = bench(5)
    chain.stopwatch.poll(("U",), order)
    left_ns = [time_ns for time_ns, _ in port.sent]
    spacing_s = chain.timing.spacing_s(Exchange(6, U), order)
    assert [later - sooner for sooner, later in pairwise(left_ns)] == [round(spacing_s * 1e9)] * 4


def test_queries_leave_at_a_spacing_that_is_asked_for(bench: Build):
    chain, port, _ = bench(3)
    chain.stopwatch.poll(("U",), spacing_s=0.040)
    assert np.diff([time_ns for time_ns, _ in port.sent]).tolist() == [40_000_000] * 2


def test_a_long_answer_is_let_through_before_a_short_message_follows_to_the_other_end(
    bench: Build,
):
    chain, port, _ = bench(4)
    chain.stopwatch.poll(("W", "e"))
    (last_ns, last), (next_ns, after) = port.sent[-2:]
    assert (last, after) == (b"A01W\r", b"e\r")
    # 12 characters in and out of a module, and 9 gained on them at each of three modules
    needed_s = chain.timing.spacing_s(Exchange(3, W), Order.NEAR_END_FIRST, 3)
    assert next_ns - last_ns == round(needed_s * 1e9)


def test_a_chain_of_one_is_asked_as_fast_as_it_answers(bench: Build):
    chain, port, _ = bench(1)
    chain.stopwatch.poll(("U", "V"))
    spacing_s = chain.timing.spacing_s(Exchange(6, U), Order.FAR_END_FIRST)
    assert port.sent[1][0] - port.sent[0][0] == round(spacing_s * 1e9)


def test_what_does_not_come_back_has_no_time_and_is_not_asked_again(bench: Build):
    chain, port, clock = bench(4)
    port.tamper = lambda number, reply: [] if number == 1 else [(0.0, reply)]
    times = chain.stopwatch.poll(("U",))
    assert np.isnan(times.elapsed_s["U"]).tolist() == [False, False, True, False]
    assert not times.complete
    assert times.in_order
    assert len(port.sent) == 4
    assert (chain.statistics.sent, chain.statistics.answered, chain.statistics.lost) == (4, 3, 1)
    lost_ns = clock.time_ns
    chain.count()
    assert port.sent[-1][0] - lost_ns >= 3.19e9


def test_an_answer_that_is_late_still_has_its_time(bench: Build):
    chain, port, _ = bench(2)
    port.tamper = lambda number, reply: [(0.1 * (number == 1), reply)]
    times = chain.stopwatch.poll(("U",))
    assert times.elapsed_s["U"][0] == pytest.approx(way_s(2, 1, U) + 0.1, abs=1e-9)


def test_answers_that_overtake_each_other_are_not_in_order(bench: Build):
    chain, port, _ = bench(3)
    port.tamper = lambda number, reply: [(0.15 * (number == 0), reply)]
    times = chain.stopwatch.poll(("U",))
    assert times.complete
    assert not times.in_order


def test_a_spoiled_answer_is_none_and_puts_the_chain_out_of_step(bench: Build):
    chain, port, _ = bench(2)
    port.tamper = lambda number, reply: [(0.0, b"\nA0" if number == 0 else reply)]
    times = chain.stopwatch.poll(("U",))
    assert np.isnan(times.elapsed_s["U"]).sum() >= 1
    chain.count()
    assert port.sent[-1][0] - port.sent[-2][0] >= 3.2e9


def test_one_module_is_asked_alone(bench: Build):
    chain, port, _ = bench(4)
    assert chain.stopwatch.ask("U", 2) == pytest.approx(way_s(4, 2, U), abs=1e-9)
    assert [characters for _, characters in port.sent] == [b"A02U\r"]


def test_a_callers_own_command_goes_to_the_modules_that_it_names(bench: Build):
    chain, port, _ = bench(3)
    times = chain.stopwatch.tell(
        lambda position: SettingMessage(address_of(position), Setting.CALIBRATION, position),
        {1, 3},
    )
    assert times[[0, 2]] == pytest.approx([way_s(3, k, W, W) for k in (1, 3)], abs=1e-9)
    assert np.isnan(times[1])
    assert [cell.settings["W"] for cell in port.cells] == ["000001", "800000", "000003"]


def test_a_pair_passes_if_both_are_answered(bench: Build):
    chain, port, _ = bench(3)
    assert chain.stopwatch.pair(("@", 1), ("L", 3), 0.030)
    assert [characters for _, characters in port.sent] == [b"A00@\r", b"A03L\r"]
    assert port.sent[1][0] - port.sent[0][0] == 30_000_000
    port.tamper = lambda number, reply: [] if number == 3 else [(0.0, reply)]
    assert not chain.stopwatch.pair(("L", 3), ("L", 2), 0.030)
