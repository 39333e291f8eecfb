"""What one stored value costs: judged, and committed with the others of its ``measure`` call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, insert, select

from benchmarks.measuring import PRODUCT_FILE, Benchmark, Figure, Stopwatch
from products.model import load_product
from quantities import Reading
from reports import schema
from reports.database import connect
from reports.header import RunHeader
from reports.recorder import Recorder
from reports.store import Store

MODULES = 4
MICROSECONDS_PER_SECOND = 1e6


def measure(stopwatch: Stopwatch, folder: Path, rounds: int, *, calls: int = 500) -> Figure:
    """Time of ``measure`` a value; beside it that of storing the same rows without cellrig."""
    found_s, bare_s = [], []
    warm_up = calls // 10
    for number in range(rounds):
        file = folder / f"results-{number}.sqlite"
        with Store.open(file) as store:
            recorder = recorder_in(store)
            record(recorder, warm_up)
            found_s.append(stopwatch.time(partial(record, recorder, calls)))
        bare_s.append(time_bare(file, folder / f"bare-{number}.sqlite", warm_up))
    scale = MICROSECONDS_PER_SECOND / (calls * MODULES)
    value, bare = min(found_s) * scale, min(bare_s) * scale
    remark = f"fastest of {rounds}; bare SQLAlchemy {bare:.1f} µs, ratio {value / bare:.2f}"
    return Figure(value, remark, bare)


def recorder_in(store: Store) -> Recorder:
    """A panel of four in the first test of a run."""
    product = load_product(PRODUCT_FILE)
    header = RunHeader(
        started=datetime(2026, 11, 2, 8, tzinfo=UTC),
        rig_name="benchmark",
        rig_text="",
        topology="panel",
        product=product,
        product_text="",
        simulated=True,
        software={},
    )
    recorder = Recorder(
        store,
        store.begin_run(header),
        limits=product.limits,
        decision=product.decision,
        positions=range(1, MODULES + 1),
        now=lambda: 0,
    )
    recorder.begin_test("benchmark")
    return recorder


def record(recorder: Recorder, calls: int) -> None:
    """Judge and store a reading of the panel so many times."""
    for call in range(calls):
        reading = Reading(
            np.array([0.0012, -0.0031, 0.0007, 0.0024]) + call * 1e-6,
            "V",
            standard_uncertainty=np.full(MODULES, 0.0004),
            degrees_of_freedom=71.0,
            system_uncertainty=0.0001,
            instrument="34461A SIM48370021",
            time_ns=1_000_000 * (call + 1),
        )
        recorder.measure("accuracy.error", reading, condition="4.200 V")


def time_bare(stored: Path, again: Path, warm_up: int) -> float:
    """Time of storing what one store holds in another, by SQLAlchemy alone, in s.

    Settings of the database, rows, and rows a commit are the same.
    """
    runs, tests, measurements = (
        rows_of(stored, table) for table in (schema.runs, schema.tests, schema.measurements)
    )
    batches = [
        measurements[start : start + MODULES] for start in range(0, len(measurements), MODULES)
    ]
    engine, connection = connect(again)
    with connection:
        commit_each(connection, schema.runs, [runs])
        commit_each(connection, schema.tests, [tests])
        commit_each(connection, schema.measurements, batches[:warm_up])
        elapsed_s = Stopwatch().time(
            partial(commit_each, connection, schema.measurements, batches[warm_up:])
        )
    engine.dispose()
    return elapsed_s


def rows_of(file: Path, table: Table) -> list[dict[str, Any]]:
    """All rows of a table as they could be inserted again."""
    engine, connection = connect(file)
    with connection:
        rows = [dict(row) for row in connection.execute(select(table)).mappings()]
    engine.dispose()
    return rows


def commit_each(
    connection: Connection, table: Table, batches: Sequence[list[dict[str, Any]]]
) -> None:
    """Insert and commit batch by batch."""
    statement = insert(table)
    for batch in batches:
        connection.execute(statement, batch)
        connection.commit()


STORING = Benchmark(
    name="storing",
    what="stored value, panel of four, a commit per call",
    unit="µs",
    reach=50.0,
    rounds=5,
    measure=measure,
)
