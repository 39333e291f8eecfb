"""What the driver makes of lost, late, garbled, doubled and unasked-for messages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting, Status
from drivers.chain.timing import ChainTiming
from quantities import Purpose
from quantities.errors import (
    CellrigError,
    ChainBroken,
    ChainCountMismatch,
    LineNotProven,
    ModuleGarbled,
    ModuleSilent,
    PortError,
    ProtocolError,
    SettingNotStored,
)
from tests.drivers.chain.scripted import CHARACTER_NS, ScriptedClock, ScriptedPort, Tamper

Bench = tuple[Chain, ScriptedPort, ScriptedClock]
Build = Callable[..., Bench]

WATCHDOG_NS = 3_200_000_000


def at(number: int, *arrivals: tuple[float, bytes]) -> Tamper:
    """Only the reply of this number is spoiled: this comes in its place."""
    return lambda n, reply: list(arrivals) if n == number else [(0.0, reply)]


def lost(*numbers: int) -> Tamper:
    return lambda n, reply: [] if n in numbers else [(0.0, reply)]


# A scan of four sends the queries of modules 4, 3, 2, 1: module 3's reply is number 1.


def test_a_lost_answer_is_asked_for_again_and_its_latches_are_marked(bench: Build):
    chain, port, clock = bench(4)
    port.tamper = lost(1)
    scan = chain.read_voltages()
    assert scan.codes.tolist() == [0x53C] * 4
    assert scan.latches_lost.tolist() == [False, False, True, False]
    assert chain.statistics.lost == chain.statistics.retried == 1
    assert chain.statistics.resynchronised == 1
    assert clock.ledger()[Purpose.WATCHDOG] == WATCHDOG_NS


def test_a_silent_module_is_nan_at_its_position(bench: Build):
    chain, port, _ = bench(4)
    port.cells[2].answers = False
    scan = chain.read_voltages()
    assert np.isnan(scan.codes).tolist() == [False, False, True, False]
    assert scan.statuses.tolist() == [8, 8, 0, 8]
    assert scan.latches_lost.tolist() == [False, False, True, False]
    assert np.isnan(chain.read_settings(Setting.LOW)).tolist() == [False, False, True, False]


def test_a_single_read_of_a_silent_module_is_that_modules_fault(bench: Build):
    chain, port, _ = bench(4)
    port.cells[2].answers = False
    with pytest.raises(ModuleSilent, match="module 3: sent A03U␍") as caught:
        chain.read_voltage(3)
    assert caught.value.position == 3
    assert isinstance(caught.value, TimeoutError)


def test_an_answer_that_is_garbled_once_is_asked_for_again(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = at(0, (0.0, b"\nAFFU5#C8\r"))
    sample = chain.read_voltage(3)
    assert sample.code == 0x53C
    assert sample.latches_lost
    assert chain.statistics.garbled == 1


def test_an_answer_that_is_always_garbled_quotes_what_was_received(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda _, reply: [(0.0, reply.replace(b"U5", b"U\xff"))]
    with pytest.raises(ModuleGarbled, match=r"module 3: sent A03U␍, received ␊AFFU\\xff3C8␍"):
        chain.read_voltage(3)


def test_an_answer_of_another_command_is_not_taken(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda _, reply: [(0.0, reply.replace(b"L", b"H"))]
    with pytest.raises(ModuleGarbled, match="AFFH5E0"):
        chain.read_setting(Setting.LOW, 3)


def test_an_answer_that_breaks_off_is_counted_and_dropped(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = at(0, (0.0, b"\nAFFU5"))
    assert chain.read_voltage(3).code == 0x53C
    assert chain.statistics.garbled == 1


def test_a_late_answer_is_not_taken_for_a_later_one(bench: Build):
    chain, port, _ = bench(4)
    chain.read_voltage(3)

    def late(number: int, reply: bytes) -> list[tuple[float, bytes]]:
        port.cells[2].code = "600"
        return [(0.3 * (number == 1), reply)]

    port.tamper = late
    assert chain.read_voltage(3).code == 0x600
    assert chain.statistics.late == 1


def test_an_answer_that_is_late_within_a_scan_is_still_taken(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda n, reply: [(0.012 * (n == 1), reply)]
    scan = chain.read_voltages()
    assert not np.isnan(scan.codes).any()
    assert not scan.latches_lost.any()


def test_a_doubled_answer_is_counted_and_does_not_shift_the_next_ones(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda n, reply: [(0.0, reply), (0.012, reply)] if n == 0 else [(0.0, reply)]
    codes = []
    for code in ("500", "501", "502"):
        port.cells[2].code = code
        codes.append(chain.read_voltage(3).code)
    assert codes == [0x500, 0x501, 0x502]
    assert chain.statistics.unsolicited == 1, "it came before the second answer could"


def test_a_double_that_waits_in_the_port_brings_the_chain_back_in_step(bench: Build):
    chain, port, clock = bench(4)
    port.tamper = lambda n, reply: [(0.0, reply), (0.011, reply)] if n == 0 else [(0.0, reply)]
    chain.read_voltage(3)
    clock.wait(0.1, Purpose.IDLE)
    assert chain.read_voltage(3).code == 0x53C
    assert chain.statistics.duplicated == 1
    assert chain.statistics.resynchronised == 1


def test_of_two_answers_that_differ_neither_is_believed(bench: Build):
    chain, port, _ = bench(4)
    # Module 3's answer bears module 2's address: 2 seems to answer twice, 3 not at all.
    port.tamper = at(1, (0.0, b"\nAFEU4008\r"))
    scan = chain.read_voltages()
    assert scan.codes.tolist() == [0x53C] * 4
    assert scan.latches_lost.tolist() == [False, True, True, False]
    assert (chain.statistics.lost, chain.statistics.duplicated) == (2, 1)


def test_unsolicited_messages_are_counted_and_logged_and_break_nothing(
    bench: Build, caplog: pytest.LogCaptureFixture
):
    chain, port, clock = bench(4)
    port.arrive(clock.now() + 48_000_000, b"\nA02H\r")  # between the answers of 4, 3 and 2
    port.arrive(clock.now() + 73_000_000, b"\nALARM\r")
    with caplog.at_level(logging.WARNING):
        scan = chain.read_voltages()
    assert not np.isnan(scan.codes).any()
    assert not scan.latches_lost.any()
    assert (chain.statistics.unsolicited, chain.statistics.garbled) == (1, 1)
    assert chain.statistics.resynchronised == 0
    assert [record.getMessage() for record in caplog.records] == [
        "unsolicited: ␊A02H",
        "garbled: ␊ALARM",
    ]


def test_total_silence_proves_nothing_about_any_module(bench: Build):
    for ask in (
        Chain.count,
        Chain.read_voltages,
        Chain.general_status,
        Chain.enable_bleeding,
        lambda chain: chain.read_voltage(2),
        lambda chain: chain.write_setting(Setting.LOW, 2, 1),
        lambda chain: chain.write_settings(Setting.LOW, [1, 2, 3, 4]),
    ):
        chain, port, _ = bench(4)
        port.tamper = lambda _, __: []
        with pytest.raises(LineNotProven, match=r"scripted: .*nor does anything else"):
            ask(chain)


def test_a_chain_that_spoils_all_messages_is_broken_somewhere(bench: Build):
    for ask in (Chain.count, Chain.read_voltages, Chain.enable_bleeding):
        chain, port, _ = bench(4)
        port.tamper = lambda _, reply: [(0.0, reply.replace(reply[-3:-1], b"#"))]
        with pytest.raises(ChainBroken, match=r"scripted: .*received ␊.*#␍"):
            ask(chain)


def test_a_module_alone_that_spoils_all_messages_is_garbled(bench: Build):
    chain, port, _ = bench(1)
    port.tamper = lambda _, reply: [(0.0, reply.replace(reply[-3:-1], b"#"))]
    with pytest.raises(ModuleGarbled, match=r"module 1: .*received ␊.*#␍"):
        chain.read_voltage(1)


def test_a_line_that_only_sends_back_is_not_proven(bench: Build):
    for ask in (
        Chain.read_voltages,
        Chain.general_status,
        Chain.disable_bleeding,
        lambda chain: chain.read_voltage(2),
    ):
        chain, _, _ = bench(0, stated=4)
        with pytest.raises(LineNotProven, match="without having passed a module"):
            ask(chain)


def test_the_module_that_passes_nothing_on_is_the_break(bench: Build):
    for ask in (Chain.count, Chain.read_voltages, lambda chain: chain.read_voltage(1)):
        chain, port, _ = bench(4)
        port.cells[1].passes_on = False
        with pytest.raises(ChainBroken, match="module 2: "):
            ask(chain)
    assert chain.locate_break() == 2


def test_a_break_cannot_be_placed_in_a_whole_chain_nor_in_a_dead_one(bench: Build):
    chain, port, _ = bench(4)
    assert chain.locate_break() is None
    port.tamper = lambda _, __: []
    assert chain.locate_break() is None


@pytest.mark.parametrize("modules", [3, 5])
def test_a_chain_of_another_length_than_stated_is_noticed(bench: Build, modules: int):
    chain, _, _ = bench(modules, stated=4)
    with pytest.raises(ChainCountMismatch, match=f"counts {modules} modules.*expected: 4"):
        chain.read_voltages()


def test_a_lost_count_is_repeated(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lost(0)
    assert chain.count() == 4


def test_without_retries_a_lost_answer_is_nan(bench: Build):
    chain, port, _ = bench(4, retries=0)
    port.tamper = lost(1)
    assert np.isnan(chain.read_voltages().codes).tolist() == [False, False, True, False]
    assert chain.statistics.retried == 0


def test_a_write_whose_answer_is_lost_is_not_repeated_if_it_was_stored(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lost(0)
    chain.write_setting(Setting.BLEEDING, 2, 0x123)
    assert [characters for _, characters in port.sent] == [b"A02V123\r", b"A02V\r"]


def lost_write(port: ScriptedPort, number: int) -> Tamper:
    """The write of this number neither reaches its module nor comes back."""
    port.cells[1].writable = False

    def tamper(n: int, reply: bytes) -> list[tuple[float, bytes]]:
        port.cells[1].writable = n >= number
        return [] if n == number else [(0.0, reply)]

    return tamper


def test_a_write_that_was_lost_is_repeated(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lost_write(port, 0)
    chain.write_setting(Setting.BLEEDING, 2, 0x123)
    assert port.cells[1].settings["V"] == "123"
    assert chain.statistics.retried == 1


def test_a_lost_write_to_a_panel_is_repeated_for_its_module_alone(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lost_write(port, 2)  # the far end first: 4, 3, 2
    written = chain.write_settings(Setting.LOW, [0x111, 0x222, 0x333, 0x444])
    assert written.not_stored == []
    assert written.stored.tolist() == [0x111, 0x222, 0x333, 0x444]
    assert [characters for _, characters in port.sent].count(b"A02L222\r") == 2
    assert len([characters for _, characters in port.sent if len(characters) == 8]) == 5


def test_a_module_that_reads_back_nothing_has_not_stored(bench: Build):
    chain, port, _ = bench(2)
    port.cells[0].answers = False
    written = chain.write_settings(Setting.LOW, [0x111, 0x222])
    (error,) = written.not_stored
    assert isinstance(error, SettingNotStored)
    assert "module 1: L was sent as 111 and reads back nothing" in str(error)


def test_a_lost_general_status_is_asked_for_again_and_its_latches_are_marked(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lost(0)
    general = chain.general_status()
    assert general.latches_lost
    assert general.any_module == Status.ENABLED


def test_a_general_status_that_contradicts_itself_is_a_protocol_error(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda _, reply: [(0.0, reply.replace(b"S88", b"S89"))]
    with pytest.raises(ProtocolError, match="S89␍ came back of S0F␍"):
        chain.general_status()


def test_s0f_that_comes_back_unchanged_is_a_protocol_error(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda _, reply: [(0.0, reply.replace(b"S88", b"S0F"))]
    with pytest.raises(ProtocolError, match="S0F␍ came back of S0F␍"):
        chain.general_status()


def without(command: bytes) -> Tamper:
    return lambda _, reply: [] if reply.strip().startswith(command) else [(0.0, reply)]


@pytest.mark.parametrize(
    ("command", "ask"),
    [
        (b"S", Chain.general_status),
        (b"e", Chain.enable_bleeding),
        (b"d", Chain.disable_bleeding),
    ],
)
def test_a_message_to_all_that_is_not_passed_on_though_the_count_is(
    bench: Build, command: bytes, ask: Callable[[Chain], object]
):
    chain, port, _ = bench(4)
    port.tamper = without(command)
    with pytest.raises(ChainBroken, match="does not come back, though the count does"):
        ask(chain)
    nest, port, _ = bench(1)
    port.tamper = without(command)
    with pytest.raises(ModuleSilent, match="module 1: "):
        ask(nest)


def test_bleeding_whose_echo_is_lost_once_is_switched_again(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lost(0)
    chain.disable_bleeding()
    assert [characters for _, characters in port.sent] == [b"d\r", b"d\r"]


def test_time_that_passed_anyway_is_not_waited_for_again(bench: Build):
    chain, port, clock = bench(4, retries=0)
    port.tamper = lost(1)
    chain.read_voltages([3, 4])
    watchdog_ns = clock.ledger()[Purpose.WATCHDOG]
    port.tamper = lost(port._replies)
    chain.read_voltages([4])
    clock.wait(5.0, Purpose.SETTLING)
    before_ns = clock.ledger()[Purpose.WATCHDOG]
    chain.count()
    assert before_ns == watchdog_ns + WATCHDOG_NS
    assert clock.ledger()[Purpose.WATCHDOG] == before_ns


def test_after_an_interrupted_exchange_the_chain_is_brought_back_in_step(bench: Build):
    chain, port, _ = bench(4)

    def interrupt(_: int, __: bytes) -> list[tuple[float, bytes]]:
        raise KeyboardInterrupt

    port.tamper = interrupt
    with pytest.raises(KeyboardInterrupt):
        chain.read_voltages()
    port.tamper = lambda _, reply: [(0.0, reply)]
    assert chain.read_voltage(1).code == 0x53C
    assert chain.statistics.resynchronised == 1


def test_resynchronising_waits_out_the_watchdog_and_discards_what_comes(bench: Build):
    chain, port, clock = bench(4)
    started_ns = clock.now()
    port.arrive(started_ns + 100_000_000, b"\nA02H\r\nAF")
    chain.resynchronise()
    assert clock.now() - started_ns == WATCHDOG_NS
    assert chain.read_voltage(4).code == 0x53C
    assert chain.statistics.unsolicited == chain.statistics.garbled == 1


def test_a_flood_of_characters_does_not_shorten_the_wait(bench: Build):
    chain, port, clock = bench(4)
    started_ns = clock.now()
    port._arriving.extend([(started_ns + 1_000_000, 0)] * 5000)
    chain.resynchronise()
    assert clock.now() - started_ns == WATCHDOG_NS


def test_a_host_that_was_held_up_still_takes_what_has_come(
    bench: Build, monkeypatch: pytest.MonkeyPatch
):
    chain, port, clock = bench(4)
    read = port.read

    def held_up(size: int = 1) -> bytes:
        characters = read(size)
        clock.time_ns += 10_000_000_000
        return characters

    monkeypatch.setattr(port, "read", held_up)
    assert chain.read_voltage(3).code == 0x53C
    assert chain.statistics.lost == 0


def test_a_port_that_goes_away_says_what_to_do(bench: Build):
    chain, port, _ = bench(4)
    port.dead = True
    for ask in (chain.count, chain.read_voltages, chain.general_status):
        with pytest.raises(PortError, match="scripted: device disconnected; what to do: see"):
            ask()


def test_raw_characters_go_out_in_one_piece_and_are_waited_for(bench: Build):
    chain, port, clock = bench(1)
    started_ns = clock.now()
    chain.raw.send(b"A01U\r")
    assert port.sent == [(started_ns, b"A01U\r")]
    assert clock.now() - started_ns == pytest.approx(5 * CHARACTER_NS, abs=5)


def test_raw_characters_go_out_with_a_pause_between_them(bench: Build):
    chain, port, clock = bench(1)
    started_ns = clock.now()
    chain.raw.send(b"A0\r", gap_s=0.5)
    assert port.sent == [
        (started_ns, b"A"),
        (started_ns + 501_041_667, b"0"),
        (started_ns + 1_002_083_334, b"\r"),
    ]
    assert clock.now() == started_ns + 1_003_125_001


def test_no_raw_characters_are_nothing_to_send(bench: Build):
    chain, port, _ = bench(1)
    chain.raw.send(b"", gap_s=0.1)
    assert port.sent == []


def test_raw_characters_are_received_with_their_times(bench: Build):
    chain, _, clock = bench(1)
    started_ns = clock.now()
    chain.raw.send(b"A01U\r")
    pieces = chain.raw.receive_pieces(0.1)
    assert b"".join(characters for _, characters in pieces) == b"\nA00U53C8\r"
    first_ns = started_ns + 5 * CHARACTER_NS + 1_500_000 + CHARACTER_NS
    assert [time_ns for time_ns, _ in pieces] == [first_ns + i * CHARACTER_NS for i in range(10)]
    assert clock.now() - started_ns == pytest.approx(105_208_333, abs=5)


def test_after_raw_characters_every_module_may_purge_what_it_holds(bench: Build):
    chain, port, clock = bench(1)
    chain.raw.send(b"A0")
    sent_ns = clock.now()
    port._heard = b""  # the watchdog purges
    chain.read_voltage(1)
    assert port.sent[-1][0] >= sent_ns + WATCHDOG_NS


PIECES = st.one_of(
    st.binary(max_size=30),
    st.text("AUWVLHTSed@0123456789ABCDEF\r\n", max_size=30).map(str.encode),
    st.sampled_from([b"\nA00U53C8\r", b"\nAFFU5008\r", b"\nAFE@\r", b"\nS88\r", b"\nd\r", b""]),
)
ARRIVALS = st.lists(st.tuples(st.floats(0.0, 5.0), PIECES), max_size=3)


@settings(max_examples=150, deadline=None)
@given(replies=st.lists(ARRIVALS, min_size=1, max_size=6), mixed=st.booleans())
def test_whatever_the_line_returns_is_a_result_or_an_error_of_ours(
    replies: list[list[tuple[float, bytes]]], *, mixed: bool
):
    clock = ScriptedClock()
    port = ScriptedPort(clock, 2)
    chain = Chain(port, clock, ChainTiming(processing_s=0.002, watchdog_longest_s=3.2), 2)
    following: Iterator[list[tuple[float, bytes]]] = cycle(replies)
    port.tamper = lambda n, reply: [(0.0, reply)] if mixed and n % 2 else next(following)
    for ask in (
        chain.count,
        chain.read_voltages,
        lambda: chain.read_voltage(2),
        lambda: chain.read_settings(Setting.CALIBRATION),
        lambda: chain.write_setting(Setting.LOW, 1, 0x5E0),
        lambda: chain.write_settings(Setting.HIGH, [0x49C, 0x49C]),
        chain.general_status,
        chain.disable_bleeding,
        lambda: chain.raw.receive_pieces(0.5),
        chain.locate_break,
    ):
        started_ns = clock.now()
        with suppress(CellrigError):
            ask()
        assert clock.now() - started_ns < 90_000_000_000


# -- messages that are too long for somebody on the way -----------------------------------------


def test_an_answer_that_another_module_cannot_hold_is_not_its_modules_fault(bench: Build):
    chain, port, _ = bench(4)
    port.cells[2].capacity = 9
    assert chain.read_setting(Setting.CALIBRATION, 4) == 0x800000
    with pytest.raises(ChainBroken, match="A05@000000␍ does not come back") as caught:
        chain.read_setting(Setting.CALIBRATION, 1)
    assert caught.value.position is None
    assert chain.read_setting(Setting.LOW, 1) == 0x5E0


def test_a_module_that_does_not_tell_its_constant_is_silent_where_others_pass_as_much_on(
    bench: Build,
):
    chain, port, _ = bench(4)
    port.cells[2].answers = False
    with pytest.raises(ModuleSilent) as caught:
        chain.read_setting(Setting.CALIBRATION, 3)
    assert caught.value.position == 3
