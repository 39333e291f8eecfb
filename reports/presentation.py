"""What the document's tables say, as texts: the templates only lay them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.entries import MeasurementRecord, ModuleRecord, Occasion, PerformedTest, SettingsRecord
from reports.figures import (
    NOTHING,
    limit_text,
    number_text,
    ratio_text,
    scale_of_limit,
    value_text,
)
from reports.outcome import Conclusion, Outcome
from reports.record import RunRecord

_FINDINGS_SHOWN = 6
_ORDER = (Outcome.FAIL, Outcome.BLOCKED, Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True)
class Group:
    """Positions that share an outcome, as ``1–4, 7``."""

    outcome: Outcome
    count: int
    positions: str


@dataclass(frozen=True)
class ModuleLine:
    """One module in the table of verdicts."""

    module: ModuleRecord
    conclusion: Conclusion
    summary: str
    findings: tuple[str, ...]


@dataclass(frozen=True)
class MeasurementLine:
    """One measured value in the table of its test."""

    module: str
    name: str
    condition: str
    value: str
    limit: str
    margin: str
    ratio: str
    statement: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Change:
    """One setting as it was found and as it was left; empty where it was not read."""

    found: str
    left: str

    @property
    def changed(self) -> bool:
        """Whether both are known, and differ."""
        return bool(self.found and self.left) and self.found != self.left


@dataclass(frozen=True)
class SettingsLine:
    """One module's settings: the constant and the three thresholds."""

    position: int
    changes: Mapping[str, Change]
    unknown: bool
    """They were found, and may have been written, but were not read at the end."""
    restored: bool = False
    """What was left stands for what was written back after the run had broken off."""


def headline(record: RunRecord) -> str:
    """The run's conclusion in one sentence."""
    counts = [
        (conclusion, sum(line is conclusion for line in _conclusions(record)))
        for conclusion in Conclusion
    ]
    words = {
        Conclusion.PASS: "passed",
        Conclusion.FAIL: "failed",
        Conclusion.BLOCKED: "could not be judged",
        Conclusion.INCOMPLETE: "passed what was tested",
    }
    total = len(record.modules)
    modules = "module" if total == 1 else "modules"
    parts = [f"{count} {words[conclusion]}" for conclusion, count in counts if count]
    return f"{total} {modules}: {', '.join(parts)}." if parts else "No modules are on record."


def module_lines(record: RunRecord) -> list[ModuleLine]:
    """Every module with its verdict and what stands against it."""
    return [module_line(record, module) for module in record.modules]


def module_line(record: RunRecord, module: ModuleRecord) -> ModuleLine:
    """One module with its verdict and what stands against it."""
    entries = list(record.of_module(module.position))
    applicable = [
        (test, entry) for test, entry in entries if entry.outcome is not Outcome.NOT_APPLICABLE
    ]
    passed = sum(entry.outcome is Outcome.PASS for _, entry in applicable)
    tests = "test" if len(applicable) == 1 else "tests"
    findings = [
        f"{test.title or test.nodeid} — {entry.outcome}: {entry.reason}"
        for outcome in (Outcome.FAIL, Outcome.BLOCKED)
        for test, entry in applicable
        if entry.outcome is outcome
    ]
    findings += [
        f"{Outcome.BLOCKED}: {_left_out_text(record, entry.clause, entry.reason)}"
        for entry in record.left_out_of(module.position)
    ]
    if len(findings) > _FINDINGS_SHOWN:
        hidden = len(findings) - _FINDINGS_SHOWN
        findings = [*findings[:_FINDINGS_SHOWN], f"and {hidden} more, below"]
    return ModuleLine(
        module,
        record.module_conclusion(module.position),
        f"{passed} of {len(applicable)} {tests} passed",
        tuple(findings),
    )


