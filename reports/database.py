"""Opening the result store's database: SQLite's settings, the schema's version, its upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from quantities.errors import StoreError
from reports import schema

_MIGRATIONS = Path(__file__).with_name("migrations")
_BUSY_S = 30.0
_MIGRATION_LOCK = 0x63656C6C  # any number that no other program on the server takes


def connect(where: str | Path) -> tuple[Engine, Connection]:
    """An engine and its one connection, the schema brought up to date.

    Raises ``StoreError`` if it cannot be reached or its schema is newer than this code.
    """
    url = _url(where)
    place = url.render_as_string(hide_password=True)
    try:
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, **_options(url))
    except ImportError as error:
        raise StoreError(
            f"cannot be opened: {error}",
            where=place,
            remedy="install what talks to this database: pip install -e '.[postgresql]'",
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise _unopened(error, place) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        connection = engine.connect()
        _bring_up_to_date(connection, place)
    except (SQLAlchemyError, UnicodeError) as error:  # in a damaged file names are no texts
        engine.dispose()
        raise _unopened(error, place) from error
    except StoreError:
        engine.dispose()
        raise
    return engine, connection


def _unopened(error: Exception, place: str) -> StoreError:
    return StoreError(
        f"cannot be opened: {getattr(error, 'orig', None) or error}",
        where=place,
        expected="a path to write a SQLite file to, or the URL of a database that answers",
    )


def _url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(str(error), where=where, expected="a path or a database URL") from error
    if backend not in {"sqlite", "postgresql"}:
        raise StoreError(
            f"{backend} is not supported", where=where, expected="sqlite or postgresql"
        )
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _BUSY_S}}
    return {}


def _prepare_sqlite(connection: Any, _: object) -> None:
    """WAL lets others read while a run writes; NORMAL keeps all commits if the process dies."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _bring_up_to_date(connection: Connection, place: str) -> None:
    if _version(connection) == schema.VERSION:
        connection.rollback()
        return
    connection.rollback()
    # Runs on parallel nests may meet here: one migrates, the others wait and find it done.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    found = _version(connection)
    if found != schema.VERSION:
        _migrate(connection, found, place)
    connection.commit()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, found: str | None, place: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        connection.rollback()
        raise StoreError(
            f"its schema is {found}, newer than {schema.VERSION} that this version knows",
            where=place,
            remedy="update cellrig, or use another store",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, schema.VERSION)
