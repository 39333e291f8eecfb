"""Keysight DAQ970A with actuator cards, and multiplexer cards where probes are connected.

Commands after the Keysight DAQ970A/DAQ973A Programming Guide, ROUTe and MEASure subsystems;
channel list errors after the 34970A/34972A, whose successor it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.figures import LinearError
from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.meter import OVERLOAD
from rigs.simulation.instruments.parameters import (
    CHANNELS,
    ChannelRanges,
    Number,
    expand,
    number,
    word,
)
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError
from rigs.simulation.signals import Contact, FeedRelays, Signal

SLOTS = (100, 200, 300)

NO_SUCH_CHANNEL = 112
THERMISTOR_OHM = 5000
"""At 25 °C; of the three that it converts the one that is wired here."""
THERMISTOR_FROM_C, THERMISTOR_TO_C = -80.0, 150.0
IEC_60751 = 85
"""How the alpha of 0.00385 is written."""
FOUR_WIRE_CHANNELS = 10
"""The other ten of a card are their second pairs."""


@dataclass(frozen=True)
class Probe:
    """A probe in a place, and by how much it and what reads it are off; in °C."""

    place: Signal
    error: LinearError

    def read(self, time_ns: int) -> float:
        """What is shown."""
        return self.error.of(self.place.value(time_ns))


class KeysightDaq970a(ScpiInstrument):
    """A closed channel leads the feed of a module through the ammeter.

    ``wired`` is the channel of each module, by position; without any, the modules are wired to
    the channels in their order, (@101) to (@120) and on to (@201). ``probes`` are the Pt100 on
    four wires by channel, ``thermistors`` those on two; the slots of their channels hold a card that
    can measure. ``contacts`` are relays that switch something else.
    """

    clients_at_once: ClassVar[int] = 2
    maker: ClassVar[str] = "Keysight Technologies"
    error_texts: ClassVar[Mapping[int, str]] = {
        NO_SUCH_CHANNEL: "Channel list: channel number out of range",
        -350: "Error queue overflow",
    }

    def __init__(
        self,
        *,
        kernel: Kernel,
        identity: str,
        card: str,
        channels_per_card: int,
        switching_s: float,
        relays: FeedRelays | None,
        wired: Sequence[int],
        contacts: Mapping[int, Contact],
        probes: Mapping[int, Probe],
        thermistors: Mapping[int, Probe],
        thermistor_channels: int,
        probe_card: str,
        measuring_s: float,
        thermistor_s: float,
    ) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        self._probes = probes
        self._thermistors = thermistors
        self._cards = dict.fromkeys(SLOTS, card) | {
            min(channel // 100 * 100, SLOTS[-1]): probe_card for channel in (*probes, *thermistors)
        }
        self._thermistor_channels = tuple(
            slot + number_on_card
            for slot in SLOTS
            for number_on_card in range(1, thermistor_channels + 1)
            if self._cards[slot] == probe_card
        )
        self._thermistor_ns = round(thermistor_s * NANOSECONDS_PER_SECOND)
        self._probe_channels = tuple(
            slot + number_on_card
            for slot in SLOTS
            for number_on_card in range(1, FOUR_WIRE_CHANNELS + 1)
            if self._cards[slot] == probe_card
        )
        self._measuring_ns = round(measuring_s * NANOSECONDS_PER_SECOND)
        self._channels = tuple(
            slot + number_on_card
            for slot in SLOTS
            if self._cards[slot] == card
            for number_on_card in range(1, channels_per_card + 1)
        )
        self._positions = {
            channel: position for position, channel in enumerate(wired or self._channels, start=1)
        }
        self._switching_ns = round(switching_s * NANOSECONDS_PER_SECOND)
        self._relays = relays
        self._contacts = contacts
        self._closed: set[int] = set()

    def reset(self) -> None:
        """``*RST`` opens every channel."""
        self._switch(sorted(self._closed), closed=False)

    def close(self, channels: ChannelRanges) -> Procedure:
        """``ROUTe:CLOSe``: the other channels stay as they are."""
        chosen = expand(channels, self._channels, otherwise=NO_SUCH_CHANNEL)
        yield self.kernel.now_ns + self._switching_ns
        self._switch(chosen, closed=True)
        return None

    def close_exclusively(self, channels: ChannelRanges) -> Procedure:
        """``ROUTe:CLOSe:EXCLusive``: first opens everything on the cards concerned."""
        chosen = expand(channels, self._channels, otherwise=NO_SUCH_CHANNEL)
        slots = {channel // 100 for channel in chosen}
        self._switch([c for c in sorted(self._closed) if c // 100 in slots], closed=False)
        return self.close(channels)

    def open(self, channels: ChannelRanges) -> Procedure:
        """``ROUTe:OPEN``."""
        chosen = expand(channels, self._channels, otherwise=NO_SUCH_CHANNEL)
        yield self.kernel.now_ns + self._switching_ns
        self._switch(chosen, closed=False)
        return None

    def ask_closed(self, channels: ChannelRanges) -> str:
        """``ROUTe:CLOSe?``."""
        chosen = expand(channels, self._channels, otherwise=NO_SUCH_CHANNEL)
        return ",".join(str(int(channel in self._closed)) for channel in chosen)

    def ask_open(self, channels: ChannelRanges) -> str:
        """``ROUTe:OPEN?``."""
        chosen = expand(channels, self._channels, otherwise=NO_SUCH_CHANNEL)
        return ",".join(str(int(channel not in self._closed)) for channel in chosen)

    def card_in(self, slot: Number) -> str:
        """``SYSTem:CTYPe? {100|200|300}``."""
        if slot not in SLOTS:
            raise ScpiError(-224)
        return f"{self.maker},{self._cards[int(slot)]},0,1.00"

    def measure_temperature(self, kind: str, number: Number, channels: ChannelRanges) -> Procedure:
        """``MEASure:TEMPerature?`` of a Pt100 (``FRTD,85``) or thermistors (``THERmistor,5000``).

        In °C and in ascending order of channels, as a scan goes; one without a probe reads open.
        """
        if kind == "THER":
            return self._scan(number, channels)
        return self._measure_resistance_thermometers(number, channels)

    def _scan(self, ohm: Number, channels: ChannelRanges) -> Procedure:
        """Thermistors on two wires; open, shorted or beyond the conversion they overload."""
        if ohm != THERMISTOR_OHM:
            raise ScpiError(-224)
        readings = []
        listed = expand(channels, self._thermistor_channels, otherwise=NO_SUCH_CHANNEL)
        for channel in sorted(set(listed)):
            yield self.kernel.now_ns + self._thermistor_ns
            probe = self._thermistors.get(channel)
            celsius = math.inf if probe is None else probe.read(self.kernel.now_ns)
            converted = THERMISTOR_FROM_C <= celsius <= THERMISTOR_TO_C
            readings.append(celsius if converted else OVERLOAD)
        return ",".join(f"{celsius:+.8E}" for celsius in readings)

    def _measure_resistance_thermometers(self, alpha: Number, channels: ChannelRanges) -> Procedure:
        if alpha != IEC_60751:
            raise ScpiError(-224)
        readings = []
        listed = expand(channels, self._probe_channels, otherwise=NO_SUCH_CHANNEL)
        for channel in sorted(set(listed)):
            yield self.kernel.now_ns + self._measuring_ns
            probe = self._probes.get(channel)
            readings.append(OVERLOAD if probe is None else probe.read(self.kernel.now_ns))
        return ",".join(f"{celsius:+.8E}" for celsius in readings)

    def _switch(self, channels: list[int], *, closed: bool) -> None:
        for channel in channels:
            if (channel in self._closed) == closed:
                continue
            (self._closed.add if closed else self._closed.discard)(channel)
            if channel in self._contacts:
                self._contacts[channel].set_closed(closed=closed)
            elif self._relays is not None and channel in self._positions:
                self._relays.set_path(
                    self._positions[channel], through_ammeter=closed, time_ns=self.kernel.now_ns
                )


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "ROUTe:CLOSe": Command(KeysightDaq970a.close, (CHANNELS,)),
    "ROUTe:CLOSe?": Command(KeysightDaq970a.ask_closed, (CHANNELS,)),
    "ROUTe:CLOSe:EXCLusive": Command(KeysightDaq970a.close_exclusively, (CHANNELS,)),
    "ROUTe:OPEN": Command(KeysightDaq970a.open, (CHANNELS,)),
    "ROUTe:OPEN?": Command(KeysightDaq970a.ask_open, (CHANNELS,)),
    "ROUTe:DONE?": Command(lambda _multiplexer: "1"),
    "SYSTem:CTYPe?": Command(KeysightDaq970a.card_in, (number(words=()),)),
    "MEASure:TEMPerature?": Command(
        KeysightDaq970a.measure_temperature,
        (word("FRTD", "THERmistor"), number(words=()), CHANNELS),
    ),
}
