"""Whose fault is silence? What a controller can find out that hears the chain's far end only.

A lost answer may be its module's fault, that of any other module on the way, or the rig's. What
decides is the count (ADR-3), which every module passes on and none obeys. If it comes back, the
line and all modules pass messages on, and a silent module is to blame itself. If it does not,
nothing shows that the rig's own line is whole, unless something else comes through, or the rig
can join its ends (``prove_own_line``).
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.chain.messages import (
    COUNT,
    LINE_FEED,
    LONGEST_CHAIN,
    Addressed,
    Bleeding,
    Message,
    Setting,
    SettingMessage,
    Status,
    VoltageAnswer,
    encode,
)
from drivers.chain.port import Port
from drivers.chain.queries import Queries, enquiry
from drivers.chain.timing import exchange_of
from drivers.chain.transcript import quoted
from quantities.errors import (
    CellrigError,
    ChainBroken,
    ChainCountMismatch,
    LineNotProven,
    ModuleGarbled,
    ModuleSilent,
)


def kept_address(position: int) -> ChainBroken:
    """The error for a module that passes addresses on as they came."""
    return ChainBroken(
        "passes addresses on as they came",
        position=position,
        expected="every address less by one (ADR-2)",
        remedy=f"look at module {position}: is it of this product, and programmed?",
    )


class Diagnosis:
    """The count, and what follows from it and from its absence."""

    def __init__(
        self,
        queries: Queries,
        port: Port,
        retries: int,
        prove_own_line: Callable[[], None] | None = None,
    ) -> None:
        self._queries = queries
        self._modules = queries.modules
        self._port = port
        self._retries = retries
        self._prove_own_line = prove_own_line

    def count(self) -> int:
        """How many modules there are, 0 if the line itself sends the count back.

        If it does not come back, raises

        * ``LineNotProven``: the rig's own line is not whole; or nothing at all was received, and
          nothing can show that it is;
        * ``ModuleSilent``: nothing was received of the only module, and the own line is whole;
        * ``ChainBroken``: a module passes nothing on, or spoils what it passes on;
        * ``ModuleGarbled``: as before, and the chain has but one module.
        """
        mark = len(self._port.transcript)
        for attempt in range(1 + self._retries):
            self._queries.pipeline.statistics.retried += attempt > 0
            if (counted := self._queries.count()) is not None:
                return counted
        raise self._count_lost(mark)

    def prove_line(self) -> None:
        """Let the count show that the line is whole and as many modules as stated pass it on.

        Raises as ``count``, ``LineNotProven`` if the line only sends back what it is sent,
        ``ChainBroken`` if one module leaves addresses as they are, and ``ChainCountMismatch``.
        """
        counted = self.count()
        if counted == self._modules - 1 and (position := self.kept_address_position()):
            raise kept_address(position)
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

    def prove_length(self, query: Message) -> None:
        """Let a message as long as this query's answer show that the whole chain passes it on.

        Raises ``ChainBroken`` if none comes back: a module with a buffer that is too short spoils
        what others answer, and counts all the same. A chain of one tells the same by its silence,
        and one of 256 has no address to spare.
        """
        if not 1 < self._modules < LONGEST_CHAIN:
            return
        digits = exchange_of(query).answer_characters - len(encode(COUNT) + LINE_FEED)
        probe = Addressed((self._modules + 1) % 256, "@", "0" * (6 if digits > 4 else 3))
        for _ in range(1 + self._retries):
            if self._queries.pass_on(probe) is not None:
                return
        raise ChainBroken(
            f"{quoted(encode(probe))} does not come back, though the count does",
            where=self._port.name,
            expected="the message, passed on by every module",
            remedy="shorten the chain until it does",
        )

    def break_position(self) -> int | None:
        """The module that passes nothing on, if the chain gives it away.

        Nothing that an earlier module says comes past the break, and nothing that is meant for a
        later one reaches it. Only the module at the break can be heard, and only if it still
        answers what is meant for it alone. So one answering module is the break; with none or
        several the place is unknown. Asks for the low threshold, which changes nothing.
        """
        everywhere = range(1, self._modules + 1)
        answering = self._queries.poll(everywhere, enquiry(Setting.LOW), SettingMessage)
        return next(iter(answering)) if len(answering) == 1 else None

    def kept_address_position(self) -> int | None:
        """The one module that passes addresses on as they came, if the chain has such a one.

        It is the only one that is heard from where it is: what others are asked, or answer, passes
        it on the way and is off by one from then on. Where a module is missing nobody is.
        """
        alone = [
            position
            for position in range(1, self._modules + 1)
            if self._queries.poll([position], enquiry(Setting.LOW), SettingMessage)
        ]
        return alone[0] if len(alone) == 1 else None

    def last_to_switch(self, message: Bleeding) -> int | None:
        """The last module that obeys ``e`` or ``d``, of a chain that does not send it back.

        Who is in the other state was not reached. If nobody is, switching to and fro tells; the
        statuses' latches are lost. None if a module does not answer.
        """
        if (reached := self._in_state(message)) == self._modules:
            opposite = Bleeding(not message.enabled)
            self._queries.pass_on(opposite)
            reached = self._in_state(opposite)
        return reached

    def _in_state(self, message: Bleeding) -> int | None:
        """How many modules from the first on have bleeding so; None if one does not answer."""
        everywhere = range(1, self._modules + 1)
        answers = self._queries.poll(everywhere, enquiry("U"), VoltageAnswer)
        if len(answers) < self._modules:
            return None
        states = [Status.ENABLED in answers[position][-1].status for position in everywhere]
        return [*states, not message.enabled].index(not message.enabled)

    def _count_lost(self, mark: int) -> CellrigError:
        """The error for a count that does not come back; received since ``mark`` is quoted."""
        if self._prove_own_line:
            self._prove_own_line()
            self._queries.pipeline.mark_out_of_step()
        position = self.break_position()
        received = self._port.transcript.received_since(mark)
        if position is not None:
            return ChainBroken(
                "answers what is meant for it but passes nothing on",
                position=position,
                expected="the count to come back",
                remedy=f"look at module {position} and its connection to the next",
            )
        if not received:
            return self._silent()
        what = f"the count does not come back whole; received {received}"
        if self._modules == 1:
            return ModuleGarbled(what, position=1, expected="the count, passed on")
        return ChainBroken(
            what,
            where=self._port.name,
            expected="the count from the far end of the chain",
            remedy="shorten the chain until its count comes back whole",
        )

    def _silent(self) -> CellrigError:
        what = "the count does not come back, nor does anything else"
        expected = "the count from the far end of the chain"
        if self._prove_own_line is None:
            return LineNotProven(
                what,
                where=self._port.name,
                expected=expected,
                remedy="look at the modules' supply, the wiring of the chain's ends, the adapter",
            )
        what += ", though the rig's own line is whole"
        if self._modules == 1:
            return ModuleSilent(what, position=1, expected=expected)
        return ChainBroken(
            what,
            where=self._port.name,
            expected=expected,
            remedy="look at the modules' supply and the wiring of the chain's ends; shorten it",
        )
