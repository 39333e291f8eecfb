"""What a module sees and does at its two power terminals."""

from __future__ import annotations

from typing import Protocol


class Feed(Protocol):
    """The cell, as the module has it."""

    def sampled_V(self, time_ns: int) -> float:
        """The cell voltage that the converter sees, its own bleed output off."""

    def bleed(self, *, on: bool, time_ns: int) -> None:
        """Switch the bleed output."""
