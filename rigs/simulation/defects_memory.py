"""Defects of what should survive a loss of power."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rigs.simulation.modules.memory import LAYOUT
from rigs.simulation.modules.module import Module

SECOND_NS = 1_000_000_000


def stores_in_ram(module: Module, _generator: np.random.Generator) -> None:
    """Never writes its EEPROM: what it was told is gone with its power."""
    module.eeprom.write = _writes_nothing  # type: ignore[method-assign]


def brown_out_corrupts(module: Module, _generator: np.random.Generator) -> None:
    """Runs on below its least voltage: a long dip costs it a bit of its low threshold."""
    power_down, power_up, down_ns = module.power_down, module.power_up, [0]

    def power_down_then(time_ns: int) -> None:
        down_ns[0] = time_ns
        power_down(time_ns)

    def power_up_corrupted(time_ns: int) -> None:
        if 0 < down_ns[0] < time_ns - SECOND_NS:
            _spoil(module, "L", module.eeprom.read(*LAYOUT["L"]) ^ 0x008, time_ns)
        power_up(time_ns)

    module.power_down = power_down_then  # type: ignore[method-assign]
    module.power_up = power_up_corrupted  # type: ignore[method-assign]


def torn_beyond(module: Module, _generator: np.random.Generator) -> None:
    """A write that is cut off costs it its bleeding threshold, too."""
    write, lose_power, until_ns = module.eeprom.write, module.eeprom.lose_power, [0]

    def write_and_remember(address: int, length: int, number: int, time_ns: int) -> int:
        writing_ns = write(address, length, number, time_ns)
        until_ns[0] = time_ns + writing_ns
        return writing_ns

    def lose_more(time_ns: int) -> None:
        cut_off = time_ns < until_ns[0]
        lose_power(time_ns)
        if cut_off:
            _spoil(module, "V", 0x3FF, time_ns)

    module.eeprom.write = write_and_remember  # type: ignore[method-assign]
    module.eeprom.lose_power = lose_more  # type: ignore[method-assign]


def _writes_nothing(address: int, length: int, number: int, time_ns: int) -> int:  # noqa: ARG001 - an EEPROM has them
    return 0


def _spoil(module: Module, key: str, number: int, time_ns: int) -> None:
    """Have another value in the EEPROM, as if it had been written long ago."""
    module.eeprom.write(*LAYOUT[key], number, time_ns - SECOND_NS)


MEMORY_DEFECTS: Mapping[str, Callable[[Module, np.random.Generator], None]] = {
    "stores-in-ram": stores_in_ram,
    "brown-out-corrupts": brown_out_corrupts,
    "torn-beyond": torn_beyond,
}
