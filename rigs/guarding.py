"""The run's side of its guard: start it, tell it what to do, let it go after a good end.

A simulated bench lives and ends with its run, so only rigs of real instruments are kept so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quantities import Clock
from quantities.errors import RigError
from rigs.ending import SAFE_ORDER
from rigs.guard import READY, RELEASED, Plan, Step
from rigs.lock import RigLock
from rigs.rig_file import RigFile

BUSY = "a run"
KIND = "run"
ROOT = Path(__file__).parents[1]
END_S = 5.0


class Safekeeping:
    """A rig for this process alone, and a guard beside it."""

    def __init__(self, file: RigFile, clock: Clock, wait_s: float) -> None:
        """Raise ``RigBusy`` if others have the rig for longer than ``wait_s``."""
        resources = file.resources()
        self._lock = RigLock(resources, clock, kind=KIND, doing=BUSY)
        self._lock.acquire(wait_s)
        try:
            self.guard = Guard(Plan(file.visa_library, _steps(file), resources))
        except BaseException:
            self._lock.release()
            raise

    def end(self, *, safe: bool) -> None:
        """Let others have the rig; a guard stays until it is safe."""
        if safe:
            self.guard.release()
        else:
            self.guard.leave()
        self._lock.release()


class Guard:
    """A process that makes the rig safe once this one is gone, however it went.

    It is started at once and told its plan; ``wait_ready`` says whether it stands.
    """

    def __init__(self, plan: Plan) -> None:
        """Raise ``RigError`` if it cannot be started."""
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rigs.guard"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                **_apart(),
            )
        except OSError as error:
            raise _not_standing(str(error)) from error
        self._send(asdict(plan))

    def wait_ready(self) -> None:
        """Return when it stands; raises ``RigError`` with why it does not."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe, as asked for
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else "it ended before it began"
        if answer != READY:
            raise _not_standing(answer)

    def check(self) -> None:
        """Raise ``RigError`` unless it still stands: without it nothing may be switched on."""
        if self._process.poll() is not None:
            raise _not_standing(f"it ended with status {self._process.returncode}")

    def follow_up(self, command: Sequence[str], log: Path) -> None:
        """What it shall start when it has made safe, with its report as input; where it logs."""
        self._send({"afterwards": list(command), "log": str(log)})

    def release(self) -> None:
        """Let it go: the rig is safe."""
        self._send(RELEASED)
        self.leave()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)

    def leave(self) -> None:
        """Give the rig into its hands: all connections are closed, and something is not safe."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None  # noqa: S101 - as above
            with suppress(OSError):
                pipe.close()

    def _send(self, word: object) -> None:
        assert self._process.stdin is not None  # noqa: S101 - as above
        with suppress(OSError, ValueError):  # ended, which ``check`` tells, or left already
            self._process.stdin.write(json.dumps(word).encode() + b"\n")
            self._process.stdin.flush()


def _steps(file: RigFile) -> tuple[Step, ...]:
    tables = file.instruments()
    steps: dict[str, Step] = {}
    for role in SAFE_ORDER:
        if role in tables:
            table = tables[role]
            steps.setdefault(table.resource, Step(role, table.model, table.resource))
    return tuple(steps.values())


def _apart() -> dict[str, Any]:
    """A process that neither Ctrl-C nor a closed terminal reaches."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        return {"creationflags": flags}
    return {"start_new_session": True}


def _not_standing(why: str) -> RigError:
    return RigError(
        why,
        where="the rig's guard",
        expected="a process that stands by to make the rig safe",
        remedy="start the run again",
    )
