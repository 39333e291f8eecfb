"""Values of two runs side by side: which of them moved by more than both can be wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reports.entries import MeasurementRecord
from reports.pairing import Pair
from reports.record import RunRecord
from reports.samples import Plain
from reports.verdict import coverage_factor


class Kind(StrEnum):
    """What kind of value moved, by its unit."""

    TIMING = "timing"
    CURRENT = "current"
    VALUE = "value"


_KINDS = {"s": Kind.TIMING, "A": Kind.CURRENT}


@dataclass(frozen=True, slots=True)
class Shift:
    """A value that is not what it was; ``position`` is the new run's, None the whole panel."""

    nodeid: str
    name: str
    condition: str
    position: int | None
    base: Plain
    base_unit: str
    new: Plain
    unit: str
    delta: float | None = None
    """New less base; None where one of them is no number, or their units differ."""
    expanded_uncertainty: float | None = None
    """Of the difference: both values' combined, as if they had nothing in common."""

    @property
    def kind(self) -> Kind:
        """Timing in s, current in A, or any other value."""
        return _KINDS.get(self.unit, Kind.VALUE)

    @property
    def severity(self) -> float:
        """How many times its expanded uncertainty a value has moved; infinite if it has none."""
        if self.delta is None or not self.expanded_uncertainty:
            return math.inf
        return abs(self.delta) / self.expanded_uncertainty


@dataclass(frozen=True, slots=True)
class Shifts:
    """What moved, how many values there were to compare, and how many only one run has."""

    moved: tuple[Shift, ...]
    compared: int
    unmatched: int


def find_shifts(
    base: RunRecord, new: RunRecord, pairs: Sequence[Pair], *, factor: float = 1.0
) -> Shifts:
    """What moved by more than ``factor`` times its expanded uncertainty, test by test.

    Values belong together by test, name and module, in the order in which they were taken; if
    there are more in one run than in the other, by the condition under which they were.
    """
    places: list[tuple[int | None, int | None]] = [(None, None)]
    places += [(pair.base.position, pair.new.position) for pair in pairs]
    before, after = _by_place(base), _by_place(new)
    moved, compared, unmatched = [], 0, 0
    for nodeid, name in dict.fromkeys((nodeid, name) for nodeid, name, _ in after):
        for base_position, new_position in places:
            earlier = before.get((nodeid, name, base_position), [])
            later = after.get((nodeid, name, new_position), [])
            matched = list(_matched(earlier, later))
            compared += len(matched)
            unmatched += max(len(earlier), len(later)) - len(matched)
            shifts = (_shift(nodeid, *values, base, new, factor) for values in matched)
            moved += [shift for shift in shifts if shift is not None]
    return Shifts(tuple(moved), compared, unmatched)


def _by_place(record: RunRecord) -> dict[tuple[str, str, int | None], list[MeasurementRecord]]:
    """By test, name and position."""
    found: dict[tuple[str, str, int | None], list[MeasurementRecord]] = {}
    for test in record.tests:
        for entry in test.measurements:
            found.setdefault((test.nodeid, entry.name, entry.position), []).append(entry)
    return found


def _matched(
    earlier: Sequence[MeasurementRecord], later: Sequence[MeasurementRecord]
) -> Iterator[tuple[MeasurementRecord, MeasurementRecord]]:
    if len(earlier) == len(later):
        yield from zip(earlier, later, strict=True)
        return
    left = {entry.condition: entry for entry in earlier}
    for entry in later:
        if entry.condition in left:
            yield left.pop(entry.condition), entry


def _shift(
    nodeid: str,
    earlier: MeasurementRecord,
    later: MeasurementRecord,
    base: RunRecord,
    new: RunRecord,
    factor: float,
) -> Shift | None:
    """None if the value stayed what it was."""
    shift = Shift(
        nodeid,
        later.name,
        later.condition,
        later.position,
        earlier.value,
        earlier.unit,
        later.value,
        later.unit,
    )
    numbers = _number(earlier.value), _number(later.value)
    if numbers[0] is None or numbers[1] is None or earlier.unit != later.unit:
        same = _comparable(earlier) == _comparable(later)
        return None if same else shift
    delta = numbers[1] - numbers[0]
    expanded = math.hypot(_expanded(earlier, base), _expanded(later, new))
    if abs(delta) <= factor * expanded:
        return None
    return replace(shift, delta=delta, expanded_uncertainty=expanded)


def _number(value: Plain) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _comparable(entry: MeasurementRecord) -> tuple[str, type, Plain]:
    """What must be the same in values that are no numbers; no value is like any other none."""
    missing = isinstance(entry.value, float) and math.isnan(entry.value)
    return entry.unit, type(entry.value), None if missing else entry.value


def _expanded(entry: MeasurementRecord, record: RunRecord) -> float:
    """The expanded uncertainty; infinite if it is not known, as nothing shows a shift then."""
    factor = coverage_factor(entry.degrees_of_freedom, record.decision.coverage_probability)
    expanded = factor * entry.standard_uncertainty
    return math.inf if math.isnan(expanded) else expanded
