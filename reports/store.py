"""The result store: everything measured, committed as it is taken.

SQLite in a file (WAL) or PostgreSQL by URL, both through SQLAlchemy Core. One store holds one
connection; parallel rigs are parallel processes, each with its own store on one database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from quantities.errors import StoreError
from reports import schema
from reports.database import connect
from reports.entries import InstrumentRecord, ModuleOutcome, SettingsRecord
from reports.header import RunHeader
from reports.outcome import Outcome
from reports.record import RunStatus
from reports.timeledger import TimeLedger


class Store:
    """An open result store. Every failure of the database is a ``StoreError``."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self._engine = engine
        self._connection = connection

    @classmethod
    def open(cls, where: str | Path) -> Self:
        """Open, and where needed create or upgrade, the store at a path or database URL.

        Raises ``StoreError`` if it cannot be opened, or if its schema is newer than this code.
        """
        return cls(*connect(where))

    def close(self) -> None:
        """Let go of the database; may be repeated."""
        self._connection.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_run(self, header: RunHeader) -> str:
        """Put a new run on record as running, and hand out its id."""
        run_id = str(uuid.uuid4())
        product = header.product
        row = {
            "id": run_id,
            "number": self._next_number(),
            "started": header.started.isoformat(),
            "status": RunStatus.RUNNING,
            "incomplete_reason": "",
            "rig_name": header.rig_name,
            "rig_text": header.rig_text,
            "rig_sha256": _sha256(header.rig_text),
            "topology": header.topology,
            "product_name": product.name,
            "part_number": product.part_number,
            "product_revision": product.revision,
            "product_text": header.product_text,
            "product_sha256": _sha256(header.product_text),
            "decision": product.decision.model_dump(mode="json"),
            "purpose": header.purpose,
            "required": list(product.required.clauses_for(header.purpose)),
            "clauses": [asdict(clause) for clause in header.clauses],
            "firmware": asdict(header.firmware),
            "seed": header.seed,
            "simulated": header.simulated,
            "operator": header.operator,
            "software": dict(header.software),
            "git_revision": header.git_revision,
            "git_dirty": header.git_dirty,
            "platform": header.platform,
            "selection": list(header.selection),
            "narrowed": header.narrowed,
            "command_line": header.command_line,
        }
        self.write(schema.runs, [row])
        return run_id

    def add_instruments(self, run_id: str, instruments: Sequence[InstrumentRecord]) -> None:
        """Put on record what measured."""
        rows = []
        for instrument in instruments:
            due = instrument.calibration_due
            rows.append(
                asdict(instrument)
                | {"run_id": run_id, "calibration_due": due.isoformat() if due else None}
            )
        self.write(schema.instruments, rows)

    def add_modules(self, run_id: str, serial_numbers: Mapping[int, str]) -> None:
        """Put on record what is tested, by position; earlier runs of the same serial are counted.

        Simulated runs count simulated runs only, real ones real ones; a module without a
        serial number has no history.
        """
        self.write(
            schema.modules,
            [
                {
                    "run_id": run_id,
                    "position": position,
                    "serial_number": serial_number,
                    "retest_count": self._earlier_runs(run_id, serial_number),
                }
                for position, serial_number in serial_numbers.items()
            ],
        )

    def add_settings(self, run_id: str, settings: Sequence[SettingsRecord], time_ns: int) -> None:
        """Put on record what modules hold, read at ``time_ns`` where they do not say when."""
        rows = [
            asdict(entry) | {"run_id": run_id, "time_ns": entry.time_ns or time_ns}
            for entry in settings
        ]
        self.write(schema.settings, rows)

    def finish_run(
        self,
        run_id: str,
        status: RunStatus,
        ended: datetime,
        incomplete_reason: str | None = None,
    ) -> None:
        """Close a run; a reason makes it incomplete whatever was judged."""
        self._end(run_id, status, ended.isoformat(), incomplete_reason or "")

    def mark_aborted(self, run_id: str, why: str) -> None:
        """Put a run whose process is gone on record as aborted, unless it did end."""
        self._end(run_id, RunStatus.ABORTED, None, why)

    def abort_unended(self, rig_text: str, why: str) -> None:
        """The same for all that ran on the very rig of this file, which nobody has now."""
        runs = schema.runs
        with self.transaction() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.rig_sha256 == _sha256(rig_text), runs.c.status == RunStatus.RUNNING)
                .values(status=RunStatus.ABORTED, incomplete_reason=why)
            )

    def end_test(
        self,
        run_id: str,
        number: int,
        *,
        ended_ns: int,
        outcome: Outcome,
        message: str,
        modules: Sequence[ModuleOutcome],
        time: TimeLedger,
    ) -> None:
        """Close a test and put what it found on each module on record, in one commit."""
        test = {
            "of_run": run_id,
            "of_number": number,
            "ended_ns": ended_ns,
            "outcome": outcome,
            "message": message,
            "spent_ns": dict(time.spent_ns),
            "floor_ns": dict(time.floor_ns),
        }
        rows = [
            {
                "run_id": run_id,
                "test": number,
                "position": module.position,
                "outcome": module.outcome,
                "reason": module.reason,
            }
            for module in modules
        ]
        with self.transaction() as connection:
            connection.execute(_END_TEST, test)
            if rows:
                connection.execute(_INSERTS[schema.test_outcomes.name], rows)

    def write(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert and commit, all or nothing."""
        if not rows:
            return
        try:
            self._connection.execute(_INSERTS[table.name], rows)
            self._connection.commit()
        except (SQLAlchemyError, UnicodeError, OverflowError) as error:
            self._give_up(error)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed at the end, or rolled back."""
        try:
            with self._connection.begin():
                yield self._connection
        except (SQLAlchemyError, UnicodeError, OverflowError) as error:
            self._give_up(error)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """As ``transaction``, for what makes values of rows: those of a damaged file may be any."""
        try:
            with self.transaction() as connection:
                yield connection
        except _NO_RECORD as error:
            raise StoreError(
                f"what is on record cannot be read ({type(error).__name__}: {error})",
                where=self._place,
                remedy="take a backup: the store is damaged, or another program wrote into it",
            ) from error

    @property
    def _place(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    def _give_up(self, error: Exception) -> None:
        try:
            self._connection.rollback()
        except SQLAlchemyError:  # the connection is gone, and with it the transaction
            self._connection.invalidate()
        raise StoreError(str(getattr(error, "orig", None) or error), where=self._place) from error

    def _end(self, run_id: str, status: RunStatus, ended: str | None, reason: str) -> None:
        runs = schema.runs
        with self.transaction() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id, runs.c.status == RunStatus.RUNNING)
                .values(status=status, ended=ended, incomplete_reason=reason)
            )

    def _next_number(self) -> int:
        """Dates do not tell which run is the newest: a simulated bench has its own."""
        newest = select(func.coalesce(func.max(schema.runs.c.number), 0))
        with self.transaction() as connection:
            return int(connection.execute(newest).scalar_one()) + 1

    def _earlier_runs(self, run_id: str, serial_number: str) -> int:
        if not serial_number:
            return 0
        runs, modules = schema.runs, schema.modules
        simulated = select(runs.c.simulated).where(runs.c.id == run_id).scalar_subquery()
        query = (
            select(func.count(modules.c.run_id.distinct()))
            .join(runs, runs.c.id == modules.c.run_id)
            .where(
                modules.c.serial_number == serial_number,
                modules.c.run_id != run_id,
                runs.c.simulated == simulated,
            )
        )
        with self.transaction() as connection:
            return connection.execute(query).scalar_one()


_NO_RECORD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What Python raises of a value that is not what a column holds."""

_INSERTS: dict[str, Any] = {table.name: insert(table) for table in schema.metadata.sorted_tables}
_ENDING = ("ended_ns", "outcome", "message", "spent_ns", "floor_ns")
_END_TEST = (
    update(schema.tests)
    .where(
        schema.tests.c.run_id == bindparam("of_run"),
        schema.tests.c.number == bindparam("of_number"),
    )
    .values({name: bindparam(name) for name in _ENDING})
)


def _sha256(text: str) -> str:
    return sha256(text.encode("utf-8")).hexdigest()
