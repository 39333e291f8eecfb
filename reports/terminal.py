"""Runs on a terminal: listed, and two of them compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from quantities.texts import printable
from reports.compare import Comparison
from reports.compareview import (
    answer_lines,
    describe_run,
    shift_lines,
    summary,
    verdict_lines,
)
from reports.presentation import settings_unknown_text
from reports.record import RunRecord, RunStatus
from reports.shifts import Kind

_ROWS = 30
_ID_CHARACTERS = 8
_DIGEST = 64  # hexadecimal digits of a SHA-256
_MARKS = {
    "ok": ("✓", "green"),
    "heed": ("!", "yellow"),
    "fault": ("✗", "bold red"),
    "absent": ("–", "dim"),
}
_STYLES = {"pass": "green", "fail": "bold red"}


def runs_table(runs: Iterable[RunRecord]) -> Table:
    """A line a run."""
    started, verdict = (Column(name, no_wrap=True) for name in ("started (UTC)", "verdict"))
    table = Table("run", started, "rig", "product", verdict, "", box=SIMPLE)
    for run in runs:
        table.add_row(
            run.run_id[:_ID_CHARACTERS],
            f"{run.started.astimezone(UTC):%Y-%m-%d %H:%M}",
            plain(run.rig_name),
            plain(run.product_name),
            Text(run.conclusion.upper(), style=_STYLES.get(run.conclusion, "yellow")),
            ", ".join(_remarks(run)),
        )
    return table


def print_comparison(console: Console, comparison: Comparison) -> None:
    """What changed in tables, cut where they would become long."""
    console.print(plain(f"base  {describe_run(comparison.base)}"))
    console.print(plain(f"new   {describe_run(comparison.new)}"))
    for difference in comparison.conditions:
        before, after = _brief(difference.base), _brief(difference.new)
        console.print(plain(f"{difference.name}: {before} → {after}"), style="dim")
    _print(
        console,
        ("verdict of", "modules", "base", "new"),
        ((one.what, one.modules, one.base, one.new) for one in verdict_lines(comparison)),
    )
    for kind in Kind:
        _print(
            console,
            (str(kind), "module", "base", "new", "moved by", "that is"),
            (
                (
                    f"{one.name} at {one.condition}" if one.condition else one.name,
                    *(one.module, one.base, one.new, one.delta, one.severity),
                )
                for one in shift_lines(comparison, kind)
            ),
        )
    _print(
        console,
        ("undefined input", "base", "new", "answer"),
        ((one.input, one.base, one.new, one.word) for one in answer_lines(comparison)),
    )
    console.print(plain(summary(comparison)), style="bold")


def _remarks(run: RunRecord) -> Iterator[str]:
    if run.status is not RunStatus.FINISHED:
        yield str(run.status)
    if text := settings_unknown_text(run):
        yield text
    if run.simulated:
        yield "SIMULATED"


def findings_table(rows: Iterable[tuple[str, str, str, str]]) -> Table:
    """A line a finding: its result, what was looked at, what was found, what to do about it."""
    headings = (Column(name, overflow="fold") for name in ("", "check", "found", "what to do"))
    table = Table(*headings, box=SIMPLE)
    for result, what, found, remedy in rows:
        mark, style = _MARKS[result]
        table.add_row(Text(mark, style=style), plain(what), plain(found), plain(remedy))
    return table


def print_surroundings(
    console: Console,
    instruments: Iterable[tuple[str, str, str | None]],
    ports: Iterable[tuple[str, str]],
    hosts: Sequence[str] = (),
) -> None:
    """Resources with who answers there and the model that it is; and the serial ports.

    ``hosts`` are those that were tried besides.
    """
    rows = [(resource, who, model or "—") for resource, who, model in instruments]
    if not rows:
        tried = f"nothing answers at {', '.join(hosts)}" if hosts else ""
        hint = tried or "--host ADDRESS tries one on the network"
        console.print(plain(f"No VISA resource is listed; {hint}."))
    _print(console, ("resource", "answers", "model"), rows)
    _print(console, ("serial port (not touched)", "is"), ports)


def plain(text: str) -> Text:
    """Text of anybody's as it is: neither markup nor anything that a terminal would obey."""
    return Text(printable(text))


def _print(console: Console, headings: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> None:
    rows = list(lines)
    if not rows:
        return
    table = Table(*(Column(heading, overflow="fold") for heading in headings), box=SIMPLE)
    for row in rows[:_ROWS]:
        table.add_row(*(_cell(text) for text in row))
    console.print(table)
    if len(rows) > _ROWS:
        console.print(f"… and {len(rows) - _ROWS} more: --output FILE or --json shows all")


def _brief(text: str) -> str:
    """Of a digest its beginning, which tells it from others."""
    return f"{text[:_ID_CHARACTERS]}…" if len(text) == _DIGEST else text or "—"


def _cell(text: str) -> Text:
    cell = plain(text)
    cell.stylize(_STYLES.get(text, ""))
    return cell
