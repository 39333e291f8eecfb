"""What a supervisor publishes on a CAN bus: frames described by a DBC file, each with its age.

Whatever python-can can open serves (``socketcan``, ``pcan``, ``vector``, ``slcan``, ``virtual``,
…); cantools decodes. The bus is looked at, never waited at: waiting is the bench clock's, so that
the same code runs in wall time and in virtual time.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import can
import cantools
from cantools.database.can import Database
from cantools.database.errors import DecodeError, UnsupportedDatabaseFormatError

from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from quantities.errors import (
    BusError,
    LineNotProven,
    ProtocolError,
    RigFileError,
    SupervisorError,
    SupervisorSilent,
)

_log = logging.getLogger(__name__)

LOOK_S = 0.005
"""So often is the bus looked at while a frame is awaited."""
DELAYS = 1000
"""So many frames back is the shortest way from the bus to us looked for."""
ERROR_BUS_OFF = 0x40
"""Of an error frame's class: the controller has left the bus (linux/can/error.h)."""


def load_dbc(path: Path) -> Database:
    """Read a DBC file; raises ``RigFileError`` if it is missing, or none."""
    try:
        database = cantools.database.load_file(path, database_format="dbc")
    except (OSError, ValueError, UnsupportedDatabaseFormatError) as error:
        raise RigFileError(
            f"cannot be read: {error}", where=str(path), expected="a DBC file"
        ) from error
    if not isinstance(database, Database):
        raise RigFileError("describes no CAN frames", where=str(path), expected="a DBC file")
    return database


def open_bus(interface: str, channel: str, bitrate: int) -> can.BusABC:
    """Open a bus; raises ``BusError`` if there is none such, or it cannot be had."""
    try:
        return can.Bus(interface=interface, channel=channel, bitrate=bitrate)
    except (can.CanError, OSError, ValueError, ImportError) as error:
        raise BusError(
            str(error),
            where=f"{interface} {channel}",
            remedy="see that the adapter is plugged in, its driver there and its channel up",
        ) from error


NOT_AVAILABLE = "not available"
"""The DBC file's name of a value that says that there is none."""


@dataclass(frozen=True, slots=True)
class Published:
    """A signal's physical value, NaN where it is not available, and when it was on the bus."""

    value: float
    time_ns: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame: physical values by signal, and when it was on the bus (bench clock)."""

    name: str
    values: Mapping[str, float]
    time_ns: int


@dataclass
class BusStatistics:
    """What came over the bus since it was opened."""

    frames: int = 0
    """Those that the DBC describes, and of the right length."""
    unknown: int = 0
    """Those that it does not describe; other nodes may send them."""
    misshapen: int = 0
    """Those whose length is not the DBC's."""
    errors: int = 0
    """Error frames of the rig's own controller."""


