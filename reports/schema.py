"""The tables of the result store (SQLAlchemy Core; the same in SQLite and PostgreSQL).

Times named ``_ns`` are the bench clock's; dates are ISO 8601 texts, so that they read back as
they were written. Clauses are ids separated by blanks. NaN is stored as NULL. Every change here
wants a revision in ``reports/migrations/versions``, and ``VERSION`` to name it.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from typing_extensions import override

VERSION = "0001"
"""The Alembic revision that this code reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_BIG = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER numbers itself in SQLite


class FreeText(TypeDecorator[str]):
    """Text from outside, without what some databases refuse: NUL, halves of surrogate pairs."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _run(*, primary: bool = True) -> Column[str]:
    return Column("run_id", Text, ForeignKey("runs.id"), primary_key=primary, nullable=False)


def _number() -> Column[int]:
    return Column("id", _BIG, primary_key=True, autoincrement=True)


runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", _BIG, nullable=False),  # in the order in which runs began
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("status", Text, nullable=False),
    Column("incomplete_reason", FreeText, nullable=False),
    Column("rig_name", FreeText, nullable=False),
    Column("rig_text", FreeText, nullable=False),
    Column("rig_sha256", Text, nullable=False),
    Column("topology", Text, nullable=False),
    Column("product_name", FreeText, nullable=False),
    Column("part_number", FreeText, nullable=False),
    Column("product_revision", FreeText, nullable=False),
    Column("product_text", FreeText, nullable=False),
    Column("product_sha256", Text, nullable=False),
    Column("decision", JSON, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("required", JSON, nullable=False),
    Column("clauses", JSON, nullable=False),
    Column("firmware", JSON, nullable=False),
    Column("seed", _BIG),
    Column("simulated", Boolean, nullable=False),
    Column("operator", FreeText, nullable=False),
    Column("software", JSON, nullable=False),
    Column("git_revision", Text, nullable=False),
    Column("git_dirty", Boolean, nullable=False),
    Column("platform", FreeText, nullable=False),
    Column("selection", JSON, nullable=False),
    Column("narrowed", FreeText, nullable=False),
    Column("command_line", FreeText, nullable=False),
)

instruments = Table(
    "instruments",
    metadata,
    _run(),
    Column("role", Text, primary_key=True),
    Column("manufacturer", FreeText, nullable=False),
    Column("model", FreeText, nullable=False),
    Column("serial_number", FreeText, nullable=False),
    Column("firmware", FreeText, nullable=False),
    Column("resource", FreeText, nullable=False),
    Column("calibration_due", Text),
)

modules = Table(
    "modules",
    metadata,
    _run(),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("serial_number", FreeText, nullable=False),
    Column("retest_count", Integer, nullable=False),
    Index("ix_modules_serial_number", "serial_number"),
)

tests = Table(
    "tests",
    metadata,
    _run(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("nodeid", FreeText, nullable=False),
    Column("title", FreeText, nullable=False),
    Column("clauses", Text, nullable=False),
    Column("started_ns", BigInteger, nullable=False),
    Column("ended_ns", BigInteger),
    Column("outcome", Text),
    Column("message", FreeText, nullable=False),
    Column("spent_ns", JSON),
    Column("floor_ns", JSON),
)

test_outcomes = Table(
    "test_outcomes",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("test", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("outcome", Text, nullable=False),
    Column("reason", FreeText, nullable=False),
    ForeignKeyConstraint(["run_id", "test"], ["tests.run_id", "tests.number"]),
)

measurements = Table(
    "measurements",
    metadata,
    _number(),
    Column("run_id", Text, nullable=False),
    Column("test", Integer, nullable=False),
    Column("position", Integer),
    Column("name", Text, nullable=False),
    Column("condition", FreeText, nullable=False),
    Column("value_number", Float(53)),
    Column("value_text", FreeText),
    Column("value_truth", Boolean),
    Column("unit", Text, nullable=False),
    Column("standard_uncertainty", Float(53)),
    Column("degrees_of_freedom", Float(53)),
    Column("system_uncertainty", Float(53)),
    Column("expanded_uncertainty", Float(53)),
    Column("limit_unit", Text, nullable=False),
    Column("limit_low", Float(53)),
    Column("limit_high", Float(53)),
    Column("limit_equals", Text),
    Column("statement", Text),
    Column("outcome", Text, nullable=False),
    Column("margin", Float(53)),
    Column("test_uncertainty_ratio", Float(53)),
    Column("reason", Text, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("instrument", FreeText, nullable=False),
    Column("clauses", Text, nullable=False),
    ForeignKeyConstraint(["run_id", "test"], ["tests.run_id", "tests.number"]),
    Index("ix_measurements_run_id_test", "run_id", "test"),
)

series = Table(
    "series",
    metadata,
    _number(),
    _run(primary=False),
    Column("test", Integer),
    Column("name", FreeText, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("data", JSON, nullable=False),
    Index("ix_series_run_id", "run_id"),
)

settings = Table(
    "settings",
    metadata,
    _number(),
    _run(primary=False),
    Column("position", Integer, nullable=False),
    Column("occasion", Text, nullable=False),
    Column("constant", Integer),
    Column("bleeding_code", Integer),
    Column("low_code", Integer),
    Column("high_code", Integer),
    Column("time_ns", BigInteger, nullable=False),
    Index("ix_settings_run_id", "run_id"),
)

events = Table(
    "events",
    metadata,
    _number(),
    _run(primary=False),
    Column("test", Integer),
    Column("time_ns", BigInteger, nullable=False),
    Column("kind", FreeText, nullable=False),
    Column("message", FreeText, nullable=False),
    Index("ix_events_run_id", "run_id"),
)
