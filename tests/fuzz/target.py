"""What a fuzzing target is: bytes go in, and only the errors of our tree may come out.

``make fuzz`` feeds each to atheris (libFuzzer, which looks for bytes that reach new code) and
``make test`` a few inputs to the same functions by hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from typing_extensions import override

from quantities import Clock
from quantities.errors import CellrigError

NASTY: tuple[object, ...] = (
    True,
    -1,
    0,
    2**63,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\x00",
    "\u202e<script>",
    "../../x",
    "x" * 10_000,
    [],
    {},
    [[]],
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31),  # noqa: DTZ001 - TOML has local times
)
"""Values that stand where something else is due."""


@dataclass(frozen=True)
class Target:
    """One thing that reads what others wrote.

    ``run`` raises for a defect and for nothing else. ``inputs`` is how many ``make fuzz`` tries.
    """

    name: str
    run: Callable[[bytes], None]
    inputs: int
    seeds: Sequence[bytes] = ()
    longest: int = 256
    """Bytes of an input, at most."""


class Pieces:
    """Bytes of an input, taken one after another; zeros when they have run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def left(self) -> bool:
        """Whether any are left."""
        return self._position < len(self._data)

    def byte(self) -> int:
        """The next one."""
        return (self.take(1) or b"\0")[0]

    def number(self, count: int) -> int:
        """One below ``count``."""
        return int.from_bytes(self.take(4), "big") % count if count > 256 else self.byte() % count

    def take(self, count: int) -> bytes:
        """So many, or what is left."""
        taken = self._data[self._position : self._position + count]
        self._position += len(taken)
        return taken

    def piece(self) -> bytes:
        """As many as the next byte says."""
        return self.take(self.byte())

    def rest(self) -> bytes:
        """All that are left."""
        return self.take(len(self._data))

    def value(self) -> object:
        """A nasty value, a number, or a text."""
        which = self.byte()
        if which < len(NASTY):
            return NASTY[which]
        if which < 128:
            return int.from_bytes(self.take(which % 9), "big", signed=True)
        return self.piece().decode("utf-8", "replace")


class SteppedClock(Clock):
    """Time that moves when it is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.time_ns = 0

    @override
    def now(self) -> int:
        return self.time_ns

    @override
    def date(self) -> datetime:
        return datetime(2026, 11, 2, 8, tzinfo=UTC)

    @override
    def _pass(self, nanoseconds: int) -> None:
        self.time_ns += nanoseconds


documented = suppress(CellrigError)
"""What may be raised: an error of our tree, whose text can be told."""
