"""Defects of how long a module takes, and of its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rigs.simulation.line import duration_ns
from rigs.simulation.modules.module import LONGEST_SENT, Module
from rigs.simulation.modules.receiver import Receiver

MS = 1_000_000
TOO_LONG_NS = 25 * MS
TWICE_ITS_TIME_NS = 4 * MS
HESITATES_ONCE_IN = 25
FAST = 1.03


def slow(module: Module, _generator: np.random.Generator) -> None:
    """Takes too long over whatever it receives."""
    module._processing_ns += TOO_LONG_NS  # noqa: SLF001 - a defect is within


def slower(module: Module, _generator: np.random.Generator) -> None:
    """Takes longer over whatever it receives than its kind does, and not too long."""
    module._processing_ns += TWICE_ITS_TIME_NS  # noqa: SLF001 - a defect is within


def slow_to_answer(module: Module, _generator: np.random.Generator) -> None:
    """Takes too long over its own ``U``, and passes everything on as ever."""
    _linger(module, lambda command: TOO_LONG_NS if command == b"U" else 0)


def slow_now_and_then(module: Module, generator: np.random.Generator) -> None:
    """Takes too long over its own ``U`` once in a while."""

    def lingers_ns(command: bytes) -> int:
        return TOO_LONG_NS * (command == b"U" and not generator.integers(HESITATES_ONCE_IN))

    _linger(module, lingers_ns)


def slow_to_store(module: Module, _generator: np.random.Generator) -> None:
    """Takes too long over storing its constant."""
    _linger(module, lambda command: TOO_LONG_NS if command[:1] == b"W" and command[1:] else 0)


def clock_off(module: Module, _generator: np.random.Generator) -> None:
    """Its oscillator is faster than its kind's may be, and its neighbours still understand it."""
    bit_ns = module.receiver.bit_ns / FAST
    module.receiver = Receiver(bit_ns)
    module._bit_ns = bit_ns  # noqa: SLF001 - a defect is within
    module._sent_length_ns = [  # noqa: SLF001 - as above
        duration_ns(length, bit_ns) for length in range(LONGEST_SENT)
    ]


def _linger(module: Module, lingers_ns: Callable[[bytes], int]) -> None:
    """Answer so much later than the module would, by the command."""
    execute = module._execute  # noqa: SLF001 - a defect is within

    def execute_late(command: bytes, time_ns: int) -> tuple[bytes | None, int]:
        answer, writing_ns = execute(command, time_ns)
        return answer, writing_ns + lingers_ns(command)

    module._execute = execute_late  # type: ignore[method-assign]  # noqa: SLF001 - as above


TIMING_DEFECTS: Mapping[str, Callable[[Module, np.random.Generator], None]] = {
    "slow": slow,
    "slower": slower,
    "slow-to-answer": slow_to_answer,
    "slow-now-and-then": slow_now_and_then,
    "slow-to-store": slow_to_store,
    "clock-off": clock_off,
}
