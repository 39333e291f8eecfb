"""Defects that a simulated central unit can have: each replaces one of the things that it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rigs.simulation.centralunit import CentralUnit
from supervisor.decisions import Decision, EnableBleeding
from supervisor.readings import PackReadings

UnitDefect = Callable[[CentralUnit], None]


def polls_on(unit: CentralUnit) -> None:
    """Takes no notice of ``<``."""
    unit.stop_polling = lambda: None  # type: ignore[method-assign]


def stays_stopped(unit: CentralUnit) -> None:
    """Takes no notice of ``>``."""
    unit.resume_polling = lambda: None  # type: ignore[method-assign]


def polls_between(unit: CentralUnit) -> None:
    """Goes on reading its cells after each message of the host."""
    pass_to_cells = unit.pass_to_cells

    def pass_and_poll(message: bytes) -> None:
        pass_to_cells(message)
        unit.transmitter.send(b"A01U")

    unit.pass_to_cells = pass_and_poll  # type: ignore[method-assign]


def answers_unmarked(unit: CentralUnit) -> None:
    """Hands answers over as they came, without ``H``."""

    def hand_over(answer: bytes) -> None:
        unit.transmitter.send(answer)

    unit.pass_to_host = hand_over  # type: ignore[method-assign]


def keeps_commands(unit: CentralUnit) -> None:
    """Sends nothing on to the cells."""
    unit.pass_to_cells = lambda message: None  # type: ignore[method-assign]  # noqa: ARG005


def answers_cut(unit: CentralUnit) -> None:
    """Hands answers over without their last digit."""
    pass_to_host = unit.pass_to_host
    unit.pass_to_host = lambda answer: pass_to_host(answer[:-1])  # type: ignore[method-assign]


def reads_one_by_one(unit: CentralUnit) -> None:
    """Waits for each cell's answer before it asks the next (SUP-8)."""
    scan_further = unit.scan_further

    def scan_one(queries: int) -> None:
        scan_further(min(queries, 1))

    unit.scan_further = scan_one  # type: ignore[method-assign]


def never_counts(unit: CentralUnit) -> None:
    """Never counts its chain (SUP-8)."""
    send = unit.transmitter.send

    def send_no_count(message: bytes, spacing_ns: int = 0) -> None:
        if message != b"A00@":
            send(message, spacing_ns)

    unit.transmitter.send = send_no_count  # type: ignore[method-assign]


def never_enables(unit: CentralUnit) -> None:
    """Leaves bleeding disabled where it finds it so (SUP-7)."""
    decide = unit.logic.step

    def decide_without(readings: PackReadings) -> Decision:
        decision = decide(readings)
        kept = tuple(each for each in decision.requests if not isinstance(each, EnableBleeding))
        return replace(decision, requests=kept)

    unit.logic = _Deciding(decide_without)


class _Deciding:
    """Logic made of one function."""

    def __init__(self, decide: Callable[[PackReadings], Decision]) -> None:
        self._decide = decide

    def step(self, readings: PackReadings) -> Decision:
        """Decide."""
        return self._decide(readings)


UNIT_DEFECTS: Mapping[str, UnitDefect] = {
    "polls-on": polls_on,
    "stays-stopped": stays_stopped,
    "polls-between": polls_between,
    "answers-unmarked": answers_unmarked,
    "answers-cut": answers_cut,
    "keeps-commands": keeps_commands,
    "reads-one-by-one": reads_one_by_one,
    "never-counts": never_counts,
    "never-enables": never_enables,
}
