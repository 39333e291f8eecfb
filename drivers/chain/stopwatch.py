"""Messages timed one by one: each sent at its time, each answer noted as its CR is read.

Nothing is asked again and nobody is blamed: what does not come back has no time. Commands here
change nothing that a module keeps, unless a caller hands in one that does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import (
    COUNT,
    GENERAL_ENQUIRY,
    Bleeding,
    Message,
    decode,
    encode,
)
from drivers.chain.pipeline import Key, Query, key_of
from drivers.chain.port import Port
from drivers.chain.queries import Command, Queries, enquiry
from drivers.chain.timing import ChainTiming, Exchange, Order, exchange_of
from quantities import NANOSECONDS_PER_SECOND, Purpose
from quantities.errors import ProtocolError

PATIENCE_S = 0.25
"""So much longer than the product's figures allow is an answer waited for, to see how late it is."""

PASSED_ON: dict[str, Message] = {"@": COUNT, "S": GENERAL_ENQUIRY, "e": Bleeding(enabled=True)}
"""Messages that every module passes on and none answers, by their command character."""


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """Seconds from the start of each message to the end of what came back; NaN: nothing did.

    ``elapsed_s`` is by command: of one passed on a single time, else an array by position.
    """

    elapsed_s: dict[str, NDArray[np.float64]]
    in_order: bool
    """Whether the answers that came did so in the order of their queries (TIM-2)."""

    @property
    def complete(self) -> bool:
        """Whether everything came back."""
        return not any(np.isnan(times).any() for times in self.elapsed_s.values())


