"""A central unit under test, as a host speaks to it on its serial port (CTL-1 to CTL-4).

The unit has the chain of modules behind it and polls it by itself until it is told to stop. The
port, its clock and its transcript are the chain's (``drivers.chain.port``), as are the messages;
what is sent goes one at a time, as unit and cells share one line.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from drivers.chain.messages import (
    CARRIAGE_RETURN,
    COUNT,
    GENERAL_ENQUIRY,
    LINE_FEED,
    Addressed,
    General,
    Message,
    SettingMessage,
    VoltageAnswer,
    address_of,
    encode,
)
from drivers.chain.pipeline import Key, key_of
from drivers.chain.port import Port, SerialPort
from drivers.chain.results import GeneralStatus, VoltageSample
from drivers.chain.timing import ChainTiming, exchange_of
from drivers.chain.transcript import Direction, Transcript, quoted
from drivers.hostmessages import (
    RESUME_POLLING,
    STOP_POLLING,
    ForCells,
    FromCells,
    Heard,
    decode_heard,
    to_cells,
)
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from quantities.errors import LineNotProven, ProtocolError, SupervisorError, SupervisorSilent

_log = logging.getLogger(__name__)

_DRAIN = 4096
"""More characters than come within a watchdog period: a read of so many ends by its time-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTiming:
    """What waiting for a unit rests on, beside its chain's figures."""

    chain: ChainTiming
    turn_s: float = 0.1
    """The unit takes so long at most to pass a message on, to the cells or to the host."""
    silence_s: float = 2.0
    """For longer a unit that polls is never silent: its slowest period, and some more."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """What came over the port up to a CR, and when that was read (ns on the bench clock).

    ``heard`` is None where the characters are no message.
    """

    time_ns: int
    characters: bytes
    heard: Heard | None


class HostPort:
    """The host of a unit whose chain has ``modules`` modules.

    What is asked for and does not come is asked for again ``retries`` times, after a watchdog
    period in which the cells purge what they may hold (MSG-8). Every method can raise

    * ``PortError``: the port has gone,
    * ``LineNotProven``: not a character has ever come, so silence may be the rig's own line,
    * ``SupervisorSilent``, ``SupervisorError``: the unit was heard, but does not do its part.
    """

    def __init__(
        self, port: SerialPort, clock: Clock, timing: UnitTiming, modules: int, *, retries: int = 1
    ) -> None:
        self.modules = modules
        self.timing = timing
        self._port = Port(port, clock)
        self._clock = clock
        self._retries = retries
        self._pending = b""
        self._was_heard = False
        self._answered = False

    @property
    def transcript(self) -> Transcript:
        """Every character sent and received."""
        return self._port.transcript

    @property
    def name(self) -> str:
        """The port's, as errors show it."""
        return self._port.name

    def now(self) -> int:
        """The time on the bench clock, in ns, as what is heard is stamped."""
        return self._clock.now()

    def close(self) -> None:
        """Give the port back; may be repeated."""
        self._port.close()

    # -- polling (CTL-2) -------------------------------------------------------------------------

    def stop_polling(self) -> None:
        """Have the unit leave the chain alone, and wait until it does.

        An answer of the cells that meets ``<`` on the shared line spoils it, so it is repeated;
        raises ``SupervisorError`` if the unit goes on polling all the same.
        """
        traffic: list[Overheard] = []
        for _ in range(1 + self._retries):
            self._port.send(STOP_POLLING)
            self.listen(self._under_way_s())
            traffic = self.listen(self.timing.silence_s)
            if not any(isinstance(each.heard, ForCells) for each in traffic):
                return
        raise SupervisorError(
            f"still sends {quoted(traffic[-1].characters)} to the cells",
            where=self._port.name,
            expected=f"no polling after {quoted(STOP_POLLING)} (CTL-2)",
        )

    def resume_polling(self) -> None:
        """Have the unit poll again, and wait until it does.

        Raises ``SupervisorSilent`` if it does not, ``LineNotProven`` if it never was heard.
        """
        for _ in range(1 + self._retries):
            self._port.send(RESUME_POLLING)
            deadline_ns = self._deadline_ns(self.timing.silence_s)
            while (overheard := self._next(deadline_ns)) is not None:
                if isinstance(overheard.heard, ForCells):
                    return
        raise self._silence(f"sent {quoted(RESUME_POLLING)}", "polling within its period (CTL-2)")

    def listen(self, duration_s: float) -> list[Overheard]:
        """Everything that comes within this time, whomever it is meant for."""
        deadline_ns = self._deadline_ns(duration_s)
        self._clock.book_floor(duration_s, Purpose.WIRE)
        overheard = []
        while (each := self._next(deadline_ns)) is not None:
            overheard.append(each)
        return overheard

    def heard_since(self, mark: int) -> list[Overheard]:
        """All that came from an entry of the transcript on, whoever waited for it.

        Its time is that of the characters that ended it.
        """
        overheard, pending = [], b""
        for entry in self.transcript.since(mark):
            if entry.direction is Direction.RECEIVED:
                *lines, pending = (pending + entry.characters).split(CARRIAGE_RETURN)
                overheard += [Overheard(entry.time_ns, line, _decoded(line)) for line in lines]
        return overheard

    def overhear(self, timeout_s: float) -> Overheard | None:
        """The next thing that comes; None if nothing does in time."""
        return self._next(self._deadline_ns(timeout_s))

    # -- the chain through the unit (CTL-3, CTL-4) -----------------------------------------------

    def ask(self, message: Message) -> tuple[Message, bool]:
        """Send a message through the unit; the cells' answer, and whether it was asked for again.

        Whatever else comes meanwhile is passed over. Stop the unit's own polling first, or its
        messages and these may meet on the line.
        """
        key = self._answer_key(message)
        for attempt in range(1 + self._retries):
            if attempt:
                self._resynchronise()
            if (answer := self._exchange(message, key)) is not None:
                self._answered = True
                return answer, attempt > 0
        raise self._silence(f"sent {quoted(to_cells(message))}", "the answer with H ahead (CTL-3)")

    def general_status(self) -> GeneralStatus:
        """Poll ``S0F`` as the host; raises ``SupervisorError`` for a contradiction (CHN-2)."""
        answer, retried = self.ask(GENERAL_ENQUIRY)
        if not isinstance(answer, General) or not answer.consistent:
            raise SupervisorError(
                f"{quoted(encode(answer))} came back of {quoted(encode(GENERAL_ENQUIRY))}",
                where=self._port.name,
                expected="x AND y = y (CHN-2)",
            )
        return GeneralStatus(answer.any_module, answer.every_module, retried, self._clock.now())

    def read_voltage(self, position: int) -> VoltageSample:
        """Ask one module for its code and status (``U``)."""
        answer, retried = self.ask(Addressed(address_of(position), "U"))
        if not isinstance(answer, VoltageAnswer):
            raise self._unexpected(answer, "a code and a status (CMD-U1)")
        return VoltageSample(answer.code, answer.status, retried, self._clock.now())

    def count(self) -> int:
        """Count the modules with ``A00@`` (ADR-3); 256 where the address comes back as it went."""
        answer, _ = self.ask(COUNT)
        if not isinstance(answer, Addressed):
            raise self._unexpected(answer, "the count's address (ADR-3)")
        return 256 - answer.address

    # -- below -----------------------------------------------------------------------------------

    def _exchange(self, message: Message, key: Key) -> Message | None:
        """One attempt; None if no such answer comes in time."""
        self._take_waiting()
        self._port.send(to_cells(message))
        deadline_ns = self._deadline_ns(self._answer_s(message))
        while (overheard := self._next(deadline_ns)) is not None:
            match overheard.heard:
                case FromCells(answer) if key_of(answer) == key:
                    return answer
                case FromCells():
                    _log.warning("unsolicited: %s", quoted(overheard.characters))
        return None

    def _answer_key(self, message: Message) -> Key:
        """Which answer of the cells belongs to this: by its command and its origin (ADR-4)."""
        command, _ = key_of(message)
        match message:
            case Addressed(command="@"):
                return command, 0
            case Addressed(address) | SettingMessage(address) | VoltageAnswer(address):
                return command.removesuffix("?"), ((address or 256) - self.modules) % 256
            case _:
                return command, 0

    def _answer_s(self, message: Message) -> float:
        """From sending on the host's side to the answer there, at most."""
        chain, exchange = self.timing.chain, exchange_of(message)
        position = self.modules
        if isinstance(message, Addressed | SettingMessage) and 0 < message.address < self.modules:
            position = message.address
        own_wires_s = chain.wire_s(exchange.query_characters + exchange.answer_characters + 2)
        return (
            chain.timeout_s(exchange, position, self.modules) + 2 * self.timing.turn_s + own_wires_s
        )

    def _under_way_s(self) -> float:
        """So long after ``<`` may the unit still send what it had begun: a scan of all cells."""
        chain, exchange = self.timing.chain, exchange_of(Addressed(1, "U"))
        turns_s = self.modules * (chain.wire_s(exchange.answer_characters) + self.timing.turn_s)
        return turns_s + chain.way_s(exchange, self.modules, self.modules)

    def _resynchronise(self) -> None:
        """Let every module purge what it holds, and what is late come and go."""
        deadline_ns = self._deadline_ns(self.timing.chain.watchdog_longest_s)
        late = self._port.receive_until(_DRAIN, deadline_ns, Purpose.WATCHDOG)
        self._was_heard = self._was_heard or bool(late)
        self._pending = b""

    def _next(self, deadline_ns: int) -> Overheard | None:
        """What comes next up to a CR; None when the time has come first."""
        while self._clock.now() < deadline_ns:
            characters = self._port.receive_until_cr(deadline_ns)
            self._pending += characters
            self._was_heard = self._was_heard or bool(characters)
            if self._pending.endswith(CARRIAGE_RETURN):
                line, self._pending = self._pending, b""
                return Overheard(self._clock.now(), line, _decoded(line))
        return None

    def _take_waiting(self) -> None:
        """Pass over what has come before anything was asked for."""
        waiting = self._port.receive_waiting()
        self._was_heard = self._was_heard or bool(waiting)
        self._pending = (self._pending + waiting).rpartition(CARRIAGE_RETURN)[2]

    def _deadline_ns(self, duration_s: float) -> int:
        return self._clock.now() + round(duration_s * NANOSECONDS_PER_SECOND)

    def _silence(self, did: str, expected: str) -> SupervisorSilent | LineNotProven:
        """Whose fault silence is: who was never heard may not be connected at all."""
        if not self._was_heard:
            return LineNotProven(
                f"{did}, and not a character has come since the port was opened",
                where=self._port.name,
                expected=expected,
                remedy="check the port, its wiring and the unit's supply",
            )
        answered = "" if self._answered else "; no cell ever answered: check the chain behind it"
        return SupervisorSilent(
            f"{did}, and it did not come in time{answered}",
            where=self._port.name,
            expected=expected,
        )

    def _unexpected(self, answer: Message, expected: str) -> SupervisorError:
        return SupervisorError(
            f"answers {quoted(encode(answer))}", where=self._port.name, expected=expected
        )


def _decoded(line: bytes) -> Heard | None:
    if not line.strip(LINE_FEED + CARRIAGE_RETURN):
        return None
    try:
        return decode_heard(line)
    except ProtocolError:
        _log.warning("garbled: %s", quoted(line))
        return None
