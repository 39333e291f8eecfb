"""What the clauses demand of characters as a host sends them: the oracle of the framing tests.

A script is what a host puts on the line: characters, pauses, breaks. ``foretell`` says what has
to become of it: what leaves the far end of the chain, what is stored and where, and where
nothing is demanded. Only the first module hears the host's characters; the others get whole
messages from it. The oracle knows the clauses and nothing of any firmware, and tests hold it
against the simulated module, which was built from the same clauses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from drivers.chain.transcript import quoted
from rigs.procedures.demands import (
    CR,
    DIGIT,
    FIRSTS,
    Demand,
    Fate,
    FramingFigures,
    Place,
    Stored,
    Write,
    demand_of,
)

CAPACITY = 10
"""So many characters does a module take ahead of a CR (MSG-5)."""
LF = b"\n"
_ANYTHING = rb"(?s:.*)"


@dataclass(frozen=True, slots=True)
class Pause:
    """The line idles."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Break:
    """The line is held low."""

    seconds: float


Piece: TypeAlias = bytes | Pause | Break
Script: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What has to become of a script."""

    demands: tuple[Demand, ...]
    settled: bool
    """Whether the first module is ready for a next message at once."""

    def allows(self, received: bytes) -> bool:
        """Whether these characters are what the chain has to send, LF left out of both."""
        replies = (demand.reply for demand in self.demands)
        pattern = b"".join(_ANYTHING if reply is None else reply for reply in replies)
        return re.fullmatch(pattern, received.replace(LF, b"")) is not None

    def allows_stored(self, before: Stored, after: Stored) -> bool:
        """Whether modules that held ``before`` may hold ``after``."""
        possible = self.possible_writes
        due = {**before, **self.stored}
        return all(
            value == due.get(place) or Write(*place, value) in possible
            for place, value in after.items()
        )

    @property
    def replies(self) -> int | None:
        """How many messages have to come back, None if that is not settled."""
        replies = [demand.reply for demand in self.demands]
        return None if None in replies else sum(bool(reply) for reply in replies)

    @property
    def due(self) -> str:
        """The messages that have to come back, as a reader sees them; … for any or none."""
        replies = (demand.reply for demand in self.demands)
        texts = ("…" if reply is None else quoted(reply) for reply in replies)
        return "".join(texts).replace(DIGIT.decode(), "•")

    @property
    def clauses(self) -> tuple[str, ...]:
        """Those that the demands rest on, each once."""
        return tuple(dict.fromkeys(demand.clause for demand in self.demands))

    @property
    def stored(self) -> Stored:
        """What has to be stored in the end, by place."""
        defined = (demand for demand in self.demands if demand.fate is not Fate.UNDEFINED)
        return {place: value for demand in defined for place, value in demand.stored.items()}

    @property
    def possible_writes(self) -> tuple[Write, ...]:
        """What may be stored or not."""
        undefined = (demand for demand in self.demands if demand.fate is Fate.UNDEFINED)
        return tuple(write for demand in undefined for write in demand.writes)


def foretell(script: Script, figures: FramingFigures, stored: Stored) -> Forecast:
    """What has to become of a script that meets an idle chain with nothing in its buffers."""
    listener = _Listener(figures, dict(stored))
    for piece in script:
        match piece:
            case Pause(seconds):
                listener.idle(seconds)
            case Break():
                listener.hear_break()
            case bytes():
                for character in piece:
                    listener.hear(bytes([character]))
    return Forecast(tuple(listener.demands), listener.settled)


class _Listener:
    """The first module as the clauses describe it, ahead of a chain that does the same."""

    def __init__(self, figures: FramingFigures, stored: dict[Place, int]) -> None:
        self.demands: list[Demand] = []
        self._figures = figures
        self._stored = stored
        self._heard = b""  # since the last CR, LF left out
        self._certain = True  # whether the clauses say what the module makes of it
        self._idle_s = figures.watchdog_longest_s
        self._busy_s = 0.0

    @property
    def settled(self) -> bool:
        """Whether nothing is left over and nothing unclear."""
        return self._certain and not self._heard

    def idle(self, seconds: float) -> None:
        """Nothing comes for so long."""
        self._idle_s += seconds

    def hear_break(self) -> None:
        """No clause says what a break is taken for; a message under way may be spoiled or not."""
        self._end_pause()
        self._certain = False

    def hear(self, character: bytes) -> None:
        """Take one character."""
        self._end_pause()
        if character == CR:
            self._end_message()
        elif character != LF:  # MSG-3
            self._heard += character

    def _end_pause(self) -> None:
        """A pause purges or does not (MSG-8); too short a one meets a module at work (TIM-2)."""
        idle_s, self._idle_s = self._idle_s, 0.0
        busy_s, self._busy_s = self._busy_s, 0.0
        if idle_s > self._figures.watchdog_longest_s:
            if self._heard and self._certain:
                self.demands.append(Demand(self._heard, Fate.PURGED, "MSG-8"))
            self._heard, self._certain = b"", True
        elif idle_s < busy_s or (self._heard and idle_s >= self._figures.watchdog_shortest_s):
            self._certain = False

    def _end_message(self) -> None:
        demand = self._demand()
        self.demands.append(demand)
        self._heard = b""
        if demand.fate is Fate.UNDEFINED:
            self._certain = False
            for place in demand.stored:
                self._stored.pop(place, None)  # whether it was written is not known
        else:
            self._stored |= demand.stored
        quiet = demand.fate in {Fate.IGNORED, Fate.PURGED}
        self._busy_s = self._figures.processing_s if quiet else self._figures.busy_s

    def _demand(self) -> Demand:
        """What has to become of what was heard since the last CR."""
        heard, tail = self._heard, self._heard[CAPACITY + 1 :]
        if not self._certain:
            return self._undefined(heard)
        if len(heard) <= CAPACITY:
            return demand_of(heard, self._figures, self._stored)
        if any(character in FIRSTS for character in tail):
            return self._undefined(tail)  # E8
        return Demand(heard, Fate.PURGED, "MSG-6")

    def _undefined(self, heard: bytes) -> Demand:
        """Who knows where the module begins to hear: any of its ends may be a message."""
        ends = (heard[begin:] for begin in range(len(heard)) if len(heard) - begin <= CAPACITY)
        writes = (write for end in ends for write in self._writes_of(end))
        return Demand(heard, Fate.UNDEFINED, "MSG-12", None, tuple(writes))

    def _writes_of(self, message: bytes) -> tuple[Write, ...]:
        return demand_of(message, self._figures, self._stored).writes
