from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from drivers.chain.chain import Chain
from drivers.chain.port import Port, open_port
from drivers.chain.timing import ChainTiming
from quantities import Purpose, WallClock
from quantities.errors import PortError
from tests.drivers.chain.scripted import ScriptedClock, ScriptedPort

TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=0.05, port_latency_s=0.2)


@pytest.mark.parametrize(
    "url", ["no-such-port", "nonsense://x", "socket://127.0.0.1:1", "socket://nowhere", ""]
)
def test_a_port_that_cannot_be_had_is_named_with_what_to_do(url: str):
    with pytest.raises(PortError, match="what to do: see that the adapter") as caught:
        open_port(url)
    assert caught.value.where == url


def test_what_is_sent_to_a_loop_comes_back_and_counts_as_no_module():
    chain = Chain(open_port("loop://"), WallClock(), TIMING, 1)
    with chain:
        assert chain.count() == 0


def test_a_closed_port_is_an_error_of_the_port():
    chain = Chain(open_port("loop://"), WallClock(), TIMING, 1)
    chain.close()
    chain.close()
    with pytest.raises(PortError, match="not open"):
        chain.count()


@pytest.fixture
def far_end() -> Iterator[tuple[str, socket.socket]]:
    """A URL to connect to, and the socket that listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"socket://127.0.0.1:{listening.getsockname()[1]}", listening


def answering(listening: socket.socket) -> None:
    """Two modules behind a network port: each query is answered at once by a table."""
    answers = {
        b"A00@": b"\nAFE@\r",
        b"A01U": b"\nAFFU5008\r",
        b"A02U": b"\nA00U6008\r",
        b"A02W": b"\nA00W4BD000\r",
    }
    connection, _ = listening.accept()
    with connection:
        held = b""
        while characters := connection.recv(100):
            *messages, held = (held + characters).split(b"\r")
            for message in messages:
                connection.sendall(answers.get(message, b""))


def test_a_network_port_serves_as_well(far_end: tuple[str, socket.socket]):
    url, listening = far_end
    thread = threading.Thread(target=answering, args=(listening,))
    thread.start()
    # A baud rate at which no answer can be too early for a wire of its own.
    fast = ChainTiming(
        processing_s=0.002, watchdog_longest_s=0.05, port_latency_s=5.0, baud=100_000_000
    )
    with Chain(open_port(url), WallClock(), fast, 2) as chain:
        assert chain.count() == 2
        assert chain.read_voltages().codes.tolist() == [0x500, 0x600]
        assert chain.read_voltage(2).code == 0x600
    thread.join()


def test_a_network_port_whose_far_end_hangs_up_is_an_error_of_the_port(
    far_end: tuple[str, socket.socket],
):
    url, listening = far_end
    port = open_port(url)
    connection, _ = listening.accept()
    connection.close()
    with Chain(port, WallClock(), TIMING, 2) as chain, pytest.raises(PortError):
        chain.count()


def test_waiting_is_booked_to_its_purpose():
    clock = ScriptedClock()
    port = Port(ScriptedPort(clock, 1), clock)
    port.receive_until(1, clock.now() + 1_000_000)
    port.receive_until(1, clock.now() + 2_000_000, Purpose.WATCHDOG)
    assert clock.ledger()[Purpose.WIRE] == 1_000_000
    assert clock.ledger()[Purpose.WATCHDOG] == 2_000_000


def test_a_deadline_in_the_past_takes_what_has_come_and_does_not_wait():
    clock = ScriptedClock()
    scripted = ScriptedPort(clock, 1)
    scripted.arrive(clock.now(), b"\nd\r")
    now_ns = clock.now()
    assert Port(scripted, clock).receive_until(9, now_ns - 5) == b"\nd\r"
    assert clock.now() == now_ns
