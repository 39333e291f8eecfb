from __future__ import annotations

import socket
import socketserver
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from threading import Event, Thread

import pytest
from pyvisa.resources import MessageBasedResource

from drivers.scpi import ScpiSession
from drivers.visa import close_session, open_session
from quantities import WallClock
from quantities.errors import InstrumentError, InstrumentTimeout

Serve = Callable[[Callable[[bytes], bytes | None]], str]


class Instruments(socketserver.ThreadingTCPServer):
    """A TCP instrument on this machine, answering each line with ``answer(line)``."""

    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(ConnectionError):  # a client that gave up on a late answer
                    for line in self.rfile:
                        reply = answer(line.rstrip(b"\n"))
                        if reply is not None:
                            self.wfile.write(reply)

        super().__init__(("127.0.0.1", 0), Talk)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(answer)`` starts an instrument and returns its resource name."""
    with ExitStack() as stack:

        def start(answer: Callable[[bytes], bytes | None]) -> str:
            server = stack.enter_context(Instruments(answer))
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"TCPIP0::127.0.0.1::{server.server_address[1]}::SOCKET"

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[[str], MessageBasedResource]]:
    """Open a session with pyvisa-py, and close it after the test."""
    with ExitStack() as stack:

        def opened(resource: str) -> MessageBasedResource:
            session = open_session(resource, "@py")
            stack.callback(close_session, session)
            return session

        yield opened


def test_a_socket_session_exchanges_lines(
    serve: Serve, connect: Callable[[str], MessageBasedResource]
):
    session = connect(serve(lambda line: b"<" + line + b">\r\n"))
    assert ScpiSession(session, WallClock()).query("*IDN?") == "<*IDN?>"


def test_a_socket_session_sends_each_line_at_once(
    serve: Serve, connect: Callable[[str], MessageBasedResource]
):
    session = connect(serve(lambda _: None))
    connection = session.visalib.sessions[session.session].interface  # type: ignore[attr-defined]
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(
    serve: Serve, connect: Callable[[str], MessageBasedResource]
):
    late = Event()

    def answer(line: bytes) -> bytes:
        if line == b"SLOW?":
            late.wait()
        return line + b"\n"

    session = connect(serve(answer))
    session.timeout = 20
    scpi = ScpiSession(session, WallClock())
    try:
        with pytest.raises(InstrumentTimeout, match=r"SLOW\?"):
            scpi.query("SLOW?")
    finally:
        late.set()
    session.timeout = 5000
    assert ScpiSession(session, WallClock()).query("NEXT?") == "NEXT?"


def test_bytes_that_are_no_text_are_an_error(
    serve: Serve, connect: Callable[[str], MessageBasedResource]
):
    scpi = ScpiSession(connect(serve(lambda _: b"\xff\xfe\n")), WallClock())
    with pytest.raises(InstrumentError, match="not ASCII"):
        scpi.query("*IDN?")


def test_a_refused_port_shows_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(InstrumentError, match="what to do"):
        open_session(f"TCPIP0::127.0.0.1::{port}::SOCKET", "@py")


@pytest.mark.parametrize("resource", ["", "dmm", "ASRL/no/such/port::INSTR", "GPIB0::99::INSTR"])
def test_a_resource_that_cannot_be_opened_is_named(resource: str):
    with pytest.raises(InstrumentError, match="cannot be opened") as caught:
        open_session(resource, "@py")
    assert caught.value.where == resource


def test_a_session_can_be_closed_twice(serve: Serve):
    session = open_session(serve(lambda _: None), "@py")
    close_session(session)
    close_session(session)
