"""What is asked of the chain, each once: modules by position, and the chain as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias, TypeVar

from drivers.chain.messages import COUNT, LONGEST_CHAIN, Addressed, Message, address_of, encode
from drivers.chain.pipeline import Answer, Key, Pipeline, Query, key_of
from drivers.chain.timing import ChainTiming, Order, exchange_of

AnswerT = TypeVar("AnswerT", bound=Message)

Command: TypeAlias = Callable[[int], Message]
"""Builds the message for the module at a position."""


def enquiry(command: str) -> Command:
    """A command without argument."""
    return lambda position: Addressed(address_of(position), command)


class Queries:
    """Asks a chain of ``modules`` modules; what does not come back is simply not there."""

    def __init__(self, pipeline: Pipeline, timing: ChainTiming, modules: int) -> None:
        self.pipeline = pipeline
        self.modules = modules
        self._timing = timing

    def poll(
        self,
        positions: Iterable[int],
        command: Command,
        kind: type[AnswerT],
        order: Order = Order.FAR_END_FIRST,
        *,
        times: int = 1,
    ) -> dict[int, list[AnswerT]]:
        """Ask these modules, pipelined, each so many times in a row; all answers by position.

        A module of whose answers any is missing is not among them.
        """
        queries = self.to_modules(set(positions), command, order, times)
        answers = self.pipeline.run([query for _, query in queries])
        found: dict[int, list[AnswerT]] = {}
        for position, query in dict(queries).items():
            of_kind: list[AnswerT] = [
                answer.message
                for answer in answers.get(query.answer_key, ())
                if isinstance(answer.message, kind)
            ]
            if len(of_kind) == times:
                found[position] = of_kind
        return found

    def pass_on(self, message: AnswerT) -> AnswerT | None:
        """Send a message through the whole chain; what comes back, None if nothing does."""
        query = self.through_all(message)
        answer = _last(self.pipeline.run([query]), query)
        return answer.message if answer and isinstance(answer.message, type(message)) else None

    def pass_on_addresses(self, addresses: Sequence[int]) -> list[int] | None:
        """Send ``@``, which nobody obeys, to each address, pipelined; the addresses as they return.

        They are in the order sent. None if any does not come back, as that order is then lost.
        """
        queries = [self.through_all(replace(COUNT, address=address)) for address in addresses]
        answers = self.pipeline.run(queries).get(key_of(COUNT))
        if answers is None:
            return None
        messages = [answer.message for answer in answers]
        return [message.address for message in messages if isinstance(message, Addressed)]

    def count(self) -> int | None:
        """How many modules pass the count on (ADR-3); None if it does not come back.

        That is (256 − address) mod 256. An empty line and 256 modules both leave 00 as it is; the
        time tells them apart, and an empty line counts 0.
        """
        exchange = exchange_of(COUNT)
        query = Query(
            COUNT,
            key_of(COUNT),
            exchange.answer_characters,
            earliest_s=0.0,
            timeout_s=self._timing.timeout_s(exchange, LONGEST_CHAIN, LONGEST_CHAIN),
        )
        answer = _last(self.pipeline.run([query]), query)
        if not answer or not isinstance(answer.message, Addressed):
            return None
        if answer.message.address:
            return 256 - answer.message.address
        through_all_s = self._timing.earliest_s(exchange, LONGEST_CHAIN, LONGEST_CHAIN)
        return LONGEST_CHAIN if answer.elapsed_s >= through_all_s else 0

    def through_all(self, message: Message) -> Query:
        """The query of a message that no module keeps, spaced for others of its length."""
        exchange = exchange_of(message)
        return Query(
            message,
            key_of(message),
            exchange.answer_characters,
            earliest_s=self._timing.earliest_s(exchange, self.modules, self.modules),
            timeout_s=self._timing.timeout_s(exchange, self.modules, self.modules),
            spacing_s=self._timing.spacing_s(exchange, Order.FAR_END_FIRST),
        )

    def to_modules(
        self, wanted: set[int], command: Command, order: Order, times: int = 1
    ) -> list[tuple[int, Query]]:
        """The queries, each with its position, in the order in which they go out."""
        if not wanted:
            return []
        exchange = exchange_of(command(min(wanted)))
        once = sorted(wanted, reverse=order is Order.FAR_END_FIRST)
        positions = [position for position in once for _ in range(times)]
        gaps = [abs(later - earlier) for earlier, later in pairwise(positions)] + [1]
        return [
            (
                position,
                Query(
                    message := command(position),
                    (_command_character(message), (position - self.modules) % 256),
                    exchange.answer_characters,
                    earliest_s=self._timing.earliest_s(exchange, position, self.modules),
                    timeout_s=self._timing.timeout_s(exchange, position, self.modules),
                    spacing_s=self._timing.spacing_s(exchange, order, gap),
                ),
            )
            for position, gap in zip(positions, gaps, strict=True)
        ]


def _last(answers: dict[Key, list[Answer]], query: Query) -> Answer | None:
    """The last answer that came to this query's key."""
    of_its_key = answers.get(query.answer_key)
    return of_its_key[-1] if of_its_key else None


def _command_character(message: Message) -> str:
    return encode(message)[3:4].decode("ascii")
