"""What a central unit knows of its chain: every answer that passed, whoever asked for it."""

from __future__ import annotations

import re

import numpy as np

from quantities import NANOSECONDS_PER_SECOND
from supervisor.readings import AgedArray, StatusAnswer

LONGEST_AGO_NS = -(1 << 62)

_VOLTAGE = re.compile(rb"A([0-9A-F]{2})U([0-9A-F]{3})([0-9A-F])")
_CONSTANT = re.compile(rb"A([0-9A-F]{2})W([0-9A-F]{6})")
_COUNT = re.compile(rb"A([0-9A-F]{2})@")
_STATUS = re.compile(rb"S([0-9A-F])([0-9A-F])")


class ChainMemory:
    """The latest of each, by position, with its time."""

    def __init__(self, modules: int) -> None:
        self._modules = modules
        self._codes = np.full(modules, np.nan)
        self._heard_ns = np.full(modules, LONGEST_AGO_NS, np.int64)
        self._status: tuple[int, int] | None = None
        self._good_status_ns = LONGEST_AGO_NS
        self.constants = np.full(modules, np.nan)
        self.latches = np.zeros(modules, np.uint8)
        self.module_count: int | None = None
        """What was counted last; None if nothing came back of that."""
        self._counted: int | None = None

    def take(self, answer: bytes, time_ns: int) -> None:
        """Note what an answer tells; one that is none tells nothing."""
        if match := _VOLTAGE.fullmatch(answer):
            if (index := self._index(match[1])) is not None:
                self._codes[index] = int(match[2], 16)
                self._heard_ns[index] = time_ns
                self.latches[index] = int(match[3], 16)
        elif match := _CONSTANT.fullmatch(answer):
            if (index := self._index(match[1])) is not None:
                self.constants[index] = int(match[2], 16)
        elif match := _COUNT.fullmatch(answer):
            self.module_count = self._counted = 256 - int(match[1], 16)
        elif match := _STATUS.fullmatch(answer):
            any_module, every_module = int(match[1], 16), int(match[2], 16)
            self._status = any_module, every_module
            # CHN-2, and S0F itself is illegal: nobody took part
            if any_module & every_module == every_module:
                self._good_status_ns = time_ns

    def expect_status(self) -> None:
        """A poll goes out: what came of the one before is not its answer."""
        self._status = None

    def expect_count(self) -> None:
        """The chain is counted anew; if the count before did not come back, it is known now."""
        self.module_count, self._counted = self._counted, None

    def status(self, time_ns: int) -> StatusAnswer:
        """What came back of the latest ``S0F``."""
        age_s = _age_s(self._good_status_ns, time_ns)
        any_module, every_module = self._status or (None, None)
        return StatusAnswer(any_module, every_module, age_s)

    def cell_voltages(self, time_ns: int) -> AgedArray:
        """K / N of each module, in V, NaN without constant or code."""
        codes = np.where(self._codes == 0, np.nan, self._codes)
        ages_s = np.array([_age_s(int(heard_ns), time_ns) for heard_ns in self._heard_ns])
        return AgedArray(self.constants / codes / 1000, ages_s)

    def _index(self, address: bytes) -> int | None:
        """Whose answer it is (ADR-4); None if the chain has no such module."""
        position = (self._modules + int(address, 16)) % 256 or 256
        return position - 1 if position <= self._modules else None


def _age_s(heard_ns: int, time_ns: int) -> float:
    if heard_ns == LONGEST_AGO_NS:
        return np.inf
    return (time_ns - heard_ns) / NANOSECONDS_PER_SECOND
