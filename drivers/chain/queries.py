"""What is asked of the chain, each once: modules by position, and the chain as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TypeAlias, TypeVar

from drivers.chain.messages import COUNT, LONGEST_CHAIN, Addressed, Message, address_of, encode
from drivers.chain.pipeline import Pipeline, Query, key_of
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
    ) -> dict[int, AnswerT]:
        """Ask these modules, pipelined; the answers by position."""
        queries = self._to_modules(set(positions), command, order)
        answers = self.pipeline.run(list(queries.values()))
        return {
            position: answer.message
            for position, query in queries.items()
            if (answer := answers.get(query.answer_key)) and isinstance(answer.message, kind)
        }

    def pass_on(self, message: AnswerT) -> AnswerT | None:
        """Send a message through the whole chain; what comes back, None if nothing does."""
        exchange = exchange_of(message)
        query = Query(
            message,
            key_of(message),
            exchange.answer_characters,
            earliest_s=self._timing.earliest_s(exchange, self.modules, self.modules),
            timeout_s=self._timing.timeout_s(exchange, self.modules, self.modules),
        )
        answer = self.pipeline.run([query]).get(query.answer_key)
        return answer.message if answer and isinstance(answer.message, type(message)) else None

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
        answer = self.pipeline.run([query]).get(query.answer_key)
        if not answer or not isinstance(answer.message, Addressed):
            return None
        if answer.message.address:
            return 256 - answer.message.address
        through_all_s = self._timing.earliest_s(exchange, LONGEST_CHAIN, LONGEST_CHAIN)
        return LONGEST_CHAIN if answer.elapsed_s >= through_all_s else 0

    def _to_modules(self, wanted: set[int], command: Command, order: Order) -> dict[int, Query]:
        """The queries by position, in the order in which they go out."""
        if not wanted:
            return {}
        exchange = exchange_of(command(min(wanted)))
        positions = sorted(wanted, reverse=order is Order.FAR_END_FIRST)
        gaps = [abs(later - earlier) for earlier, later in pairwise(positions)] + [1]
        return {
            position: Query(
                message := command(position),
                (_command_character(message), (position - self.modules) % 256),
                exchange.answer_characters,
                earliest_s=self._timing.earliest_s(exchange, position, self.modules),
                timeout_s=self._timing.timeout_s(exchange, position, self.modules),
                spacing_s=self._timing.spacing_s(exchange, order, gap),
            )
            for position, gap in zip(positions, gaps, strict=True)
        }


def _command_character(message: Message) -> str:
    return encode(message)[3:4].decode("ascii")