def measurement_line(entry: MeasurementRecord) -> MeasurementLine:
    """A measurement's texts, all numbers of it in one unit."""
    verdict = entry.verdict
    scale = scale_of_limit(entry.unit, entry.limit, entry.value)
    expanded = verdict.expanded_uncertainty
    margin = NOTHING if verdict.margin is None else number_text(verdict.margin, expanded, scale)
    return MeasurementLine(
        module="all" if entry.position is None else str(entry.position),
        name=entry.name,
        condition=entry.condition,
        value=value_text(entry.value, expanded, scale),
        limit=limit_text(entry.limit, scale),
        margin=margin if verdict.margin is None else f"{margin} {scale.unit}".rstrip(),
        ratio=ratio_text(verdict.test_uncertainty_ratio),
        statement=verdict.statement or "not evaluated",
        outcome=verdict.outcome,
        reason=verdict.reason,
    )


def grouped(outcomes: Mapping[int, Outcome]) -> list[Group]:
    """By outcome, the worst first: how many modules and which."""
    groups = []
    for outcome in _ORDER:
        positions = [position for position, found in outcomes.items() if found is outcome]
        if positions:
            groups.append(Group(outcome, len(positions), position_ranges(positions)))
    return groups


def grouped_modules(test: PerformedTest) -> list[Group]:
    """What one test found, by outcome."""
    return grouped({entry.position: entry.outcome for entry in test.modules})


def position_ranges(positions: Iterable[int]) -> str:
    """``1–4, 7`` for 1, 2, 3, 4 and 7."""
    ranges: list[list[int]] = []
    for position in sorted(positions):
        if ranges and position == ranges[-1][-1] + 1:
            ranges[-1][-1] = position
        else:
            ranges.append([position, position])
    return ", ".join(
        str(first) if first == last else f"{first}{'–' if last > first + 1 else ', '}{last}"
        for first, last in ranges
    )


def settings_lines(record: RunRecord) -> list[SettingsLine]:
    """The first settings found on each module beside the last ones left."""
    positions = sorted({entry.position for entry in record.settings})
    return [settings_line(record, position) for position in positions]


def settings_line(record: RunRecord, position: int) -> SettingsLine:
    """One module's."""
    entries = record.settings_of(position)
    found = [entry for entry in entries if entry.occasion is Occasion.AS_FOUND]
    left = [entry for entry in entries if entry.occasion is not Occasion.AS_FOUND]
    first, last = found[0] if found else None, left[-1] if left else None
    return SettingsLine(
        position,
        _changes(first, last),
        unknown=last is None or position in record.settings_unknown,
        restored=last is not None and last.occasion is Occasion.RESTORED,
    )


def settings_unknown_text(record: RunRecord) -> str:
    """Which modules a run that broke off left with settings unknown; empty if none."""
    if not record.settings_unknown:
        return ""
    positions = position_ranges(record.settings_unknown)
    plural = "s" if len(record.settings_unknown) > 1 else ""
    return f"settings unknown: module{plural} {positions}, until cellrig restore"


def required_lines(record: RunRecord) -> list[str]:
    """What required clauses were left out, for which modules and why, one line each."""
    positions: dict[tuple[str, str], list[int]] = {}
    for entry in record.left_out:
        positions.setdefault((entry.clause, entry.reason), []).append(entry.position)
    return [
        f"module {position_ranges(modules)}  {_left_out_text(record, clause, reason)}"
        for (clause, reason), modules in positions.items()
    ]


def _left_out_text(record: RunRecord, clause: str, reason: str) -> str:
    return f"{clause}: required for {record.purpose}, and no test judged it: {reason}"


def _conclusions(record: RunRecord) -> Sequence[Conclusion]:
    return [record.module_conclusion(module.position) for module in record.modules]


def _changes(found: SettingsRecord | None, left: SettingsRecord | None) -> dict[str, Change]:
    return {
        title: Change(_setting(found, field), _setting(left, field))
        for title, field in (
            ("Constant K", "constant"),
            ("Bleeding V", "bleeding_code"),
            ("Low L", "low_code"),
            ("High H", "high_code"),
        )
    }


def _setting(settings: SettingsRecord | None, field: str) -> str:
    """The stored digits, and for a threshold the voltage that they mean (K over code)."""
    code: int | None = getattr(settings, field, None)
    if settings is None or code is None:
        return ""
    if field == "constant":
        return f"{code:06X}"
    if not code or not settings.constant:
        return f"{code:03X}"
    return f"{code:03X} ({settings.constant / code / 1000:.3f} V)"
