"""What can be reached from this machine: listed where it can be, and asked who it is.

Nothing but ``*IDN?`` is ever sent to an instrument, and nothing at all to a serial port that was
not named: what hangs on it may take any character for a command.
"""

from __future__ import annotations

import re
import socket
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pyvisa
from pyvisa.highlevel import VisaLibraryBase
from serial.tools import list_ports

from drivers.chain.messages import COUNT, LONGEST_CHAIN, Addressed, decode, encode
from drivers.chain.port import Port, open_port
from drivers.datasheet import known_models, load_datasheet
from drivers.visa import close_session, open_session, wire_errors
from quantities import NANOSECONDS_PER_SECOND, Clock
from quantities.errors import InstrumentError, ProtocolError, UsageError

SCPI_PORTS = (5025, 5555, 9221)
"""Raw sockets of Keysight, Keithley, Rohde & Schwarz and Siglent; of Rigol; of Aim-TTi."""
SERIAL = "ASRL"
"""In a resource's name: a serial port, or what pyvisa-py takes for an adapter behind one."""
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", re.ASCII)
CONNECT_S = 0.5
ANSWER_S = 1.0
LONGEST_ANSWER = 200
COUNT_S = 8.0
"""Longer than ``A00@`` takes through 256 modules of 20 ms each."""
REPEATED = 1
"""Times that the count is sent again: the first may meet left-over characters."""


@dataclass(frozen=True, slots=True)
class ListedPort:
    """A serial port of this machine."""

    device: str
    description: str


def listed_resources(library: str | VisaLibraryBase) -> list[str]:
    """VISA resources that the library lists, but for serial ports.

    Raises ``InstrumentError`` if the library cannot be used.
    """
    try:
        with warnings.catch_warnings():  # of what pyvisa-py could list with more packages
            warnings.simplefilter("ignore")
            manager = pyvisa.ResourceManager(library)
            resources = [
                *manager.list_resources("?*::INSTR"),
                *manager.list_resources("?*::SOCKET"),
            ]
    except Exception as error:  # as drivers.visa says of opening
        raise InstrumentError(
            f"lists no resources ({error})",
            where=f"VISA library {library}",
            expected="@py, or the path of an installed VISA library",
            remedy="name another with --visa-library",
        ) from error
    return sorted({name for name in resources if SERIAL not in name.upper()})


def listed_ports() -> list[ListedPort]:
    """The serial ports that this machine has."""
    return [
        ListedPort(port.device, port.description or "")
        for port in sorted(list_ports.comports(), key=lambda port: port.device)
    ]


def open_sockets(host: str, ports: Iterable[int] = SCPI_PORTS) -> Iterator[str]:
    """Resources of a host's ports that take connections; a LAN socket cannot be listed.

    Raises ``UsageError`` for what is no address.
    """
    if not HOST.fullmatch(host):
        raise UsageError(
            f"{host!r} is no address", where="--host", expected="an IPv4 address or a name"
        )
    for port in ports:
        with suppress(OSError), socket.create_connection((host, port), timeout=CONNECT_S):
            yield f"TCPIP0::{host}::{port}::SOCKET"


def identify(resource: str, library: str | VisaLibraryBase) -> str:
    """What answers ``*IDN?``; raises ``InstrumentError`` if nothing does in a second."""
    session = open_session(resource, library)
    try:
        with wire_errors(resource, "*IDN?"):
            session.timeout = ANSWER_S * 1000
            session.write("*IDN?")
            return str(session.read()).strip()[:LONGEST_ANSWER]
    finally:
        with suppress(InstrumentError):
            close_session(session)


def model_of(identity: str) -> str | None:
    """The model of the catalogue that answers so."""
    for name in known_models():
        model = load_datasheet(name).model
        if not model.idealised and model.identity.match(identity):
            return name
    return None


def count_modules(url: str, clock: Clock) -> int | None:
    """How many modules a chain on this port counts; None if nothing that makes sense comes back.

    Raises ``PortError``.
    """
    opened = open_port(url)
    try:
        port = Port(opened, clock)
        for _ in range(1 + REPEATED):
            port.receive_waiting()
            sent_ns = port.send(encode(COUNT))
            answer = port.receive_until_cr(sent_ns + round(COUNT_S * NANOSECONDS_PER_SECOND))
            with suppress(ProtocolError):
                message = decode(answer)
                if isinstance(message, Addressed) and message.command == COUNT.command:
                    return (LONGEST_CHAIN - message.address) % LONGEST_CHAIN
    finally:
        opened.close()
    return None