class Frames:
    """The frames of one supervisor. Whatever looks at the bus raises ``BusError`` without adapter."""

    def __init__(self, bus: can.BusABC, clock: Clock, database: Database) -> None:
        self.statistics = BusStatistics()
        self.database = database
        self._bus = bus
        self._clock = clock
        self._names = frozenset(message.name for message in database.messages)
        self._latest: dict[str, Frame] = {}
        self._known: dict[str, dict[str, Published]] = {}
        self._misshapen: dict[str, ProtocolError] = {}
        self._delays_ns: deque[int] = deque(maxlen=DELAYS)
        self._off = False

    def close(self) -> None:
        """Leave the bus; may be repeated."""
        with self._as_bus_error():
            self._bus.shutdown()

    # -- frames ----------------------------------------------------------------------------------

    def latest(self, name: str) -> Frame | None:
        """The latest frame of this name, however old; None if none has ever come.

        Raises ``BusError`` while the rig's controller is off the bus, ``SupervisorError`` if the
        last frame with this identifier had another length (SUP-6), and ``RigFileError`` if the
        DBC file knows no such message.
        """
        self._look_for(name)
        if self.off:
            raise BusError(
                "the rig's controller is off the bus",
                where=self._bus.channel_info,
                expected="a bus whose wires are whole, terminated and of the stated bit rate",
            )
        return self._latest.get(name)

    def known(self, name: str) -> Mapping[str, Published]:
        """The latest value of each signal of a message, of all its multiplexed groups together.

        While the rig's controller is off the bus they grow old. Raises as ``latest`` otherwise.
        """
        self._look_for(name)
        return dict(self._known.get(name, {}))

    def age_s(self, time_ns: int) -> float:
        """How long ago that was on the bench clock."""
        return (self._clock.now() - time_ns) / NANOSECONDS_PER_SECOND

    @property
    def off(self) -> bool:
        """Whether the rig's own controller has left the bus, as a short makes all do."""
        return self._off

    def await_frame(self, name: str, timeout_s: float) -> Frame:
        """The next frame of this name that is on the bus from now on.

        Raises ``SupervisorSilent`` if none comes in time; ``LineNotProven`` if nothing at all
        has ever come, as it may be the rig's own cable then.
        """
        begun_ns = self._clock.now()
        deadline_ns = begun_ns + round(timeout_s * NANOSECONDS_PER_SECOND)
        while True:
            frame = self.latest(name)
            if frame is not None and frame.time_ns >= begun_ns:
                return frame
            if self._clock.now() >= deadline_ns:
                raise self._silence(name, timeout_s)
            left_s = (deadline_ns - self._clock.now()) / NANOSECONDS_PER_SECOND
            self._clock.wait(min(LOOK_S, left_s), Purpose.WIRE)

    def listen(self, duration_s: float) -> None:
        """Let this much time pass and keep up with the bus: adapters buffer some frames only."""
        deadline_ns = self._clock.now() + round(duration_s * NANOSECONDS_PER_SECOND)
        while (left_ns := deadline_ns - self._clock.now()) > 0:
            self._clock.wait(min(LOOK_S, left_ns / NANOSECONDS_PER_SECOND), Purpose.IDLE)
            self.look()

    def look(self) -> None:
        """Take whatever has come; raises ``BusError`` if the adapter has gone."""
        with self._as_bus_error():
            while (message := self._bus.recv(timeout=0)) is not None:
                self._take(message)
            self._off = self._off or self._bus.state is can.BusState.ERROR

    def decode(self, message: can.Message) -> tuple[str, dict[str, float]]:
        """The name of a frame and its physical values.

        Raises ``ProtocolError`` if the DBC does not describe it, or describes another length.
        """
        where = f"CAN frame {message.arbitration_id:#x}"
        try:
            described = self.database.get_message_by_frame_id(message.arbitration_id)
        except KeyError as error:
            raise ProtocolError("is not in the DBC file", where=where) from error
        if described.is_extended_frame != message.is_extended_id:
            raise ProtocolError("has an identifier of the other kind", where=where)
        if len(message.data) != described.length:
            raise ProtocolError(
                f"has {len(message.data)} bytes",
                where=f"{where}, {described.name}",
                expected=f"{described.length}, as the DBC file says",
            )
        try:
            values = described.decode_simple(bytes(message.data), decode_choices=False)
            labels = described.decode_simple(bytes(message.data), decode_choices=True)
        except DecodeError as error:
            raise ProtocolError(str(error), where=f"{where}, {described.name}") from error
        return described.name, {
            name: math.nan if str(labels[name]) == NOT_AVAILABLE else float(str(value))
            for name, value in values.items()
        }

    # -- below -----------------------------------------------------------------------------------

    def _take(self, message: can.Message) -> None:
        time_ns = self._bench_time_ns(message)
        if message.is_error_frame:
            self.statistics.errors += 1
            self._off = self._off or bool(message.arbitration_id & ERROR_BUS_OFF)
            return
        self._off = False  # whoever hears others is on the bus
        if message.is_remote_frame:
            return
        try:
            name, values = self.decode(message)
        except ProtocolError as error:
            self._note(message, error)
            return
        self.statistics.frames += 1
        self._misshapen.pop(name, None)
        self._latest[name] = Frame(name, values, time_ns)
        known = self._known.setdefault(name, {})
        known.update({signal: Published(value, time_ns) for signal, value in values.items()})

    def _note(self, message: can.Message, error: ProtocolError) -> None:
        """Keep a frame that says nothing: a stranger's is passed over, a known one's is not."""
        known = {each.frame_id: each for each in self.database.messages}
        described = known.get(message.arbitration_id)
        if described is None or described.is_extended_frame != message.is_extended_id:
            self.statistics.unknown += 1
            return
        self.statistics.misshapen += 1
        self._misshapen[described.name] = error
        _log.warning("%s", error)

    def _bench_time_ns(self, message: can.Message) -> int:
        """When it was on the bus: its own stamp, brought to the bench clock.

        Adapters stamp by a clock of their own. Of all frames the one that was read soonest after
        its stamp shows how far the two clocks are apart; the others lay in a buffer for as long
        as they seem later.
        """
        stamped_ns = round(message.timestamp * NANOSECONDS_PER_SECOND)
        self._delays_ns.append(self._clock.now() - stamped_ns)
        return stamped_ns + min(self._delays_ns)

    def _silence(self, name: str, timeout_s: float) -> SupervisorSilent | LineNotProven:
        where, expected = f"{self._bus.channel_info}, {name}", f"one within {timeout_s:g} s"
        if not self._delays_ns:
            return LineNotProven(
                "no frame has ever come",
                where=where,
                expected=expected,
                remedy="check the cable, its termination and the bit rate",
            )
        return SupervisorSilent("no such frame comes", where=where, expected=expected)

    def _look_for(self, name: str) -> None:
        if name not in self._names:
            raise RigFileError(
                f"the DBC file has no message {name!r}",
                expected=f"one of {', '.join(sorted(self._names))}",
            )
        self.look()
        if name in self._misshapen:
            error = self._misshapen[name]
            raise SupervisorError(error.what, where=error.where, expected=error.expected)

    @contextmanager
    def _as_bus_error(self) -> Iterator[None]:
        try:
            yield
        except (can.CanError, OSError) as error:
            raise BusError(
                str(error),
                where=self._bus.channel_info,
                remedy="see that the adapter is still plugged in and its channel up",
            ) from error
