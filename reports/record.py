"""What is on record of a run: plain frozen data, written to the store and read back from it.

The qualification document is a pure function of ``RunRecord``, so all that it shows is here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from products.model import Decision, Limit, Product
from reports.outcome import Conclusion, Outcome, combine, conclude
from reports.samples import Plain
from reports.verdict import Verdict


class RunStatus(StrEnum):
    """How far a run came."""

    RUNNING = "running"
    FINISHED = "finished"
    ABORTED = "aborted"


class Occasion(StrEnum):
    """When a module's settings were read."""

    AS_FOUND = "as-found"
    AS_LEFT = "as-left"


@dataclass(frozen=True, kw_only=True)
class RunHeader:
    """What is known when a run begins. Files go in as their whole text."""

    started: datetime
    rig_name: str
    rig_text: str
    topology: str
    product: Product
    product_text: str
    simulated: bool
    seed: int | None = None
    operator: str = ""
    software: Mapping[str, str]
    """Version by name, Python among them."""
    git_revision: str = ""
    git_dirty: bool = False
    platform: str = ""
    selection: tuple[str, ...] = ()
    """The node ids of all selected tests: one that never ran leaves the run incomplete."""
    narrowed: str = ""
    """By what the selection was narrowed (``-k accuracy``); empty if it was not."""
    command_line: str = ""


@dataclass(frozen=True, kw_only=True)
class InstrumentRecord:
    """One role's instrument as it identified itself."""

    role: str
    manufacturer: str
    model: str
    serial_number: str
    firmware: str = ""
    resource: str = ""
    calibration_due: date | None = None


@dataclass(frozen=True, kw_only=True)
class ModuleRecord:
    """A module under test. ``retest_count`` is the number of earlier runs that had it."""

    position: int
    serial_number: str
    retest_count: int = 0


@dataclass(frozen=True, kw_only=True)
class SettingsRecord:
    """What one module's EEPROM held; None where it could not be read."""

    position: int
    occasion: Occasion
    constant: int | None
    """K, in mV times codes."""
    bleeding_code: int | None
    low_code: int | None
    high_code: int | None
    time_ns: int = 0


@dataclass(frozen=True, kw_only=True)
class MeasurementRecord:
    """One value with its limit and verdict. ``position`` None is the panel as a whole."""

    position: int | None
    name: str
    condition: str
    """Under which it was measured (``4.200 V``), where one name is measured several times."""
    value: Plain
    """NaN where a number was due and none was measured."""
    unit: str
    standard_uncertainty: float
    degrees_of_freedom: float
    system_uncertainty: float
    limit: Limit | None
    verdict: Verdict
    time_ns: int
    instrument: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ModuleOutcome:
    """What one test found on one module."""

    position: int
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PerformedTest:
    """One test as it ran. ``outcome`` is None while it runs, or if the run died in it."""

    number: int
    nodeid: str
    title: str
    clauses: tuple[str, ...]
    started_ns: int
    ended_ns: int | None
    outcome: Outcome | None
    message: str
    modules: tuple[ModuleOutcome, ...]
    measurements: tuple[MeasurementRecord, ...]


@dataclass(frozen=True, kw_only=True)
class SeriesRecord:
    """Free data as JSON, without a verdict; ``test`` is the test's number."""

    name: str
    test: int | None
    time_ns: int
    data: object


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """Something worth keeping that is no measurement."""

    kind: str
    message: str
    test: int | None
    time_ns: int


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run in a list of runs."""

    run_id: str
    status: RunStatus
    started: datetime
    ended: datetime | None
    rig_name: str
    product_name: str
    simulated: bool


@dataclass(frozen=True, kw_only=True)
class RunRecord(RunSummary):
    """Everything that is on record of one run."""

    incomplete_reason: str
    rig_text: str
    rig_sha256: str
    topology: str
    part_number: str
    product_revision: str
    product_text: str
    product_sha256: str
    decision: Decision
    seed: int | None
    operator: str
    software: Mapping[str, str]
    git_revision: str
    git_dirty: bool
    platform: str
    selection: tuple[str, ...]
    narrowed: str
    command_line: str
    instruments: tuple[InstrumentRecord, ...]
    modules: tuple[ModuleRecord, ...]
    tests: tuple[PerformedTest, ...]
    series: tuple[SeriesRecord, ...]
    settings: tuple[SettingsRecord, ...]
    events: tuple[EventRecord, ...]

    @cached_property
    def not_run(self) -> tuple[str, ...]:
        """Selected tests that never ended."""
        ended = {test.nodeid for test in self.tests if test.outcome is not None}
        return tuple(nodeid for nodeid in self.selection if nodeid not in ended)

    @cached_property
    def incompleteness(self) -> tuple[str, ...]:
        """Why this run cannot pass anything; empty if it is complete."""
        reasons = []
        if self.status is RunStatus.ABORTED:
            reasons.append(f"aborted: {self.incomplete_reason or 'the run ended early'}")
        elif self.status is RunStatus.RUNNING:
            reasons.append("still running")
        elif self.incomplete_reason:
            reasons.append(self.incomplete_reason)
        if self.narrowed:
            reasons.append(f"the selection was narrowed: {self.narrowed}")
        if self.not_run:
            reasons.append(
                f"{len(self.not_run)} of {len(self.selection)} selected tests did not run"
            )
        return tuple(reasons)

    @cached_property
    def conclusion(self) -> Conclusion:
        """Over all modules, and over the tests' own outcomes."""
        outcomes = [outcome for test in self.tests for outcome in _of_test(test)]
        return conclude(outcomes, complete=not self.incompleteness)

    def module_conclusion(self, position: int) -> Conclusion:
        """Pass only if every selected test that applies judged this module and found it good."""
        return conclude(
            (entry.outcome for _, entry in self.of_module(position)),
            complete=not self.incompleteness,
        )

    def of_module(self, position: int) -> Iterator[tuple[PerformedTest, ModuleOutcome]]:
        """What every ended test found on this module, in the order in which they ran."""
        for test in self.tests:
            for entry in test.modules:
                if entry.position == position:
                    yield test, entry

    def clause_outcomes(self) -> dict[str, dict[int, Outcome]]:
        """By clause, then position: combined over all tests that name the clause."""
        found: dict[str, dict[int, list[Outcome]]] = {}
        for test in self.tests:
            for clause in test.clauses:
                modules = found.setdefault(clause, {})
                for entry in test.modules:
                    modules.setdefault(entry.position, []).append(entry.outcome)
        return {
            clause: {position: _of_clause(outcomes) for position, outcomes in modules.items()}
            for clause, modules in found.items()
        }


def _of_test(test: PerformedTest) -> Iterator[Outcome]:
    if test.outcome is None:
        yield Outcome.BLOCKED
    else:
        yield test.outcome
    yield from (entry.outcome for entry in test.modules)


def _of_clause(outcomes: list[Outcome]) -> Outcome:
    if all(outcome is Outcome.NOT_APPLICABLE for outcome in outcomes):
        return Outcome.NOT_APPLICABLE
    return combine(outcomes)


def is_missing(value: Plain) -> bool:
    """Whether there is no value: nothing at all, or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))
