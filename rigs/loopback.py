"""The rig's own line, joined end to end by a relay: whatever is silent then, the line is whole.

The relay's contact changes over: closed, the port's transmitter leads to its receiver, and the
chain is cut off from both.
"""

from __future__ import annotations

from drivers.chain.port import Port, SerialPort
from drivers.chain.transcript import quoted
from drivers.roles import Relay
from quantities import NANOSECONDS_PER_SECOND, Clock
from quantities.errors import LineNotProven

PATTERN = b"0123456789" * 2
"""No message begins with one of these, should a module hear them all the same (MSG-9)."""
WITHIN_S = 0.3
"""The pattern takes 21 ms; ports hand characters over late, networks later."""


class Loopback:
    """Joins the ends of the line, sends and listens."""

    def __init__(self, relay: Relay, port: SerialPort, clock: Clock) -> None:
        self._relay = relay
        self._port = Port(port, clock)

    def prove(self) -> None:
        """Return if what is sent comes back whole; raises ``LineNotProven`` if it does not.

        The relay is open again in any case.
        """
        self._relay.close_contact()
        try:
            returned = self._echo()
        finally:
            self._relay.open_contact()
        if returned != PATTERN:
            raise LineNotProven(
                f"joined end to end it sends {quoted(PATTERN)} and receives "
                f"{quoted(returned) or 'nothing'}",
                where=self._port.name,
                expected="what was sent",
                remedy="look at the adapter, its cables and the relay of [loopback]",
            )

    def _echo(self) -> bytes:
        self._port.receive_waiting()
        sent_ns = self._port.send(PATTERN)
        deadline_ns = sent_ns + round(WITHIN_S * NANOSECONDS_PER_SECOND)
        return self._port.receive_until(len(PATTERN), deadline_ns)
