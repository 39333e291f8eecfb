"""A chain that plays by a table: its own clock, its own arithmetic, and faults as asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from serial import SerialException
from typing_extensions import override

from quantities import Clock

CHARACTER_NS = 1_041_667
PROCESSING_NS = 1_500_000

Tamper = Callable[[int, bytes], list[tuple[float, bytes]]]
"""From the number of a reply (from 0) and the reply: what arrives, each with a delay in s."""


class ScriptedClock(Clock):
    """Time that moves by waiting only."""

    def __init__(self) -> None:
        super().__init__()
        self.time_ns = 1_000_000_000

    @override
    def now(self) -> int:
        return self.time_ns

    @override
    def date(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    @override
    def _pass(self, nanoseconds: int) -> None:
        self.time_ns += nanoseconds


@dataclass
class Cell:
    """What one module of the table says."""

    code: str = "53C"
    status: str = "8"
    settings: dict[str, str] = field(
        default_factory=lambda: {"W": "800000", "V": "4A0", "L": "5E0", "H": "49C"}
    )
    writable: bool = True
    answers: bool = True
    passes_on: bool = True
    capacity: int = 10
    keeps_addresses: bool = False
    keeps_switches: bool = False
    """Obeys e and d, and does not pass them on."""


class ScriptedPort:
    """Looks like a pyserial port; behind it a perfect chain, spoiled by ``tamper``."""

    name: str | None = "scripted"

    def __init__(self, clock: ScriptedClock, modules: int) -> None:
        self.timeout: float | None = 0
        self.baudrate = 9600
        self.breaks: list[tuple[int, float]] = []
        self.clock = clock
        self.cells = [Cell() for _ in range(modules)]
        self.tamper: Tamper = lambda _, reply: [(0.0, reply)]
        self.sent: list[tuple[int, bytes]] = []
        self.closed = False
        self.dead = False
        self._arriving: deque[tuple[int, int]] = deque()
        self._heard = b""
        self._replies = 0

    def write(self, characters: bytes) -> int:
        self._check()
        self.sent.append((self.clock.time_ns, characters))
        *messages, self._heard = (self._heard + characters).split(b"\r")
        for message in messages:
            reply, duration_ns = self.reply(message.decode("latin-1"))
            end_ns = self.clock.time_ns + len(characters) * CHARACTER_NS + duration_ns
            for delay_s, data in self.tamper(self._replies, reply):
                self.arrive(end_ns + round(delay_s * 1e9), data)
            self._replies += 1
        return len(characters)

    def arrive(self, end_ns: int, data: bytes) -> None:
        """Let characters come one after the other, the last at ``end_ns``.

        Nothing keeps two messages apart: it is the caller's to leave the wire free.
        """
        times = [end_ns - (len(data) - 1 - i) * CHARACTER_NS for i in range(len(data))]
        self._arriving.extend(zip(times, data, strict=True))
        self._arriving = deque(sorted(self._arriving, key=lambda character: character[0]))

    def reply(self, message: str) -> tuple[bytes, int]:
        """What leaves the far end, and how long after the query has entered the first module."""
        if message[:1] not in {"S", "e", "d"} and len(message) < 4:
            return b"", 0
        duration_ns, text = 0, f"{message}\r"
        for cell in self.cells:
            message, obeyed = self.obey(cell, message)
            if not (cell.answers if obeyed else cell.passes_on and len(message) <= cell.capacity):
                return b"", 0
            if cell.keeps_switches and message in {"e", "d"}:
                return b"", 0
            text = f"\n{message}\r"
            duration_ns += PROCESSING_NS + len(text) * CHARACTER_NS
        return text.encode("latin-1"), duration_ns

    def obey(self, cell: Cell, message: str) -> tuple[str, bool]:
        """What one module makes of one message, and whether it was meant for it alone."""
        if message[:1] == "S":
            status = int(cell.status, 16)
            x, y = int(message[1], 16) | status, int(message[2], 16) & status
            return f"S{x:X}{y:X}", False
        if message in {"e", "d"}:
            cell.status = f"{int(cell.status, 16) & 7 | (8 if message == 'e' else 0):X}"
        if message[:1] != "A":
            return message, False
        address, command, digits = int(message[1:3], 16), message[3], message[4:]
        if address != 1 or command == "@":
            address = address if cell.keeps_addresses else (address - 1) % 256
            return f"A{address:02X}{command}{digits}", False
        if command == "U":
            return f"A00U{cell.code}{cell.status}", True
        if digits and cell.writable:
            cell.settings[command] = digits
        return f"A00{command}{cell.settings[command]}", True

    @property
    def in_waiting(self) -> int:
        self._check()
        return sum(time_ns <= self.clock.time_ns for time_ns, _ in self._arriving)

    def read(self, size: int = 1) -> bytes:
        self._check()
        deadline_ns = self.clock.time_ns + round((self.timeout or 0) * 1e9)
        due = [time_ns for time_ns, _ in self._arriving if time_ns <= deadline_ns][:size]
        ready_ns = due[-1] if len(due) == size else deadline_ns
        self.clock.time_ns = max(self.clock.time_ns, ready_ns)
        return bytes(self._arriving.popleft()[1] for _ in due)

    def read_until(self, expected: bytes) -> bytes:
        deadline_ns = self.clock.time_ns + round((self.timeout or 0) * 1e9)
        line = b""
        while not line.endswith(expected):
            self.timeout = (deadline_ns - self.clock.time_ns) / 1e9
            if not (character := self.read()):
                break
            line += character
        return line

    def send_break(self, duration: float) -> None:
        self._check()
        self.breaks.append((self.clock.time_ns, duration))

    def close(self) -> None:
        self.closed = True

    def _check(self) -> None:
        if self.dead:
            raise SerialException("device disconnected")
