"""An instrument's SCPI socket: messages of its clients in turn, each answer to who asked."""

from __future__ import annotations

from collections import deque

from rigs.serving.clients import Client
from rigs.serving.pace import Pace
from rigs.simulation.instruments import ScpiInstrument
from rigs.simulation.instruments.instrument import INPUT_BUFFER


class InstrumentWire:
    """One instrument on a socket, with as many clients at once as the instrument takes."""

    def __init__(self, pace: Pace, instrument: ScpiInstrument) -> None:
        self._pace = pace
        self._instrument = instrument
        self._unended: dict[Client, bytes] = {}
        """What each client that is connected has begun to say."""
        self._waiting: deque[tuple[Client, bytes]] = deque()
        self._obeyed: Client | None = None
        """Whose messages the instrument is at work on."""
        pace.outlets.append(self)

    def join(self, client: Client) -> None:
        """Take it, in the place of those that have nothing more to say; or turn it away."""
        for other in [other for other in self._unended if other.ended]:
            other.close()
            self.leave(other)
        if len(self._unended) < self._instrument.clients_at_once:
            self._unended[client] = b""
        else:
            client.close()

    def hear(self, client: Client, data: bytes) -> None:
        """Hand on what is whole; the instrument would mix up the pieces of several clients."""
        if client not in self._unended:
            return
        heard = self._unended[client] + data
        whole = heard.rfind(b"\n") + 1
        if len(heard) - whole > INPUT_BUFFER:
            whole = len(heard)  # too much for the instrument, which says so
        self._unended[client] = heard[whole:]
        if whole:
            self._waiting.append((client, heard[:whole]))
            self._pace.at_once(self._hand_on)

    def leave(self, client: Client) -> None:
        """Drop what it asked for, and what the instrument is still doing for it."""
        self._unended.pop(client, None)
        self._waiting = deque(each for each in self._waiting if each[0] is not client)
        if self._obeyed is client:
            self._pace.at_once(self._let_go)

    def next_due_ns(self) -> int | None:
        """Only the kernel's events let an instrument answer."""
        return None

    def hand_over(self) -> None:
        """Send an answer to who asked, and turn to the next client when all are given."""
        answer = bytes(self._instrument.output)
        self._instrument.output.clear()
        if answer and self._obeyed is not None:
            self._obeyed.send(answer)
        if not self._instrument.busy and self._waiting:
            self._obeyed = None
            self._hand_on()

    def _hand_on(self) -> None:
        """Whoever the instrument works for may say more; the others wait until that is done."""
        if not self._instrument.busy:
            self._obeyed = None
        while self._waiting and self._obeyed in {None, self._waiting[0][0]}:
            self._obeyed, messages = self._waiting.popleft()
            self._instrument.receive(messages, framed=False)

    def _let_go(self) -> None:
        if self._instrument.busy:
            self._instrument.device_clear()
        self._obeyed = None
        self._hand_on()
