"""The served chain as terminals, serial servers and pyserial's network ports reach it."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.chain.chain import Chain
from drivers.chain.port import open_port
from drivers.chain.timing import ChainTiming
from quantities import Purpose, WallClock
from tests.wires.powered import powered
from tests.wires.server import Server

TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.2, patience_s=0.5)
MODULES = 2
COUNTED = b"\nAFE@\r"
"""A count of both: every module takes one from the address (ADR-3)."""

PROGRAM_S = 10
"""What a program may take to start or to end."""


@pytest.fixture(autouse=True)
def _powered(served: Server) -> Iterator[None]:
    with powered(served):
        yield


def counted_and_read(url: str) -> None:
    """Our own driver finds both modules behind this port."""
    port = open_port(url)
    try:
        chain = Chain(port, WallClock(), TIMING, MODULES)
        assert chain.count() == MODULES
        assert chain.read_voltages().codes.shape == (MODULES,)
    finally:
        port.close()


def test_the_chain_is_at_the_terminal(served: Server):
    assert served.rig["chain"]["port"].startswith("/dev/")
    counted_and_read(served.rig["chain"]["port"])


def test_the_chain_is_at_the_socket(served: Server):
    counted_and_read("socket://{}:{}".format(*served.chain_address))


@contextmanager
def serial_server(ser2net: Path, folder: Path, accepter: str, device: str) -> Iterator[int]:
    """ser2net between the terminal and a TCP port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    configuration = folder / "ser2net.yaml"
    configuration.write_text(
        "connection: &chain\n"
        f"  accepter: {accepter}tcp,127.0.0.1,{port}\n"
        f"  connector: serialdev,{device},9600n81,local\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([ser2net, "-d", "-u", "-c", configuration])  # noqa: S603 - as found on the PATH
    try:
        clock = WallClock()
        deadline_ns = clock.now() + PROGRAM_S * 1_000_000_000
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionRefusedError:
                assert clock.now() < deadline_ns, "ser2net does not listen"
                clock.wait(0.05, Purpose.IDLE)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.mark.filterwarnings(r"ignore:set\w+\(\) is deprecated")  # pyserial's own RFC 2217 port
@pytest.mark.parametrize(
    ("accepter", "url"),
    [
        # A pseudo-terminal has no handshake lines, and ser2net says nothing when asked to set them.
        ("telnet(rfc2217),", "rfc2217://127.0.0.1:{port}?ign_set_control"),
        ("", "socket://127.0.0.1:{port}"),
    ],
    ids=["rfc2217", "socket"],
)
def test_the_chain_is_behind_a_serial_server(
    served: Server, require_program: Callable[..., Path], tmp_path: Path, accepter: str, url: str
):
    ser2net = require_program("ser2net", package="ser2net")
    device = served.rig["chain"]["port"]
    with serial_server(ser2net, tmp_path, accepter, device) as port:
        counted_and_read(url.format(port=port))


@pytest.mark.parametrize("through", ["terminal", "socket"])
def test_a_bare_terminal_polls_the_chain(
    served: Server, require_program: Callable[..., Path], through: str
):
    socat = require_program("socat", package="socat")
    there = (
        f"{served.rig['chain']['port']},raw,echo=0"
        if through == "terminal"
        else "TCP:{}:{}".format(*served.chain_address)
    )
    done = subprocess.run(  # noqa: S603 - as found on the PATH
        [socat, "-t1", "-", there],
        input=b"A00@\r",
        capture_output=True,
        timeout=PROGRAM_S,
        check=True,
    )
    assert done.stdout == COUNTED


def polled(connection: socket.socket) -> bytes:
    """What comes back of a count."""
    connection.settimeout(PROGRAM_S)
    connection.sendall(b"A00@\r")
    heard = b""
    while not heard.endswith(b"\r"):
        heard += connection.recv(100)
    return heard


def test_a_newer_client_takes_the_socket_from_an_older_one(served: Server):
    with socket.create_connection(served.chain_address) as older:
        assert polled(older) == COUNTED
        with socket.create_connection(served.chain_address) as newer:
            assert polled(newer) == COUNTED
            assert older.recv(100) == b"", "the older one is told that it has gone"


def test_an_answer_goes_to_who_asked_and_to_nobody_else(served: Server):
    with socket.create_connection(served.chain_address) as connection:
        terminal = open_port(served.rig["chain"]["port"])
        try:
            assert polled(connection) == COUNTED
            assert terminal.in_waiting == 0
        finally:
            terminal.close()
