"""`cellrig serve` in a process of its own, and what tests need of it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READY = "# Ctrl-C ends it."
LAST_WORDS_S = 30
"""What a process that was asked to end may take for it."""


@dataclass(frozen=True)
class Server:
    """A bench that is being served."""

    process: subprocess.Popen[str]
    rig_path: Path
    told: str
    """What it printed until it was ready."""

    @property
    def rig(self) -> dict[str, Any]:
        """The rig file that leads to it."""
        return tomllib.loads(self.rig_path.read_text(encoding="utf-8"))

    def address(self, role: str) -> tuple[str, int]:
        """Where the instrument in this role listens."""
        _, host, port, _ = self.rig[role]["resource"].split("::")
        return host, int(port)

    @property
    def chain_address(self) -> tuple[str, int]:
        """Where the chain can be had over TCP."""
        host, port = self.told.rsplit("socket://", 1)[1].split()[0].split(":")
        return host, int(port)

    def end(self) -> str:
        """End it as a program does; returns its last words."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=LAST_WORDS_S)
        return said


def start(rig: str, folder: Path, *options: str) -> Server:
    """Serve the bench of a rig file; returns when its wires are open."""
    source, target = folder / "bench.toml", folder / "served.toml"
    source.write_text(rig, encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [
            *(sys.executable, "-c", "from cellrig import main; main()", "serve", str(source)),
            *("--write-rig", str(target), *options),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if line.startswith(READY):
            return Server(process, target, told)
    process.wait()
    process.stdout.close()
    raise AssertionError(f"cellrig serve did not begin: {told}")


@contextmanager
def serving(rig: str, folder: Path, *options: str) -> Iterator[Server]:
    """The same for as long as the context lasts; the process does not outlive it."""
    server = start(rig, folder, *options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        if server.process.stdout is not None:
            server.process.stdout.close()
