"""Thresholds, latches, bleeding and the watchdog's measurements (CMD-U, THR, CHN, BLD)."""

from __future__ import annotations

import pytest

from tests.rigs.simulation.lone import MS, SECOND, Lone, WATCHDOG_ns

# N = 4 × round(1024 × 1.2 / V); thresholds V 0x4A0 = 4 × 296, L 0x5E0 = 4 × 376, H 0x49C = 4 × 295
BELOW_LOW_V = 3.2  # 4 × 384
AT_LOW_V = 3.268  # 4 × 376
RESTING_V = 3.7  # 4 × 332
BELOW_BLEEDING_V = 4.14  # 4 × 297
AT_BLEEDING_V = 4.15  # 4 × 296
AT_HIGH_V = 4.165  # 4 × 295
ABOVE_HIGH_V = 4.3  # 4 × 286

LOW, BLEEDING, HIGH, ENABLED = 1, 2, 4, 8


@pytest.fixture
def lone() -> Lone:
    return Lone()


@pytest.mark.parametrize(
    ("cell_V", "code", "nibble"),
    [
        (BELOW_LOW_V, 4 * 384, ENABLED | LOW),
        (AT_LOW_V, 4 * 376, ENABLED | LOW),
        (RESTING_V, 4 * 332, ENABLED),
        (BELOW_BLEEDING_V, 4 * 297, ENABLED),
        (AT_BLEEDING_V, 4 * 296, ENABLED | BLEEDING),
        (AT_HIGH_V, 4 * 295, ENABLED | BLEEDING | HIGH),
        (ABOVE_HIGH_V, 4 * 286, ENABLED | BLEEDING | HIGH),
    ],
)
def test_a_code_and_its_status_follow_the_cell(lone: Lone, cell_V: float, code: int, nibble: int):
    lone.feed.cell_V = cell_V
    assert lone.ask(b"A01U\r") == b"\nA00U%03X%X\r" % (code, nibble)


@pytest.mark.parametrize(
    ("cell_V", "nibble"),
    [
        (AT_LOW_V, ENABLED),
        (BELOW_LOW_V, ENABLED | LOW),
        (AT_BLEEDING_V, ENABLED),
        (AT_HIGH_V, ENABLED | BLEEDING),
        (ABOVE_HIGH_V, ENABLED | BLEEDING | HIGH),
    ],
)
def test_where_equality_does_not_count_a_code_must_be_beyond_its_threshold(
    cell_V: float, nibble: int
):
    strict = Lone(equality_counts=False)
    strict.feed.cell_V = cell_V
    assert strict.nibble() == nibble


# -- latches -------------------------------------------------------------------------------------


def test_an_excursion_that_ended_before_the_poll_is_reported_once(lone: Lone):
    lone.feed.cell_V = ABOVE_HIGH_V
    lone.ask(b"A05U\r")  # any message measures
    lone.feed.cell_V = BELOW_LOW_V
    lone.ask(b"x\r")
    lone.feed.cell_V = RESTING_V
    assert lone.nibble() == ENABLED | HIGH | BLEEDING | LOW
    assert lone.nibble() == ENABLED


def test_what_is_still_so_is_reported_again(lone: Lone):
    lone.feed.cell_V = BELOW_LOW_V
    assert [lone.nibble(), lone.nibble()] == [ENABLED | LOW, ENABLED | LOW]


def test_u_and_s_have_memories_of_their_own(lone: Lone):
    lone.feed.cell_V = ABOVE_HIGH_V
    lone.ask(b"\r")
    lone.feed.cell_V = RESTING_V
    assert lone.nibble() == ENABLED | HIGH | BLEEDING
    assert lone.ask(b"S0F\r") == b"\nSEE\r"
    assert lone.nibble() == ENABLED
    assert lone.ask(b"S0F\r") == b"\nS88\r"


def test_only_a_u_that_is_obeyed_clears_the_memory(lone: Lone):
    lone.feed.cell_V = BELOW_LOW_V
    lone.ask(b"\r")
    lone.feed.cell_V = RESTING_V
    for other in (b"A05U\r", b"A01V\r", b"A01W\r", b"e\r", b"A00@\r"):
        lone.ask(other)
    assert lone.nibble() == ENABLED | LOW


def test_the_bleeding_bit_latches_with_bleeding_disabled(lone: Lone):
    lone.ask(b"d\r")
    lone.feed.cell_V = ABOVE_HIGH_V
    lone.ask(b"\r")
    lone.feed.cell_V = RESTING_V
    assert lone.nibble() == HIGH | BLEEDING
    assert lone.feed.bleeding == []


