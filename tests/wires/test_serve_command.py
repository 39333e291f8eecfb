"""`cellrig serve` as whoever types it, or starts it from a program, meets it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rigs.rig_file import load_rig_file
from tests.rigs.benches import BENCH
from tests.wires.server import ROOT, Server, serving

PROMPT_S = 60


def refused(*arguments: str) -> str:
    """What it says when it cannot serve."""
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", "from cellrig import main; main()", "serve", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PROMPT_S,
        check=False,
    )
    assert done.returncode == 2
    return done.stderr


def test_it_prints_and_writes_a_rig_file_and_ends_with_how_late_it_was(tmp_path: Path):
    with serving(BENCH, tmp_path) as server:
        assert tomllib.loads(server.told) == server.rig
        assert load_rig_file(server.rig_path).served
        last_words = server.end()
        assert server.process.returncode == 0
        assert last_words.startswith("# ")
        assert "99 % within" in last_words


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal from outside but one")
def test_it_ends_by_ctrl_c_too_even_in_the_background_of_a_shell(tmp_path: Path):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is started inherits that
    try:
        with serving(BENCH, tmp_path) as server:
            server.process.send_signal(signal.SIGINT)
            said, _ = server.process.communicate(timeout=PROMPT_S)
            assert server.process.returncode == 0
            assert "events were run" in said
    finally:
        signal.signal(signal.SIGINT, before)


def test_it_ends_while_clients_are_connected(tmp_path: Path):
    with (
        serving(BENCH, tmp_path) as server,
        socket.create_connection(server.address("supply")) as client,
        socket.create_connection(server.chain_address) as chain,
    ):
        client.sendall(b"*IDN?\n")
        assert client.recv(100)
        server.end()
        assert client.recv(100) == b""
        assert chain.recv(100) == b""


def test_it_listens_at_loopback_unless_told_otherwise(served: Server):
    hosts = {served.address(role)[0] for role in ("supply", "voltmeter")}
    assert hosts | {served.chain_address[0]} == {"127.0.0.1"}


def test_a_rig_without_a_simulation_is_refused(served: Server):
    assert "has no [simulation] to serve" in refused(str(served.rig_path))


@pytest.mark.parametrize("rig", ["simulated_unit.toml", "simulated_can.toml"])
def test_wires_that_are_not_served_are_named(rig: str):
    assert "which is not served" in refused(str(ROOT / "rigs" / rig))


def test_a_rig_file_that_cannot_be_written_is_an_error(tmp_path: Path):
    source = tmp_path / "bench.toml"
    source.write_text(BENCH, encoding="utf-8")
    nowhere = tmp_path / "nowhere" / "served.toml"
    assert "cannot be written" in refused(str(source), "--write-rig", str(nowhere))


def test_an_address_that_no_resource_name_holds_is_refused(tmp_path: Path):
    source = tmp_path / "bench.toml"
    source.write_text(BENCH, encoding="utf-8")
    assert "an IPv4 address or a name" in refused(str(source), "--host", "::1")
