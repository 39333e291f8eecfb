"""Power-up, brown-out, and what the electronics draw (CHN-4, BLD-3, CMD-P, SLP)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rigs.simulation.line import Run, duration_ns
from tests.rigs.simulation.lone import (
    MS,
    SECOND,
    BIT_ns,
    EEPROM_BYTE_ns,
    Lone,
    POWER_UP_ns,
    PROCESSING_ns,
    TO_SLEEP_ns,
    WATCHDOG_ns,
)

VOLTAGE = b"\nA00U5308\r"
HIGH_V = 4.3


@pytest.fixture
def lone() -> Lone:
    return Lone()


def cycle(lone: Lone) -> None:
    """Power off for a second, and on again until it can hear."""
    lone.module.power_down(lone.now_ns)
    lone.wait(SECOND)
    lone.module.power_up(lone.now_ns)
    lone.wait(150 * MS)


# -- power-up ------------------------------------------------------------------------------------


@pytest.mark.parametrize("half_duplex", [True, False])
def test_a_module_is_deaf_after_power_up_and_hears_from_then_on(*, half_duplex: bool):
    lone = Lone(half_duplex=half_duplex, powered=False)
    lone.module.power_up(0)
    lone.wait(POWER_UP_ns - duration_ns(3, BIT_ns))
    assert lone.ask(b"A01U\r") == b""
    lone = Lone(half_duplex=half_duplex, powered=False)
    lone.module.power_up(0)
    lone.wait(POWER_UP_ns)
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_without_power_a_module_hears_and_sends_nothing():
    lone = Lone(powered=False)
    assert lone.ask(b"A01U\r", settle_ns=10 * SECOND) == b""
    assert lone.ask(b"e\r") == b""


def test_a_brown_out_clears_flags_buffer_and_bleeding_disabled(lone: Lone):
    lone.ask(b"d\r")
    lone.feed.cell_V = HIGH_V
    lone.ask(b"\r")
    lone.feed.cell_V = 3.7
    lone.say(b"A02")
    cycle(lone)
    assert lone.ask(b"A01U\r") == VOLTAGE
    assert lone.ask(b"S0F\r") == b"\nS88\r"


def test_settings_survive_a_power_cycle(lone: Lone):
    for message in (b"A01W7FA3C8\r", b"A01V123\r", b"A01L456\r", b"A01H789\r"):
        lone.ask(message)
    cycle(lone)
    assert lone.ask(b"A01W\r") + lone.ask(b"A01V\r") == b"\nA00W7FA3C8\r\nA00V123\r"
    assert lone.ask(b"A01L\r") + lone.ask(b"A01H\r") == b"\nA00L456\r\nA00H789\r"


def test_bleeding_stops_with_power_and_starts_only_with_a_measurement(lone: Lone):
    lone.feed.cell_V = HIGH_V
    lone.ask(b"\r")
    lost_ns = lone.now_ns
    cycle(lone)
    assert [on for _, on in lone.feed.bleeding] == [True, False]
    assert lone.feed.bleeding[-1][0] == lost_ns
    lone.ask(b"\r")
    assert [on for _, on in lone.feed.bleeding] == [True, False, True]


def test_the_watchdog_counts_from_the_end_of_the_deaf_time(lone: Lone):
    lone.module.power_down(lone.now_ns)
    lone.feed.cell_V = HIGH_V
    lone.wait(WATCHDOG_ns // 2)
    up_ns = lone.now_ns
    lone.module.power_up(up_ns)
    lone.wait(10 * SECOND)
    assert lone.feed.bleeding == [(up_ns + POWER_UP_ns + WATCHDOG_ns, True)]


# -- power lost at a bad moment ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written_ns", "constant"),
    [
        (0, b"FFD000"),
        (EEPROM_BYTE_ns - 1, b"FFD000"),
        (EEPROM_BYTE_ns, b"12FF00"),
        (2 * EEPROM_BYTE_ns, b"1234FF"),
        (3 * EEPROM_BYTE_ns, b"123456"),
    ],
)
def test_power_lost_during_a_write_leaves_a_torn_constant(
    lone: Lone, written_ns: int, constant: bytes
):
    ended_ns = lone.say(b"A01W123456\r")
    lone.kernel.advance_to(ended_ns + written_ns)
    cycle(lone)
    assert lone.ask(b"A01W\r") == b"\nA00W" + constant + b"\r"


def test_what_was_being_sent_is_broken_off(lone: Lone):
    ended_ns = lone.say(b"A01U\r")
    lone.kernel.advance_to(ended_ns + PROCESSING_ns + 4 * MS)
    lone.module.power_down(lone.now_ns)
    assert lone.stopped_ns == [ended_ns + PROCESSING_ns + 4 * MS]


@pytest.mark.parametrize("powered_again", [False, True])
def test_a_message_during_which_power_was_lost_is_not_heard(lone: Lone, *, powered_again: bool):
    lone.say(b"A01U\r", wait=False)
    lone.wait(2 * MS)
    lone.module.power_down(lone.now_ns)
    if powered_again:
        lone.wait(MS)
        lone.module.power_up(lone.now_ns)
    lone.wait(SECOND)
    assert lone.sent == []
    if powered_again:
        assert lone.ask(b"A01U\r") == VOLTAGE


def test_the_rest_of_a_long_run_is_heard_when_power_has_come_back(lone: Lone):
    # Deaf until 5 + 72 = 77 ms after the run began, in the stop bit of its 74th character. Of
    # 195 characters x 121 are left then, which purge the buffer eleven times to the last.
    lone.say(b"x" * 195 + b"A02U\r", wait=False)
    lone.wait(4 * MS)
    lone.module.power_down(lone.now_ns)
    lone.wait(MS)
    lone.module.power_up(lone.now_ns)
    lone.wait(SECOND)
    assert [run.characters for run in lone.sent] == [b"\nA01U\r"]


def test_a_character_under_way_when_power_is_lost_is_forgotten(lone: Lone):
    lone.hold_low(round(3 * BIT_ns))
    cycle(lone)
    assert lone.ask(b"A01U\r") == VOLTAGE


def test_a_run_broken_off_on_its_way_spoils_the_next_message_only(lone: Lone):
    start_ns = lone.now_ns
    run = Run(b"\nA01U\r", start_ns, start_ns + duration_ns(6, BIT_ns), BIT_ns, b"A01U")
    lone.put(run.broken_off(start_ns + duration_ns(3, BIT_ns) + round(2.2 * BIT_ns)))
    lone.wait(SECOND)
    assert lone.sent == []
    lone.ask(b"A01U\r")
    assert lone.ask(b"A01U\r") == VOLTAGE


# -- consumption ---------------------------------------------------------------------------------

# What Lone's module draws: 6 µA asleep, 1 mA awake for characters, 0.5 mA awake for its watchdog.


def charge_C(lone: Lone, start_ns: int, end_ns: int) -> float:
    """Exact charge over a window, from the edges and the current between them."""
    consumption = lone.module.consumption
    lone.module.account_consumption(lone.now_ns)
    edges = sorted({start_ns, end_ns, *consumption.edges_ns(start_ns, end_ns)})
    return sum(
        consumption.current_A((begin + end) / 2) * (end - begin) / SECOND
        for begin, end in pairwise(edges)
    )


def test_asleep_over_whole_watchdog_periods(lone: Lone):
    lone.module.consumption.observe()
    start_ns = lone.now_ns
    lone.wait(5 * WATCHDOG_ns)
    expected_C = 5 * (6e-6 * (WATCHDOG_ns - PROCESSING_ns) + 5e-4 * PROCESSING_ns) / SECOND
    assert charge_C(lone, start_ns, lone.now_ns) == pytest.approx(expected_C, rel=1e-12)


def test_a_message_is_active_from_its_first_start_bit_until_the_module_is_asleep(lone: Lone):
    lone.module.consumption.observe()
    start_ns = lone.now_ns
    lone.ask(b"A01U\r")
    active_ns = 5_208_333 + PROCESSING_ns + 10_416_667 + TO_SLEEP_ns
    expected_C = (1e-3 * active_ns + 6e-6 * (lone.now_ns - start_ns - active_ns)) / SECOND
    assert charge_C(lone, start_ns, lone.now_ns) == pytest.approx(expected_C, rel=1e-12)


def test_a_message_under_way_when_observing_begins_counts_from_then_on(lone: Lone):
    lone.say(b"A01U\r")
    lone.module.consumption.observe()
    lone.module.account_consumption(lone.now_ns)
    start_ns = lone.now_ns
    lone.wait(SECOND)
    active_ns = PROCESSING_ns + 10_416_667 + TO_SLEEP_ns
    expected_C = (1e-3 * active_ns + 6e-6 * (SECOND - active_ns)) / SECOND
    assert charge_C(lone, start_ns, lone.now_ns) == pytest.approx(expected_C, rel=1e-12)


def test_every_message_and_every_left_over_of_a_window_counts(lone: Lone):
    lone.ask(b"A01U\r")
    lone.module.consumption.observe()
    start_ns = lone.now_ns
    lone.ask(b"A01U\r")
    lone.wait(SECOND)
    lone.say(b"A0")
    lone.wait(SECOND)
    lone.ask(b"x\r")
    message_ns = 5_208_333 + PROCESSING_ns + 10_416_667 + TO_SLEEP_ns
    left_over_ns = 2_083_333 + TO_SLEEP_ns
    ignored_ns = 2_083_333 + PROCESSING_ns + TO_SLEEP_ns
    active_ns = message_ns + left_over_ns + ignored_ns
    expected_C = (1e-3 * active_ns + 6e-6 * (lone.now_ns - start_ns - active_ns)) / SECOND
    assert charge_C(lone, start_ns, lone.now_ns) == pytest.approx(expected_C, rel=1e-12)


def test_falling_asleep_after_a_left_over_counts_where_observing_begins_then(lone: Lone):
    lone.say(b"A0")
    lone.wait(TO_SLEEP_ns // 4)
    lone.module.consumption.observe()
    lone.module.account_consumption(lone.now_ns)
    start_ns = lone.now_ns
    lone.wait(10 * MS)
    active_ns = TO_SLEEP_ns * 3 // 4
    expected_C = (1e-3 * active_ns + 6e-6 * (10 * MS - active_ns)) / SECOND
    assert charge_C(lone, start_ns, lone.now_ns) == pytest.approx(expected_C, rel=1e-12)


def test_a_message_that_is_still_being_heard_draws_already(lone: Lone):
    lone.say(b"A01U\r", wait=False)
    lone.wait(2 * MS)
    lone.module.account_consumption(lone.now_ns)
    assert lone.module.consumption.current_A(lone.now_ns) == 1e-3


def test_an_unpowered_module_draws_nothing_whatever_it_was_about_to_do(lone: Lone):
    lone.module.consumption.observe()
    lone.say(b"A01U\r")
    lone.module.power_down(lone.now_ns)
    start_ns = lone.now_ns
    lone.wait(5 * SECOND)
    assert charge_C(lone, start_ns, lone.now_ns) == 0.0


def test_power_up_is_active_for_the_deaf_time(lone: Lone):
    lone.module.power_down(lone.now_ns)
    lone.wait(SECOND)
    lone.module.consumption.observe()
    start_ns = lone.now_ns
    lone.module.power_up(start_ns)
    lone.wait(SECOND)
    active_ns = POWER_UP_ns + TO_SLEEP_ns
    expected_C = (1e-3 * active_ns + 6e-6 * (SECOND - active_ns)) / SECOND
    assert charge_C(lone, start_ns, lone.now_ns) == pytest.approx(expected_C, rel=1e-12)
