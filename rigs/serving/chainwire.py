"""The chain's port on real wires: whoever sent last hears what comes back."""

from __future__ import annotations

from functools import partial

from rigs.serving.clients import Client
from rigs.serving.pace import Pace
from rigs.simulation.host import HostPort


class ChainWire:
    """The host's end of the chain, for one client after the other.

    Characters come in bursts, as the operating system hands them over; the port puts them on the
    simulated wire one behind the other, at its baud rate. Over TCP a newer client takes the place
    of an older one, as at a serial server that is told to let go of who does not answer any more.
    """

    def __init__(self, pace: Pace, port: HostPort) -> None:
        self._pace = pace
        self._port = port
        self._connected: Client | None = None
        self._talker: Client | None = None
        pace.outlets.append(self)

    def join(self, client: Client) -> None:
        """Take this one in the place of the one before."""
        before, self._connected = self._connected, client
        if before is not None:
            before.close()

    def hear(self, client: Client, data: bytes) -> None:
        """Put characters on the wire to the first module."""
        self._talker = client
        self._pace.at_once(partial(self._port.write, data))

    def leave(self, client: Client) -> None:
        """Keep nothing for one that has gone."""
        if self._connected is client:
            self._connected = None
        if self._talker is client:
            self._talker = None

    def next_due_ns(self) -> int | None:
        """When the next character from the last module can be read."""
        return self._port.next_due_ns()

    def hand_over(self) -> None:
        """Send what has come from the last module to who spoke last; without any it is lost."""
        characters = self._port.read(self._port.available(), 0)
        if characters and self._talker is not None:
            self._talker.send(characters)
