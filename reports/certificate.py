"""One module's certificate: a page to print, a pure function of the run's record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quantities.errors import UsageError
from reports.document import render_template
from reports.entries import MeasurementRecord, ModuleRecord
from reports.figures import NOTHING
from reports.outcome import Outcome
from reports.presentation import (
    MeasurementLine,
    measurement_line,
    module_line,
    settings_line,
)
from reports.record import RunRecord

_WORST_FIRST = (Outcome.FAIL, Outcome.BLOCKED, Outcome.PASS, Outcome.NOT_APPLICABLE)
_LONGEST_STEM = 60
_RUN_CHARACTERS = 8


@dataclass(frozen=True)
class Worst:
    """Of all values of one name, the one closest to its limit or farthest beyond it."""

    line: MeasurementLine
    values: int

    @property
    def as_it_must_be(self) -> bool:
        """Whether only one value is allowed, and it was found: there is nothing to show."""
        return self.line.outcome is Outcome.PASS and self.line.margin == NOTHING


def render_certificate(record: RunRecord, position: int) -> str:
    """The page; raises ``UsageError`` if the run had no module at this position."""
    module = _module(record, position)
    worst = worst_values(record, position)
    return render_template(
        "certificate.html",
        record=record,
        module=module,
        line=module_line(record, module),
        shown=[value for value in worst if not value.as_it_must_be],
        exact=_by_family(value for value in worst if value.as_it_must_be),
        settings=settings_line(record, position),
        clauses=_clauses_by_outcome(record, position),
    )


def file_name(serial_number: str, run_id: str, position: int) -> str:
    """From ASCII letters, digits, dashes and underscores alone: no path, and no device.

    The run keeps a retest from writing over what was certified before, the position serial
    numbers that look alike as files.
    """
    stem = _harmless(serial_number)[:_LONGEST_STEM] or "no-serial-number"
    return f"{stem}-{_harmless(run_id)[:_RUN_CHARACTERS]}-{position:03}.html"


def write_certificates(
    record: RunRecord, folder: Path, positions: Sequence[int] | None = None
) -> list[Path]:
    """Write those of all modules, or of these, into a folder; it is made if it is not there.

    Raises ``UsageError`` if that cannot be, or if the run had no such module.
    """
    if positions is None:
        positions = [module.position for module in record.modules]
    pages = {}
    for position in positions:
        serial_number = _module(record, position).serial_number
        name = file_name(serial_number, record.run_id, position)
        pages[folder / name] = render_certificate(record, position)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, page in pages.items():
            path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"certificates cannot be written: {error.strerror}",
            where=str(folder),
            expected="a folder that can be written to",
        ) from error
    return list(pages)


def worst_values(record: RunRecord, position: int) -> list[Worst]:
    """One for each name that was measured on the whole panel or on this module, in order."""
    by_name: dict[str, list[MeasurementRecord]] = {}
    for entry in [*record.measured_on(None), *record.measured_on(position)]:
        by_name.setdefault(entry.name, []).append(entry)
    return [
        Worst(measurement_line(min(entries, key=_badness)), len(entries))
        for entries in by_name.values()
    ]


def _by_family(values: Iterable[Worst]) -> dict[str, list[str]]:
    """Names by what stands ahead of their dot, each with how many values it has if several."""
    found: dict[str, list[str]] = {}
    for value in values:
        family, _, name = value.line.name.rpartition(".")
        times = f" ×{value.values}" if value.values > 1 else ""
        found.setdefault(family, []).append(f"{name}{times}")
    return found


def _badness(entry: MeasurementRecord) -> tuple[int, float]:
    """The outcome first, then the margin; without a margin all are alike."""
    margin = entry.verdict.margin
    return _WORST_FIRST.index(entry.verdict.outcome), 0.0 if margin is None else margin


def _module(record: RunRecord, position: int) -> ModuleRecord:
    for module in record.modules:
        if module.position == position:
            return module
    raise UsageError(
        f"the run had no module at position {position}",
        where=f"run {record.run_id}",
        expected=f"1 to {len(record.modules)}" if record.modules else "a run with modules",
    )


def _clauses_by_outcome(record: RunRecord, position: int) -> dict[Outcome, list[str]]:
    """Which clauses this module met, failed and so on, in the order of their document."""
    outcomes = record.clause_outcomes
    order = {clause.id: number for number, clause in enumerate(record.clauses)}
    found: dict[Outcome, list[str]] = {}
    for clause in sorted(outcomes, key=lambda name: (order.get(name, len(order)), name)):
        if position in outcomes[clause]:
            found.setdefault(outcomes[clause][position], []).append(clause)
    return {outcome: found[outcome] for outcome in _WORST_FIRST if outcome in found}


def _harmless(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "_", text).strip("-_")
