"""A unit between the rig and the chain: what its host port shows of how it treats its cells."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from drivers.chain.messages import (
    COUNT,
    GENERAL_ENQUIRY,
    Addressed,
    Bleeding,
    Message,
    Setting,
    SettingMessage,
    Status,
    VoltageAnswer,
    address_of,
    encode,
)
from drivers.chain.timing import exchange_of
from drivers.chain.transcript import Direction, quoted
from drivers.hostmessages import ForCells
from drivers.hostport import HostPort, Overheard
from quantities import NANOSECONDS_PER_SECOND, Reading
from quantities.errors import SupervisorError
from rigs.adapters.hostport import for_cells

SCANS = 4
"""Listening for so many of a unit's longest silences, one hears it scan its cells."""


class UnitWatch:
    """Measures one unit at its host port.

    Every method raises what ``HostPort`` raises, and ``SupervisorError``, with the clause, where
    there is nothing to measure: a unit that never does what the method waits for.
    """

    def __init__(self, host: HostPort) -> None:
        self.host = host

    # -- while it polls --------------------------------------------------------------------------

    def scan_spacing(self) -> float:
        """How far apart it asks its cells, as a part of the way of one answer (SUP-8).

        At 1 and more it waits for answers instead of reading pipelined. Raises unless it polls
        the general status, counts the chain and reads every cell.
        """
        heard = self._listen(SCANS)
        self._require_polls(heard)
        if COUNT not in for_cells(heard):
            raise self._wrong("did not count its chain", "A00@ now and then (SUP-8)")
        spacing_s = self._scan_spacing_s(heard)
        modules = self.host.modules
        way_s = self.host.timing.chain.earliest_s(exchange_of(Addressed(1, "U")), modules, modules)
        return spacing_s / way_s

    def messages_while_stopped(self) -> int:
        """How many it sends to the cells between ``<`` and ``>`` (CTL-2); it polls before and after.

        Raises if it polls on after ``<``, and if it does not after ``>``.
        """
        self._require_polls(self._listen())
        self.host.stop_polling()
        sent = for_cells(self._listen(SCANS))
        self.host.resume_polling()
        self._require_polls(self._listen())
        return len(sent)

    def time_to_enable(self) -> Reading:
        """How soon it enables bleeding that it finds disabled (SUP-7); raises if it never does.

        It is stopped before and after.
        """
        host = self.host
        host.ask(Bleeding(enabled=False))
        host.resume_polling()
        begun_ns = host.now()
        heard = self._listen(SCANS)
        host.stop_polling()
        enabled_ns = [
            each.time_ns for each in heard if each.heard == ForCells(Bleeding(enabled=True))
        ]
        if not enabled_ns:
            raise self._wrong(f"sent {_kinds(heard)} where y bit 3 was clear", "e (SUP-7)")
        if not host.general_status().every_module & Status.ENABLED:
            raise self._wrong("bleeding is still disabled", "y bit 3 set after e (SUP-7)")
        return self._seconds(enabled_ns[0] - begun_ns)

    # -- while it is stopped ---------------------------------------------------------------------

    def commands_answered_wrongly(self) -> list[str]:
        """Which commands bring back through it what is not the chain's answer (CTL-3).

        Raises ``SupervisorSilent`` if nothing comes back, asked again included.
        """
        queries: list[Message] = [GENERAL_ENQUIRY, COUNT, Bleeding(enabled=True)]
        for position in range(1, self.host.modules + 1):
            queries += [Addressed(address_of(position), command) for command in ("U", *Setting)]
        wrong = [each for each in queries if not _answers(each, self.host.ask(each)[0])]
        if self.host.count() != self.host.modules:
            wrong.append(COUNT)
        return [quoted(encode(each)) for each in wrong]

    def answers_mistaken(self) -> int:
        """Of each cell asked while the unit's own messages come over the port (CTL-1).

        How many codes are none of a cell with power, and how many lines are no message.
        """
        mark = len(self.host.transcript)
        positions = range(1, self.host.modules + 1)
        codes = [self.host.read_voltage(position).code for position in positions]
        garbled = [each for each in self.host.heard_since(mark) if each.heard is None]
        return len(garbled) + sum(not 0 < code < 0xFFF for code in codes)

    def longest_gap(self, duration_s: float) -> Reading:
        """The host polls in its place (CTL-4): the longest time between two good polls.

        Raises if the unit sends more to the cells meanwhile than the host says.
        """
        host = self.host
        mark = len(host.transcript)
        good_ns = [host.general_status().time_ns]
        while (good_ns[-1] - good_ns[0]) / NANOSECONDS_PER_SECOND < duration_s:
            host.listen(host.timing.silence_s / 4)
            good_ns.append(host.general_status().time_ns)
        said = sum(each.direction is Direction.SENT for each in host.transcript.since(mark))
        heard = host.heard_since(mark)
        if set(for_cells(heard)) - {GENERAL_ENQUIRY} or len(for_cells(heard)) > said:
            raise self._wrong(f"sent {_kinds(heard)} of its own", "the host's polls alone (CTL-4)")
        return self._seconds(max(late - early for early, late in pairwise(good_ns)))

    def messages_lost_on_waking(self, after_s: float) -> int:
        """After so long without a poll: whether the first message is lost (SUP-9), 0 or 1."""
        quiet = self.host.listen(after_s)
        if for_cells(quiet):
            raise self._wrong(f"sent {_kinds(quiet)}", "nothing from < to > (CTL-2)")
        return int(self.host.general_status().latches_lost)

    # -- below -----------------------------------------------------------------------------------

    def _listen(self, times: int = 1) -> list[Overheard]:
        return self.host.listen(times * self.host.timing.silence_s)

    def _require_polls(self, heard: list[Overheard]) -> None:
        if GENERAL_ENQUIRY not in for_cells(heard):
            raise self._wrong(f"sent {_kinds(heard)}", "S0F, again and again (SUP-7)")

    def _scan_spacing_s(self, heard: list[Overheard]) -> float:
        """From one cell asked to the next, within a scan; 0 for a chain of one."""
        modules = self.host.modules
        asked: list[tuple[int, int]] = []
        for each in heard:
            match each.heard:
                case ForCells(Addressed(address, "U", "")):
                    asked.append((each.time_ns, address or 256))
        if unread := set(range(1, modules + 1)) - {position for _, position in asked}:
            positions = ", ".join(map(str, sorted(unread)))
            raise self._wrong(f"never read cells {positions}", "U to every position (SUP-8)")
        if modules == 1:
            return 0.0
        # a scan's own gaps are the short ones: the pauses between scans are left out
        gaps_ns = [late - early for (early, _), (late, _) in pairwise(asked)]
        return float(np.quantile(gaps_ns, 0.25)) / NANOSECONDS_PER_SECOND

    def _seconds(self, nanoseconds: int) -> Reading:
        """A time between two things that came over the port, each late by up to its latency."""
        latency_s = self.host.timing.chain.port_latency_s
        return Reading(
            value=nanoseconds / NANOSECONDS_PER_SECOND,
            unit="s",
            standard_uncertainty=latency_s / math.sqrt(6),  # of two evenly spread in it
            instrument="serial port",
            time_ns=self.host.now(),
        )

    def _wrong(self, what: str, expected: str) -> SupervisorError:
        return SupervisorError(what, where=self.host.name, expected=expected)


def _answers(query: Message, answer: Message) -> bool:
    """Whether the answer is of the kind that the query wants."""
    match query, answer:
        case Addressed(command="U"), VoltageAnswer():
            return True
        case Addressed(command=command), SettingMessage(setting=setting):
            return setting.value == command
        case Addressed(command="@"), Addressed(command="@"):
            return True
        case Addressed(), _:
            return False
    return type(query) is type(answer)


def _kinds(heard: list[Overheard]) -> str:
    """What was sent to the cells, each kind once."""
    return ", ".join(sorted({quoted(encode(each)) for each in for_cells(heard)})) or "nothing"
