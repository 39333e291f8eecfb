"""What the chain takes, to the nanosecond, and what it loses when it is pressed (ADR, TIM)."""

from __future__ import annotations

import pytest

from tests.rigs.simulation.panels import MS, SECOND, Panel

# At 9600 baud ten bits take 1 041 666.67 ns, so n characters n × that, rounded per message.
P_ns = 1_500_000
CHARACTERS_ns = {
    3: 3_125_000,
    4: 4_166_667,
    5: 5_208_333,
    6: 6_250_000,
    8: 8_333_333,
    9: 9_375_000,
    10: 10_416_667,
    11: 11_458_333,
    12: 12_500_000,
}


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Sixteen modules; tests leave the chain idle and every setting as it was."""
    return Panel(16)


def elapsed(panel: Panel, message: bytes, answer: bytes) -> int:
    """How long it is from writing the message to the last stop bit of the answer, in ns."""
    start_ns = panel.now_ns
    assert panel.ask(message, len(answer)) == answer
    return panel.now_ns - start_ns


def test_counting_sixteen_modules(panel: Panel):
    # the host sends no LF: 5 characters, then sixteen times p and 6 characters
    expected_ns = CHARACTERS_ns[5] + 16 * (P_ns + CHARACTERS_ns[6])
    assert elapsed(panel, b"A00@\r", b"\nAF0@\r") == expected_ns == 129_208_333


@pytest.mark.parametrize("position", [1, 2, 9, 16])
def test_a_reading_from_each_position(panel: Panel, position: int):
    # k − 1 hops of the query, then the answer out of k and through those behind it
    expected_ns = (
        CHARACTERS_ns[5]
        + (position - 1) * (P_ns + CHARACTERS_ns[6])
        + (16 - position + 1) * (P_ns + CHARACTERS_ns[10])
    )
    address = (position - 16) % 256
    answer = b"\nA%02XU5308\r" % address
    assert elapsed(panel, b"A%02XU\r" % position, answer) == expected_ns


def test_a_constant_is_read_in_twelve_characters(panel: Panel):
    expected_ns = CHARACTERS_ns[5] + 2 * (P_ns + CHARACTERS_ns[6]) + 14 * (P_ns + CHARACTERS_ns[12])
    assert elapsed(panel, b"A03W\r", b"\nAF3W4BD000\r") == expected_ns


def test_a_write_takes_five_milliseconds_more_for_each_changed_byte(panel: Panel):
    def write_ns(bytes_written: int) -> int:
        return CHARACTERS_ns[8] + 16 * (P_ns + CHARACTERS_ns[9]) + bytes_written * 5 * MS

    assert elapsed(panel, b"A10V3B1\r", b"\nA00V3B1\r") == write_ns(2)
    assert elapsed(panel, b"A10V3B1\r", b"\nA00V3B1\r") == write_ns(0)
    assert elapsed(panel, b"A10V4B1\r", b"\nA00V4B1\r") == write_ns(1)
    assert elapsed(panel, b"A10V4A0\r", b"\nA00V4A0\r") == write_ns(1)


@pytest.mark.parametrize(("sent", "answer"), [(b"S0F\r", b"\nS88\r"), (b"e\r", b"\ne\r")])
def test_a_message_to_the_whole_chain(panel: Panel, sent: bytes, answer: bytes):
    hop_ns = {4: CHARACTERS_ns[5], 2: CHARACTERS_ns[3]}[len(sent)]
    first_ns = {4: CHARACTERS_ns[4], 2: 2_083_333}[len(sent)]
    assert elapsed(panel, sent, answer) == first_ns + 16 * (P_ns + hop_ns)


def test_with_spread_each_hop_takes_what_its_modules_own_figures_say():
    uneven = Panel(16, exact=False, seed=20260117)
    expected_ns = round(50 * 1e9 / 9600)
    for module in uneven.modules:
        expected_ns += module.traits.processing_ns + round(60 * module.traits.bit_ns)
    assert elapsed(uneven, b"A00@\r", b"\nAF0@\r") == expected_ns
    assert len({module.traits.bit_ns for module in uneven.modules}) == 16
    assert len({module.traits.processing_ns for module in uneven.modules}) == 16


def test_spread_stays_within_what_the_table_states():
    uneven = Panel(64, exact=False, clock_spread=0.015, processing_spread=0.07)
    bits = [module.traits.bit_ns / (1e9 / 9600) for module in uneven.modules]
    assert 0.985 <= min(bits) < 0.987
    assert 1.013 < max(bits) <= 1.015
    processing = [module.traits.processing_ns / P_ns for module in uneven.modules]
    assert min(processing) >= 0.93 * 1.45 / 1.5 - 1e-6
    assert max(processing) <= 1.07 * 1.45 / 1.5 + 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_a_chain_works_with_every_clock_within_two_percent(seed: int):
    # neighbours then differ by 4.1 % at most; 9200 baud at a good clock are 4.3 %
    panel = Panel(16, exact=False, clock_spread=0.02, seed=seed)
    assert panel.ask(b"A00@\r", 6) == b"\nAF0@\r"


def test_hardly_a_chain_works_with_clocks_that_are_six_percent_apart():
    panels = [Panel(16, exact=False, clock_spread=0.06, seed=seed) for seed in range(5)]
    for panel in panels:
        panel.port.timeout = 1
    assert [panel.ask(b"A00@\r", 6) for panel in panels].count(b"\nAF0@\r") == 0


@pytest.mark.parametrize("modules", [1, 2, 16, 255, 256])
def test_a_chain_counts_itself(modules: int):
    answer = b"\nA%02X@\r" % ((256 - modules) % 256)
    assert Panel(modules).ask(b"A00@\r", 6) == answer


def test_module_256_is_addressed_as_00():
    panel = Panel(256, others={256: {"constant": 0x123456}})
    assert panel.ask(b"A00W\r", 12) == b"\nA00W123456\r"


def test_answers_come_back_with_the_address_that_tells_their_position(panel: Panel):
    for position in (1, 5, 16):
        answer = panel.ask(b"A%02XV\r" % position, 9)
        address = int(answer[2:4], 16)
        assert (16 + address) % 256 == position % 256


# -- pipelined -----------------------------------------------------------------------------------


def poll(panel: Panel, positions: list[int], spacing_ns: int) -> list[int]:
    """Poll ``U`` of these without waiting for answers; the positions that answers came from."""
    start_ns = panel.now_ns
    for turn, position in enumerate(positions):
        panel.wait_until(start_ns + turn * spacing_ns)
        panel.port.write(b"A%02XU\r" % (position % 256))
    received = panel.collect(5 * SECOND)
    answers = [
        line.lstrip(b"\n")
        for line in received.split(b"\r")
        if line.lstrip(b"\n")[3:] == b"U5308" and line.lstrip(b"\n")[:1] == b"A"
    ]
    modules = len(panel.modules)
    return [(int(answer[1:3], 16) + modules) % 256 for answer in answers]


NEAR_END_FIRST = list(range(1, 17))
FAR_END_FIRST = NEAR_END_FIRST[::-1]

# With L the wire time of the query (6 characters with its LF) and of the answer (10):
L_QUERY_ns, L_ANSWER_ns = CHARACTERS_ns[6], CHARACTERS_ns[10]
NEAR_BOUND_ns = 2 * L_ANSWER_ns + P_ns + (L_ANSWER_ns - L_QUERY_ns)
FAR_BOUND_ns = L_QUERY_ns + P_ns + L_ANSWER_ns


def test_the_bounds_are_26_and_a_half_and_18_milliseconds():
    assert NEAR_BOUND_ns == pytest.approx(26.5 * MS, abs=1)
    assert FAR_BOUND_ns == pytest.approx(18.167 * MS, abs=1000)


@pytest.mark.parametrize("spacing_ns", [27 * MS, NEAR_BOUND_ns + 3, 40 * MS])
def test_polled_from_the_near_end_all_answers_come_in_order_at_the_bound(spacing_ns: int):
    assert poll(Panel(16), NEAR_END_FIRST, spacing_ns) == NEAR_END_FIRST


def test_polled_a_tenth_of_a_millisecond_faster_nine_answers_of_sixteen_come():
    # as the firmware that the bound was found with answered at 26.5 ms
    assert len(poll(Panel(16), NEAR_END_FIRST, round(26.4 * MS))) == 9


@pytest.mark.parametrize("spacing_ns", [26 * MS, 24 * MS, 22 * MS, 20 * MS])
def test_polled_faster_from_the_near_end_some_are_lost(spacing_ns: int):
    answered = poll(Panel(16), NEAR_END_FIRST, spacing_ns)
    assert 0 < len(answered) < 16


@pytest.mark.parametrize("spacing_ns", [FAR_BOUND_ns + 3, 19 * MS])
def test_polled_from_the_far_end_all_answers_come_in_order_at_the_smaller_bound(spacing_ns: int):
    assert poll(Panel(16), FAR_END_FIRST, spacing_ns) == FAR_END_FIRST


@pytest.mark.parametrize("spacing_ns", [18 * MS, 16 * MS, 12 * MS])
def test_polled_faster_from_the_far_end_some_are_lost(spacing_ns: int):
    answered = poll(Panel(16), FAR_END_FIRST, spacing_ns)
    assert len(answered) < 16


def test_in_full_duplex_nothing_is_lost_at_any_spacing():
    # 11.5 ms: an answer of 10 characters and some idle time on the last wire
    answered = poll(Panel(16, half_duplex=False), NEAR_END_FIRST, round(11.5 * MS))
    assert answered == NEAR_END_FIRST


def test_after_lost_messages_and_a_watchdog_period_the_chain_works_as_before():
    panel = Panel(16)
    assert len(poll(panel, NEAR_END_FIRST, 20 * MS)) < 16
    panel.wait(3 * SECOND)
    panel.port.reset_input_buffer()
    assert poll(panel, NEAR_END_FIRST, 27 * MS) == NEAR_END_FIRST


def test_a_chain_of_256_polled_from_the_far_end():
    panel = Panel(256)
    positions = list(range(256, 0, -1))
    assert poll(panel, positions, 19 * MS) == [position % 256 for position in positions]
