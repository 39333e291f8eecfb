"""The store on a PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quantities.errors import StoreError
from reports.header import RunHeader
from reports.loader import list_runs, load_run
from reports.store import Store

pytest.importorskip("psycopg", reason="needs the Python package psycopg")

RecordSampleRun = Callable[[Store, RunHeader], str]


class Server:
    """A private server on a loopback port, with its files in one folder."""

    def __init__(self, pg_ctl: Path, folder: Path, port: int, account: dict[str, Any]) -> None:
        self.url = f"postgresql://cellrig@127.0.0.1:{port}/postgres"
        self._pg_ctl = pg_ctl
        self._folder = folder
        self._options = f"-h 127.0.0.1 -p {port} -c unix_socket_directories= -c fsync=off"
        self._account = account

    def create(self, initdb: Path) -> None:
        """Lay the files out."""
        self._run(initdb, "--username=cellrig", "--auth=trust", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Return when it answers."""
        log = str(self._folder / "log")
        self._run(self._pg_ctl, "start", "--wait", "--log", log, "--options", self._options)

    def stop(self) -> None:
        """End the server whose process id its folder holds."""
        self._run(self._pg_ctl, "stop", "--wait", "--mode", "immediate")

    def _run(self, program: Path, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - the system's own server
            [str(program), "--pgdata", str(self._folder / "data"), *arguments],
            cwd=self._folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
            **self._account,
        )


@pytest.fixture
def server(require_program: Callable[..., Path]) -> Iterator[Server]:
    """A running server, gone after the test."""
    pg_ctl = _program(require_program, "pg_ctl")
    # a server refuses to run as root, and others cannot enter root's own temporary folder
    account: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="cellrig-postgresql-") as name:
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            shutil.chown(name, "nobody")
            account = {"user": "nobody", "extra_groups": []}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        started = Server(pg_ctl, Path(name), port, account)
        started.create(_program(require_program, "initdb"))
        started.start()
        yield started
        if (Path(name) / "data" / "postmaster.pid").exists():
            started.stop()


def test_a_run_on_postgresql_is_the_same_as_in_a_file(
    server: Server, store: Store, header: RunHeader, record_sample_run: RecordSampleRun
):
    in_file = load_run(store, record_sample_run(store, header))
    with Store.open(server.url) as served:
        run_id = record_sample_run(served, header)
    with Store.open(server.url) as reopened:
        assert [run.run_id for run in list_runs(reopened)] == [run_id]
        on_server = load_run(reopened, run_id)
    # NaN is not equal to itself, but reads the same
    assert repr(replace(on_server, run_id="")) == repr(replace(in_file, run_id=""))


def test_a_server_that_goes_away_is_a_store_error(server: Server, header: RunHeader):
    with Store.open(server.url) as store:
        store.begin_run(header)
        server.stop()
        with pytest.raises(StoreError):
            store.begin_run(header)
        with pytest.raises(StoreError):
            store.begin_run(header)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(server.url)


def _program(require_program: Callable[..., Path], name: str) -> Path:
    """From the path, or from where Debian keeps a server's programs."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return kept[-1] if kept else require_program(name, package="postgresql")
