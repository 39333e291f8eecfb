"""Defects of thresholds, and of what their bits remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from typing_extensions import override

from rigs.simulation.line import Run
from rigs.simulation.modules.eeprom import Eeprom
from rigs.simulation.modules.memory import BLEEDING, ENABLED, HIGH, LOW, Latches, Settings
from rigs.simulation.modules.module import Module

STICKS_FOR_CODES = 6


# -- thresholds ------------------------------------------------------------------------------------


def threshold_off_by_one(module: Module, _generator: np.random.Generator) -> None:
    """Compares with one code less than it has stored for bleeding."""
    module.settings = _OtherThresholds(module.eeprom, -1, 0, 0)


def equality_the_other_way(module: Module, _generator: np.random.Generator) -> None:
    """A code equal to a threshold's is not beyond it."""
    module.settings = _OtherThresholds(module.eeprom, -1, +1, -1)


def threshold_far_off(module: Module, _generator: np.random.Generator) -> None:
    """Compares with eight codes less than it has stored for the high alarm."""
    module.settings = _OtherThresholds(module.eeprom, 0, 0, -8)


def sticks(module: Module, _generator: np.random.Generator) -> None:
    """Stops bleeding some codes below its threshold, which its product does not."""
    settings = _Sticking(module.eeprom)
    convert = module.converter.convert

    def convert_and_remember(cell_V: float) -> int:
        code = convert(cell_V)
        settings.remember(code)
        return code

    module.settings = settings
    module.converter.convert = convert_and_remember  # type: ignore[method-assign]


def code_before(module: Module, _generator: np.random.Generator) -> None:
    """Answers the code of the measurement before, with the status of this one."""
    convert, send = module.converter.convert, module.send
    codes = [0, 0]

    def convert_and_remember(cell_V: float) -> int:
        codes[:] = codes[1], convert(cell_V)
        return codes[1]

    def send_earlier(run: Run) -> None:
        if run.characters.startswith(b"\nA00U"):
            earlier = b"A00U%03X" % codes[0] + run.characters[8:9]
            run = run._replace(characters=b"\n" + earlier + b"\r", message=earlier)
        send(run)

    module.converter.convert = convert_and_remember  # type: ignore[method-assign]
    module.send = send_earlier


# -- bits ------------------------------------------------------------------------------------------


def swaps_alarms(module: Module, _generator: np.random.Generator) -> None:
    """Reports the high alarm as the low one and the low one as the high one."""
    module.latches = _SwappingAlarms()


def forgets_excursions(module: Module, _generator: np.random.Generator) -> None:
    """Its bits do not latch: each measurement replaces them."""
    convert, latches = module.converter.convert, module.latches

    def convert_afresh(cell_V: float) -> int:
        latches.clear()
        return convert(cell_V)

    module.converter.convert = convert_afresh  # type: ignore[method-assign]


def keeps_bits(module: Module, _generator: np.random.Generator) -> None:
    """``U`` does not clear what it has reported."""
    module.latches = _KeepingFromU()


def u_clears_all(module: Module, _generator: np.random.Generator) -> None:
    """``U`` clears what ``S`` reports, too."""
    module.latches = _OneMemoryForU()


def s_clears_all(module: Module, _generator: np.random.Generator) -> None:
    """``S`` clears what ``U`` reports, too."""
    module.latches = _OneMemoryForS()


def hides_bit_when_disabled(module: Module, _generator: np.random.Generator) -> None:
    """With ``d`` in force the bleeding bit does not latch either."""
    latches = module.latches = _HidingBleeding()
    obey, power_up = module.obey, module.power_up

    def obey_and_hide(message: bytes, begun_ns: int, time_ns: int) -> None:
        latches.hiding = message == b"d" or (latches.hiding and message != b"e")
        obey(message, begun_ns, time_ns)

    def power_up_showing(time_ns: int) -> None:
        latches.hiding = False
        power_up(time_ns)

    module.obey = obey_and_hide  # type: ignore[method-assign]
    module.power_up = power_up_showing  # type: ignore[method-assign]


# -- parts -----------------------------------------------------------------------------------------


class _OtherThresholds(Settings):
    """Compares with other codes than are stored for V, L and H."""

    def __init__(self, eeprom: Eeprom, *shifts: int) -> None:
        self._shifts = shifts
        super().__init__(eeprom)

    @override
    def _refresh(self) -> None:
        super()._refresh()
        bleeding, low, high = self.thresholds
        self.thresholds = (
            bleeding + self._shifts[0],
            low + self._shifts[1],
            high + self._shifts[2],
        )


class _Sticking(Settings):
    """Its bleeding threshold is some codes higher once it has been reached."""

    _reached = False

    def remember(self, code: int) -> None:
        """Learn of a measurement, before it is compared."""
        bleeding = self.codes["V"] + (STICKS_FOR_CODES if self._reached else 0)
        self.thresholds = bleeding, *self.thresholds[1:]
        self._reached = code <= bleeding


class _SwappingAlarms(Latches):
    @override
    def take(self) -> int:
        return _swapped(super().take())

    @override
    def general_status(self, message: bytes, enabled: int) -> bytes | None:
        self.chain = _swapped(self.chain)
        return super().general_status(message, enabled)


class _KeepingFromU(Latches):
    @override
    def take(self) -> int:
        return self.module


class _OneMemoryForU(Latches):
    @override
    def take(self) -> int:
        bits = super().take()
        self.clear()
        return bits


class _OneMemoryForS(Latches):
    @override
    def general_status(self, message: bytes, enabled: int) -> bytes | None:
        answer = super().general_status(message, enabled)
        self.clear()
        return answer


class _HidingBleeding(Latches):
    hiding = False

    @override
    def take(self) -> int:
        return super().take() & ~(BLEEDING if self.hiding else 0)


def _swapped(bits: int) -> int:
    kept = bits & (BLEEDING | ENABLED)
    return kept | (HIGH if bits & LOW else 0) | (LOW if bits & HIGH else 0)


THRESHOLD_DEFECTS: Mapping[str, Callable[[Module, np.random.Generator], None]] = {
    "threshold-off-by-one": threshold_off_by_one,
    "equality-the-other-way": equality_the_other_way,
    "threshold-far-off": threshold_far_off,
    "sticks": sticks,
    "code-before": code_before,
    "swaps-alarms": swaps_alarms,
    "forgets-excursions": forgets_excursions,
    "keeps-bits": keeps_bits,
    "u-clears-all": u_clears_all,
    "s-clears-all": s_clears_all,
    "hides-bit-when-disabled": hides_bit_when_disabled,
}
