"""The chain in the loop: polled once a turn, each answer kept with the time that it is true of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import Setting
from drivers.chain.once import AskedOnce
from quantities import NANOSECONDS_PER_SECOND, Clock
from supervisor.decisions import ChainRequest, EnableBleeding, WriteBleedingThreshold
from supervisor.readings import AgedArray, StatusAnswer

NEVER_NS = np.iinfo(np.int64).min


@dataclass(slots=True)
class AgedCells:
    """Values by position, each with when it was measured; a new NaN leaves the old value's age."""

    values: NDArray[np.float64]
    times_ns: NDArray[np.int64]

    @classmethod
    def none(cls, size: int) -> AgedCells:
        """Nothing has been read yet."""
        return cls(np.full(size, np.nan), np.full(size, NEVER_NS, np.int64))

    def take(self, values: NDArray[np.float64], time_ns: int) -> None:
        """The latest reading; ``time_ns`` is when its first value can have been measured."""
        self.values = values
        self.times_ns[~np.isnan(values)] = time_ns

    def told(self, now_ns: int) -> AgedArray:
        """As a supervisor is told."""
        ages_s = (now_ns - self.times_ns.astype(np.float64)) / NANOSECONDS_PER_SECOND
        return AgedArray(self.values, np.where(self.times_ns == NEVER_NS, np.inf, ages_s))


@dataclass(slots=True)
class ChainPoll:
    """Polls with ``AskedOnce``; what did not come back stays as old as the last that did.

    ``constants`` are K of all modules in mV × code, as read before the loop begins.
    """

    once: AskedOnce
    clock: Clock
    constants: NDArray[np.float64]
    cells: AgedCells = field(init=False)
    latches: NDArray[np.uint8] = field(init=False)
    module_count: int | None = None
    """The latest count; None if nothing came back."""
    any_module: int | None = None
    """x of the latest ``S0F`` …"""
    every_module: int | None = None
    """… and its y; both None if nothing came back."""
    _good_status_ns: int = NEVER_NS

    def __post_init__(self) -> None:
        self.cells = AgedCells.none(len(self.constants))
        self.latches = np.zeros(0, np.uint8)

    def poll_status(self) -> None:
        """``S0F``, unless modules still have to purge what they may hold: then nothing came."""
        sent_ns = self.clock.now()
        status = self.once.general_status() if self.once.in_step else None
        self.any_module = None if status is None else int(status.any_module)
        self.every_module = None if status is None else int(status.every_module)
        if status is not None and status.consistent:
            self._good_status_ns = sent_ns

    def poll_cells(self) -> None:
        """All modules' codes."""
        sent_ns = self.clock.now()
        scan = self.once.voltages()
        codes = np.where(scan.codes > 0, scan.codes, np.nan)
        self.cells.take(self.constants / codes / 1000, sent_ns)
        self.latches = scan.statuses

    def count(self) -> None:
        """``A00@``."""
        self.module_count = self.once.count()

    def told_status(self, now_ns: int) -> StatusAnswer:
        """As a supervisor is told."""
        if self._good_status_ns == NEVER_NS:
            return StatusAnswer(self.any_module, self.every_module)
        age_s = (now_ns - self._good_status_ns) / NANOSECONDS_PER_SECOND
        return StatusAnswer(self.any_module, self.every_module, age_s)

    def carry_out(self, request: ChainRequest, note: Callable[[str], None]) -> None:
        """Send what a supervisor asked for; what became of a write is noted."""
        match request:
            case EnableBleeding():
                if self.once.in_step:  # else it will see that bleeding is disabled still, and ask
                    came = self.once.enable_bleeding()
                    note("e sent" if came else "e sent, and lost")
            case WriteBleedingThreshold(position, code):
                stored = self.once.write_setting(Setting.BLEEDING, position, code)
                what = f"V of module {position} set to {code:03X}"
                note(what if stored == code else f"{what}, but it reads {_digits(stored)}")
            case _:
                """A repeated status is the loop's own to poll."""


def _digits(code: int | None) -> str:
    return "nothing" if code is None else f"{code:03X}"
