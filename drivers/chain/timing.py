"""How long the chain takes: pure formulas over characters, hops and processing.

A message of L characters (LF and CR counted) occupies a wire for 10·L / baud seconds: start bit,
eight data bits, stop bit (MSG-1). Each module stores a message, works on it for p seconds at
most, and forwards it (TIM-3); from the first start bit received to the last stop bit sent it is
deaf to anything else. All results are stretched by the tolerance of the modules' oscillators.
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
    """In which order the modules of a chain are polled."""

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
    power_up_s: float = 0.150
    port_latency_s: float = 0.050
    baud: int = 9600

    def wire_s(self, characters: int) -> Seconds:
        """Time on one wire at the nominal rate: 10·L / baud."""
        return _BITS_PER_CHARACTER * characters / self.baud

    def turn_s(self, exchange: Exchange) -> Seconds:
        """From CR to answer in the addressed module: p + EEPROM bytes × time per byte."""
        return self.processing_s + exchange.eeprom_bytes * self.eeprom_byte_s

    def spacing_s(self, exchange: Exchange, order: Order, gap: int = 1) -> Seconds:
        """Least time from the start of one query to the start of the next (TIM-2).

        With Lq and La the wire times of query and answer, p processing, e EEPROM time, and g the
        difference of the two positions:

        * far end first: (Lq + p + e + La) · (1 + tolerance). The addressed module hears its
          query, turns, and sends its answer; only then may the next module's answer reach it.
          Farther apart needs no more, as answers are not shorter than queries.
        * near end first: (2·La + p + e + g·(La − Lq)) · (1 + tolerance). Each module must have
          forwarded the earlier answer, in and out, before the later one begins, and the later
          one gains La − Lq at each of g modules that it crosses as the shorter query.

        e counts in full because the earlier module may write and the later one find its value
        unchanged.
        """
        query_s = self.wire_s(exchange.query_characters)
        answer_s = self.wire_s(exchange.answer_characters)
        turn_s = self.turn_s(exchange)
        if order is Order.FAR_END_FIRST:
            spacing_s = query_s + turn_s + answer_s
        else:
            spacing_s = 2 * answer_s + turn_s + gap * (answer_s - query_s)
        return spacing_s * (1 + self.clock_tolerance)

    def way_s(self, exchange: Exchange, position: int, modules: int) -> Seconds:
        """From the start of a query to the end of its answer, at most, seen on the wire.

        ((Lq − LF) + (k − 1)·(p + Lq) + (p + e + La) + (n − k)·(p + La)) · (1 + tolerance), for
        position k of n: the controller sends no LF; k − 1 modules forward the query, module k
        turns it, n − k forward the answer. A message to all modules is one with La = Lq.
        """
        query_s = self.wire_s(exchange.query_characters)
        answer_s = self.wire_s(exchange.answer_characters)
        nominal_s = (
            self.wire_s(exchange.query_characters - 1)
            + (position - 1) * (self.processing_s + query_s)
            + (self.turn_s(exchange) + answer_s)
            + (modules - position) * (self.processing_s + answer_s)
        )
        return nominal_s * (1 + self.clock_tolerance)

    def timeout_s(self, exchange: Exchange, position: int, modules: int) -> Seconds:
        """When an answer counts as missing: its way through the chain, and the port's latency."""
        return self.way_s(exchange, position, modules) + self.port_latency_s

    def earliest_s(self, exchange: Exchange, position: int, modules: int) -> Seconds:
        """Before this an answer cannot have come: no processing at all, and fast oscillators.

        ((Lq − LF) + (k − 1)·Lq + (n − k + 1)·La) · (1 − tolerance)
        """
        characters = (
            position * exchange.query_characters
            - 1
            + (modules - position + 1) * exchange.answer_characters
        )
        return self.wire_s(characters) * (1 - self.clock_tolerance)

    def scan_s(self, exchange: Exchange, modules: int, order: Order) -> Seconds:
        """A pipelined poll of all modules, at most: (n − 1) spacings and the last one's way."""
        last = 1 if order is Order.FAR_END_FIRST else modules
        spacings_s = (modules - 1) * self.spacing_s(exchange, order)
        return spacings_s + self.way_s(exchange, last, modules)

    def faster_order(self, exchange: Exchange, modules: int) -> Order:
        """The order whose poll of all modules ends earlier; the far end first if neither does."""
        return min(Order, key=lambda order: self.scan_s(exchange, modules, order))