def test_all_sixteen_nibbles_can_occur():
    seen = set()
    for first in (RESTING_V, BELOW_LOW_V):
        for second in (RESTING_V, AT_BLEEDING_V, AT_HIGH_V):
            for enable in (b"e\r", b"d\r"):
                lone = Lone()
                lone.ask(enable)
                for cell_V in (first, second):
                    lone.feed.cell_V = cell_V
                    lone.ask(b"\r")
                lone.feed.cell_V = RESTING_V
                seen.add(lone.nibble())
    # high without bleeding takes thresholds the other way round
    for low in (RESTING_V, BELOW_LOW_V):
        for enable in (b"e\r", b"d\r"):
            lone = Lone()
            lone.ask(enable)
            lone.ask(b"A01V400\r")
            for cell_V in (low, ABOVE_HIGH_V, RESTING_V):
                lone.feed.cell_V = cell_V
                lone.ask(b"\r")
            seen.add(lone.nibble())
    assert seen == set(range(16))


# -- bleeding ------------------------------------------------------------------------------------


def test_bleeding_starts_at_the_threshold_and_stops_below_it(lone: Lone):
    states = []
    for cell_V in (BELOW_BLEEDING_V, AT_BLEEDING_V, AT_HIGH_V, BELOW_BLEEDING_V):
        lone.feed.cell_V = cell_V
        lone.ask(b"\r")
        states.append([on for _, on in lone.feed.bleeding])
    assert states == [[], [True], [True], [True, False]]


def test_bleeding_stops_only_below_the_threshold_less_the_hysteresis():
    lone = Lone(hysteresis_codes=4)
    states = []
    # one step below is within the hysteresis, 4 × 298 is beyond it
    for cell_V in (BELOW_BLEEDING_V, AT_BLEEDING_V, BELOW_BLEEDING_V, 4.124, BELOW_BLEEDING_V):
        lone.feed.cell_V = cell_V
        states.append(lone.nibble())
    off, on = ENABLED, ENABLED | BLEEDING
    # U clears the bit before the module measures again, so each answer shows the present alone
    assert states == [off, on, on, off, off]
    assert [on for _, on in lone.feed.bleeding] == [True, False]


def test_bleeding_is_enabled_at_power_up_and_follows_e_and_d_at_once(lone: Lone):
    lone.feed.cell_V = ABOVE_HIGH_V
    lone.ask(b"\r")
    lone.ask(b"d\r")
    lone.ask(b"\r")
    lone.ask(b"e\r")
    assert [on for _, on in lone.feed.bleeding] == [True, False, True]


def test_bleeding_switches_when_the_message_has_come(lone: Lone):
    lone.feed.cell_V = ABOVE_HIGH_V
    ended_ns = lone.say(b"A01U\r")
    assert lone.feed.bleeding == [(ended_ns, True)]


def test_a_new_threshold_counts_from_the_next_measurement_on(lone: Lone):
    lone.ask(b"A01V600\r")
    assert lone.feed.bleeding == []
    lone.ask(b"\r")
    assert [on for _, on in lone.feed.bleeding] == [True]


# -- the watchdog --------------------------------------------------------------------------------


def test_the_watchdog_measures_without_any_message(lone: Lone):
    woken_ns = lone.now_ns - 150 * MS + 72 * MS + WATCHDOG_ns
    lone.feed.cell_V = ABOVE_HIGH_V
    lone.kernel.advance_to(woken_ns - 1)
    assert lone.feed.bleeding == []
    lone.kernel.advance_to(woken_ns)
    assert lone.feed.bleeding == [(woken_ns, True)]
    lone.feed.cell_V = RESTING_V
    lone.wait(WATCHDOG_ns)
    assert lone.feed.bleeding[1:] == [(woken_ns + WATCHDOG_ns, False)]
    assert lone.nibble() == ENABLED | HIGH | BLEEDING


def test_a_module_that_measures_on_messages_only_keeps_bleeding_until_one_comes():
    lone = Lone(measures_on_watchdog=False)
    lone.feed.cell_V = ABOVE_HIGH_V
    lone.wait(10 * SECOND)
    assert lone.feed.bleeding == []
    lone.ask(b"\r")
    lone.feed.cell_V = RESTING_V
    lone.wait(10 * SECOND)
    assert [on for _, on in lone.feed.bleeding] == [True]
    lone.ask(b"\r")
    assert [on for _, on in lone.feed.bleeding] == [True, False]


def test_a_module_that_does_not_measure_on_its_watchdog_still_purges_by_it():
    lone = Lone(measures_on_watchdog=False)
    lone.say(b"A01")
    lone.wait(WATCHDOG_ns)
    assert lone.ask(b"U\r") == b""
