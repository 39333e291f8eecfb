"""What is on record of a run, piece by piece: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from products.model import Limit
from reports.outcome import Outcome
from reports.samples import Plain
from reports.timeledger import TimeLedger
from reports.verdict import Verdict


class Occasion(StrEnum):
    """When a module's settings were read."""

    AS_FOUND = "as-found"
    AS_LEFT = "as-left"
    RESTORED = "restored"
    """Written back as found, after a run that broke off."""


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
