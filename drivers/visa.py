"""Opening pyvisa sessions, and putting every failure on the wire into the project's words."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pyvisa
from pyvisa.constants import StatusCode
from pyvisa.highlevel import VisaLibraryBase
from pyvisa.resources import MessageBasedResource

from quantities.errors import InstrumentError, InstrumentTimeout

TIMEOUT_S = 5.0
"""For an answer that takes the instrument no time of its own."""


def open_session(
    resource: str, library: str | VisaLibraryBase, *, timeout_s: float = TIMEOUT_S
) -> MessageBasedResource:
    """Open a VISA resource, ready to exchange lines that end with a line feed.

    Nothing is sent. ``timeout_s`` is what an answer may take that costs the instrument no time
    of its own. Raises ``InstrumentError`` if the resource cannot be opened.
    """
    try:
        session = pyvisa.ResourceManager(library).open_resource(resource)
    except Exception as error:  # pyvisa-py raises bare exceptions of any class here
        raise InstrumentError(
            f"cannot be opened ({error})",
            where=resource,
            expected="a VISA resource that this machine reaches",
            remedy="check the resource name, the cable and whether another program holds it",
        ) from error
    if not isinstance(session, MessageBasedResource):
        session.close()
        raise InstrumentError(
            "does not exchange messages", where=resource, expected="an INSTR or SOCKET resource"
        )
    try:
        with wire_errors(resource, "opening"):
            _configure(session, timeout_s)
    except InstrumentError:
        session.close()
        raise
    return session


def close_session(session: MessageBasedResource) -> None:
    """Close a session; raises ``InstrumentError`` if even that fails."""
    with wire_errors(str(session), "closing"):  # a closed session cannot be asked for its name
        session.close()


def resynchronise(session: MessageBasedResource, where: str) -> None:
    """After a lost answer: make sure that a late one is not taken for the next one.

    A socket has no device clear, so it is closed and opened anew.
    """
    with wire_errors(where, "resynchronising"):
        if _is_socket(where):
            timeout_s = session.timeout / 1000
            session.close()
            session.open()
            _configure(session, timeout_s)
        else:
            session.clear()


def has_unread(session: MessageBasedResource) -> bool:
    """Whether something has come that nobody asked for: the next question would get it.

    Only pyvisa-py's sockets can be looked at without waiting for a time-out; it keeps what it read
    beyond the end of an answer. Of other sessions nothing is known.
    """
    backend = _backend(session)
    connection = getattr(backend, "interface", None)
    if not isinstance(connection, socket.socket):
        return False
    readable, _, _ = select.select([connection], [], [], 0)
    come = bool(readable) and connection.recv(1, socket.MSG_PEEK) != b""
    return come or bool(getattr(backend, "_pending_buffer", b""))


@contextmanager
def wire_errors(where: str, doing: str) -> Iterator[None]:
    """Turn whatever pyvisa and its back ends raise inside into an ``InstrumentError``."""
    try:
        yield
    except pyvisa.VisaIOError as error:
        if error.error_code == StatusCode.error_timeout:
            raise InstrumentTimeout(
                f"no answer in time to {doing}",
                where=where,
                remedy="check that the instrument is on, connected and not held by another program",
            ) from error
        raise _failure(where, doing, error) from error
    except UnicodeError as error:
        raise InstrumentError(
            f"answered {doing} with characters that are not ASCII",
            where=where,
            remedy="check the resource: something else than the instrument may answer there",
        ) from error
    except (pyvisa.Error, OSError, EOFError) as error:
        raise _failure(where, doing, error) from error


def _failure(where: str, doing: str, error: Exception) -> InstrumentError:
    return InstrumentError(
        f"{doing} failed ({error})",
        where=where,
        remedy="check that the instrument is on and connected, and the resource name",
    )


def _configure(session: MessageBasedResource, timeout_s: float) -> None:
    session.timeout = timeout_s * 1000
    session.write_termination = "\n"
    if _is_socket(session.resource_name):
        session.read_termination = "\n"  # a stream has no end marker of its own
        _send_at_once(session)


def _is_socket(resource: str) -> bool:
    return resource.upper().endswith("::SOCKET")


def _send_at_once(session: MessageBasedResource) -> None:
    """Switch Nagle's algorithm off under pyvisa-py: 0.1 ms instead of 44 ms for write and query.

    pyvisa-py 0.8 does not connect the VISA attribute VI_ATTR_TCPIP_NODELAY to the socket, so
    it is set on the socket itself; other libraries switch it off by default (VPP-4.3, 5.1). A
    port that refused seems open to it, until the first query times out: the socket knows better,
    and its ``OSError`` says so.
    """
    connection = getattr(_backend(session), "interface", None)
    if isinstance(connection, socket.socket):
        connection.getpeername()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _backend(session: MessageBasedResource) -> object:
    """pyvisa-py's own session behind pyvisa's; None under another library."""
    sessions = getattr(session.visalib, "sessions", None)
    return sessions.get(session.session) if sessions else None
