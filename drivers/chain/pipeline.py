"""Queries into the chain and answers out of it: paced, sorted, counted, brought back in step.

The protocol numbers neither queries nor answers. What an answer belongs to follows from its
address, its command and its time, so after anything lost or doubled no further query goes out
until whatever is still on its way has come and every module has purged what it may hold. That
is waited for, not forced with a CR: a CR would complete what a module holds, and left-over
characters with a few more can be a well-formed command that writes.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from drivers.chain.messages import (
    CARRIAGE_RETURN,
    LINE_FEED,
    Addressed,
    Bleeding,
    General,
    Message,
    SettingMessage,
    VoltageAnswer,
    decode,
    encode,
)
from drivers.chain.port import Port
from drivers.chain.timing import ChainTiming
from drivers.chain.transcript import quoted
from quantities import NANOSECONDS_PER_SECOND, Purpose
from quantities.errors import ProtocolError

_log = logging.getLogger(__name__)

_DRAIN = 4096
"""More characters than a chain can have on its way: a read of so many ends by its time-out."""

Key: TypeAlias = tuple[str, int]
"""Which answer a message is: its command and its address, 0 where the address tells no place."""


@dataclass
class LineStatistics:
    """What went over the line since the chain was opened, and what went wrong."""

    sent: int = 0
    """Queries."""
    answered: int = 0
    """Queries whose answer came."""
    lost: int = 0
    """Queries whose answer did not come in time."""
    late: int = 0
    """Answers to queries that had been given up; they are not used."""
    garbled: int = 0
    """Messages that are none of the protocol, or broke off."""
    duplicated: int = 0
    """Further answers to a query that was answered."""
    unsolicited: int = 0
    """Messages that nobody asked for, or that came before they could."""
    retried: int = 0
    """Queries sent again."""
    resynchronised: int = 0
    """Times that a watchdog period was waited out to bring the chain back in step."""

    @property
    def disturbances(self) -> int:
        """Messages that came and were not what was asked for."""
        return self.late + self.garbled + self.duplicated + self.unsolicited


@dataclass(frozen=True, slots=True)
class Query:
    """One query: its message, which answer it waits for, and when that can and must come.

    ``answer_characters`` counts LF and CR; ``spacing_s`` is how long after the start of this
    query the next may start.
    """

    message: Message
    answer_key: Key
    answer_characters: int
    earliest_s: float
    timeout_s: float
    spacing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A message that came back, and how long after its query began it was read."""

    message: Message
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class _Sent:
    query: Query
    time_ns: int

    @property
    def earliest_ns(self) -> int:
        return self.time_ns + _ns(self.query.earliest_s)

    @property
    def deadline_ns(self) -> int:
        return self.time_ns + _ns(self.query.timeout_s)


