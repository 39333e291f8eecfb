"""Keysight DAQ970A: DAQM903A actuator cards as multiplexer, DAQM901A cards as thermometers.

A Pt100 on four wires is read by itself, thermistors on two wires are scanned.

Commands after the DAQ970A/DAQ973A programming guide, ROUTe, SYSTem and MEASure subsystems. An
actuator card has 20 relays with one changeover contact each, which switch independently of each
other (user's guide p. 258), so that one feed can be closed before another is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from drivers.datasheet import ProbeInput, Relays
from drivers.instrument import Connection, ScpiInstrument
from quantities import Purpose, Reading
from quantities.errors import InstrumentError, Overload

SLOTS = (100, 200, 300)

THERMISTOR_OHM = 5000
"""At 25 °C, as ``MEAS:TEMP?`` is told."""

ICE_POINT_K = 273.15
OPEN_PROBE_C = 9e37
"""A reading from here on is an overload (9.9E+37)."""


class KeysightDAQ970A(ScpiInstrument):
    """All relays as one ``Multiplexer``; 101 is the first relay of the card in the first slot."""

    def __init__(self, connection: Connection, relays: Relays, cards: Sequence[int]) -> None:
        super().__init__(connection)
        self._relays = relays
        self._cards = cards
        self.channels = tuple(
            slot + relay for slot in cards for relay in range(1, relays.channels + 1)
        )
        self._closed: int | None = None

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


class KeysightDAQ970AScanner(ScpiInstrument):
    """Thermistors on any scan channels, as ``ScanningThermometer``."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._thermistors = connection.sheet.thermistors

    def temperatures(self, channels: Sequence[int]) -> Reading:
        """One reading of each channel in K; NaN beyond what the thermistor is converted for.

        The instrument scans in ascending order whatever it is told, so that is how it is told.
        """
        figures = self._thermistors
        if figures is None:
            raise InstrumentError("its data sheet lacks [thermistors]", where=self._scpi.where)
        order = np.argsort(channels)
        scanned = ",".join(str(channels[index]) for index in order)
        command = f"MEAS:TEMP? THER,{THERMISTOR_OHM},(@{scanned})"
        answer = self._scpi.query(
            command, purpose=Purpose.APERTURE, takes_s=figures.measuring_s * len(channels)
        )
        try:
            celsius = np.array(answer.split(","), dtype=np.float64)
        except ValueError:
            celsius = np.array([])
        if len(celsius) != len(channels):
            raise self._scpi.unexpected(command, answer, f"{len(channels)} numbers")
        celsius = celsius[np.argsort(order)]
        read = (celsius >= figures.coldest_C) & (celsius <= figures.hottest_C)
        celsius = np.where(read, celsius, np.nan)
        return self._reading(
            celsius + ICE_POINT_K, "K", figures.uncertainty_K(celsius, self._conditions)
        )


class KeysightDAQ970AMainframe(KeysightDAQ970A, KeysightDAQ970AScanner):
    """Both in one, where both kinds of cards are."""

    def __init__(self, connection: Connection, relays: Relays, cards: Sequence[int]) -> None:
        KeysightDAQ970A.__init__(self, connection, relays, cards)
        KeysightDAQ970AScanner.__init__(self, connection)


class KeysightDAQ970ARelay(ScpiInstrument):
    """One relay by its channel, as ``Relay``."""

    def __init__(self, connection: Connection, relays: Relays, channel: int) -> None:
        super().__init__(connection)
        self._relays = relays
        self._channel = channel

    def close_contact(self) -> None:
        """Close it; the others stay as they are."""
        self._switch("CLOS")

    def open_contact(self) -> None:
        """Open it; the others stay as they are."""
        self._switch("OPEN")

    def _switch(self, command: str) -> None:
        self._scpi.set(f"ROUT:{command} (@{self._channel})")
        self._scpi.clock.wait(self._relays.switching_s, Purpose.SETTLING)


class KeysightDAQ970AProbe(ScpiInstrument):
    """A four-wire Pt100 on one scan channel, as ``Thermometer``."""

    def __init__(self, connection: Connection, figures: ProbeInput, channel: int) -> None:
        super().__init__(connection)
        self._figures = figures
        self._channel = channel

    def temperature(self) -> Reading:
        """One reading in K; ``MEAS:TEMP?`` selects °C. Raises ``Overload`` for an open probe."""
        figures = self._figures
        celsius = self._scpi.number(
            f"MEAS:TEMP? FRTD,85,(@{self._channel})",
            purpose=Purpose.APERTURE,
            takes_s=figures.measuring_s,
        )
        if abs(celsius) >= OPEN_PROBE_C:
            raise Overload(
                f"reads no temperature on channel {self._channel}",
                where=self._scpi.where,
                expected=f"a {figures.probe} on four wires",
                remedy="check the probe and its wiring",
            )
        return self._reading(
            celsius + ICE_POINT_K, "K", figures.uncertainty_K(celsius, self._conditions)
        )


Part: TypeAlias = (
    KeysightDAQ970A | KeysightDAQ970AScanner | KeysightDAQ970ARelay | KeysightDAQ970AProbe
)


def open_parts(connection: Connection) -> Mapping[int | None, Part]:
    """Find the cards and open every relay, with a clean error queue."""
    sheet = connection.sheet
    connection.scpi.send("*CLS")
    cards = {slot: _card_in(connection, slot) for slot in SLOTS}
    parts: dict[int | None, Part] = {}
    scans = sheet.thermistors is not None and sheet.thermistors.card in cards.values()
    if scans:
        parts[None] = KeysightDAQ970AScanner(connection)
    if relays := sheet.relays:
        slots = [slot for slot, card in cards.items() if card == relays.card]
        if slots:
            kind = KeysightDAQ970AMainframe if scans else KeysightDAQ970A
            multiplexer = kind(connection, relays, slots)
            multiplexer.release()
            parts[None] = multiplexer
            for channel in multiplexer.channels:
                parts[channel] = KeysightDAQ970ARelay(connection, relays, channel)
    if probes := sheet.thermometer:
        for slot in [slot for slot, card in cards.items() if card == probes.card]:
            for channel in range(slot + 1, slot + probes.channels + 1):
                parts[channel] = KeysightDAQ970AProbe(connection, probes, channel)
    if not parts:
        known = [part.card for part in (sheet.relays, sheet.thermometer) if part]
        raise InstrumentError(
            f"has no {' or '.join(known)} card in any slot",
            where=connection.scpi.where,
            remedy="insert one, or correct the model in the rig file",
        )
    return parts


def _card_in(connection: Connection, slot: int) -> str:
    """The name of the card in a slot; empty without one."""
    fields = connection.scpi.query(f"SYST:CTYP? {slot}").split(",")
    return fields[1].strip() if len(fields) > 1 else ""
