"""Power taken away while a module writes its constant: what is left of it.

A constant of three bytes takes some 15 ms to write (the PIC12F675 writes a byte in 5 ms), and a
supply that is switched off takes its own time to fall below what a module needs. How long is not
known beforehand: what the module holds afterwards tells whether the cut came too early or too
late, and the next one comes accordingly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

from drivers.chain.messages import Setting, SettingMessage, address_of, encode
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from rigs.panel import Panel
from rigs.procedures.power import Starving
from rigs.settings import PanelSettings

OTHER_CONSTANT = 0x010101
"""Changes one bit of each byte, so that all three have to be written."""
BYTES = 3


class Left(StrEnum):
    """What a cut left of the constant."""

    OLD = "as it was"
    NEW = "as it was written"
    TORN = "torn"


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut. ``lead_s`` is from the command's first bit to switching the supply off."""

    position: int
    lead_s: float
    left: Left
    constant: int
    others_intact: bool
    """Whether the module's thresholds are what they were."""

    def __str__(self) -> str:
        """What was done and what was left."""
        return f"off {self.lead_s * 1000:+.1f} ms after W began: {self.constant:06X}, {self.left}"

    def acceptable(self, *, torn: bool) -> bool:
        """Whether nothing was lost but, where that may be, the constant that was being written."""
        return self.others_intact and (torn or self.left is not Left.TORN)


class CutWrites:
    """Cuts writes off in one module after the other, each time a little better aimed."""

    def __init__(self, panel: Panel, clock: Clock, starving: Starving) -> None:
        self._panel, self._clock, self._starving = panel, clock, starving
        self._timing = panel.chain.timing
        self._fall_s = 0.0
        """From switching off to a module's stop, as far as known."""
        self._correction_s = BYTES * self._timing.eeprom_byte_s
        self._last_missed: Left | None = None

    def cut(self, position: int, before: PanelSettings, count: int) -> list[Cut]:
        """So many cuts in one module; its constant is restored, and read back, after each."""
        return [
            self._cut(position, before, byte)
            for _, byte in zip(range(count), cycle(range(BYTES)), strict=False)
        ]

    def _cut(self, position: int, before: PanelSettings, byte: int) -> Cut:
        """One that is aimed at the middle of this byte's time."""
        chain, due = self._panel.chain, before.by_setting()
        stored = {setting: int(due[setting][position - 1]) for setting in Setting}
        constant = stored.pop(Setting.CALIBRATION)
        written = constant ^ OTHER_CONSTANT
        lead_s = self._obeyed_s(position) + (byte + 0.5) * self._timing.eeprom_byte_s - self._fall_s
        self._write_and_switch_off(position, written, lead_s)
        self._starving.power_up()
        held = chain.read_setting(Setting.CALIBRATION, position)
        others = all(
            chain.read_setting(setting, position) == code for setting, code in stored.items()
        )
        left = {constant: Left.OLD, written: Left.NEW}.get(held, Left.TORN)
        if held != constant:
            chain.write_setting(Setting.CALIBRATION, position, constant)
        self._aim(left, byte, _torn_byte(held, constant, written))
        return Cut(position, lead_s, left, held, others)

    def _write_and_switch_off(self, position: int, constant: int, lead_s: float) -> None:
        """Switch off ``lead_s`` after the command begins, or before it if that is negative."""
        message = encode(SettingMessage(address_of(position), Setting.CALIBRATION, constant))
        if lead_s >= 0:
            self._panel.chain.begin_raw(message)
            self._clock.wait(lead_s, Purpose.WIRE)
            self._starving.switch_off()
        else:
            off_ns = self._clock.now()
            self._starving.switch_off()
            due_ns = off_ns - round(lead_s * NANOSECONDS_PER_SECOND)
            self._clock.wait_until(due_ns, Purpose.WIRE)
            self._panel.chain.begin_raw(message)

    def _obeyed_s(self, position: int) -> float:
        """From the command's first bit to its CR at this module."""
        length = len(encode(SettingMessage(0, Setting.CALIBRATION, 0)))
        hop_s = self._timing.wire_s(length + 1) + self._timing.processing_s
        return self._timing.wire_s(length) + (position - 1) * hop_s

    def _aim(self, left: Left, aimed_at: int, hit: int | None) -> None:
        """Cut earlier or later next time: by half a byte for each that was hit beside the aim.

        Before the first hit a guess, which halves once both sides have been seen.
        """
        half_s = self._timing.eeprom_byte_s / 2
        if left is Left.TORN:
            self._correction_s = half_s
            self._fall_s += 0.0 if hit is None else (hit - aimed_at) * half_s
            return
        if self._last_missed not in (None, left):
            self._correction_s = max(self._correction_s / 2, half_s)
        self._last_missed = left
        self._fall_s += self._correction_s if left is Left.NEW else -self._correction_s


def _torn_byte(held: int, *whole: int) -> int | None:
    """Which byte, from the most significant, is in none of the constants that it may hold."""
    each = [constant.to_bytes(BYTES, "big") for constant in (held, *whole)]
    torn = [
        index for index, (found, *due) in enumerate(zip(*each, strict=True)) if found not in due
    ]
    return torn[0] if torn else None
