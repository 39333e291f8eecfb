"""Where bench time went, as the document shows it: a bar a test beside its floor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quantities import NANOSECONDS_PER_SECOND, Purpose
from reports.record import RunRecord
from reports.timeledger import TimeLedger

_PERCENT = 100.0


@dataclass(frozen=True)
class Segment:
    """A part of a bar; its width is in percent of the longest bar."""

    purpose: Purpose
    width: str
    title: str


@dataclass(frozen=True)
class TimeLine:
    """One test's time, or that of all of them."""

    number: int | None
    title: str
    spent: str
    floor: str
    ratio: str
    segments: tuple[Segment, ...]
    floor_at: str
    """Where along the bar the floor ends, in percent."""


@dataclass(frozen=True)
class PurposeLine:
    """What all tests together spent on one purpose."""

    purpose: Purpose
    spent: str
    floor: str
    share: str


def time_lines(record: RunRecord) -> list[TimeLine]:
    """Every test that took bench time, in the order in which they ran; none if none did."""
    longest_s = max((test.time.spent_s for test in record.tests), default=0.0)
    return [
        _line(test.number, test.title or test.nodeid, test.time, longest_s)
        for test in record.tests
        if test.time.spent_s > 0.0
    ]


def purpose_lines(record: RunRecord) -> list[PurposeLine]:
    """The whole run by purpose."""
    time = record.time
    return [
        PurposeLine(
            purpose,
            _seconds(spent_ns / NANOSECONDS_PER_SECOND),
            _seconds(time.floor_ns.get(purpose, 0) / NANOSECONDS_PER_SECOND),
            f"{_PERCENT * spent_ns / NANOSECONDS_PER_SECOND / time.spent_s:.1f} %",
        )
        for purpose, spent_ns in time.spent_ns.items()
        if spent_ns
    ]


def whole(record: RunRecord) -> TimeLine:
    """All tests together."""
    return _line(None, "All tests", record.time, record.time.spent_s)


def _line(number: int | None, title: str, time: TimeLedger, longest_s: float) -> TimeLine:
    return TimeLine(
        number,
        title,
        _seconds(time.spent_s),
        _seconds(time.floor_s),
        f"{time.spent_s / time.floor_s:.2f}" if time.floor_s else "—",
        tuple(_segments(time, longest_s)),
        _width(time.floor_s, longest_s),
    )


def _segments(time: TimeLedger, longest_s: float) -> Iterable[Segment]:
    for purpose, spent_ns in time.spent_ns.items():
        if spent_ns:
            spent_s = spent_ns / NANOSECONDS_PER_SECOND
            yield Segment(purpose, _width(spent_s, longest_s), f"{purpose} {_seconds(spent_s)}")


def _width(part_s: float, whole_s: float) -> str:
    return f"{_PERCENT * part_s / whole_s if whole_s else 0.0:.2f}%"


def _seconds(seconds: float) -> str:
    """To a millisecond below ten seconds, to a tenth of a second beyond."""
    return f"{seconds:.3f} s" if seconds < 10.0 else f"{seconds:.1f} s"
