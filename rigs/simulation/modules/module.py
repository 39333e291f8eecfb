"""A simulated cell module: its parts at work, from a CR to the answer.

Behaviour is that of the clauses alone; what a clause leaves open is a figure of the module's
table. The module is busy from the first start bit received to the last stop bit sent; in
half duplex what begins meanwhile is not heard, or heard in fragments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from rigs.simulation.kernel import NEVER_NS, Kernel
from rigs.simulation.line import Run, duration_ns, into_the_air, nothing_to_stop
from rigs.simulation.modules.adc import Converter
from rigs.simulation.modules.alarm import Alarm
from rigs.simulation.modules.buffer import CAPACITY, Buffer
from rigs.simulation.modules.consumption import Consumption
from rigs.simulation.modules.eeprom import Eeprom
from rigs.simulation.modules.feed import Feed
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
from rigs.simulation.modules.thermometer import Thermometer
from rigs.simulation.modules.traits import Traits
from rigs.simulation.modules.watchdog import Watchdog

LONGEST_SENT = 16

# ADR-2: every address but 01 goes on, less one.
DECREMENTED = {
    f"{address:02X}".encode(): f"{(address - 1) % 256:02X}".encode() for address in range(256)
}


class Module:
    """One module, made of its parts.

    ``inbound`` holds the runs on its wire that it has not heard yet. ``send`` puts a run on the
    next wire, ``stop_sending(time_ns)`` breaks off there what has not been sent by then.
    """

    # Beyond thirty attributes of its own CPython finds an object's attributes a tenth slower.
    thermometer: Thermometer | None = None
    alarm: Alarm | None = None

    def __init__(
        self,
        traits: Traits,
        *,
        kernel: Kernel,
        receiver: Receiver,
        converter: Converter,
        eeprom: Eeprom,
        consumption: Consumption,
        feed: Feed,
    ) -> None:
        self.traits = traits
        self._bit_ns = traits.bit_ns
        self._processing_ns = traits.processing_ns
        self._half_duplex = traits.half_duplex
        self._hysteresis_codes = traits.hysteresis_codes
        # "At or above" counts equality; where a module's does not, its code must be past it.
        self._past = 0 if traits.equality_counts else 1
        self.kernel = kernel
        self.receiver = receiver
        self.buffer = Buffer()
        self.converter = converter
        self.eeprom = eeprom
        self.settings = Settings(eeprom)
        self.latches = Latches()
        self.consumption = consumption
        self.feed = feed
        self.inbound: deque[Run] = deque()
        self.send: Callable[[Run], None] = into_the_air
        self.stop_sending: Callable[[int], None] = nothing_to_stop
        self.watchdog = Watchdog(
            kernel, traits.watchdog_ns, active_until=self._active_until, wake=self._wake
        )
        self._sent_length_ns = [
            duration_ns(length, traits.bit_ns) for length in range(LONGEST_SENT)
        ]
        self._powered = False
        self._enabled = ENABLED
        self._above_bleeding = False
        self._bleeding = False
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
        self.buffer.purge()
        self.receiver.forget()
        self._busy_until_ns = self._transmitter_free_ns = time_ns + self.traits.power_up_ns
        self._clear_from_ns = self._busy_until_ns
        self._last_activity_ns = self._busy_until_ns
        self.consumption.power_up(time_ns)
        self.consumption.active(time_ns, self._busy_until_ns)
        self.watchdog.start(self._busy_until_ns)

    def power_down(self, time_ns: int) -> None:
        """Stop at once; what was being sent or written stays unfinished."""
        self._powered = False
        self._clear_from_ns = NEVER_NS
        self.watchdog.stop()
        self.stop_sending(time_ns)
        self.eeprom.lose_power(time_ns)
        self.consumption.power_down(time_ns)
        self._set_bleed(on=False, time_ns=time_ns)

    @property
    def powered(self) -> bool:
        """Whether the feed has been sufficient since the last power-up."""
        return self._powered

    def account_consumption(self, time_ns: int) -> None:
        """Note what goes on now: a run counts when it has ended, and unobserved none does."""
        if not self._powered:
            return
        if self._last_activity_ns + self.consumption.to_sleep_ns > time_ns:
            self.consumption.active(time_ns, self._last_activity_ns)
        if self.inbound and self.inbound[0].start_ns < time_ns:
            self.consumption.active(self.inbound[0].start_ns, time_ns)

    # -- receiving ---------------------------------------------------------------------------

    def arrive(self, time_ns: int) -> None:
        """The oldest run on the wire has ended: hear it."""
        run = self.inbound.popleft()
        receiver = self.receiver
        if (
            run.message is not None
            and run.start_ns >= self._clear_from_ns
            and receiver.shortest_bit_ns <= run.bit_ns <= receiver.longest_bit_ns
            and 0 < len(run.message) <= CAPACITY
        ):
            self.obey(run.message, run.start_ns, time_ns)
        elif self._powered and run.end_ns > run.start_ns:
            self._listen(run, time_ns)

    def _listen(self, run: Run, time_ns: int) -> None:
        """Hear a run character by character, bit by bit, from when the module is not deaf.

        A CR that only mishearing finds inside a run is obeyed when the run has ended, and what
        follows it is lost in half duplex.
        """
        if self._busy_until_ns > time_ns:
            return
        for heard in self.receiver.characters(run, max(run.start_ns, self._busy_until_ns)):
            message = self.buffer.take(heard)
            if message is not None:
                self.obey(message, run.start_ns, time_ns)
                if self._half_duplex or not self._powered:
                    self.receiver.forget()
                    return
        left_over = self.buffer or self.receiver.unfinished
        self._clear_from_ns = NEVER_NS if left_over else self._busy_until_ns
        self._last_activity_ns = max(self._last_activity_ns, run.end_ns)
        if self.consumption.observed:
            self.consumption.active(run.start_ns, run.end_ns)

    # -- obeying -----------------------------------------------------------------------------

    def obey(self, message: bytes, begun_ns: int, time_ns: int) -> None:  # noqa: C901 - hot: one call
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
            answer = self.latches.general_status(message, self._enabled)
        elif message in (b"e", b"d"):
            self._enabled = ENABLED if message == b"e" else 0
            answer = message
        done_ns = time_ns + self._processing_ns + writing_ns
        if answer is not None:
            begins_ns = done_ns
            if begins_ns < self._transmitter_free_ns:  # noqa: PLR1730 - hot: max() is a call
                begins_ns = self._transmitter_free_ns
            done_ns = begins_ns + self._sent_length_ns[len(answer) + 2]
            self._transmitter_free_ns = done_ns
            self.send(Run(b"\n" + answer + b"\r", begins_ns, done_ns, self._bit_ns, answer))
        if self._half_duplex:
            self._busy_until_ns = done_ns
        self._clear_from_ns = self._busy_until_ns
        self._last_activity_ns = done_ns
        if self.consumption.observed:
            self.consumption.active(begun_ns, done_ns)
        # Last, as the voltage may break down under the load.
        bleeding = self._above_bleeding if self._enabled else False
        if bleeding is not self._bleeding:
            self._set_bleed(on=bleeding, time_ns=time_ns)

    def _execute(self, command: bytes, time_ns: int) -> tuple[bytes | None, int]:
        """Obey a command that is addressed here; the answer, and how long the EEPROM takes."""
        key = command[:1].decode("ascii", "replace")
        if key == "U":
            return b"A00U%03X%X" % (self._code, self.latches.take() | self._enabled), 0
        if key in DIGITS:
            return self.settings.obey(key, command[1:], time_ns)
        if key == "T" and self.thermometer:
            return b"A00T%03X" % self.thermometer.read(time_ns), 0
        # Nobody obeys @, so it goes on: in a chain of 256 the last module sees A01@ (ADR-3).
        return (b"A00@" if command == b"@" else None), 0

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
            if self.thermometer:
                self.thermometer.bleed(on=on, time_ns=time_ns)

    # -- the watchdog ------------------------------------------------------------------------

    def _active_until(self, time_ns: int) -> int:
        """When something last woke it: the start of a break, each character of a run."""
        if self.inbound and self.inbound[0].start_ns < time_ns:
            run = self.inbound[0]
            return max(self._last_activity_ns, time_ns if run.characters else run.start_ns)
        return self._last_activity_ns

    def _wake(self, time_ns: int) -> None:
        """The watchdog has run out: purge the buffer (MSG-8) and measure (THR-1)."""
        self.buffer.purge()
        self.receiver.forget()
        self._clear_from_ns = self._busy_until_ns
        self.consumption.watchdog_wake(time_ns, time_ns + self._processing_ns)
        if self.traits.measures_on_watchdog:
            self._measure(time_ns)
        if self.alarm and (message := self.alarm.message(self._code, self.settings.thresholds)):
            self._raise_alarm(message, time_ns + self._processing_ns)
        # Last, as the voltage may break down under the load.
        self._set_bleed(on=self._above_bleeding and self._enabled != 0, time_ns=time_ns)

    def _raise_alarm(self, message: bytes, ready_ns: int) -> None:
        """Send a message that nobody asked for."""
        begins_ns = max(ready_ns, self._transmitter_free_ns)
        done_ns = begins_ns + duration_ns(len(message) + 2, self._bit_ns)
        self._transmitter_free_ns = done_ns
        self.send(Run(b"\n" + message + b"\r", begins_ns, done_ns, self._bit_ns, message))
        if self._half_duplex:
            self._clear_from_ns = self._busy_until_ns = done_ns
        self.consumption.active(begins_ns, done_ns)
