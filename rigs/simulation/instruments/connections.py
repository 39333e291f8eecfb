"""What an instrument's terminals are wired to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rigs.simulation.signals import (
    Contact,
    FeedRelays,
    InputLoad,
    RangeBurden,
    Signal,
    SinkTerminals,
    SourceTerminals,
)


@dataclass(frozen=True)
class Connections:
    """By the kind of instrument; what is left out is unconnected."""

    terminals: Mapping[int, SourceTerminals] = field(default_factory=dict)
    """Of a supply, by channel."""
    voltage: Signal | None = None
    """On the voltage input of a meter, in V."""
    load: InputLoad | None = None
    """Where that meter's input resistance lies."""
    current: Signal | None = None
    """Through the current input of a meter, in A."""
    burden: RangeBurden | None = None
    """The place of that meter's shunts in the feed."""
    relays: FeedRelays | None = None
    """What a multiplexer switches."""
    channels: Sequence[int] = ()
    """The multiplexer's channel of each module, by position; its channels in order if none."""
    contacts: Mapping[int, Contact] = field(default_factory=dict)
    """What else its relays switch, by channel."""
    temperatures: Mapping[int, Signal] = field(default_factory=dict)
    """In °C, by the scan channel of a thermometer whose probe is there."""
    thermistors: Mapping[int, Signal] = field(default_factory=dict)
    """In °C, by the scan channel of each; infinite where a sensor is open or shorted."""
    sink: SinkTerminals | None = None
    """Of an electronic load."""
