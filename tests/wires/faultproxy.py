"""A bad network: TCP between a driver and a wire, on which messages come to grief.

What passes is cut into messages at their last character. To each one a plan says what happens:
it is passed on, comes late, is lost, takes the connection with it, comes twice or comes garbled.
A garbled message has the highest bit of one of its characters turned, as on a disturbed line: none of
our protocols has a checksum, so a digit that becomes another digit would go unnoticed by anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from random import Random
from threading import Event, Thread
from typing import NamedTuple, Self

LONGEST_MESSAGE = 1 << 20

LETTING_IN = 5
"""Turns of asyncio's loop until a connection is known; a server that closes before loses it."""


class Way(Enum):
    """Where a message goes."""

    TO_BENCH = "to the bench"
    FROM_BENCH = "from the bench"


class Fate(Enum):
    """What becomes of a message."""

    WELL = "passed on"
    LATE = "late"
    LOST = "lost"
    CUT = "the connection ends instead of it"
    TWICE = "twice"
    GARBLED = "garbled"


FAULTS = [fate for fate in Fate if fate is not Fate.WELL]


class Passage(NamedTuple):
    """A message that has passed, and how."""

    way: Way
    message: bytes
    fate: Fate


Plan = Callable[[Way, int, bytes], Fate]
"""Of the n-th message (from 0) on this way, over all connections."""


def smoothly(_way: Way, _number: int, _message: bytes) -> Fate:
    """Nothing happens."""
    return Fate.WELL


def once(fate: Fate, way: Way, number: int) -> Plan:
    """One message only meets its fate."""

    def plan(this_way: Way, this_number: int, _message: bytes) -> Fate:
        return fate if (this_way, this_number) == (way, number) else Fate.WELL

    return plan


def at_random(seed: int, share: float, fates: list[Fate] = FAULTS) -> Plan:
    """This share of all messages, drawn from the seed: the same messages come to the same grief."""

    def plan(way: Way, number: int, _message: bytes) -> Fate:
        draw = Random(f"{seed} {way.name} {number}")  # noqa: S311 - repeats on purpose
        return draw.choice(fates) if draw.random() < share else Fate.WELL

    return plan


class FaultProxy:
    """Listens on a free port of this machine for as long as the context lasts; see the module.

    ``plan`` may be replaced at any time. ``passages`` is what has happened.
    """

    def __init__(
        self,
        target: tuple[str, int],
        plan: Plan = smoothly,
        *,
        end: bytes = b"\n",
        late_s: float = 0.5,
        seed: int = 0,
    ) -> None:
        """``end`` is the last character of every message."""
        self.plan = plan
        self.passages: list[Passage] = []
        self.connections = 0
        self._target = target
        self._end = end
        self._late_s = late_s
        self._garbling = Random(seed)  # noqa: S311 - repeats on purpose
        self._passed = dict.fromkeys(Way, 0)
        self._ready = Event()
        self._thread = Thread(target=asyncio.run, args=[self._serve()])

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def resource(self) -> str:
        """The VISA resource that leads through here."""
        return f"TCPIP0::127.0.0.1::{self.port}::SOCKET"

    @property
    def url(self) -> str:
        """The serial port's URL that leads through here."""
        return f"socket://127.0.0.1:{self.port}"

    def met(self, fate: Fate) -> list[Passage]:
        """What met this fate."""
        return [passage for passage in self.passages if passage.fate is fate]

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._links: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._join, "127.0.0.1", 0, limit=LONGEST_MESSAGE)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        for _ in range(LETTING_IN):
            await asyncio.sleep(0)
        server.close()
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        await self._close(*self._writers)

    def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        self._links.add(asyncio.create_task(self._link(reader, writer)))

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side or a plan ends it."""
        try:
            there, back = await asyncio.open_connection(*self._target, limit=LONGEST_MESSAGE)
        except OSError:  # nobody listens there any more
            await self._close(writer)
            return
        self._writers.add(back)
        ways = [
            asyncio.create_task(self._carry(reader, back, Way.TO_BENCH)),
            asyncio.create_task(self._carry(there, writer, Way.FROM_BENCH)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await self._close(writer, back)

    async def _close(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        self._writers.difference_update(writers)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        while True:
            try:
                message = await reader.readuntil(self._end)
            except asyncio.IncompleteReadError as error:
                writer.write(error.partial)
                return
            fate = self.plan(way, self._passed[way], message)
            self._passed[way] += 1
            self.passages.append(Passage(way, message, fate))
            if fate is Fate.CUT:
                return
            if fate is Fate.LATE:
                await asyncio.sleep(self._late_s)
            writer.write(self._altered(message, fate))
            await writer.drain()

    def _altered(self, message: bytes, fate: Fate) -> bytes:
        if fate is Fate.LOST:
            return b""
        if fate is Fate.TWICE:
            return 2 * message
        if fate is Fate.GARBLED:
            spoilt = bytearray(message)
            spoilt[self._garbling.randrange(max(1, len(spoilt) - 1))] ^= 0x80
            return bytes(spoilt)
        return message
