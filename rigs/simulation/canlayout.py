"""From a DBC file to the bits of a frame, as the simulated unit packs them.

The driver decodes with a DBC library. This side reads the layout's figures by itself and packs by
hand, so that the two are not one library that agrees with itself whatever the file says: a start bit,
a sign or a scale that is misread on either side shows as a disagreement of values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MESSAGE = re.compile(r"BO_ (\d+) (\w+): (\d+) ")
_SIGNAL = re.compile(r" SG_ (\w+) (?:M |m(\d+) )?: (\d+)\|(\d+)@([01])([+-]) \(([^,]+),([^)]+)\) ")


@dataclass(frozen=True, slots=True)
class SignalLayout:
    """Where a signal is in its frame, lowest bit first, and what one of its steps is worth."""

    first_bit: int
    bits: int
    scale: float
    offset: float

    def packed(self, value: float) -> int:
        """The signal's bits at their place; a value that they cannot hold is cut off."""
        raw = round((value - self.offset) / self.scale)
        return (raw & ((1 << self.bits) - 1)) << self.first_bit


@dataclass(frozen=True, slots=True)
class FrameLayout:
    """One message's identifier and length, and its signals by name."""

    identifier: int
    length: int
    signals: Mapping[str, SignalLayout]

    def packed(self, values: Mapping[str, float]) -> bytes:
        """The data bytes; bits of signals without a value are 0."""
        whole = 0
        for name, value in values.items():
            whole |= self.signals[name].packed(value)
        return whole.to_bytes(self.length, "little")


def read_layouts(path: Path) -> dict[str, FrameLayout]:
    """The layouts of a DBC file's messages, by name.

    Raises ``ValueError`` for a signal in Motorola's order, which none of ours has.
    """
    layouts: dict[str, FrameLayout] = {}
    signals: dict[str, SignalLayout] = {}
    for line in path.read_text(encoding="latin-1").splitlines():
        if message := _MESSAGE.match(line):
            signals = {}
            layouts[message[2]] = FrameLayout(int(message[1]), int(message[3]), signals)
        elif signal := _SIGNAL.match(line):
            if signal[5] == "0":
                raise ValueError(f"{path}: signal {signal[1]} is in Motorola's order")
            first_bit, bits = int(signal[3]), int(signal[4])
            scale, offset = float(signal[7]), float(signal[8])
            signals[signal[1]] = SignalLayout(first_bit, bits, scale, offset)
    return layouts
