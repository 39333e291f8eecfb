"""Several queries of one kind to one place: their answers are told apart by their order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from typing_extensions import override

from drivers.chain.chain import Chain
from drivers.chain.messages import Status
from quantities.errors import LineNotProven
from tests.drivers.chain.conftest import TIMING
from tests.drivers.chain.scripted import Cell, ScriptedClock, ScriptedPort, Tamper

Bench = tuple[Chain, ScriptedPort, ScriptedClock]
Build = Callable[..., Bench]


class LatchingPort(ScriptedPort):
    """Every module has latched all three bits, and its code rises by one with each query."""

    def __init__(self, clock: ScriptedClock, modules: int) -> None:
        super().__init__(clock, modules)
        for cell in self.cells:
            cell.status = "F"

    @override
    def obey(self, cell: Cell, message: str) -> tuple[str, bool]:
        answer, obeyed = super().obey(cell, message)
        if obeyed and message[3] == "U":
            cell.code, cell.status = f"{int(cell.code, 16) + 1:03X}", "8"
        return answer, obeyed


@pytest.fixture
def latching() -> tuple[Chain, LatchingPort]:
    clock = ScriptedClock()
    port = LatchingPort(clock, 4)
    return Chain(port, clock, TIMING, 4), port


def lost(*numbers: int) -> Tamper:
    return lambda n, reply: [] if n in numbers else [(0.0, reply)]


def late(number: int, delay_s: float) -> Tamper:
    return lambda n, reply: [(delay_s * (n == number), reply)]


# Four modules asked twice send eight queries: module 3's replies are numbers 2 and 3.


def test_the_second_answers_are_the_scan(latching: tuple[Chain, LatchingPort]):
    chain, port = latching
    scan = chain.read_voltages_twice()
    assert scan.codes.tolist() == [0x53D] * 4
    assert scan.statuses.tolist() == [Status.ENABLED] * 4
    assert not scan.latches_lost.any()
    assert (chain.statistics.sent, chain.statistics.answered, chain.statistics.lost) == (8, 8, 0)
    assert [characters for _, characters in port.sent] == [
        b"A%02XU\r" % position for position in (4, 4, 3, 3, 2, 2, 1, 1)
    ]


def test_the_same_module_needs_the_wider_spacing(latching: tuple[Chain, LatchingPort]):
    chain, port = latching
    chain.read_voltages_twice([2, 3])
    spacings = [later - earlier for (earlier, _), (later, _) in pairwise(port.sent)]
    # 2·10·1.025 characters of 10/9600 s and 2 ms of processing; to the next module 4·0.975 less.
    assert spacings == [23_354_167, 19_291_667, 23_354_167]


@pytest.mark.parametrize("number", [2, 3])
def test_a_lost_first_or_second_answer_counts_as_both(
    latching: tuple[Chain, LatchingPort], number: int
):
    chain, port = latching
    port.tamper = lost(number)
    scan = chain.read_voltages_twice()
    assert scan.codes.tolist() == [0x53D, 0x53D, 0x53F, 0x53D]
    assert scan.latches_lost.tolist() == [False, False, True, False]
    assert chain.statistics.lost == chain.statistics.retried * 2 == 2
    assert chain.statistics.resynchronised == 1
    assert [characters for _, characters in port.sent][-2:] == [b"A03U\r"] * 2


def test_a_module_that_answers_only_once_each_time_is_nan(latching: tuple[Chain, LatchingPort]):
    chain, port = latching
    port.tamper = lost(2, 8 + 1 + 1)  # the count follows eight queries, then 3 is asked again
    assert np.isnan(chain.read_voltages_twice().codes).tolist() == [False, False, True, False]


def test_codes_read_in_a_row_are_rows_of_readings(latching: tuple[Chain, LatchingPort]):
    chain, port = latching
    codes = chain.read_codes(3)
    assert codes.tolist() == [[0x53C] * 4, [0x53D] * 4, [0x53E] * 4]
    assert [characters for _, characters in port.sent[:4]] == [b"A04U\r"] * 3 + [b"A03U\r"]


def test_a_module_of_whose_answers_one_is_lost_is_asked_for_all_again(
    latching: tuple[Chain, LatchingPort],
):
    chain, port = latching
    port.tamper = lost(2)
    codes = chain.read_codes(3)
    assert np.isfinite(codes).all()
    assert [characters for _, characters in port.sent][-3:] == [b"A04U\r"] * 3


def test_a_late_second_answer_is_still_the_second(latching: tuple[Chain, LatchingPort]):
    chain, port = latching
    port.tamper = late(3, 0.015)
    assert chain.read_voltages_twice().codes.tolist() == [0x53D] * 4
    assert chain.statistics.lost == 0


def test_a_doubled_first_answer_leaves_neither_to_be_believed(
    latching: tuple[Chain, LatchingPort],
):
    chain, port = latching
    port.tamper = lambda n, reply: [(0.0, reply), (0.0135, reply)] if n == 2 else [(0.0, reply)]
    scan = chain.read_voltages_twice()
    assert scan.codes.tolist() == [0x53D, 0x53D, 0x53F, 0x53D]
    assert scan.latches_lost.tolist() == [False, False, True, False]
    assert chain.statistics.duplicated == 1


def test_an_answer_too_many_that_says_the_same_does_no_harm(bench: Build):
    chain, port, _ = bench(2)
    port.tamper = lambda n, reply: [(0.0, reply), (0.0115, reply)] if n == 1 else [(0.0, reply)]
    assert chain.read_voltages_twice().codes.tolist() == [0x53C] * 2
    assert chain.statistics.duplicated + chain.statistics.unsolicited == 1
    assert chain.statistics.lost == 0


def test_addresses_return_in_the_order_sent_less_one_for_each_module(bench: Build):
    chain, port, _ = bench(3)
    returned = chain.pass_on_addresses(range(256))
    assert returned.tolist() == [(address - 3) % 256 for address in range(256)]
    assert port.sent[0x2A][1] == b"A2A@\r"
    spacings = {later - earlier for (earlier, _), (later, _) in pairwise(port.sent)}
    assert spacings == {14_812_500}  # 2·6·1.025 characters and 2 ms


def test_addresses_of_which_one_is_lost_are_sent_again(bench: Build):
    chain, port, _ = bench(3)
    port.tamper = lost(1)
    assert chain.pass_on_addresses([7, 8, 9]).tolist() == [4, 5, 6]
    assert len(port.sent) == 6
    assert chain.statistics.retried == 3


def test_addresses_that_stay_lost_are_unknown(bench: Build):
    chain, port, _ = bench(3)
    port.tamper = lost(1, 4)
    assert np.isnan(chain.pass_on_addresses([7, 8, 9])).all()
    port.tamper = lambda _, __: []
    with pytest.raises(LineNotProven):
        chain.pass_on_addresses([7])


def test_a_general_status_may_be_asked_for_as_it_comes(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda _, reply: [(0.0, reply.replace(b"S88", b"S89"))]
    general = chain.general_answer()
    assert (general.any_module, general.every_module) == (8, 9)
    assert not general.consistent
    assert len(port.sent) == 1


def test_a_general_status_that_agrees_with_itself_is_consistent(bench: Build):
    chain, _, _ = bench(4)
    assert chain.general_answer().consistent


def test_raw_characters_can_be_left_to_leave_by_themselves(bench: Build):
    chain, port, clock = bench(1)
    started_ns = clock.now()
    chain.begin_raw(b"A01U\r")
    assert port.sent == [(started_ns, b"A01U\r")]
    assert clock.now() == started_ns
    chain.count()
    assert chain.statistics.resynchronised == 1


def test_after_power_was_lost_nothing_is_left_to_wait_for(bench: Build):
    chain, port, clock = bench(1)
    chain.raw.send(b"A0")
    port._heard = b""
    port.arrive(clock.now() + 1_000_000, b"\nA")
    clock.time_ns += 2_000_000
    chain.start_afresh()
    assert chain.read_voltage(1).code == 0x53C
    assert chain.statistics.resynchronised == chain.statistics.garbled == 0
