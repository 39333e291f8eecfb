"""pyserial's handler of ``sim://BENCH``: the chain port of a simulated bench.

The module's name is pyserial's: ``serial.serial_for_url("sim://…")`` imports
``protocol_sim`` from the packages in ``serial.protocol_handler_packages``.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

import serial
from serial.serialutil import PortNotOpenError, SerialBase
from typing_extensions import override

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.host import HostPort

if __package__ and __package__ not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(__package__)

# What a look at the port costs, so that a loop which only looks comes to an end.
LOOK_NS = 10_000

_ports: WeakValueDictionary[str, HostPort] = WeakValueDictionary()


def offer(name: str, port: HostPort) -> str:
    """Make a bench's port reachable for as long as the bench lives; return its URL."""
    _ports[name] = port
    return f"sim://{name}"


class Serial(SerialBase):
    """A pyserial port onto a simulated chain; all waiting is in the bench's virtual time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._host: HostPort | None = None
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """Connect to the bench that the URL names."""
        if self.is_open:
            raise serial.SerialException("the port is open already")
        name = (self.port or "").removeprefix("sim://")
        host = _ports.get(name)
        if host is None:
            raise serial.SerialException(f"no simulated bench {name!r} is open in this process")
        self._host = host
        self.is_open = True
        self._reconfigure_port()
        self.reset_input_buffer()

    @override
    def close(self) -> None:
        self._host = None
        self.is_open = False

    @override
    def read(self, size: int = 1, /) -> bytes:
        return self._bench.read(size, self._time_out_ns)

    @override
    def read_until(self, expected: bytes = b"\n", size: int | None = None) -> bytes:
        kernel = self._bench.kernel
        time_out_ns = self._time_out_ns
        deadline_ns = None if time_out_ns is None else kernel.now_ns + time_out_ns
        line = b""
        while not line.endswith(expected) and (size is None or len(line) < size):
            character = self._bench.read(
                1, None if deadline_ns is None else max(0, deadline_ns - kernel.now_ns)
            )
            if not character:
                break
            line += character
        return line

    @override
    def write(self, data: Any, /) -> int:
        characters = bytes(data)
        self._bench.write(characters)
        return len(characters)

    @override
    def flush(self) -> None:
        bench = self._bench
        bench.kernel.advance_to(max(bench.kernel.now_ns, bench.transmitter_free_ns))

    @property
    def in_waiting(self) -> int:
        """Characters that can be read now."""
        bench = self._bench
        bench.kernel.advance_to(bench.kernel.now_ns + LOOK_NS)
        return bench.available()

    @property
    def out_waiting(self) -> int:
        """Characters that have not left yet."""
        bench = self._bench
        bench.kernel.advance_to(bench.kernel.now_ns + LOOK_NS)
        left_ns = max(0, bench.transmitter_free_ns - bench.kernel.now_ns)
        return -(-left_ns // round(10 * bench.bit_ns))

    def reset_input_buffer(self) -> None:
        """Forget what has been received and not read."""
        self._bench.discard()

    def reset_output_buffer(self) -> None:
        """Nothing to do: what was written is on its way already."""

    @override
    def send_break(self, duration: float = 0.25) -> None:
        self._bench.send_break(round(duration * NANOSECONDS_PER_SECOND))
        self.flush()

    def _reconfigure_port(self, force_update: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - pyserial's own signature
        if (self.bytesize, self.parity, self.stopbits) != (8, "N", 1):
            raise ValueError("the simulated port knows 8 data bits, no parity, 1 stop bit only")
        if self._host is not None and self._host.baud_rate != self.baudrate:
            self._host.set_baud_rate(self.baudrate)

    def _update_rts_state(self) -> None:
        """The adapter's RTS pin leads nowhere."""

    def _update_dtr_state(self) -> None:
        """The adapter's DTR pin leads nowhere."""

    def _update_break_state(self) -> None:
        """Only timed breaks are modelled."""
        raise serial.SerialException("the simulated port sends timed breaks only: send_break()")

    @property
    def _time_out_ns(self) -> int | None:
        """How long to wait at most; None: for ever. Not to wait at all costs a look."""
        if self.timeout is None:
            return None
        return max(LOOK_NS, round(self.timeout * NANOSECONDS_PER_SECOND))

    @property
    def _bench(self) -> HostPort:
        if self._host is None:
            raise PortNotOpenError
        return self._host
