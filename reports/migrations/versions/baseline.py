"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("incomplete_reason", sa.Text(), nullable=False),
        sa.Column("rig_name", sa.Text(), nullable=False),
        sa.Column("rig_text", sa.Text(), nullable=False),
        sa.Column("rig_sha256", sa.Text(), nullable=False),
        sa.Column("topology", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("product_revision", sa.Text(), nullable=False),
        sa.Column("product_text", sa.Text(), nullable=False),
        sa.Column("product_sha256", sa.Text(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("required", sa.JSON(), nullable=False),
        sa.Column("clauses", sa.JSON(), nullable=False),
        sa.Column("firmware", sa.JSON(), nullable=False),
        sa.Column("seed", _BIG, nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("software", sa.JSON(), nullable=False),
        sa.Column("git_revision", sa.Text(), nullable=False),
        sa.Column("git_dirty", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("narrowed", sa.Text(), nullable=False),
        sa.Column("command_line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_table(
        "events",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("test", sa.Integer(), nullable=True),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_events_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_run_id", "events", ["run_id"], unique=False)
    op.create_table(
        "instruments",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("manufacturer", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("firmware", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("calibration_due", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_instruments_run_id")),
        sa.PrimaryKeyConstraint("run_id", "role", name=op.f("pk_instruments")),
    )
    op.create_table(
        "modules",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("retest_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_modules_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_modules")),
    )
    op.create_index("ix_modules_serial_number", "modules", ["serial_number"], unique=False)
    op.create_table(
        "series",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("test", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_series_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index("ix_series_run_id", "series", ["run_id"], unique=False)
    op.create_table(
        "settings",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("constant", sa.Integer(), nullable=True),
        sa.Column("bleeding_code", sa.Integer(), nullable=True),
        sa.Column("low_code", sa.Integer(), nullable=True),
        sa.Column("high_code", sa.Integer(), nullable=True),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_settings_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
    )
    op.create_index("ix_settings_run_id", "settings", ["run_id"], unique=False)
    op.create_table(
        "tests",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("nodeid", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("clauses", sa.Text(), nullable=False),
        sa.Column("started_ns", sa.BigInteger(), nullable=False),
        sa.Column("ended_ns", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("spent_ns", sa.JSON(), nullable=True),
        sa.Column("floor_ns", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_tests_run_id")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_tests")),
    )
    op.create_table(
        "measurements",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("test", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("value_number", sa.Float(precision=53), nullable=True),
        sa.Column("value_text", sa.Text(), nullable=True),
        sa.Column("value_truth", sa.Boolean(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("standard_uncertainty", sa.Float(precision=53), nullable=True),
        sa.Column("degrees_of_freedom", sa.Float(precision=53), nullable=True),
        sa.Column("system_uncertainty", sa.Float(precision=53), nullable=True),
        sa.Column("expanded_uncertainty", sa.Float(precision=53), nullable=True),
        sa.Column("limit_unit", sa.Text(), nullable=False),
        sa.Column("limit_low", sa.Float(precision=53), nullable=True),
        sa.Column("limit_high", sa.Float(precision=53), nullable=True),
        sa.Column("limit_equals", sa.Text(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("margin", sa.Float(precision=53), nullable=True),
        sa.Column("test_uncertainty_ratio", sa.Float(precision=53), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("clauses", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "test"],
            ["tests.run_id", "tests.number"],
            name=op.f("fk_measurements_run_id_test"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
    )
    op.create_index("ix_measurements_run_id_test", "measurements", ["run_id", "test"], unique=False)
    op.create_table(
        "test_outcomes",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("test", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "test"],
            ["tests.run_id", "tests.number"],
            name=op.f("fk_test_outcomes_run_id_test"),
        ),
        sa.PrimaryKeyConstraint("run_id", "test", "position", name=op.f("pk_test_outcomes")),
    )
