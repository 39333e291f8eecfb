"""Asking modules, asking again what may be asked again, and finding out whose fault silence is.

A controller hears nothing but the far end of the chain. A lost answer may be its module's fault,
that of any other module on the way, or the rig's. What decides is the count (ADR-3), which every
module passes on and none obeys: if it comes back, the line and all modules pass messages on and
the silent module is to blame. If it does not, nothing shows that the rig's own line is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TypeAlias, TypeVar

from drivers.chain.messages import (
    COUNT,
    LONGEST_CHAIN,
    Addressed,
    Message,
    Setting,
    SettingMessage,
    address_of,
    encode,
)
from drivers.chain.pipeline import Pipeline, Query, key_of
from drivers.chain.port import Port
from drivers.chain.timing import ChainTiming, Order, exchange_of
from drivers.chain.transcript import quoted
from quantities.errors import (
    ChainBroken,
    ChainCountMismatch,
    LineNotProven,
    ModuleGarbled,
    ModuleSilent,
    RigError,
)

AnswerT = TypeVar("AnswerT", bound=Message)

Command: TypeAlias = Callable[[int], Message]
"""Builds the message for the module at a position."""


def enquiry(command: str) -> Command:
    """A command without argument."""
    return lambda position: Addressed(address_of(position), command)


class Poller:
    """Polls of modules by position, and messages through the whole chain."""

    def __init__(self, port: Port, timing: ChainTiming, modules: int, retries: int) -> None:
        self.pipeline = Pipeline(port, timing)
        self._port = port
        self._timing = timing
        self._modules = modules
        self._retries = retries

    def ask(
        self,
        positions: Iterable[int],
        command: Command,
        kind: type[AnswerT],
        order: Order = Order.FAR_END_FIRST,
    ) -> tuple[dict[int, AnswerT], frozenset[int]]:
        """Poll these modules, and those again that did not answer.

        Returns the answers by position and the positions that had to be asked again. Raises
        ``LineNotProven``, ``ChainBroken`` or ``ChainCountMismatch`` if more than those modules
        is at fault.
        """
        wanted = list(positions)
        answers = self.poll(wanted, command, kind, order)
        missing = [position for position in wanted if position not in answers]
        retried = frozenset(missing)
        if missing:
            self.prove_line()
        for _ in range(self._retries):
            if not missing:
                break
            self.pipeline.statistics.retried += len(missing)
            answers |= self.poll(missing, command, kind, order)
            missing = [position for position in missing if position not in answers]
        return answers, retried

    def ask_one(self, position: int, command: Command, kind: type[AnswerT]) -> tuple[AnswerT, bool]:
        """Ask one module; returns its answer and whether it had to be asked again.

        Raises ``ModuleSilent`` or ``ModuleGarbled`` beyond what ``ask`` raises.
        """
        mark, disturbances = len(self._port.transcript), self.pipeline.statistics.disturbances
        answers, retried = self.ask([position], command, kind)
        if position in answers:
            return answers[position], position in retried
        sent = quoted(encode(command(position)))
        received = self._port.transcript.received_since(mark)
        if self.pipeline.statistics.disturbances > disturbances:
            raise ModuleGarbled(
                f"sent {sent}, received {received}",
                position=position,
                expected=f"the module's answer, through {self._modules} modules",
            )
        raise ModuleSilent(
            f"sent {sent}, no answer in time; the whole chain passed the count on; "
            f"received {received}",
            position=position,
            expected="an answer",
        )

    def poll(
        self,
        positions: Iterable[int],
        command: Command,
        kind: type[AnswerT],
        order: Order = Order.FAR_END_FIRST,
    ) -> dict[int, AnswerT]:
        """Poll these modules once, pipelined; the answers by position."""
        queries = self._queries(set(positions), command, order)
        answers = self.pipeline.run([query for _, query in queries])
        return {
            position: answer.message
            for position, query in queries
            if (answer := answers.get(query.answer_key)) and isinstance(answer.message, kind)
        }

    def pass_on(self, message: AnswerT) -> AnswerT | None:
        """Send a message once through the whole chain; what comes back, None if nothing does."""
        exchange = exchange_of(message)
        query = Query(
            message,
            key_of(message),
            exchange.answer_characters,
            earliest_s=self._timing.earliest_s(exchange, self._modules, self._modules),
            timeout_s=self._timing.timeout_s(exchange, self._modules, self._modules),
        )
        answer = self.pipeline.run([query]).get(query.answer_key)
        return answer.message if answer and isinstance(answer.message, type(message)) else None

    def count(self) -> int:
        """How many modules pass the count on (ADR-3); 0 if the line itself sends it back.

        Raises ``LineNotProven`` or ``ChainBroken`` if it does not come back.
        """
        exchange = exchange_of(COUNT)
        query = Query(
            COUNT,
            key_of(COUNT),
            exchange.answer_characters,
            earliest_s=0.0,
            timeout_s=self._timing.timeout_s(exchange, LONGEST_CHAIN, LONGEST_CHAIN),
        )
        mark = len(self._port.transcript)
        for attempt in range(1 + self._retries):
            self.pipeline.statistics.retried += attempt > 0
            answer = self.pipeline.run([query]).get(query.answer_key)
            if answer and isinstance(answer.message, Addressed):
                return self._counted(answer.message.address, answer.elapsed_s)
        raise self._silence(mark)

    def prove_line(self) -> None:
        """Let the count show that the line is whole and as many modules as stated pass it on.

        Raises as ``count``, ``LineNotProven`` if the line only sends back what it is sent, and
        ``ChainCountMismatch``.
        """
        counted = self.count()
        if counted == 0:
            raise LineNotProven(
                "messages come back without having passed a module",
                where=self._port.name,
                expected=f"{self._modules} modules in the line",
                remedy="open the loopback, and look at the wiring of the chain's ends",
            )
        if counted != self._modules:
            raise ChainCountMismatch(
                f"the chain counts {counted} modules",
                where=self._port.name,
                expected=f"{self._modules} modules",
                remedy="correct the number in the rig file, or look for a bridged module",
            )

    def break_position(self) -> int | None:
        """The module that passes nothing on, if the chain gives it away.

        Nothing that an earlier module says comes past the break, and nothing that is meant for a
        later one reaches it. Only the module at the break can be heard, and only if it still
        answers what is meant for it alone. So one answering module is the break; with none or
        several the place is unknown. Asks for the low threshold, which changes nothing.
        """
        everywhere = range(1, self._modules + 1)
        answering = self.poll(everywhere, enquiry(Setting.LOW), SettingMessage)
        return next(iter(answering)) if len(answering) == 1 else None

    def _counted(self, address: int, elapsed_s: float) -> int:
        """The number of modules behind the address that came back: (256 − address) mod 256.

        Both an empty line and 256 modules leave 00 unchanged; the time tells them apart.
        """
        through_all_s = self._timing.earliest_s(exchange_of(COUNT), LONGEST_CHAIN, LONGEST_CHAIN)
        if address == 0:
            return LONGEST_CHAIN if elapsed_s >= through_all_s else 0
        return 256 - address

    def _silence(self, mark: int) -> RigError:
        """The error for a count that does not come back."""
        position = self.break_position()
        received = self._port.transcript.received_since(mark)
        if position is not None:
            return ChainBroken(
                "answers what is meant for it but passes nothing on",
                where=f"module {position}",
                expected="the count to come back",
                remedy=f"look at module {position} and its connection to the next",
            )
        return LineNotProven(
            f"the count does not come back; received {received}",
            where=self._port.name,
            expected="the count from the far end of the chain",
            remedy="look at the modules' supply, the wiring of the chain's ends and the adapter",
        )

    def _queries(self, wanted: set[int], command: Command, order: Order) -> list[tuple[int, Query]]:
        """The queries in the order in which they go out, each with its position."""
        if not wanted:
            return []
        exchange = exchange_of(command(min(wanted)))
        positions = sorted(wanted, reverse=order is Order.FAR_END_FIRST)
        gaps = [abs(later - earlier) for earlier, later in pairwise(positions)] + [1]
        return [
            (
                position,
                Query(
                    message := command(position),
                    (_command_character(message), (position - self._modules) % 256),
                    exchange.answer_characters,
                    earliest_s=self._timing.earliest_s(exchange, position, self._modules),
                    timeout_s=self._timing.timeout_s(exchange, position, self._modules),
                    spacing_s=self._timing.spacing_s(exchange, order, gap),
                ),
            )
            for position, gap in zip(positions, gaps, strict=True)
        ]


def _command_character(message: Message) -> str:
    return encode(message)[3:4].decode("ascii")
