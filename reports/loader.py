"""Reading runs back from the store."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from products.model import Decision, Limit, RunPurpose
from quantities import Purpose
from quantities.errors import StoreError
from reports import schema
from reports.clauses import Clause
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
from reports.outcome import Outcome
from reports.record import RunRecord, RunStatus, RunSummary
from reports.samples import Plain
from reports.store import Store
from reports.timeledger import TimeLedger
from reports.verdict import Statement, Verdict


def list_runs(store: Store) -> list[RunSummary]:
    """All runs, the newest first: the one that began last."""
    runs = schema.runs
    with store.reading() as connection:
        rows = connection.execute(select(runs).order_by(runs.c.number.desc(), runs.c.id))
        return [RunSummary(**_summary(row)) for row in rows.mappings()]


def load_run(store: Store, run_id: str) -> RunRecord:
    """Everything on record of one run. Raises ``StoreError`` if there is none of this id."""
    with store.reading() as connection:
        runs = schema.runs
        row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
        if row is None:
            raise StoreError(f"no run {run_id!r} is on record")
        return RunRecord(
            **_summary(row),
            **_pick(
                row,
                "incomplete_reason rig_text rig_sha256 topology part_number product_revision "
                "product_text product_sha256 seed operator software git_revision git_dirty "
                "platform narrowed command_line",
            ),
            decision=Decision.model_validate(row["decision"]),
            purpose=RunPurpose(row["purpose"]),
            required=tuple(row["required"]),
            clauses=tuple(Clause(**clause) for clause in row["clauses"]),
            selection=tuple(row["selection"]),
            instruments=tuple(
                InstrumentRecord(
                    **_same(InstrumentRecord, entry, without="calibration_due"),
                    calibration_due=_date(entry["calibration_due"]),
                )
                for entry in _rows(connection, schema.instruments, run_id, "role")
            ),
            modules=tuple(
                ModuleRecord(**_same(ModuleRecord, entry))
                for entry in _rows(connection, schema.modules, run_id, "position")
            ),
            tests=_tests(connection, run_id),
            series=tuple(
                SeriesRecord(**_same(SeriesRecord, entry))
                for entry in _rows(connection, schema.series, run_id, "id")
            ),
            settings=tuple(
                SettingsRecord(
                    **_same(SettingsRecord, entry, without="occasion"),
                    occasion=Occasion(entry["occasion"]),
                )
                for entry in _rows(connection, schema.settings, run_id, "id")
            ),
            events=tuple(
                EventRecord(**_same(EventRecord, entry))
                for entry in _rows(connection, schema.events, run_id, "id")
            ),
        )


def _tests(connection: Connection, run_id: str) -> tuple[PerformedTest, ...]:
    outcomes: dict[int, list[ModuleOutcome]] = defaultdict(list)
    for row in _rows(connection, schema.test_outcomes, run_id, "position"):
        outcomes[row["test"]].append(
            ModuleOutcome(
                position=row["position"], outcome=Outcome(row["outcome"]), reason=row["reason"]
            )
        )
    measurements: dict[int, list[MeasurementRecord]] = defaultdict(list)
    for row in _rows(connection, schema.measurements, run_id, "id"):
        measurements[row["test"]].append(_measurement(row))
    return tuple(
        PerformedTest(
            **_pick(row, "number nodeid title started_ns ended_ns message"),
            clauses=tuple(row["clauses"].split()),
            outcome=Outcome(row["outcome"]) if row["outcome"] else None,
            modules=tuple(outcomes[row["number"]]),
            measurements=tuple(measurements[row["number"]]),
            time=TimeLedger(_by_purpose(row["spent_ns"]), _by_purpose(row["floor_ns"])),
        )
        for row in _rows(connection, schema.tests, run_id, "number")
    )


def _by_purpose(times_ns: dict[str, int] | None) -> dict[Purpose, int]:
    return {Purpose(purpose): time_ns for purpose, time_ns in (times_ns or {}).items()}


def _measurement(row: RowMapping) -> MeasurementRecord:
    return MeasurementRecord(
        **_pick(row, "position name condition unit degrees_of_freedom time_ns instrument"),
        value=_value(row),
        standard_uncertainty=_or_nan(row["standard_uncertainty"]),
        system_uncertainty=_or_nan(row["system_uncertainty"]),
        limit=_limit(row),
        verdict=Verdict(
            outcome=Outcome(row["outcome"]),
            statement=Statement(row["statement"]) if row["statement"] else None,
            **_pick(row, "margin expanded_uncertainty test_uncertainty_ratio reason"),
        ),
        clauses=tuple(row["clauses"].split()),
    )


def _value(row: RowMapping) -> Plain:
    if row["value_text"] is not None:
        return str(row["value_text"])
    if row["value_truth"] is not None:
        return bool(row["value_truth"])
    return _or_nan(row["value_number"])


def _limit(row: RowMapping) -> Limit | None:
    equals = None if row["limit_equals"] is None else json.loads(row["limit_equals"])
    low, high = row["limit_low"], row["limit_high"]
    if low is None and high is None and equals is None:
        return None
    return Limit(
        unit=row["limit_unit"],
        low=low,
        high=high,
        equals=equals,
        clauses=tuple(row["clauses"].split()),
    )


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number


def _rows(connection: Connection, table: Table, run_id: str, order: str) -> list[RowMapping]:
    query = select(table).where(table.c.run_id == run_id).order_by(table.c[order])
    return list(connection.execute(query).mappings())


def _summary(row: RowMapping) -> dict[str, Any]:
    return {
        "run_id": row["id"],
        "status": RunStatus(row["status"]),
        "started": datetime.fromisoformat(row["started"]),
        "ended": datetime.fromisoformat(row["ended"]) if row["ended"] else None,
        **_pick(row, "rig_name product_name simulated"),
        "firmware": Firmware(**row["firmware"]),
    }


def _pick(row: RowMapping, names: str) -> dict[str, Any]:
    return {name: row[name] for name in names.split()}


def _same(record: type[Any], row: RowMapping, *, without: str = "") -> dict[str, Any]:
    """The columns that have the names of a record's fields."""
    return {field.name: row[field.name] for field in fields(record) if field.name != without}


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
