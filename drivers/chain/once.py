"""The chain as whoever watches a pack polls it: each message once, and silence is an answer too.

Whoever tests a module asks again and finds out whose fault silence is. Whoever watches a pack
must not stop for that: it is told that nothing came, and its surroundings go on.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.chain.messages import (
    COUNT,
    GENERAL_ENQUIRY,
    LONGEST_CHAIN,
    Addressed,
    Bleeding,
    General,
    Message,
    Setting,
    SettingMessage,
    VoltageAnswer,
    address_of,
)
from drivers.chain.queries import Queries, enquiry
from drivers.chain.results import VoltageScan
from quantities import Clock


class AskedOnce:
    """Polls that are neither repeated nor diagnosed; every method can raise ``PortError`` only.

    After a loss the chain is out of step until every module has purged what it may hold (MSG-8).
    Asked before, it lets that time pass first; whoever has no time for it looks at ``in_step``.
    """

    def __init__(self, queries: Queries, clock: Clock) -> None:
        self._queries = queries
        self._clock = clock

    @property
    def in_step(self) -> bool:
        """Whether a message would go out at once."""
        return self._queries.pipeline.in_step

    def general_status(self) -> General | None:
        """What comes back of ``S0F``, even if it contradicts itself; None if nothing does."""
        answer = self._through_any(GENERAL_ENQUIRY)
        return answer if isinstance(answer, General) else None

    def count(self) -> int | None:
        """How many modules pass ``A00@`` on (ADR-3), None if it does not come back.

        A chain much longer than ``Chain.modules`` states is too late and counts as silent; 256
        modules and none look alike, and count as 256 where that is what was stated.
        """
        answer = self._through_any(COUNT)
        if not isinstance(answer, Addressed):
            return None
        if answer.address == 0 and self._queries.modules < LONGEST_CHAIN:
            return 0
        return LONGEST_CHAIN - answer.address

    def voltages(self) -> VoltageScan:
        """All modules' codes and statuses, pipelined (TIM-2); NaN where nothing came."""
        positions = range(1, self._queries.modules + 1)
        answers = self._queries.poll(positions, enquiry("U"), VoltageAnswer)
        return VoltageScan.of(
            {position: answered[-1] for position, answered in answers.items()},
            (),
            modules=self._queries.modules,
            time_ns=self._clock.now(),
        )

    def enable_bleeding(self) -> bool:
        """Send ``e``; whether it came back through all modules (CHN-3)."""
        return self._queries.pass_on(Bleeding(enabled=True)) is not None

    def write_setting(self, setting: Setting, position: int, value: int) -> int | None:
        """Store a value in one module; what an enquiry of its own then reads, None if nothing."""
        message = SettingMessage(address_of(position), setting, value)
        self._queries.poll([position], lambda _: message, SettingMessage)
        answers = self._queries.poll([position], enquiry(setting), SettingMessage)
        return answers[position][-1].value if position in answers else None

    def _through_any(self, message: Message) -> Message | None:
        """What comes back of a message to all; at once even, as the chain may have become shorter."""
        query = replace(self._queries.through_all(message), earliest_s=0.0)
        answers = self._queries.pipeline.run([query]).get(query.answer_key)
        return answers[-1].message if answers else None
