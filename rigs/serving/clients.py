"""Those who are connected to a served wire, over TCP or at a pseudo-terminal."""

from __future__ import annotations

import asyncio
from typing import Protocol

from typing_extensions import override


class Client(Protocol):
    """Somebody at the other end."""

    ended: bool
    """Has nothing more to say, and may still be listening."""

    def send(self, data: bytes) -> None:
        """Send; what the client does not take is lost."""

    def close(self) -> None:
        """Let go of it, when all has been sent."""


class Wire(Protocol):
    """A wire of the bench, as its clients see it."""

    def join(self, client: Client) -> None:
        """A client has come."""

    def hear(self, client: Client, data: bytes) -> None:
        """It said this."""

    def leave(self, client: Client) -> None:
        """It has gone."""


class TcpClient(asyncio.Protocol):
    """A TCP connection to a wire.

    A client may close its sending half and still wait for answers, as socat does; whether it
    does or has gone altogether cannot be seen, so ``ended`` is all that is said then.
    """

    def __init__(self, wire: Wire, connected: set[TcpClient]) -> None:
        """``connected`` has it for as long as it is."""
        self.ended = False
        self._wire = wire
        self._connected = connected
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream's, says asyncio
        self._transport = transport
        self._connected.add(self)
        self._wire.join(self)

    @override
    def data_received(self, data: bytes) -> None:
        self._wire.hear(self, data)

    @override
    def eof_received(self) -> bool:
        self.ended = True
        return True

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._connected.discard(self)
        self._wire.leave(self)

    def send(self, data: bytes) -> None:
        """Send what is to be said."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()
