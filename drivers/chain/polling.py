"""Asking again what may be asked again, and blaming whoever is to blame when it stays lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drivers.chain.diagnosis import Diagnosis
from drivers.chain.messages import Bleeding, General, Message, encode
from drivers.chain.port import Port
from drivers.chain.queries import AnswerT, Command, Queries
from drivers.chain.timing import Order
from drivers.chain.transcript import quoted
from quantities.errors import (
    CellrigError,
    ChainBroken,
    ModuleError,
    ModuleGarbled,
    ModuleSilent,
    ProtocolError,
)


class Poller:
    """Asks up to ``retries`` times more; each result says whether it had to.

    All methods raise as ``Diagnosis.prove_line`` does if more than the asked modules is at fault.
    """

    def __init__(self, queries: Queries, diagnosis: Diagnosis, port: Port, retries: int) -> None:
        self._queries = queries
        self._diagnosis = diagnosis
        self._statistics = queries.pipeline.statistics
        self._port = port
        self._retries = retries

    def ask(
        self,
        positions: Iterable[int],
        command: Command,
        kind: type[AnswerT],
        order: Order = Order.FAR_END_FIRST,
        *,
        times: int = 1,
    ) -> tuple[dict[int, list[AnswerT]], frozenset[int]]:
        """Ask these modules, each so many times in a row.

        Returns all answers by position, and who had to be asked again.
        """
        wanted = list(positions)
        answers = self._queries.poll(wanted, command, kind, order, times=times)
        missing = [position for position in wanted if position not in answers]
        retried = frozenset(missing)
        if missing:
            self._diagnosis.prove_line()
        for _ in range(self._retries):
            if not missing:
                break
            self._statistics.retried += len(missing)
            answers |= self._queries.poll(missing, command, kind, order, times=times)
            missing = [position for position in missing if position not in answers]
        return answers, retried

    def ask_one(self, position: int, command: Command, kind: type[AnswerT]) -> tuple[AnswerT, bool]:
        """Ask one module; its answer, and whether it had to be asked again.

        Raises ``ModuleSilent`` or ``ModuleGarbled`` if it alone is at fault, ``ChainBroken`` if
        the chain passes no message on that is as long as its answer.
        """
        mark, disturbances = len(self._port.transcript), self._statistics.disturbances
        answers, retried = self.ask([position], command, kind)
        if position in answers:
            return answers[position][-1], position in retried
        received = self._port.transcript.received_since(mark) or "nothing"
        disturbed = self._statistics.disturbances > disturbances
        self._diagnosis.prove_length(command(position))
        raise self._module_fault(
            position,
            sent=quoted(encode(command(position))),
            received=received,
            disturbed=disturbed,
        )

    def ask_all(self, message: AnswerT, *, believe_all: bool = False) -> tuple[AnswerT, bool]:
        """Send a message through the whole chain; what came back, and whether it was repeated.

        Raises ``ProtocolError`` if the status that comes back contradicts itself (CHN-2), unless
        all is to be believed. If nothing comes back although the count does: ``ChainBroken``, or
        ``ModuleSilent`` in a chain of one.
        """
        for attempt in range(1 + self._retries):
            self._statistics.retried += attempt > 0
            answer = self._queries.pass_on(message)
            if answer is not None and (believe_all or not _contradictory(answer)):
                return answer, attempt > 0
        if answer is None:
            self._diagnosis.prove_line()
            raise self._not_passed_on(message)
        raise ProtocolError(
            f"{quoted(encode(answer))} came back of {quoted(encode(message))}",
            where=self._port.name,
            expected="x AND y = y (CHN-2)",
            remedy="ask the modules one by one with U",
        )

    def pass_on_addresses(self, addresses: Sequence[int]) -> list[int] | None:
        """Send ``@`` to each address; the addresses as they return, None if some get lost."""
        for attempt in range(1 + self._retries):
            self._statistics.retried += len(addresses) * (attempt > 0)
            if (returned := self._queries.pass_on_addresses(addresses)) is not None:
                return returned
        self._diagnosis.prove_line()
        return None

    def _module_fault(
        self, position: int, *, sent: str, received: str, disturbed: bool
    ) -> ModuleError:
        if disturbed:
            return ModuleGarbled(
                f"sent {sent}, received {received}",
                position=position,
                expected=f"the module's answer, through {self._queries.modules} modules",
            )
        return ModuleSilent(
            f"sent {sent}, no answer in time, though the whole chain passes the count on; "
            f"received {received}",
            position=position,
            expected="an answer",
        )

    def _not_passed_on(self, message: Message) -> CellrigError:
        what = f"{quoted(encode(message))} does not come back, though the count does"
        if self._queries.modules == 1:
            return ModuleSilent(what, position=1, expected="the message, passed on")
        last = self._diagnosis.last_to_switch(message) if isinstance(message, Bleeding) else None
        return ChainBroken(
            what,
            position=last,
            where=None if last else self._port.name,
            expected="the message, passed on by every module",
            remedy="ask the modules one by one which of them obeyed",
        )


def _contradictory(answer: object) -> bool:
    return isinstance(answer, General) and not answer.consistent
