"""Keysight DAQ970A with DAQM903A actuator cards, as multiplexer of module feeds.

Commands after the DAQ970A/DAQ973A programming guide, ROUTe and SYSTem subsystems. A card has 20
relays with one changeover contact each, which switch independently of each other (user's guide
p. 258), so that one feed can be closed before another is opened.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.datasheet import Relays
from drivers.instrument import Connection, ScpiInstrument
from quantities import Purpose
from quantities.errors import InstrumentError

SLOTS = (100, 200, 300)


class KeysightDAQ970A(ScpiInstrument):
    """All relays as one ``Multiplexer``; 101 is the first relay of the card in the first slot."""

    def __init__(self, connection: Connection, relays: Relays) -> None:
        super().__init__(connection)
        self._relays = relays
        self._cards = [slot for slot in SLOTS if self._holds_card(slot)]
        self.channels = tuple(
            slot + relay for slot in self._cards for relay in range(1, relays.channels + 1)
        )
        self._closed: int | None = None
        if not self._cards:
            raise InstrumentError(
                f"has no {relays.card} card in any slot",
                where=self._scpi.where,
                remedy=f"insert a {relays.card}, or correct the model in the rig file",
            )

    def select(self, channel: int) -> None:
        """Close this channel, then open whichever was closed before; waits for the contacts."""
        if channel not in self.channels:
            raise InstrumentError(
                f"has no channel {channel}", where=self._scpi.where, expected=self._spans()
            )
        if channel == self._closed:
            return
        self._switch(f"ROUT:CLOS (@{channel})")
        if self._closed is not None:
            self._switch(f"ROUT:OPEN (@{self._closed})")
        self._closed = channel

    def release(self) -> None:
        """Open every channel, whatever was closed before."""
        self._switch(f"ROUT:OPEN (@{self._spans()})")
        self._closed = None

    def _switch(self, command: str) -> None:
        self._scpi.set(command)
        self._scpi.clock.wait(self._relays.switching_s, Purpose.SETTLING)

    def _spans(self) -> str:
        return ",".join(f"{card + 1}:{card + self._relays.channels}" for card in self._cards)

    def _holds_card(self, slot: int) -> bool:
        fields = self._scpi.query(f"SYST:CTYP? {slot}").split(",")
        return len(fields) > 1 and fields[1].strip() == self._relays.card


def open_parts(connection: Connection) -> Mapping[int | None, KeysightDAQ970A]:
    """Find the relay cards and open every relay, with a clean error queue."""
    connection.scpi.send("*CLS")
    relays = connection.sheet.relays
    if relays is None:
        raise InstrumentError("its data sheet has no [relays]", where=connection.scpi.where)
    multiplexer = KeysightDAQ970A(connection, relays)
    multiplexer.release()
    return {None: multiplexer}
