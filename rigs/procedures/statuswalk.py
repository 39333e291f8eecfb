"""``S`` module by module: who joins its status into it, and who forgets it afterwards.

What ``S`` brings back is joined from all modules, so one module's part in it shows only where
it alone is different. Thresholds are moved for that, in two modules at a time: one differs by its
bleeding bit, the other by its high bit. All of it runs with ``d`` in force.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import GENERAL_ENQUIRY, General, Status
from drivers.chain.results import GeneralStatus
from quantities.errors import RigError
from rigs.panel import Panel
from rigs.procedures.thresholds import ANY_BIT, BLEEDING, HIGH, Threshold
from rigs.settings import PanelSettings

FOUR_BITS = 0xF

Flags: TypeAlias = NDArray[np.bool_]
"""By position."""
Pair: TypeAlias = dict[Threshold, int]
"""Whose threshold is moved, by which."""


def joined(statuses: NDArray[np.uint8]) -> tuple[Status, Status]:
    """What ``S`` makes of these statuses of all modules: x and y (CHN-1)."""
    return (
        Status(int(np.bitwise_or.reduce(statuses, initial=0))),
        Status(int(np.bitwise_and.reduce(statuses, initial=FOUR_BITS))),
    )


def culprits(missing: Flags, *, overwritten: bool) -> Flags:
    """Who is to blame for the modules whose status went missing, by position.

    Each for itself; but where what came from before is overwritten, a run of them from the first
    module on went missing at the module after it.
    """
    blamed = missing.copy()
    if overwritten:
        first_kept = int(np.argmin(missing)) if not missing.all() else len(missing) - 1
        blamed[:first_kept] = False
        blamed[first_kept] = True
    return blamed


@dataclass(frozen=True, slots=True, eq=False)
class StatusWalk:
    """What each module made of ``S``, by position."""

    ors: Flags
    """Joins its status into x, and keeps what others put there."""
    ands: Flags
    """Likewise into y."""
    outlives_U: Flags
    """What ``S`` reports was not cleared by a ``U`` (CMD-U3)."""
    reported_once: Flags
    """And cleared by ``S`` itself."""
    consistent: bool
    """Whether no answer of the whole chain contradicted itself (CHN-2)."""


class StatusWalker:
    """Walks through a powered panel; it ends beyond the high threshold, thresholds as found.

    ``restart`` takes the panel's power away and gives it back, which clears what modules have
    latched whether they clear it by themselves or not.
    """

    def __init__(
        self,
        panel: Panel,
        *,
        resting_V: float,
        above_V: float,
        beyond_V: float,
        restart: Callable[[], None],
    ) -> None:
        self._panel, self._chain = panel, panel.chain
        self._above_V = above_V
        self._set_at_rest_V, self._clear_above_V = resting_V - beyond_V, above_V + beyond_V
        self._restart = restart
        self._found: PanelSettings
        self._consistent = True
        self._pairs: list[Pair] = [
            dict(zip((BLEEDING, HIGH), range(first, panel.modules + 1), strict=False))
            for first in range(1, panel.modules + 1, 2)
        ]

    def agreement(self) -> Flags:
        """Whether ``S`` tells what all modules tell by ``U``, by position.

        If it does not, the walk finds out whose ``S`` is to blame. If that is nobody's, those
        are whose ``U`` has bits that ``S`` knows nothing of, or lacks some that it has of all.
        """
        self._forget()
        scan, answer = self._chain.read_voltages_twice(), self._ask()
        x, y = answer.any_module, answer.every_module
        if (x, y) == joined(scan.statuses):
            return np.ones(self._panel.modules, np.bool_)
        walk = self.walk()
        joins = walk.ors & walk.ands
        if not joins.all():
            return joins
        agrees = (scan.statuses & ~x == 0) & (~scan.statuses & y == 0)
        return agrees if not agrees.all() else np.zeros_like(agrees)

    def walk(self) -> StatusWalk:
        """Every module in its turn alone set, then alone clear.

        Raises ``RigError`` if a module is not clear at rest, as it would hide the others, or does
        not tell its settings, as they could not be restored.
        """
        self._found = self._panel.read_settings()
        if np.isnan(list(self._found.by_setting().values())).any():
            raise RigError(
                "not all modules tell their settings",
                where="the chain",
                expected="thresholds that can be moved and restored",
                remedy="see which module it is by the tests that read settings",
            )
        self._consistent = True
        self._clear_all()
        kept_x = self._ask(General(ANY_BIT, Status.NONE)).any_module & ANY_BIT == ANY_BIT
        missing_x, emptied, repeated = self._each_alone_set()
        self._panel.set_voltage(self._above_V)
        self._forget()
        kept_y = self._ask(General(ANY_BIT, Status.NONE)).every_module & ANY_BIT == Status.NONE
        missing_y = self._each_alone_clear()
        return StatusWalk(
            ors=~culprits(missing_x, overwritten=not kept_x),
            ands=~culprits(missing_y, overwritten=not kept_y),
            outlives_U=missing_x | ~emptied,
            reported_once=~repeated,
            consistent=self._consistent,
        )

    def _each_alone_set(self) -> tuple[Flags, Flags, Flags]:
        """Whose bit is missing in x, whose ``U`` takes it from there, whose is told twice."""
        missing, emptied, repeated = (np.zeros(self._panel.modules, np.bool_) for _ in range(3))
        for pair in self._pairs:
            self._move(pair, self._set_at_rest_V)
            self._forget()
            active = self._ask()
            self._chain.count()  # latches it once more, in both memories
            self._move_back(pair)
            self._chain.read_voltages(pair.values())
            latched, afterwards = self._ask(), self._ask()
            for threshold, position in pair.items():
                missing[position - 1] = threshold.bit not in active.any_module
                emptied[position - 1] = threshold.bit not in latched.any_module
                repeated[position - 1] = threshold.bit in afterwards.any_module
            if afterwards.any_module & ANY_BIT:
                self._clear_all()
        return missing, emptied, repeated

    def _each_alone_clear(self) -> Flags:
        """Whose missing bit does not show in y."""
        unseen = np.zeros(self._panel.modules, np.bool_)
        for pair in self._pairs:
            self._move(pair, self._clear_above_V)
            self._forget()
            answer = self._ask()
            self._move_back(pair)
            for threshold, position in pair.items():
                unseen[position - 1] = threshold.bit in answer.every_module
        return unseen

    # -- steps -----------------------------------------------------------------------------------

    def _clear_all(self) -> None:
        self._restart()
        self._chain.disable_bleeding()
        self._forget()
        if left := self._ask().any_module & ANY_BIT:
            raise RigError(
                f"S reports {left!r} at rest",
                where="the chain",
                expected="no module beyond a threshold there",
                remedy="see which module it is by the tests of its thresholds",
            )

    def _forget(self) -> None:
        """Let every module report and clear what it has latched for ``S``."""
        self._chain.general_answer()

    def _ask(self, start: General = GENERAL_ENQUIRY) -> GeneralStatus:
        answer = self._chain.general_answer(start)
        self._consistent &= answer.consistent
        return answer

    def _move(self, pair: Pair, volts: float) -> None:
        """Put the one's bleeding and the other's high threshold at this voltage."""
        for threshold, position in pair.items():
            code = np.round(self._found.constant[position - 1] / volts / 1000)
            self._write(threshold, position, code)

    def _move_back(self, pair: Pair) -> None:
        for threshold, position in pair.items():
            self._write(threshold, position, threshold.codes(self._found)[position - 1])

    def _write(self, threshold: Threshold, position: int, code: float) -> None:
        self._chain.write_setting(threshold.setting, position, int(code))
