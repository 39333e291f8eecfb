"""The line without its protocol: what goes out when, and what is made of what comes."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from drivers.chain.chain import Chain
from drivers.chain.port import Port, open_port
from drivers.chain.timing import ChainTiming
from quantities import Purpose, WallClock
from quantities.errors import PortError
from tests.drivers.chain.scripted import CHARACTER_NS, ScriptedClock, ScriptedPort

Bench = tuple[Chain, ScriptedPort, ScriptedClock]
Build = Callable[..., Bench]


def test_sending_returns_when_the_last_character_has_left(bench: Build):
    chain, _, clock = bench(1)
    before_ns = clock.now()
    chain.raw.send(b"A0")
    assert clock.now() - before_ns == pytest.approx(2 * CHARACTER_NS, abs=1)


def test_messages_are_received_until_so_many_have_ended(bench: Build):
    chain, port, clock = bench(1)
    begun_ns = clock.now()
    port.arrive(begun_ns + 20_000_000, b"\nA00L5E0\r")
    port.arrive(begun_ns + 40_000_000, b"\nA00H49C\r")
    assert chain.raw.receive(1, 1.0) == b"\nA00L5E0\r"
    assert chain.raw.receive(1, 1.0) == b"\nA00H49C\r"
    assert clock.now() - begun_ns == 40_000_000


def test_what_has_come_already_is_received_at_once(bench: Build):
    chain, port, clock = bench(1)
    port.arrive(clock.now() + 20_000_000, b"\nA00L5E0\r")
    port.arrive(clock.now() + 40_000_000, b"\nA00H49C\r")
    clock.wait(0.1, Purpose.IDLE)
    begun_ns = clock.now()
    assert chain.raw.receive(1, 1.0) == b"\nA00L5E0\r\nA00H49C\r"
    assert clock.now() == begun_ns


def test_what_is_no_whole_message_is_handed_out_when_the_time_is_over(bench: Build):
    chain, port, clock = bench(1)
    port.arrive(clock.now() + 5_000_000, b"\nA00")
    before_ns = clock.now()
    assert chain.raw.receive(1, 0.1) == b"\nA00"
    assert clock.now() - before_ns == 100_000_000


def test_without_a_number_of_messages_all_that_comes_in_time_is_received(bench: Build):
    chain, _, clock = bench(1)
    chain.raw.send(b"A01L\r")
    before_ns = clock.now()
    assert chain.raw.receive(None, 0.1) == b"\nA00L5E0\r"
    assert clock.now() - before_ns == 100_000_000


def test_a_query_after_raw_characters_waits_until_all_have_purged_them(bench: Build):
    chain, port, clock = bench(1)
    chain.raw.send(b"01L\r")
    left_ns = clock.now()
    chain.read_voltage(1)
    assert port.sent[-1][0] - left_ns == 3_200_000_000


def test_a_query_does_not_wait_on_a_line_that_is_trusted(bench: Build):
    chain, port, clock = bench(1)
    chain.raw.send(b"A01L\r")
    assert chain.raw.receive(1, 0.1) == b"\nA00L5E0\r"
    chain.raw.trust()
    now_ns = clock.now()
    chain.read_voltage(1)
    assert port.sent[-1][0] - now_ns < 2_000_000
    assert clock.ledger()[Purpose.WATCHDOG] == 0


def test_a_break_lasts_and_leaves_the_chain_out_of_step(bench: Build):
    chain, port, clock = bench(1)
    before_ns = clock.now()
    chain.raw.send_break(0.01)
    assert port.breaks == [(before_ns, 0.01)]
    assert clock.now() - before_ns == 10_000_000
    chain.read_voltage(1)
    assert clock.ledger()[Purpose.WATCHDOG] > 0


def test_another_baud_rate_holds_inside_and_stretches_the_characters(bench: Build):
    chain, port, clock = bench(1)
    with chain.raw.at_baud(4800):
        assert port.baudrate == 4800
        before_ns = clock.now()
        chain.raw.send(b"d\r")
        assert clock.now() - before_ns == pytest.approx(4 * CHARACTER_NS, abs=2)
    assert port.baudrate == 9600


def test_the_rate_is_the_nominal_one_again_after_an_error(bench: Build):
    chain, port, _ = bench(1)
    with pytest.raises(KeyError), chain.raw.at_baud(9500):
        raise KeyError
    assert port.baudrate == 9600


class OneRatePort(ScriptedPort):
    """Keeps its rate whatever it is told, as a port with few dividers does."""

    @property
    def baudrate(self) -> int:
        return 9600

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        pass


def test_a_rate_that_the_port_does_not_take_is_an_error_of_the_port():
    clock = ScriptedClock()
    chain = Chain(
        OneRatePort(clock, 1), clock, ChainTiming(processing_s=0.002, watchdog_longest_s=3.2), 1
    )
    with (
        pytest.raises(PortError, match="stays at 9600 baud where 9500 were set"),
        chain.raw.at_baud(9500),
    ):
        pass


def test_a_port_behind_a_socket_has_no_rate_of_its_own():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"socket://127.0.0.1:{listening.getsockname()[1]}"
        assert not Port(open_port(url), WallClock()).has_rate
    assert Port(open_port("loop://"), WallClock()).has_rate
