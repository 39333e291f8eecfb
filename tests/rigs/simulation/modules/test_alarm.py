from __future__ import annotations

import pytest

from rigs.simulation.modules.alarm import Alarm
from tests.rigs.simulation.lone import MS, SECOND, Lone, PROCESSING_ns, WATCHDOG_ns

# The lone module's thresholds are 4.196 V, 3.303 V and 4.211 V for K 0x4BD000; with its
# reference of 1.2 V it takes a cell for 1.1 % higher than it is.
LOW_V, INSIDE_V, HIGH_V = 3.2, 3.7, 4.8


@pytest.fixture
def lone() -> Lone:
    lone = Lone()
    lone.module.alarm = Alarm("A00!{status}")
    return lone


@pytest.mark.parametrize(("cell_V", "alarm"), [(LOW_V, b"\nA00!1\r"), (HIGH_V, b"\nA00!4\r")])
def test_every_watchdog_wake_beyond_a_threshold_sends_one(lone: Lone, cell_V: float, alarm: bytes):
    lone.feed.cell_V = cell_V
    lone.wait(3 * WATCHDOG_ns)
    assert [run.characters for run in lone.sent] == [alarm] * 3
    assert {run.message for run in lone.sent} == {alarm.strip()}
    begins = [run.start_ns for run in lone.sent]
    assert begins[0] % SECOND == (72 * MS + PROCESSING_ns)
    assert [later - begins[0] for later in begins] == [0, WATCHDOG_ns, 2 * WATCHDOG_ns]


def test_none_is_sent_between_the_thresholds(lone: Lone):
    lone.wait(3 * WATCHDOG_ns)
    assert lone.sent == []


def test_none_is_sent_while_the_module_is_polled(lone: Lone):
    lone.feed.cell_V = LOW_V
    for _ in range(6):
        assert lone.ask(b"A01W\r", settle_ns=WATCHDOG_ns - 100 * MS) == b"\nA00W4BD000\r"


def test_a_module_is_deaf_while_it_sends_one(lone: Lone):
    lone.feed.cell_V = LOW_V
    wakes_ns = 72 * MS + WATCHDOG_ns
    lone.wait(wakes_ns + 2 * MS - lone.now_ns)
    assert lone.ask(b"A01W\r") == b""
    assert lone.ask(b"A01W\r") == b"\nA00W4BD000\r"


def test_without_the_text_there_is_none():
    lone = Lone()
    lone.feed.cell_V = LOW_V
    lone.wait(3 * WATCHDOG_ns)
    assert lone.sent == []


def test_sending_one_draws_the_active_current(lone: Lone):
    lone.feed.cell_V = LOW_V
    wakes_ns = 72 * MS + WATCHDOG_ns
    lone.wait(wakes_ns + PROCESSING_ns - lone.now_ns)
    # seven characters with their LF and CR take 7.29 ms, falling asleep a millisecond
    assert lone.module.consumption.current_A(lone.now_ns) == 1e-3
    assert lone.module.consumption.current_A(lone.now_ns + 8_291_666) == 1e-3
    assert lone.module.consumption.current_A(lone.now_ns + 8_291_667) == 6e-6


def test_none_is_sent_when_bleeding_breaks_down_the_feed(lone: Lone):
    lone.module.feed.bleed = lambda *, on, time_ns: on and lone.module.power_down(time_ns)
    lone.feed.cell_V = HIGH_V
    lone.wait(3 * WATCHDOG_ns)
    # what was put on the wire is broken off there before it has begun
    (run,) = lone.sent
    assert lone.stopped_ns[0] < run.start_ns