class Stopwatch:
    """Times messages through one chain. Every method raises ``PortError`` with the port."""

    def __init__(self, port: Port, queries: Queries, timing: ChainTiming) -> None:
        self._port = port
        self._queries = queries
        self._timing = timing
        self._pipeline = queries.pipeline

    def poll(
        self,
        commands: Sequence[str],
        order: Order = Order.FAR_END_FIRST,
        *,
        spacing_s: float | None = None,
    ) -> Times:
        """Each command in turn to all modules, without a pause between the commands.

        Messages of one command follow at ``spacing_s``, by default the least that the product's
        figures allow.
        """
        queries: list[Query] = []
        owners: list[tuple[str, int]] = []
        for command in commands:
            placed = self._round(command, order)
            if spacing_s is not None:
                placed = [(place, replace(query, spacing_s=spacing_s)) for place, query in placed]
            if queries:
                queries[-1] = self._let_pass(queries[-1], placed[0][1])
            for place, query in placed:
                queries.append(query)
                owners.append((command, place))
        elapsed_s, in_order = self.time(queries)
        modules = self._queries.modules
        by_command = {
            command: np.full(1 if command in PASSED_ON else modules, np.nan) for command in commands
        }
        for (command, place), seconds in zip(owners, elapsed_s, strict=True):
            by_command[command][place - 1] = seconds
        return Times(by_command, in_order)

    def ask(self, command: str, position: int) -> float:
        """One command to one module, with nothing else on its way; NaN if it does not answer."""
        queries = self._queries.to_modules({position}, enquiry(command), Order.FAR_END_FIRST)
        (elapsed_s,), _ = self.time([query for _, query in queries])
        return elapsed_s

    def tell(self, command: Command, positions: set[int]) -> NDArray[np.float64]:
        """A command of the caller's own to these modules; its times by position."""
        queries = self._queries.to_modules(positions, command, Order.FAR_END_FIRST)
        elapsed_s, _ = self.time([query for _, query in queries])
        by_position = np.full(self._queries.modules, np.nan)
        for (position, _), seconds in zip(queries, elapsed_s, strict=True):
            by_position[position - 1] = seconds
        return by_position

    def pair(self, first: tuple[str, int], second: tuple[str, int], spacing_s: float) -> bool:
        """Whether two commands, each to a position, are both answered at this spacing."""
        queries = [
            replace(query, spacing_s=spacing_s)
            for command, position in (first, second)
            for _, query in self._round(command, Order.FAR_END_FIRST, {position})
        ]
        elapsed_s, _ = self.time(queries)
        return not np.isnan(elapsed_s).any()

    def time(self, queries: Sequence[Query]) -> tuple[list[float], bool]:
        """Send these at their spacings; the time of each, and whether they came in order."""
        port, clock = self._port, self._port.clock
        self._pipeline.run(())  # brings the chain in step
        begun_ns = due_ns = clock.now()
        run = _Run(queries)
        for index, query in enumerate(queries):
            while run.awaited and clock.now() < due_ns:
                run.take(port.receive_until_cr(due_ns), clock.now())
            clock.wait_until(due_ns, Purpose.WIRE)
            run.sent(index, port.send(encode(query.message)), _ns(query.timeout_s + PATIENCE_S))
            due_ns = run.sent_ns[index] + _ns(query.spacing_s)
        while run.awaited and clock.now() < run.deadline_ns:
            run.take(port.receive_until_cr(run.deadline_ns), clock.now())
        statistics = self._pipeline.statistics
        statistics.sent += len(queries)
        statistics.answered += len(queries) - run.awaited
        statistics.lost += run.awaited
        if run.awaited or run.disturbed:
            self._pipeline.mark_out_of_step()
        clock.wait(self._timing.wire_s(1), Purpose.WIRE)  # the last stop bit
        clock.book_floor((clock.now() - begun_ns) / NANOSECONDS_PER_SECOND, Purpose.WIRE)
        return run.elapsed_s, run.arrived == sorted(run.arrived)

    def _round(
        self, command: str, order: Order, positions: set[int] | None = None
    ) -> list[tuple[int, Query]]:
        """The queries of one command, each with its place in the result."""
        if command in PASSED_ON:
            return [(1, self._queries.through_all(PASSED_ON[command]))]
        wanted = positions or set(range(1, self._queries.modules + 1))
        return self._queries.to_modules(wanted, enquiry(command), order)

    def _let_pass(self, query: Query, follower: Query) -> Query:
        """Spaced for a follower of whatever length, to whatever position.

        That is the near end first from one end to the other: no follower gains more.
        """
        modules = self._queries.modules
        if modules == 1:
            return query
        longest = exchange_of(query.message).answer_characters
        shortest = min(longest, exchange_of(follower.message).query_characters)
        spacing_s = self._timing.spacing_s(
            Exchange(shortest, longest), Order.NEAR_END_FIRST, modules - 1
        )
        return replace(query, spacing_s=spacing_s)


class _Run:
    """One run of messages: what was sent when, and what has come back of it."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self.elapsed_s = [float("nan")] * len(queries)
        self.sent_ns = [0] * len(queries)
        self.arrived: list[int] = []
        self.awaited = 0
        self.deadline_ns = 0
        self.disturbed = False
        self._keys = [query.answer_key for query in queries]
        self._outstanding: dict[Key, deque[int]] = {}
        self._pending = b""

    def sent(self, index: int, time_ns: int, patience_ns: int) -> None:
        """The message at ``index`` began at this time."""
        self.sent_ns[index] = time_ns
        self.deadline_ns = max(self.deadline_ns, time_ns + patience_ns)
        self._outstanding.setdefault(self._keys[index], deque()).append(index)
        self.awaited += 1

    def take(self, characters: bytes, time_ns: int) -> None:
        """Characters up to a CR at most, which was read at this time."""
        self._pending += characters
        if not characters.endswith(b"\r"):
            return
        message, self._pending = self._pending, b""
        try:
            awaiting = self._outstanding.get(key_of(decode(message)))
        except ProtocolError:
            awaiting = None
        if not awaiting:
            self.disturbed = True
            return
        index = awaiting.popleft()
        self.arrived.append(index)
        self.awaited -= 1
        self.elapsed_s[index] = (time_ns - self.sent_ns[index]) / NANOSECONDS_PER_SECOND


def _ns(seconds: float) -> int:
    return round(seconds * NANOSECONDS_PER_SECOND)
