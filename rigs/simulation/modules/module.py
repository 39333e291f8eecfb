"""A simulated cell module: its parts at work, from a CR to the answer.

Behaviour is that of the clauses alone; what a clause leaves open is a figure of the module's
table. The module is busy from the first start bit received to the last stop bit sent; in
half duplex what begins meanwhile is not heard, or heard in fragments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rigs.simulation.kernel import Kernel
from rigs.simulation.line import CARRIAGE_RETURN, LINE_FEED, Run, duration_ns
from rigs.simulation.modules.adc import Converter
from rigs.simulation.modules.consumption import Consumption
from rigs.simulation.modules.eeprom import Eeprom
from rigs.simulation.modules.memory import (
    BLEEDING,
    DIGITS,
    ENABLED,
    HIGH,
    LOW,
    Latches,
    Settings,
)
from rigs.simulation.modules.receiver import Receiver

BUFFER_CHARACTERS = 10
LONGEST_SENT = 16
NEVER_NS = 1 << 62

# ADR-2: every address but 01 goes on, less one.
DECREMENTED = {
    f"{address:02X}".encode(): f"{(address - 1) % 256:02X}".encode() for address in range(256)
}
UPPER_CASE_DIGITS = frozenset(b"0123456789ABCDEF")


class Feed(Protocol):
    """What a module sees and does at its two power terminals."""

    def sampled_V(self, time_ns: int) -> float:
        """The cell voltage that the converter sees, its own bleed output off."""

    def bleed(self, *, on: bool, time_ns: int) -> None:
        """Switch the bleed output."""


@dataclass(frozen=True, slots=True)
class Character:
    """What one module is like; every figure may differ from module to module."""

    bit_ns: float
    processing_ns: int
    watchdog_ns: int
    power_up_ns: int
    hysteresis_codes: int = 0
    half_duplex: bool = True
    equality_counts: bool = True
    measures_on_watchdog: bool = True


class Module:
    """One module; ``inbound`` is its wire, ``next_inbound`` and ``next_arrival`` the next one's."""

    def __init__(
        self,
        character: Character,
        *,
        kernel: Kernel,
        receiver: Receiver,
        converter: Converter,
        eeprom: Eeprom,
        consumption: Consumption,
        feed: Feed,
    ) -> None:
        self.character = character
        self._bit_ns = character.bit_ns
        self._processing_ns = character.processing_ns
        self._half_duplex = character.half_duplex
        self._hysteresis_codes = character.hysteresis_codes
        # "At or above" counts equality; where a module's does not, its code must be past it.
        self._past = 0 if character.equality_counts else 1
        self.kernel = kernel
        self.receiver = receiver
        self.converter = converter
        self.eeprom = eeprom
        self.settings = Settings(eeprom)
        self.latches = Latches()
        self.consumption = consumption
        self.feed = feed
        self.inbound: deque[Run] = deque()
        self.send: Callable[[Run], None] = _into_the_air
        self._sent_length_ns = [
            duration_ns(length, character.bit_ns) for length in range(LONGEST_SENT)
        ]
        self._buffer = bytearray()
        self._powered = False
        self._enabled = ENABLED
        self._above_bleeding = False
        self._bleeding = False
        self._awake_from_ns = 0
        self._last_activity_ns = 0
        self._code = 0
        # From when on a whole message is heard for certain: later than now while busy, never
        # while something else stands in the buffer or there is no power.
        self._clear_from_ns = NEVER_NS
        self._busy_until_ns = 0
        self._transmitter_free_ns = 0

    # -- power -------------------------------------------------------------------------------

    def power_up(self, time_ns: int) -> None:
        """Start afresh (CHN-4, BLD-3): bleeding enabled and off, memories empty, deaf at first."""
        self._powered = True
        self._enabled = ENABLED
        self._above_bleeding = False
        self.settings.load()
        self.latches.clear()
        self._buffer.clear()
        self._busy_until_ns = self._transmitter_free_ns = time_ns + self.character.power_up_ns
        self._clear_from_ns = self._busy_until_ns
        self.consumption.active(time_ns, self._busy_until_ns)
        self._be_active_until(self._busy_until_ns)
        self.kernel.at(self._last_activity_ns + self.character.watchdog_ns, self._watchdog)

    def power_down(self, time_ns: int) -> None:
        """Stop at once; what was being sent or written stays unfinished."""
        self._powered = False
        self._clear_from_ns = NEVER_NS
        self.eeprom.lose_power(time_ns)
        self._set_bleed(on=False, time_ns=time_ns)

    @property
    def powered(self) -> bool:
        """Whether the feed has been sufficient since the last power-up."""
        return self._powered

    def observe_consumption(self) -> None:
        """From now on every interval awake is kept, the latest one included."""
        self.consumption.observe()
        self.consumption.active(self._awake_from_ns, self._last_activity_ns)

    # -- receiving ---------------------------------------------------------------------------

    def arrive(self, time_ns: int) -> None:
        """The oldest run on the wire has ended: hear it."""
        run = self.inbound.popleft()
        receiver = self.receiver
        if (
            run.message is not None
            and run.start_ns >= self._clear_from_ns
            and receiver.shortest_bit_ns <= run.bit_ns <= receiver.longest_bit_ns
            and 0 < len(run.message) <= BUFFER_CHARACTERS
        ):
            self._obey(run.message, run.start_ns, time_ns)
        elif self._powered:
            self._listen(run, time_ns)

    def _listen(self, run: Run, time_ns: int) -> None:
        """Hear a run character by character, bit by bit."""
        begun_ns = (
            max(run.start_ns, self._busy_until_ns) if self.character.half_duplex else run.start_ns
        )
        if begun_ns > time_ns:
            return
        for heard, _ in self.receiver.characters(run, begun_ns):
            if heard == CARRIAGE_RETURN:
                message = bytes(self._buffer)
                self._buffer.clear()
                self._obey(message, run.start_ns, time_ns)
                if self.character.half_duplex:
                    return
            elif heard != LINE_FEED:
                if len(self._buffer) == BUFFER_CHARACTERS:
                    self._buffer.clear()
                else:
                    self._buffer.append(heard)
        self._clear_from_ns = NEVER_NS if self._buffer else max(self._busy_until_ns, 0)
        self.consumption.active(run.start_ns, time_ns)
        self._be_active_until(time_ns)

    # -- obeying -----------------------------------------------------------------------------

    def _obey(self, message: bytes, begun_ns: int, time_ns: int) -> None:
        """Measure (THR-1), then do what the message says and send what is to be sent on."""
        self._measure(time_ns)
        writing_ns = 0
        answer: bytes | None = None
        first = message[:1]
        if first == b"A":
            address = message[1:3]
            if address == b"01":
                answer, writing_ns = self._execute(message[3:], time_ns)
            elif len(message) > 3 and (passed := DECREMENTED.get(address)) is not None:
                answer = b"A" + passed + message[3:]
        elif first == b"S":
            answer = self._general_status(message)
        elif message in (b"e", b"d"):
            self._enabled = ENABLED if message == b"e" else 0
            answer = message
        bleeding = self._above_bleeding if self._enabled else False
        if bleeding is not self._bleeding:
            self._set_bleed(on=bleeding, time_ns=time_ns)
        done_ns = time_ns + self._processing_ns + writing_ns
        if answer is not None:
            begins_ns = done_ns
            if begins_ns < self._transmitter_free_ns:
                begins_ns = self._transmitter_free_ns
            done_ns = begins_ns + self._sent_length_ns[len(answer) + 2]
            self._transmitter_free_ns = done_ns
            self.send(Run(b"\n" + answer + b"\r", begins_ns, done_ns, self._bit_ns, answer))
        if self._half_duplex:
            self._busy_until_ns = done_ns
        self._clear_from_ns = self._busy_until_ns
        self._awake_from_ns = begun_ns
        self._last_activity_ns = done_ns
        if self.consumption.observed:
            self.consumption.active(begun_ns, done_ns)

    def _execute(self, command: bytes, time_ns: int) -> tuple[bytes | None, int]:
        """Obey a command that is addressed here; the answer, and how long the EEPROM takes."""
        key, argument = command[:1].decode("ascii", "replace"), command[1:]
        if key == "U":
            nibble = self.latches.module | self._enabled
            self.latches.module = 0
            return b"A00U%03X%X" % (self._code, nibble), 0
        if command == b"@":
            # Nobody obeys it, so it goes on: in a chain of 256 the last module sees A01@ (ADR-3).
            return b"A00@", 0
        if key not in DIGITS:
            return None, 0
        writing_ns = 0
        # MSG-10, MSG-11: whatever is not exactly the digits that are due is an enquiry.
        if len(argument) == DIGITS[key] and UPPER_CASE_DIGITS.issuperset(argument):
            writing_ns = self.settings.store(key, int(argument, 16), time_ns)
        return b"A00%c%0*X" % (ord(key), DIGITS[key], self.settings.codes[key]), writing_ns

    def _general_status(self, message: bytes) -> bytes | None:
        """CHN-1: OR the own nibble into x, AND it into y, forget what was latched for it."""
        if len(message) != 3 or not UPPER_CASE_DIGITS.issuperset(message[1:]):
            return None
        nibble = self.latches.chain | self._enabled
        self.latches.chain = 0
        return b"S%X%X" % (int(message[1:2], 16) | nibble, int(message[2:3], 16) & nibble)

    # -- measuring ---------------------------------------------------------------------------

    def _measure(self, time_ns: int) -> None:
        """Convert the cell voltage, compare (THR-2, THR-3) and latch (THR-4)."""
        code = self._code = self.converter.convert(self.feed.sampled_V(time_ns))
        bleeding_code, low_code, high_code = self.settings.thresholds
        past = self._past
        if self._above_bleeding:
            bleeding_code += self._hysteresis_codes
        bits = 0
        if code <= bleeding_code - past:
            bits = BLEEDING
        if code <= high_code - past:
            bits |= HIGH
        if code >= low_code + past:
            bits |= LOW
        self._above_bleeding = bits & BLEEDING != 0
        if bits:
            latches = self.latches
            latches.module |= bits
            latches.chain |= bits

    def _set_bleed(self, *, on: bool, time_ns: int) -> None:
        if on is not self._bleeding:
            self._bleeding = on
            self.feed.bleed(on=on, time_ns=time_ns)

    # -- the watchdog ------------------------------------------------------------------------

    def _be_active_until(self, time_ns: int) -> None:
        """Whatever wakes the module starts its watchdog afresh."""
        self._last_activity_ns = max(self._last_activity_ns, time_ns)

    def _watchdog(self, time_ns: int) -> None:
        """Wake, purge the buffer (MSG-8) and measure (THR-1), unless something woke it before."""
        if not self._powered:
            return
        hearing_since_ns = self.inbound[0].start_ns if self.inbound else NEVER_NS
        if hearing_since_ns < time_ns:
            self._be_active_until(hearing_since_ns)
        due_ns = self._last_activity_ns + self.character.watchdog_ns
        if due_ns > time_ns:
            self.kernel.at(due_ns, self._watchdog)
            return
        self._buffer.clear()
        self._clear_from_ns = self._busy_until_ns
        if self.character.measures_on_watchdog:
            self._measure(time_ns)
            self._set_bleed(on=self._above_bleeding and self._enabled != 0, time_ns=time_ns)
        awake_until_ns = time_ns + self.character.processing_ns
        self.consumption.watchdog_wake(time_ns, awake_until_ns)
        self._last_activity_ns = time_ns
        self.kernel.at(time_ns + self.character.watchdog_ns, self._watchdog)


def _into_the_air(run: Run) -> None:
    """Where a module sends that nothing is connected to."""
