"""The one clock: what time it is, and the only way to let time pass.

Benches in wall time and in virtual time differ here and nowhere else. All time that a run
spends is booked to a purpose, so that a ledger can show where bench time went. Beside it stands
the floor: how much of it physics takes, whatever the rig does (docs/reports.md).
"""

from __future__ import annotations

import time  # noqa: TID251 - the wall clock is what the ban points to
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum

from typing_extensions import override

from quantities.errors import HostSlept
from quantities.hostsleep import slept_s

NANOSECONDS_PER_SECOND = 1_000_000_000
NOTICEABLE_SLEEP_S = 1.0
"""The clocks that tell it are read one after the other, and some count in steps of 16 ms."""


class Purpose(StrEnum):
    """What bench time is spent on."""

    WIRE = "wire"
    SETTLING = "settling"
    APERTURE = "aperture"
    WATCHDOG = "watchdog"
    PROCESSING = "processing"
    IDLE = "idle"


ASKED_FOR = frozenset({Purpose.SETTLING, Purpose.APERTURE, Purpose.WATCHDOG, Purpose.PROCESSING})
"""Time booked to these is what a measurement asked for, and all of it belongs to the floor."""


class Clock(ABC):
    """Time in integer nanoseconds, the date, waiting, and the ledger of time spent."""

    def __init__(self) -> None:
        self._ledger_ns = dict.fromkeys(Purpose, 0)
        self._floor_ns = dict.fromkeys(Purpose, 0)
        self._booked_ns = 0

    @abstractmethod
    def now(self) -> int:
        """Nanoseconds since an arbitrary start; never goes back."""

    @abstractmethod
    def date(self) -> datetime:
        """The date and time of the bench, with time zone UTC."""

    @abstractmethod
    def _pass(self, nanoseconds: int) -> None:
        """Let this much time pass."""

    def wait(self, seconds: float, purpose: Purpose) -> None:
        """Let ``seconds`` pass, booked to ``purpose``; zero and less return at once."""
        if seconds > 0:
            with self.booking(purpose):
                self._pass(round(seconds * NANOSECONDS_PER_SECOND))

    def wait_until(self, time_ns: int, purpose: Purpose) -> None:
        """Let time pass until ``now()`` is ``time_ns``; a time in the past returns at once."""
        left_ns = time_ns - self.now()
        if left_ns > 0:
            with self.booking(purpose):
                self._pass(left_ns)

    @contextmanager
    def booking(self, purpose: Purpose) -> Iterator[None]:
        """Book the time that passes inside to ``purpose``, less what is booked further in."""
        start_ns, booked_before_ns = self.now(), self._booked_ns
        try:
            yield
        finally:
            inner_ns = self._booked_ns - booked_before_ns
            own_ns = self.now() - start_ns - inner_ns
            self._ledger_ns[purpose] += own_ns
            self._booked_ns += own_ns
            if purpose in ASKED_FOR:
                self._floor_ns[purpose] += own_ns

    def check_awake(self) -> None:  # noqa: B027 - a bench in virtual time does not sleep
        """Raise ``HostSlept``, once, if this computer has been asleep since the last look.

        Whoever is about to send something asks first, so that after a sleep the first thing that
        the rig hears is to become safe.
        """

    def book_floor(self, seconds: float, purpose: Purpose) -> None:
        """Of the time booked to the wire or to idling, so much was unavoidable.

        Raises ``ValueError`` for a purpose whose whole time is on the floor as it is booked.
        """
        if purpose in ASKED_FOR:
            raise ValueError(f"the floor of {purpose} is booked with its time")
        self._floor_ns[purpose] += round(seconds * NANOSECONDS_PER_SECOND)

    def ledger(self) -> Mapping[Purpose, int]:
        """Nanoseconds booked so far to each purpose."""
        return dict(self._ledger_ns)

    def floor(self) -> Mapping[Purpose, int]:
        """Nanoseconds of each purpose that physics takes, so far."""
        return dict(self._floor_ns)


class WallClock(Clock):
    """The time of the host: benches with real instruments."""

    def __init__(self) -> None:
        super().__init__()
        self._slept_s = slept_s()

    @override
    def check_awake(self) -> None:
        before_s, self._slept_s = self._slept_s, slept_s()
        if self._slept_s - before_s > NOTICEABLE_SLEEP_S:
            raise HostSlept(
                f"this computer was asleep for {self._slept_s - before_s:.0f} s while it had a rig",
                remedy="switch its power saving off for as long as runs last",
            )

    @override
    def now(self) -> int:
        return time.monotonic_ns()

    @override
    def date(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the wall clock itself

    @override
    def _pass(self, nanoseconds: int) -> None:
        time.sleep(nanoseconds / NANOSECONDS_PER_SECOND)