class Pipeline:
    """The one place that sends queries and receives answers."""

    def __init__(self, port: Port, timing: ChainTiming) -> None:
        self.statistics = LineStatistics()
        self._port = port
        self._clock = port.clock
        self._timing = timing
        self._pending = b""
        self._outstanding: dict[Key, deque[_Sent]] = {}
        self._asked: Counter[Key] = Counter()
        self._answers: dict[Key, list[Answer]] = {}
        self._contested: set[Key] = set()
        self._given_up: set[Key] = set()
        self._free_ns = 0
        self._out_of_step_ns: int | None = None

    def run(self, queries: Sequence[Query]) -> dict[Key, list[Answer]]:
        """Send all queries, each as soon as the chain can take it; returns the answers by key.

        Answers to queries of one key are in the order of these (TIM-2). A key that lacks an
        answer is not in the result, as nothing tells which of its queries was lost; nor is one
        with an answer too many that differs: none of them can be believed.

        Through a port that keeps no times nothing is sent while an answer is due: queries that
        come closer together than they were sent would be lost to a busy module.
        """
        if self._timing.port_keeps_times:
            return self._run(queries)
        answers: dict[Key, list[Answer]] = {}
        for query in queries:
            for key, of_its_key in self._run([query]).items():
                answers.setdefault(key, []).extend(of_its_key)
        due = Counter(query.answer_key for query in queries)
        return {key: found for key, found in answers.items() if len(found) == due[key]}

    def _run(self, queries: Sequence[Query]) -> dict[Key, list[Answer]]:
        self._bring_in_step()
        self._asked, self._answers, self._contested = Counter(), {}, set()
        try:
            self._send(queries)
            self._await_answers()
            self._book_floor(queries)
        except BaseException:
            self.mark_out_of_step()
            raise
        finally:
            self._finish()
        return dict(self._answers)

    def resynchronise(self) -> None:
        """Let every module purge what it holds (MSG-8), and discard what still comes."""
        self.mark_out_of_step()
        self._bring_in_step()

    def start_afresh(self) -> None:
        """The chain has been without power: what came before counts as ever, nothing is left."""
        self._take(self._port.receive_waiting())
        self._pending = b""
        self._out_of_step_ns = None

    @property
    def in_step(self) -> bool:
        """Whether the next exchange begins without waiting for modules to purge what they hold."""
        if self._out_of_step_ns is None:
            return True
        return self._clock.now() >= self._out_of_step_ns + _ns(self._timing.watchdog_longest_s)

    def mark_out_of_step(self) -> None:
        """From now on modules may hold left-over characters: resynchronise before a query."""
        self._out_of_step_ns = self._clock.now()

    def _send(self, queries: Sequence[Query]) -> None:
        """Send at the queries' spacing, which counts from when a query really went out."""
        due_ns = self._free_ns
        for query in queries:
            self._clock.wait_until(due_ns, Purpose.WIRE)
            sent_ns = self._port.send(encode(query.message))
            self._outstanding.setdefault(query.answer_key, deque()).append(_Sent(query, sent_ns))
            self._asked[query.answer_key] += 1
            self.statistics.sent += 1
            due_ns = sent_ns + _ns(query.spacing_s)
            if query is not queries[-1]:
                self._take(self._port.receive_waiting())

    def _await_answers(self) -> None:
        """Read until no answer is outstanding, or the last of them is overdue.

        Each time the port is asked for the least that the outstanding answers can have, so that
        a chain whose modules leave out their LF is heard in time as well.
        """
        while self._outstanding:
            sent = [one for of_one_key in self._outstanding.values() for one in of_one_key]
            deadline_ns = max(one.deadline_ns for one in sent)
            least = sum(one.query.answer_characters - len(LINE_FEED) for one in sent)
            size = max(1, least - len(self._pending.replace(LINE_FEED, b"")))
            characters = self._port.receive_until(size, deadline_ns)
            self._take(characters)
            if len(characters) < size:
                return
            if self._clock.now() >= deadline_ns:
                self._take(self._port.receive_until(_DRAIN, deadline_ns))
                return

    def _book_floor(self, queries: Sequence[Query]) -> None:
        """What these take with nothing lost and nobody waiting: spacings, and the last's way."""
        spacings_s = sum(query.spacing_s for query in queries[:-1])
        way_s = sum(query.earliest_s for query in queries[-1:])
        self._clock.book_floor(spacings_s + way_s, Purpose.WIRE)

    def _take(self, characters: bytes) -> None:
        """Sort the messages that these characters complete."""
        if characters:
            *messages, self._pending = (self._pending + characters).split(CARRIAGE_RETURN)
            for message in messages:
                self._sort(message)

    def _sort(self, characters: bytes) -> None:
        """Find out what a received message is: an answer awaited, or what else."""
        try:
            message = decode(characters)
        except ProtocolError:
            self.statistics.garbled += 1
            _log.warning("garbled: %s", quoted(characters))
            return
        key, now_ns = key_of(message), self._clock.now()
        awaited = self._outstanding.get(key)
        if awaited and now_ns >= awaited[0].earliest_ns:
            elapsed_s = (now_ns - awaited.popleft().time_ns) / NANOSECONDS_PER_SECOND
            self._answers.setdefault(key, []).append(Answer(message, elapsed_s))
            if not awaited:
                del self._outstanding[key]
        elif key in self._answers or key in self._contested:
            self._contest(key, message)
            self.statistics.duplicated += 1
            _log.warning("duplicated: %s", quoted(characters))
        elif key in self._given_up:
            self.statistics.late += 1
            _log.warning("late: %s", quoted(characters))
        else:
            self.statistics.unsolicited += 1
            _log.warning("unsolicited: %s", quoted(characters))

    def _contest(self, key: Key, message: Message) -> None:
        """An answer too many: unless all are alike none counts, and more may follow."""
        if any(answer.message != message for answer in self._answers.get(key, ())):
            del self._answers[key]
            self._contested.add(key)
        self.mark_out_of_step()

    def _finish(self) -> None:
        """Count what came, and remember whether the exchange left the chain in step."""
        asked, answers = self._asked, self._answers
        self._answers = {key: answers[key] for key in answers if len(answers[key]) == asked[key]}
        self._given_up = asked.keys() - self._answers.keys()
        self._outstanding = {}
        self.statistics.answered += sum(asked[key] for key in self._answers)
        self.statistics.lost += sum(asked[key] for key in self._given_up)
        if self._given_up:
            self.mark_out_of_step()
        # The last stop bit may still be on the wire when its character has been read.
        self._free_ns = self._clock.now() + _ns(self._timing.wire_s(1))

    def _bring_in_step(self) -> None:
        """Sort out what came since the last exchange, then wait out the watchdog if need be.

        The pause purges what modules hold (MSG-8), and lets late answers come and go. It counts
        from when the chain fell out of step: whatever was done since has not to be waited again.
        """
        self._take(self._port.receive_waiting())
        if self._out_of_step_ns is None:
            return
        quiet_ns = self._out_of_step_ns + _ns(self._timing.watchdog_longest_s)
        self._take(self._port.receive_until(_DRAIN, quiet_ns, Purpose.WATCHDOG))
        self._clock.wait_until(quiet_ns, Purpose.WATCHDOG)
        if self._pending.strip(LINE_FEED):
            self.statistics.garbled += 1
            _log.warning("broke off: %s", quoted(self._pending))
        self._pending = b""
        self._out_of_step_ns = None
        self.statistics.resynchronised += 1


def key_of(message: Message) -> Key:
    """Which answer this message would be."""
    match message:
        case VoltageAnswer(address=address):
            return "U", address
        case SettingMessage(address, setting):
            return setting.value, address
        case Addressed(command="@"):
            return "@", 0
        case Addressed(address, command, argument):
            return (command if argument else f"{command}?"), address
        case General():
            return "S", 0
        case Bleeding(enabled):
            return ("e" if enabled else "d"), 0


def _ns(seconds: float) -> int:
    return round(seconds * NANOSECONDS_PER_SECOND)
