"""The chain as it should be: every module perfect, every message in time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting, Status
from drivers.chain.timing import ChainTiming, Order
from drivers.chain.transcript import Direction
from quantities import Purpose
from quantities.errors import SettingNotStored
from tests.drivers.chain.scripted import CHARACTER_NS, PROCESSING_NS, ScriptedClock, ScriptedPort

Bench = tuple[Chain, ScriptedPort, ScriptedClock]
Build = Callable[..., Bench]


@pytest.mark.parametrize("modules", [1, 2, 16, 255, 256])
def test_the_count_is_the_number_of_modules(bench: Build, modules: int):
    chain, port, _ = bench(modules)
    assert chain.count() == modules
    assert [characters for _, characters in port.sent] == [b"A00@\r"]


def test_the_count_takes_the_wire_and_the_modules_time_and_no_more(bench: Build):
    chain, _, clock = bench(16)
    started_ns = clock.now()
    chain.count()
    assert clock.now() - started_ns == 5 * CHARACTER_NS + 16 * (PROCESSING_NS + 6 * CHARACTER_NS)


def test_a_line_without_modules_counts_none(bench: Build):
    chain, _, _ = bench(0, stated=4)
    assert chain.count() == 0


def test_the_third_of_sixteen_is_asked_by_its_address(bench: Build):
    chain, port, clock = bench(16)
    port.cells[2].code, port.cells[2].status = "53C", "A"
    sample = chain.read_voltage(3)
    assert (sample.code, sample.status) == (0x53C, Status.ENABLED | Status.BLEEDING)
    assert not sample.latches_lost
    assert sample.time_ns == clock.now()
    assert [characters for _, characters in port.sent] == [b"A03U\r"]


@pytest.mark.parametrize("modules", [1, 2, 16, 256])
def test_a_scan_has_every_module_at_its_position(bench: Build, modules: int):
    chain, port, clock = bench(modules)
    for index, cell in enumerate(port.cells):
        cell.code, cell.status = f"{0x500 + index:03X}", f"{index % 16:X}"
    scan = chain.read_voltages()
    assert scan.codes.tolist() == [0x500 + index for index in range(modules)]
    assert scan.statuses.tolist() == [index % 16 for index in range(modules)]
    assert not scan.latches_lost.any()
    assert scan.time_ns == clock.now()
    assert chain.statistics.disturbances == 0


def test_a_scan_polls_the_far_end_first_at_the_derived_spacing(bench: Build):
    chain, port, _ = bench(16)
    chain.read_voltages()
    assert [characters for _, characters in port.sent] == [
        b"A%02XU\r" % position for position in range(16, 0, -1)
    ]
    spacings = {later - earlier for (earlier, _), (later, _) in pairwise(port.sent)}
    # 2·10·1.025 − 4·0.975 characters of 10/9600 s, and 2 ms of processing.
    assert spacings == {19_291_667}


def test_a_scan_from_the_near_end_keeps_its_wider_spacing(bench: Build):
    chain, port, _ = bench(4)
    chain.read_voltages([1, 2, 4], order=Order.NEAR_END_FIRST)
    assert [characters for _, characters in port.sent] == [b"A01U\r", b"A02U\r", b"A04U\r"]
    spacings = [later - earlier for (earlier, _), (later, _) in pairwise(port.sent)]
    # (2·10 + 4)·1.025 characters and 2 ms; with a module left out in between 4·1.025 more.
    assert spacings == [27_625_000, 31_895_833]


def test_a_scan_ends_with_its_last_answer(bench: Build):
    chain, _, clock = bench(16)
    started_ns = clock.now()
    chain.read_voltages()
    last_ns = 5 * CHARACTER_NS + 16 * (PROCESSING_NS + 10 * CHARACTER_NS)
    assert clock.now() - started_ns == 15 * 19_291_667 + last_ns


def test_modules_that_are_not_wanted_are_not_polled(bench: Build):
    chain, port, _ = bench(4)
    scan = chain.read_voltages([2, 4])
    assert len(port.sent) == 2
    assert np.isnan(scan.codes).tolist() == [True, False, True, False]
    assert scan.latches_lost.tolist() == [True, False, True, False]


def test_no_module_wanted_is_no_query(bench: Build):
    chain, port, _ = bench(2)
    assert np.isnan(chain.read_voltages([]).codes).all()
    assert port.sent == []


def test_answers_without_line_feeds_are_heard_in_time_too(bench: Build):
    chain, port, clock = bench(4)
    port.tamper = lambda _, reply: [(0.0, reply.replace(b"\n", b""))]
    started_ns = clock.now()
    assert not np.isnan(chain.read_voltages().codes).any()
    # As long as a scan takes with them: the queries, and the last way.
    assert clock.now() - started_ns < 3 * 19_300_000 + 5_300_000 + 4 * 12_000_000


def test_all_time_of_a_good_scan_is_booked_to_the_wire(bench: Build):
    chain, _, clock = bench(4)
    started_ns = clock.now()
    chain.read_voltages()
    assert clock.ledger()[Purpose.WIRE] == clock.now() - started_ns


def test_the_next_query_leaves_the_last_stop_bit_a_character_of_time(bench: Build):
    chain, port, clock = bench(1)
    chain.read_voltage(1)
    answered_ns = clock.now()
    chain.read_voltage(1)
    assert port.sent[1][0] == answered_ns + CHARACTER_NS


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (Setting.CALIBRATION, 0x800000),
        (Setting.BLEEDING, 0x4A0),
        (Setting.LOW, 0x5E0),
        (Setting.HIGH, 0x49C),
    ],
)
def test_a_setting_is_read_from_one_module_and_from_all(bench: Build, setting: Setting, value: int):
    chain, _, _ = bench(3)
    assert chain.read_setting(setting, 2) == value
    assert chain.read_settings(setting).tolist() == [value] * 3


def test_a_written_setting_is_read_back_by_an_enquiry_of_its_own(bench: Build):
    chain, port, _ = bench(4)
    chain.write_setting(Setting.CALIBRATION, 2, 0x4BD000)
    assert [characters for _, characters in port.sent] == [b"A02W4BD000\r", b"A02W\r"]
    assert port.cells[1].settings["W"] == "4BD000"


def test_somebody_is_told_before_the_first_write_and_only_then():
    clock, seen = ScriptedClock(), []
    port = ScriptedPort(clock, 2)

    def look() -> None:
        seen.append(chain.read_settings(Setting.LOW).tolist())

    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2)
    chain = Chain(port, clock, timing, 2, before_first_write=look)
    before = chain.read_settings(Setting.LOW).tolist()
    chain.write_setting(Setting.LOW, 1, 0x111)
    chain.write_settings(Setting.LOW, [0x222, 0x333])
    assert seen == [before]


def test_a_setting_that_is_not_stored_names_module_sent_and_read_back(bench: Build):
    chain, port, _ = bench(4)
    port.cells[1].writable = False
    with pytest.raises(SettingNotStored, match="module 2: V was sent as 123 and reads back 4A0"):
        chain.write_setting(Setting.BLEEDING, 2, 0x123)
    assert len(port.sent) == 2, "what was answered is not written twice"


def test_settings_are_written_to_the_modules_that_have_a_value(bench: Build):
    chain, port, _ = bench(4)
    written = chain.write_settings(Setting.LOW, [0x111, np.nan, 0x333, 0x444])
    assert [cell.settings["L"] for cell in port.cells] == ["111", "5E0", "333", "444"]
    assert written.not_stored == []
    assert written.stored[[0, 2, 3]].tolist() == [0x111, 0x333, 0x444]
    assert np.isnan(written.stored[1])


def test_writes_are_spaced_for_the_eeprom(bench: Build):
    chain, port, _ = bench(3)
    chain.write_settings(Setting.CALIBRATION, [1, 2, 3])
    writes = [time_ns for time_ns, characters in port.sent if len(characters) == 11]
    # 2·12·1.025 characters, 2 ms of processing, three bytes of 6 ms.
    assert {later - earlier for earlier, later in pairwise(writes)} == {45_625_000}


def test_each_module_that_stores_nothing_is_named(bench: Build):
    chain, port, _ = bench(3)
    port.cells[0].writable = port.cells[2].writable = False
    written = chain.write_settings(Setting.HIGH, [0x400, 0x400, 0x400])
    assert [error.position for error in written.not_stored] == [1, 3]
    assert len([message for _, message in port.sent if message.endswith(b"400\r")]) == 3


def test_values_that_are_not_one_a_module_are_refused(bench: Build):
    chain, port, _ = bench(3)
    with pytest.raises(ValueError, match="3 values"):
        chain.write_settings(Setting.HIGH, [1, 2])
    assert port.sent == []


def test_the_general_status_joins_all_modules(bench: Build):
    chain, port, clock = bench(3)
    port.cells[1].status = "E"
    general = chain.general_status()
    assert general.any_module == Status.ENABLED | Status.HIGH | Status.BLEEDING
    assert general.every_module == Status.ENABLED
    assert not general.latches_lost
    assert general.time_ns == clock.now()
    assert port.sent[0][1] == b"S0F\r"


def test_bleeding_is_switched_and_the_echo_awaited(bench: Build):
    chain, port, clock = bench(2)
    started_ns = clock.now()
    chain.enable_bleeding()
    assert clock.now() - started_ns == 2 * CHARACTER_NS + 2 * (PROCESSING_NS + 3 * CHARACTER_NS)
    chain.disable_bleeding()
    assert [characters for _, characters in port.sent] == [b"e\r", b"d\r"]


@pytest.mark.parametrize("position", [0, 5, -1])
def test_a_position_outside_the_chain_is_refused(bench: Build, position: int):
    chain, port, _ = bench(4)
    for ask in (
        chain.read_voltage,
        lambda place: chain.read_voltages([place]),
        lambda place: chain.read_setting(Setting.LOW, place),
        lambda place: chain.write_setting(Setting.LOW, place, 1),
    ):
        with pytest.raises(ValueError, match="not within 1 to 4"):
            ask(position)
    assert port.sent == []


@pytest.mark.parametrize("modules", [0, 257])
def test_a_chain_has_1_to_256_modules(modules: int):
    clock = ScriptedClock()
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2)
    with pytest.raises(ValueError, match="1 to 256"):
        Chain(ScriptedPort(clock, 1), clock, timing, modules)


def test_the_chain_closes_its_port(bench: Build):
    chain, port, _ = bench(1)
    with chain:
        assert not port.closed
    assert port.closed


def test_answers_are_taken_while_queries_still_go_out(bench: Build):
    chain, _, _ = bench(16)
    chain.read_voltages()
    directions = [entry.direction for entry in chain.transcript]
    last_sent = len(directions) - 1 - directions[::-1].index(Direction.SENT)
    assert directions[:last_sent].count(Direction.RECEIVED) > 4


def test_the_transcript_has_every_character_with_its_time(bench: Build):
    chain, _, clock = bench(1)
    sent_ns = clock.now()
    chain.read_voltage(1)
    received_ns = sent_ns + 15 * CHARACTER_NS + PROCESSING_NS
    assert chain.transcript.render() == (
        f"{sent_ns / 1e9:.6f} s > A01U␍\n"
        f"{received_ns / 1e9 - CHARACTER_NS / 1e9:.6f} s < ␊A00U53C8\n"
        f"{received_ns / 1e9:.6f} s < ␍"
    )
