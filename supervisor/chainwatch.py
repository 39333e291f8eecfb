"""The chain's general status and its modules' number (SUP-4, SUP-7, SUP-8)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from supervisor.decisions import Fault
from supervisor.figures import PackFigures
from supervisor.known import Known
from supervisor.readings import StatusAnswer

LOW, BLEEDING, HIGH, ENABLED = 1, 2, 4, 8
"""The bits of a status nibble (CMD-U2)."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a poll says. A lost or bad one took its latched bits with it: it says both alarms."""

    good: bool = False
    low: bool = True
    high: bool = True
    some_bleed: bool = False
    all_bleed: bool = False
    bleeding_disabled: bool = False


def status_of(answer: StatusAnswer) -> Status:
    """Judge an answer to ``S0F``: in a good one every bit of y is one of x (CHN-2).

    So ``S0F`` itself, which says that no module took part, is a bad one.
    """
    x, y = answer.any_module, answer.every_module
    if x is None or y is None or x & y != y:
        return Status()
    return Status(
        good=True,
        low=bool(x & LOW),
        high=bool(x & HIGH),
        some_bleed=bool(x & BLEEDING),
        all_bleed=bool(y & BLEEDING),
        bleeding_disabled=not y & ENABLED,
    )


@dataclass(frozen=True, slots=True)
class ChainState:
    """The polls so far."""

    status: Status = Status()
    age_s: float = math.inf
    """Of the latest good answer."""
    repeats: int = 0
    """Within this period."""
    again: bool = False
    """The poll is to be repeated."""


def poll(
    figures: PackFigures,
    state: ChainState,
    answer: StatusAnswer,
    elapsed_s: float,
    *,
    repeated: bool,
) -> ChainState:
    """Take an answer; ``repeated`` if it is another one of the same period."""
    status = status_of(answer)
    if status.good:
        return ChainState(status, answer.age_s)
    repeats = state.repeats + 1 if repeated else 0
    told_age_s = answer.age_s if math.isfinite(answer.age_s) else 0.0
    return ChainState(
        status,
        age_s=max(state.age_s + elapsed_s, told_age_s),
        repeats=repeats,
        again=repeats < figures.retries,
    )


def chain_faults(figures: PackFigures, state: ChainState, known: Known) -> frozenset[Fault]:
    """A fault only once all retries have failed, or the last good answer is too old."""
    faults: set[Fault] = set()
    lost = not state.status.good and not state.again
    uncounted = known.module_count_age_s > figures.ages.module_count_s
    if lost or uncounted or state.age_s > figures.ages.status_s:
        faults.add(Fault.COMMUNICATION)
    if known.module_count is not None and known.module_count != figures.cells:
        faults.add(Fault.WRONG_CELL_COUNT)
    return frozenset(faults)


def chain_is_known(figures: PackFigures, state: ChainState, known: Known) -> bool:
    """Whether limits may rest on the chain: polled in time, and with every module in it."""
    return (
        state.age_s <= figures.ages.status_s
        and known.module_count == figures.cells
        and known.module_count_age_s <= figures.ages.module_count_s
    )
