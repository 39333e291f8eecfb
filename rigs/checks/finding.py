"""What a check finds, and that one sick part does not keep the others from being looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from quantities.errors import CellrigError


class Result(StrEnum):
    """What a finding means for the shift."""

    OK = "ok"
    HEED = "heed"
    """The rig works; somebody should know, or do something soon."""
    FAULT = "fault"
    """What needs it would be *blocked*."""
    ABSENT = "absent"
    """Not there, or not looked at; ``remedy`` says what it would take."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found and what to do about it."""

    what: str
    result: Result
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check by its name; ``look`` may raise what it finds."""

    name: str
    look: Callable[[], Iterable[Finding]]

    def findings(self) -> Iterator[Finding]:
        """What it found. Never raises an error of our tree: that is a finding too."""
        try:
            yield from self.look()
        except CellrigError as error:
            yield fault(self.name, error)


Progress: TypeAlias = Callable[[str], None]
"""Told the name of each check before it begins."""


def carried_out(checks: Iterable[Check], progress: Progress) -> Iterator[Finding]:
    """All findings in order."""
    for check in checks:
        progress(check.name)
        yield from check.findings()


def fault(what: str, error: CellrigError) -> Finding:
    """An error as a finding."""
    told = f"{error.where}: {error.what}" if error.where else error.what
    found = f"{told}; expected: {error.expected}" if error.expected else told
    return Finding(what, Result.FAULT, found, error.remedy or "")


def judged(what: str, found: str, *, good: bool, remedy: str) -> Finding:
    """Fine, or a fault with what to do."""
    if good:
        return Finding(what, Result.OK, found)
    return Finding(what, Result.FAULT, found, remedy)


def absent(what: str, remedy: str) -> Finding:
    """What is not there."""
    return Finding(what, Result.ABSENT, "not there", remedy)
