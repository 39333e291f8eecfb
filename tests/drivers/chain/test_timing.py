from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.chain.messages import (
    COUNT,
    GENERAL_ENQUIRY,
    Addressed,
    Bleeding,
    Message,
    Setting,
    SettingMessage,
)
from drivers.chain.timing import ChainTiming, Exchange, Order, exchange_of

CHARACTER_S = 10 / 9600
VOLTAGE = exchange_of(Addressed(1, "U"))
EXACT = ChainTiming(
    processing_s=0.0015, clock_tolerance=0.0, port_latency_s=0.0, watchdog_longest_s=3.2
)
TOLERANT = ChainTiming(processing_s=0.0015, clock_tolerance=0.025, watchdog_longest_s=3.2)


@pytest.mark.parametrize(
    ("query", "exchange"),
    [
        (Addressed(3, "U"), Exchange(6, 10)),
        (Addressed(3, "W"), Exchange(6, 12)),
        (Addressed(3, "V"), Exchange(6, 9)),
        (Addressed(3, "T"), Exchange(6, 9)),
        (COUNT, Exchange(6, 6)),
        (SettingMessage(3, Setting.CALIBRATION, 0x4BD000), Exchange(12, 12, 3)),
        (SettingMessage(3, Setting.BLEEDING, 0x4A0), Exchange(9, 9, 2)),
        (GENERAL_ENQUIRY, Exchange(5, 5)),
        (Bleeding(enabled=True), Exchange(3, 3)),
    ],
)
def test_lengths_count_the_line_feed_and_the_carriage_return(query: Message, exchange: Exchange):
    assert exchange_of(query) == exchange


def test_sixteen_voltages_from_the_near_end_want_26_and_a_half_ms():
    assert EXACT.spacing_s(VOLTAGE, Order.NEAR_END_FIRST) == pytest.approx(0.0265, abs=1e-9)


def test_sixteen_voltages_from_the_far_end_want_18_ms():
    assert EXACT.spacing_s(VOLTAGE, Order.FAR_END_FIRST) == pytest.approx(16 * CHARACTER_S + 0.0015)


def test_oscillators_take_the_near_end_spacing_above_the_27_ms_that_were_seen_to_work():
    assert 0.027 < TOLERANT.spacing_s(VOLTAGE, Order.NEAR_END_FIRST) < 0.0275


def test_writing_a_constant_adds_three_bytes_of_eeprom_to_the_spacing():
    write = exchange_of(SettingMessage(1, Setting.CALIBRATION, 1))
    spacing_s = EXACT.spacing_s(write, Order.FAR_END_FIRST)
    assert spacing_s == pytest.approx(24 * CHARACTER_S + 0.0015 + 3 * 0.006)


def test_the_count_through_sixteen_takes_what_the_hand_says():
    by_hand_s = 5 * CHARACTER_S + 16 * (0.0015 + 6 * CHARACTER_S)
    assert EXACT.way_s(exchange_of(COUNT), 16, 16) == pytest.approx(by_hand_s, abs=1e-12)


def test_an_answer_of_the_third_of_four_takes_what_the_hand_says():
    forwarded_s = 2 * (0.0015 + 6 * CHARACTER_S)
    answered_s = 2 * (0.0015 + 10 * CHARACTER_S)
    by_hand_s = 5 * CHARACTER_S + forwarded_s + answered_s
    assert EXACT.way_s(VOLTAGE, 3, 4) == pytest.approx(by_hand_s, abs=1e-12)


def test_a_general_status_through_256_takes_1_7_s():
    assert EXACT.way_s(exchange_of(GENERAL_ENQUIRY), 256, 256) == pytest.approx(1.72, abs=0.005)


def test_a_timeout_is_the_way_the_ports_latency_and_patience():
    late = ChainTiming(processing_s=0.002, port_latency_s=0.016, watchdog_longest_s=3.2)
    assert late.timeout_s(VOLTAGE, 1, 4) == late.way_s(VOLTAGE, 1, 4) + 0.016
    patient = replace(late, patience_s=0.5)
    assert patient.timeout_s(VOLTAGE, 1, 4) == late.timeout_s(VOLTAGE, 1, 4) + 0.5


def test_a_scan_of_sixteen_takes_about_half_a_second():
    assert 0.45 < TOLERANT.scan_s(VOLTAGE, 16, Order.FAR_END_FIRST) < 0.65


@pytest.mark.parametrize("query", [Addressed(1, "U"), SettingMessage(1, Setting.LOW, 1), COUNT])
@pytest.mark.parametrize("modules", [1, 16, 256])
def test_the_far_end_first_is_never_slower(query: Message, modules: int):
    exchange = exchange_of(query)
    far_s = EXACT.scan_s(exchange, modules, Order.FAR_END_FIRST)
    assert far_s <= EXACT.scan_s(exchange, modules, Order.NEAR_END_FIRST) + 1e-12


