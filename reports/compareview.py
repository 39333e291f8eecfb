"""What a comparison says, as texts: for the terminal, the HTML page and other programs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from reports.compare import AnswerChange, Comparison, VerdictChange
from reports.document import render_template
from reports.figures import Scale, number_text, scale_of, value_text
from reports.presentation import position_ranges
from reports.record import RunRecord
from reports.samples import Plain
from reports.shifts import Kind, Shift


@dataclass(frozen=True)
class VerdictLine:
    """A verdict that is another one."""

    what: str
    modules: str
    base: str
    new: str


@dataclass(frozen=True)
class ShiftLine:
    """A value that moved."""

    test: str
    name: str
    condition: str
    module: str
    base: str
    new: str
    delta: str
    severity: str


@dataclass(frozen=True)
class AnswerLine:
    """An answer that is another one; characters that do not print are escaped."""

    input: str
    base: str
    new: str
    word: str


def summary(comparison: Comparison) -> str:
    """What changed, in one sentence."""
    if not comparison.changed:
        return "Nothing changed."
    shifts = comparison.shifts
    counts = (
        (len(comparison.verdicts), "verdict", "verdicts"),
        (len(shifts.moved), f"of {shifts.compared} values", f"of {shifts.compared} values"),
        (len(comparison.answers), "answer", "answers"),
    )
    parts = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    return f"Changed: {', '.join(parts)}."


def describe_run(record: RunRecord) -> str:
    """Which run it is, in a few words."""
    firmware = f", firmware {record.firmware.revision}" if record.firmware.revision else ""
    simulated = ", SIMULATED" if record.simulated else ""
    return (
        f"{record.run_id[:8]} of {record.started:%Y-%m-%d %H:%M} {record.started.tzname()}"
        f"{firmware}: {record.conclusion}{simulated}"
    )


def verdict_lines(comparison: Comparison) -> list[VerdictLine]:
    """First the run's and the modules', then test by test."""
    titles = _titles(comparison)
    return [
        VerdictLine(
            titles.get(change.what, change.what), _positions(change), change.base, change.new
        )
        for change in comparison.verdicts
    ]


def shift_lines(comparison: Comparison, kind: Kind) -> list[ShiftLine]:
    """Those of one kind, the clearest shift first."""
    titles = _titles(comparison)
    shifts = (shift for shift in comparison.shifts.moved if shift.kind is kind)
    return [_line(shift, titles) for shift in sorted(shifts, key=lambda one: -one.severity)]


def answer_lines(comparison: Comparison) -> list[AnswerLine]:
    """Those to undefined inputs, in the order in which the new run sent them."""
    return [
        AnswerLine(
            _escaped(change.input),
            _escaped(change.base) or "no answer",
            _escaped(change.new) or "no answer",
            _answer_word(change),
        )
        for change in comparison.answers
    ]


def render_comparison(comparison: Comparison) -> str:
    """A self-contained page."""
    return render_template(
        "comparison.html",
        comparison=comparison,
        summary=summary(comparison),
        verdicts=verdict_lines(comparison),
        shifts={kind: shift_lines(comparison, kind) for kind in Kind},
        answers=answer_lines(comparison),
        describe_run=describe_run,
    )


def as_json(comparison: Comparison) -> dict[str, Any]:
    """For programs: values in SI units, NaN and infinities as null."""
    shifts = comparison.shifts
    return {
        "base": _run_as_json(comparison.base),
        "new": _run_as_json(comparison.new),
        "changed": comparison.changed,
        "conditions": [asdict(difference) for difference in comparison.conditions],
        "verdicts": [asdict(change) for change in comparison.verdicts],
        "values_compared": shifts.compared,
        "values_unmatched": shifts.unmatched,
        "values": [_shift_as_json(shift) for shift in shifts.moved],
        "answers_compared": comparison.inputs_compared,
        "answers": [asdict(change) for change in comparison.answers],
    }


def _run_as_json(record: RunRecord) -> dict[str, object]:
    return {
        "id": record.run_id,
        "started": record.started.isoformat(),
        "firmware": record.firmware.revision,
        "verdict": record.conclusion,
        "simulated": record.simulated,
    }


def _shift_as_json(shift: Shift) -> dict[str, object]:
    values = asdict(shift) | {"kind": shift.kind, "severity": shift.severity}
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }


def _titles(comparison: Comparison) -> dict[str, str]:
    tests = (*comparison.base.tests, *comparison.new.tests)
    return {test.nodeid: test.title or test.nodeid for test in tests}


def _positions(change: VerdictChange) -> str:
    return position_ranges(change.positions) if change.positions else "all"


def _line(shift: Shift, titles: dict[str, str]) -> ShiftLine:
    scale = scale_of(
        shift.unit, *(value for value in (shift.base, shift.new) if isinstance(value, float))
    )
    expanded = shift.expanded_uncertainty
    base_scale = scale if shift.base_unit == shift.unit else Scale(0, shift.base_unit)
    sign = "+" if shift.delta and shift.delta > 0.0 else ""
    return ShiftLine(
        titles[shift.nodeid],
        shift.name,
        shift.condition,
        "all" if shift.position is None else str(shift.position),
        _value(shift.base, expanded, base_scale),
        _value(shift.new, expanded, scale),
        "" if shift.delta is None else sign + _value(shift.delta, expanded, scale),
        "" if math.isinf(shift.severity) else f"{shift.severity:.1f} U",
    )


def _answer_word(change: AnswerChange) -> str:
    if not change.base:
        return "new"
    return "changed" if change.new else "missing"


def _escaped(text: str) -> str:
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _value(value: Plain, expanded_uncertainty: float | None, scale: Scale) -> str:
    """With as many digits as the difference is known to, and no uncertainty of its own."""
    if isinstance(value, float) and math.isfinite(value):
        return f"{number_text(value, expanded_uncertainty, scale)} {scale.unit}".rstrip()
    return value_text(value, None, scale)
