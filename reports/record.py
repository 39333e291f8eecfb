"""All that is on record of a run, read back from the store, and what it comes to.

The qualification document is a pure function of ``RunRecord``, so all that it shows is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from products.model import Decision, RunPurpose
from reports.clauses import ByPosition, Clause, LeftOut, clause_outcomes, find_left_out
from reports.entries import (
    EventRecord,
    InstrumentRecord,
    MeasurementRecord,
    ModuleOutcome,
    ModuleRecord,
    Occasion,
    PerformedTest,
    SeriesRecord,
    SettingsRecord,
)
from reports.header import Firmware
from reports.outcome import Conclusion, Outcome, conclude
from reports.timeledger import TimeLedger, total

Key = TypeVar("Key")
Entry = TypeVar("Entry")


class RunStatus(StrEnum):
    """How far a run came."""

    RUNNING = "running"
    FINISHED = "finished"
    ABORTED = "aborted"


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
    def settings_unknown(self) -> tuple[int, ...]:
        """Modules that a run which broke off may have written to and that were not restored since.

        What is found on modules is kept before the first write, so without it nothing was written.
        """
        if self.status is RunStatus.FINISHED:
            return ()
        last = {entry.position: entry.occasion for entry in self.settings}
        return tuple(
            position for position, occasion in last.items() if occasion is not Occasion.RESTORED
        )

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
        outcomes += self._judged_before_the_end(position)
        return conclude(outcomes, complete=not self.incompleteness)

    def of_module(self, position: int) -> Sequence[tuple[PerformedTest, ModuleOutcome]]:
        """What every ended test found on this module, in the order in which they ran."""
        return self._found_on.get(position, ())

    def measured_on(self, position: int | None) -> Sequence[MeasurementRecord]:
        """What was measured on this module, or with None on the panel as a whole."""
        return self._measured_on.get(position, ())

    def settings_of(self, position: int) -> Sequence[SettingsRecord]:
        """What was read from this module's EEPROM, in the order in which it was."""
        return self._settings_of.get(position, ())

    def left_out_of(self, position: int) -> Sequence[LeftOut]:
        """Required clauses that nothing judged for this module."""
        return self._left_out_of.get(position, ())

    @cached_property
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

    @cached_property
    def _found_on(self) -> Mapping[int, list[tuple[PerformedTest, ModuleOutcome]]]:
        entries = ((test, entry) for test in self.tests for entry in test.modules)
        return _by_key((entry.position, (test, entry)) for test, entry in entries)

    def _judged_before_the_end(self, position: int) -> Iterator[Outcome]:
        """What the test that a run broke off in had already found on this module."""
        for test in self.tests:
            if test.outcome is None:
                for measurement in test.measurements:
                    if measurement.position == position:
                        yield measurement.verdict.outcome

    @cached_property
    def _measured_on(self) -> Mapping[int | None, list[MeasurementRecord]]:
        entries = (entry for test in self.tests for entry in test.measurements)
        return _by_key((entry.position, entry) for entry in entries)

    @cached_property
    def _settings_of(self) -> Mapping[int, list[SettingsRecord]]:
        return _by_key((entry.position, entry) for entry in self.settings)

    @cached_property
    def _left_out_of(self) -> Mapping[int, list[LeftOut]]:
        return _by_key((entry.position, entry) for entry in self.left_out)


def _by_key(pairs: Iterable[tuple[Key, Entry]]) -> dict[Key, list[Entry]]:
    """What belongs to each key, in order."""
    found: dict[Key, list[Entry]] = {}
    for key, entry in pairs:
        found.setdefault(key, []).append(entry)
    return found


def _of_test(test: PerformedTest) -> Iterator[Outcome]:
    if test.outcome is None:
        yield Outcome.BLOCKED
        yield from (measurement.verdict.outcome for measurement in test.measurements)
    else:
        yield test.outcome
    yield from (entry.outcome for entry in test.modules)
