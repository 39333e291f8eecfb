"""How long the chain takes: pure formulas over characters, hops and processing.

A message of L characters (LF and CR counted) occupies a wire for 10·L / baud seconds: start bit,
eight data bits, stop bit (MSG-1). Each module stores a message, works on it for p seconds at
most, and forwards it (TIM-3); from the first start bit received to the last stop bit sent it is
deaf to anything else. A wire's time is its sender's: each module's oscillator stretches or
shortens it by up to the tolerance t. Processing and EEPROM times are stated as longest.

Symbols: Lq and La the wire times of query and answer, p processing, e EEPROM time, n modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from drivers.chain.messages import Addressed, Message, Setting, SettingMessage, encode

Seconds: TypeAlias = float

_BITS_PER_CHARACTER = 10
_ANSWER_DIGITS = {"U": 4, "T": 3, **{setting.value: setting.digits for setting in Setting}}


class Order(Enum):
    """In which order the modules of a chain are polled.

    No answer is shorter than its query, so the far end first is never slower: an answer on its
    way out then runs ahead of those behind it, instead of into them.
    """

    FAR_END_FIRST = "n…1"
    NEAR_END_FIRST = "1…n"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one command puts on the wires between modules; lengths with LF and CR.

    ``eeprom_bytes`` is how many bytes the addressed module may have to write before it answers.
    """

    query_characters: int
    answer_characters: int
    eeprom_bytes: int = 0


def exchange_of(query: Message) -> Exchange:
    """The lengths of a query and its answer as modules transmit them: with LF (MSG-4) and CR."""
    length = len(encode(query)) + 1
    match query:
        case Addressed(command=command, argument=""):
            return Exchange(length, length + _ANSWER_DIGITS.get(command, 0))
        case SettingMessage(setting=setting):
            return Exchange(length, length, eeprom_bytes=(setting.digits + 1) // 2)
        case _:
            return Exchange(length, length)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainTiming:
    """The figures that pacing and time-outs rest on, and what follows from them.

    ``processing_s`` is from a CR to the first bit of what the module sends, at most;
    ``eeprom_byte_s`` what each written byte adds, at most; ``clock_tolerance`` the modules'
    oscillators' as a fraction; ``port_latency_s`` how late the host may see a character (a USB
    adapter hands them over in batches up to 16 ms late, and the host has other work).
    """

    processing_s: float
    watchdog_longest_s: float
    eeprom_byte_s: float = 0.006
    clock_tolerance: float = 0.025
    port_latency_s: float = 0.050
    port_keeps_times: bool = True
    """Whether queries reach the chain as far apart as they are sent; else each waits for the answer
    to the one before."""
    patience_s: float = 0.0
    """So much longer than all that is an answer waited for: a slow module is slow, not silent."""
    baud: int = 9600

    def wire_s(self, characters: int) -> Seconds:
        """Time on one wire at the nominal rate: 10·L / baud."""
        return _BITS_PER_CHARACTER * characters / self.baud

    def spacing_s(self, exchange: Exchange, order: Order, gap: int = 1) -> Seconds:
        """Least time from the start of one query to the start of the next (TIM-2).

        * far end first: 2·La·(1 + t) + p + e − (La − Lq)·(1 − t), which without tolerance is
          Lq + p + e + La. A module beyond the one addressed first must have taken in and sent on
          that one's answer before the second answer reaches it; the second is behind by what it
          is longer as an answer than as a query, at one module.
        * near end first: 2·La·(1 + t) + p + e + g·(La − Lq)·(1 + t), with g the ``gap`` between
          the two positions: here the second message gains that much at each of g modules.
        * the same module twice (g = 0), either way: 2·La·(1 + t) + p + e.

        e counts in full because the first module may write and the second find its value
        unchanged. Farther apart than one, the far end first needs no more.
        """
        longest, shortest = 1 + self.clock_tolerance, 1 - self.clock_tolerance
        answer_s = self.wire_s(exchange.answer_characters)
        longer_s = answer_s - self.wire_s(exchange.query_characters)
        taken_in_and_sent_on_s = 2 * answer_s * longest + self._turn_s(exchange)
        if order is Order.FAR_END_FIRST and gap:
            return taken_in_and_sent_on_s - longer_s * shortest
        return taken_in_and_sent_on_s + gap * longer_s * longest

    def way_s(self, exchange: Exchange, position: int, modules: int) -> Seconds:
        """From the start of a query to the end of its answer, at most, seen on the wire.

        ((Lq − LF) + (k − 1)·Lq + (n − k + 1)·La)·(1 + t) + n·p + e, for position k of n: the
        controller sends no LF, k − 1 modules forward the query, module k turns it, n − k
        forward the answer. A message to all modules is one with La = Lq.
        """
        wire_s = self._wires_s(exchange, position, modules) * (1 + self.clock_tolerance)
        return wire_s + (modules - 1) * self.processing_s + self._turn_s(exchange)

    def timeout_s(self, exchange: Exchange, position: int, modules: int) -> Seconds:
        """When an answer counts as missing: its way, the port's latency, and patience."""
        return self.way_s(exchange, position, modules) + self.port_latency_s + self.patience_s

    def earliest_s(self, exchange: Exchange, position: int, modules: int) -> Seconds:
        """Before this an answer cannot have come: as ``way_s``, with (1 − t) and p = e = 0."""
        return self._wires_s(exchange, position, modules) * (1 - self.clock_tolerance)

    def scan_s(self, exchange: Exchange, modules: int, order: Order) -> Seconds:
        """A pipelined poll of all modules, at most: (n − 1) spacings and the last one's way."""
        last = 1 if order is Order.FAR_END_FIRST else modules
        spacings_s = (modules - 1) * self.spacing_s(exchange, order)
        return spacings_s + self.way_s(exchange, last, modules)

    def _wires_s(self, exchange: Exchange, position: int, modules: int) -> Seconds:
        """All wires on the way of one message, at the nominal rate."""
        as_query = position * exchange.query_characters - 1
        as_answer = (modules - position + 1) * exchange.answer_characters
        return self.wire_s(as_query + as_answer)

    def _turn_s(self, exchange: Exchange) -> Seconds:
        """From CR to answer in the addressed module: p + e, e by the bytes it may write."""
        return self.processing_s + exchange.eeprom_bytes * self.eeprom_byte_s
