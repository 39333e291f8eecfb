"""What the proof found, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from proof.defect import Defect
from proof.trial import Finding


def defects_table(defects: Sequence[Defect], found: Mapping[str, Finding]) -> Table:
    """A row a defect: what it is, what it breaks, and by what it was caught, or why it was not."""
    table = Table(title="Supervisors with a defect", title_justify="left")
    for heading in ("defect", "what is wrong", "breaks", "scenario", "bench time", "caught by"):
        table.add_column(heading, overflow="fold")
    for defect in defects:
        finding = found[defect.name]
        caught = (
            f"[green]{escape(defect.shown_by)}"
            if finding.as_expected
            else f"[red]{escape(finding.said)}"
        )
        table.add_row(
            defect.name,
            defect.description,
            " ".join(defect.breaks),
            _in_words(defect.caught_by),
            f"{finding.bench_s:.0f} s",
            caught,
        )
    return table


def reference_table(found: Mapping[str, Finding]) -> Table:
    """A row for each scenario that the reference did not pass."""
    table = Table(title="The reference did not pass", title_justify="left")
    for heading in ("scenario", "outcome", "said"):
        table.add_column(heading, overflow="fold")
    for scenario, finding in found.items():
        if not finding.as_expected:
            table.add_row(escape(scenario), finding.outcome, escape(finding.said))
    return table


def _in_words(scenario: str) -> str:
    """A test's name as the sentence that it is."""
    return escape(scenario.partition("::test_")[2].replace("_", " "))
