"""What is on record of a run: plain frozen data, written to the store and read back from it.

The qualification document is a pure function of ``RunRecord``, so all that it shows is here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from products.model import Decision, Limit, RunPurpose
from reports.clauses import ByPosition, Clause, LeftOut, clause_outcomes, find_left_out
from reports.header import Firmware
from reports.outcome import Conclusion, Outcome, conclude
from reports.samples import Plain
from reports.timeledger import TimeLedger, total
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
    time: TimeLedger


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
    firmware: Firmware


@dataclass(frozen=True, kw_only=True)
class RunRecord(RunSummary):
    """Everything that is on record of one run."""

    purpose: RunPurpose
    clauses: tuple[Clause, ...]
    required: tuple[str, ...]
    """The product's required clauses for this purpose."""
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
    def time(self) -> TimeLedger:
        """What all tests together spent, and their floor."""
        return total(test.time for test in self.tests)

    @cached_property
    def conclusion(self) -> Conclusion:
        """Over all modules, and over the tests' own outcomes."""
        outcomes = [outcome for test in self.tests for outcome in _of_test(test)]
        outcomes += [Outcome.BLOCKED for _ in self.left_out[:1]]
        return conclude(outcomes, complete=not self.incompleteness)

    def module_conclusion(self, position: int) -> Conclusion:
        """Pass only if every selected test that applies judged this module and found it good.

        A module for which a required clause was left out is blocked, unless it failed.
        """
        outcomes = [entry.outcome for _, entry in self.of_module(position)]
        outcomes += [Outcome.BLOCKED for _ in self.left_out_of(position)]
        return conclude(outcomes, complete=not self.incompleteness)

    def of_module(self, position: int) -> Sequence[tuple[PerformedTest, ModuleOutcome]]:
        """What every ended test found on this module, in the order in which they ran."""
        return self._by_position.get(position, ())

    @cached_property
    def _by_position(self) -> dict[int, list[tuple[PerformedTest, ModuleOutcome]]]:
        found: dict[int, list[tuple[PerformedTest, ModuleOutcome]]] = {}
        for test in self.tests:
            for entry in test.modules:
                found.setdefault(entry.position, []).append((test, entry))
        return found

    def clause_outcomes(self) -> dict[str, ByPosition]:
        """By clause, then position: combined over all tests that name the clause."""
        return clause_outcomes(self.tests)

    @cached_property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Required clauses that nothing judged; none in an incomplete run, which passes nothing."""
        if self.incompleteness:
            return ()
        positions = [module.position for module in self.modules]
        return tuple(find_left_out(self.tests, positions, self.required))

    def left_out_of(self, position: int) -> Sequence[LeftOut]:
        """Those of one module."""
        return self._left_out_by_position.get(position, ())

    @cached_property
    def _left_out_by_position(self) -> dict[int, list[LeftOut]]:
        found: dict[int, list[LeftOut]] = {}
        for entry in self.left_out:
            found.setdefault(entry.position, []).append(entry)
        return found


def _of_test(test: PerformedTest) -> Iterator[Outcome]:
    if test.outcome is None:
        yield Outcome.BLOCKED
    else:
        yield test.outcome
    yield from (entry.outcome for entry in test.modules)