@given(st.integers(1, 256), st.data())
def test_nothing_can_come_before_the_earliest_nor_in_order_after_the_latest(
    modules: int, data: st.DataObject
):
    position = data.draw(st.integers(1, modules))
    earliest_s = TOLERANT.earliest_s(VOLTAGE, position, modules)
    nominal_s = EXACT.way_s(VOLTAGE, position, modules)
    assert earliest_s < nominal_s < TOLERANT.way_s(VOLTAGE, position, modules)


class StoreAndForward:
    """Modules with an oscillator each, worked through hop by hop without the formulas."""

    def __init__(self, modules: int, exchange: Exchange, tolerance: float, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.modules = modules
        self.exchange = exchange
        self.pace = 1 + draw.uniform(-tolerance, tolerance, modules)
        self.writing_s = draw.choice((0.0, 0.006), modules) * exchange.eeprom_bytes

    def busy(self, sent_s: float, position: int) -> list[tuple[float, float]]:
        """When each module hears, works on and sends the message of one query."""
        start_s, length = sent_s, self.exchange.query_characters - 1
        arriving_s, busy = length * CHARACTER_S, []
        for module in range(1, self.modules + 1):
            answered = module >= position
            length = self.exchange.answer_characters if answered else self.exchange.query_characters
            writing_s = self.writing_s[module - 1] if module == position else 0.0
            out_s = start_s + arriving_s + 0.0015 + writing_s
            leaving_s = length * CHARACTER_S * self.pace[module - 1]
            busy.append((start_s, out_s + leaving_s))
            start_s, arriving_s = out_s, leaving_s
        return busy

    def collides(self, sent_s: Iterable[float], positions: list[int]) -> bool:
        """Whether any module is still busy when the next message begins to reach it."""
        runs = [self.busy(*query) for query in zip(sent_s, positions, strict=False)]
        return any(
            earlier_end_s > later_start_s + 1e-9
            for earlier, later in pairwise(runs)
            for (_, earlier_end_s), (later_start_s, _) in zip(earlier, later, strict=True)
        )


def evenly(spacing_s: float) -> Iterable[float]:
    """When queries go out at this spacing, for ever."""
    return (number * spacing_s for number in count())


EXCHANGES = st.sampled_from(
    [
        VOLTAGE,
        exchange_of(Addressed(1, "W")),
        exchange_of(SettingMessage(1, Setting.CALIBRATION, 1)),
        exchange_of(SettingMessage(1, Setting.LOW, 1)),
    ]
)


@settings(max_examples=60)
@given(
    modules=st.integers(2, 40),
    exchange=EXCHANGES,
    order=st.sampled_from(Order),
    gap=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_at_the_derived_spacing_no_message_meets_a_busy_module(
    modules: int, exchange: Exchange, order: Order, gap: int, seed: int
):
    positions = list(range(1, modules + 1, gap))
    if order is Order.FAR_END_FIRST:
        positions.reverse()
    chain = StoreAndForward(modules, exchange, 0.025, seed)
    assert not chain.collides(evenly(TOLERANT.spacing_s(exchange, order, gap)), positions)


@settings(max_examples=60)
@given(
    modules=st.integers(1, 40),
    exchange=EXCHANGES,
    order=st.sampled_from(Order),
    seed=st.integers(0, 1000),
)
def test_asking_every_module_twice_meets_no_busy_module_either(
    modules: int, exchange: Exchange, order: Order, seed: int
):
    once = range(1, modules + 1) if order is Order.NEAR_END_FIRST else range(modules, 0, -1)
    positions = [position for position in once for _ in range(2)]
    chain = StoreAndForward(modules, exchange, 0.025, seed)
    within_s = TOLERANT.spacing_s(exchange, order, 0)
    between_s = TOLERANT.spacing_s(exchange, order, 1)
    sent_s = [number // 2 * (within_s + between_s) + number % 2 * within_s for number in range(80)]
    assert not chain.collides(sent_s, positions)


def test_twice_the_same_module_wants_two_answers_and_the_processing():
    spacing_s = EXACT.spacing_s(VOLTAGE, Order.FAR_END_FIRST, 0)
    assert spacing_s == pytest.approx(20 * CHARACTER_S + 0.0015)
    chain = StoreAndForward(2, VOLTAGE, 0.0, 1)
    assert not chain.collides([0.0, spacing_s], [1, 1])
    assert chain.collides([0.0, spacing_s - 0.00025], [1, 1])


@pytest.mark.parametrize("order", Order)
def test_a_quarter_of_a_millisecond_less_than_derived_loses_messages(order: Order):
    positions = list(range(1, 17))
    if order is Order.FAR_END_FIRST:
        positions.reverse()
    chain = StoreAndForward(16, VOLTAGE, 0.0, 1)
    spacing_s = EXACT.spacing_s(VOLTAGE, order)
    assert not chain.collides(evenly(spacing_s), positions)
    assert chain.collides(evenly(spacing_s - 0.00025), positions)
