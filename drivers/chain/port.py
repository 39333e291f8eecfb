"""The serial port of the chain: opening it, characters in and out, and their transcript.

Whatever pyserial can open serves: ``COM3``, ``/dev/ttyUSB0``, ``socket://…``, ``rfc2217://…``.
All waiting is the port's own (its time-out) or the bench clock's, so that the same code runs
in wall time and in virtual time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import serial
from serial.urlhandler.protocol_socket import Serial as SocketPort

from drivers.chain.messages import CARRIAGE_RETURN
from drivers.chain.transcript import Direction, Transcript
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from quantities.errors import PortError

_OPEN_REMEDY = "see that the adapter is plugged in, its name is right and no other program has it"
_USE_REMEDY = "see that the adapter is still plugged in, then start again"


class SerialPort(Protocol):
    """What the chain needs of a pyserial port, whichever class it is of."""

    timeout: float | None
    name: str | None
    baudrate: int

    @property
    def in_waiting(self) -> int:
        """How many characters have come; some network ports know only whether any have."""

    def read(self, size: int = 1, /) -> bytes:
        """Up to ``size`` characters, waiting for them for ``timeout`` seconds at most."""

    def read_until(self, expected: bytes, /) -> bytes:
        """Up to the end of ``expected``, waiting for it for ``timeout`` seconds at most."""

    def write(self, characters: bytes, /) -> int | None:
        """Begin to send these."""

    def send_break(self, duration: float, /) -> None:
        """Hold the line low for so many seconds, or for as long as the port can."""

    def close(self) -> None:
        """Give the port back."""


def open_port(url: str) -> SerialPort:
    """Open a port for the chain: 8 data bits, no parity, 1 stop bit (MSG-1), for us alone.

    Raises ``PortError`` if there is no such port or it cannot be had.
    """
    with _as_port_error(url, _OPEN_REMEDY):
        return serial.serial_for_url(url, baudrate=9600, timeout=0, exclusive=True)


class Port:
    """Characters to and from the chain, with their time.

    Every method raises ``PortError`` when the port has gone. What time passes is booked to the
    wire unless another purpose is given.
    """

    def __init__(self, port: SerialPort, clock: Clock) -> None:
        self.transcript = Transcript()
        self.clock = clock
        self.name = port.name or "serial port"
        self._port = port

    def send(self, characters: bytes) -> int:
        """Hand these to the port in one piece; returns when that was (ns on the bench clock)."""
        self.clock.check_awake()
        time_ns = self.clock.now()
        self.transcript.add(time_ns, Direction.SENT, characters)
        with self._use(Purpose.WIRE):
            self._port.write(characters)
        return time_ns

    def receive_until(self, size: int, deadline_ns: int, purpose: Purpose = Purpose.WIRE) -> bytes:
        """Wait until ``size`` characters have come or the time has; returns what came."""
        timeout_s = max(0, deadline_ns - self.clock.now()) / NANOSECONDS_PER_SECOND
        with self._use(purpose):
            self._port.timeout = timeout_s
            return self._received(self._port.read(size))

    def receive_waiting(self) -> bytes:
        """What has come already, without waiting; a network port may show only its beginning."""
        with self._use(Purpose.WIRE):
            waiting = self._port.in_waiting
            return self._received(self._port.read(waiting)) if waiting else b""

    def receive_until_cr(self, deadline_ns: int) -> bytes:
        """What comes up to the next CR, or until the time has come."""
        timeout_s = max(0, deadline_ns - self.clock.now()) / NANOSECONDS_PER_SECOND
        with self._use(Purpose.WIRE):
            self._port.timeout = timeout_s
            return self._received(self._port.read_until(CARRIAGE_RETURN))

    def send_break(self, duration_s: float) -> None:
        """Hold the line low; some adapters hold it longer, a network's port not at all."""
        with self._use(Purpose.WIRE):
            self._port.send_break(duration_s)

    @property
    def has_rate(self) -> bool:
        """Whether it has a baud rate to set; behind a socket somebody else's port has one."""
        return not isinstance(self._port, SocketPort)

    def set_baud(self, baud: int) -> None:
        """Send and receive at this rate; ``PortError`` if the port does not take it."""
        with self._use(Purpose.WIRE):
            self._port.baudrate = baud
            if self._port.baudrate != baud:
                raise ValueError(f"stays at {self._port.baudrate} baud where {baud} were set")

    def close(self) -> None:
        """Give the port back; may be repeated."""
        with self._use(Purpose.WIRE):
            self._port.close()

    def _received(self, characters: bytes) -> bytes:
        self.transcript.add(self.clock.now(), Direction.RECEIVED, characters)
        return characters

    @contextmanager
    def _use(self, purpose: Purpose) -> Iterator[None]:
        with _as_port_error(self.name, _USE_REMEDY), self.clock.booking(purpose):
            yield


@contextmanager
def _as_port_error(where: str, remedy: str) -> Iterator[None]:
    """Turn what pyserial raises (an OSError, or ValueError for a bad URL) into ours."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise PortError(str(error), where=where, remedy=remedy) from error
