"""The guard: a process of its own that makes a rig safe once its run is gone (docs/safety.md).

``python -m rigs.guard`` reads lines of JSON from the run: a plan first, then what is to follow
an end that was none, and "released" after a good end. When the pipe ends without that word, the
run is gone, and the instruments are free: many take one client at a time, and USBTMC and serial
ports are exclusive, so no connection is opened before. It then opens each instrument of the
plan, which its driver does with outputs off and relays open, until all are safe.
"""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Self

from pyvisa import ResourceManager

from drivers.catalogue import open_instrument
from drivers.datasheet import load_datasheet
from drivers.visa import close_session, open_session
from quantities import Clock, Purpose, WallClock
from quantities.errors import CellrigError
from rigs.lock import RigLock

READY, RELEASED = "ready", "released"
DOING = "the guard of a run that is gone, making the rig safe,"
KIND = "guard"

FIRST_PATIENCE_S, LONGEST_PATIENCE_S = 0.5, 5.0
"""What an answer may take. An instrument that still has its dead client can accept a connection
that it will never serve, so the first attempts are short."""
PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0
GIVE_UP_S = 600.0
FORMER_GUARD_S = 10.0
FOLLOW_UP_S = 120.0
"""A database can be busy for a while; others wait for the rig meanwhile."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """An instrument to be made safe."""

    role: str
    model: str
    resource: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a guard has to do: the steps in their order, over which VISA library."""

    library: str
    steps: tuple[Step, ...]
    resources: tuple[str, ...]
    """Everything on the rig that a run has for itself."""

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """As ``dataclasses.asdict`` made it."""
        steps = tuple(Step(**step) for step in entry["steps"])
        return cls(entry["library"], steps, tuple(entry["resources"]))


def main() -> None:
    """Watch over the run at the other end of the pipe; ends when the rig is safe."""
    _outlive_the_run()
    watch(sys.stdin.buffer, sys.stdout.buffer, WallClock())


def watch(run: BinaryIO, answer: BinaryIO, clock: Clock) -> None:
    """Answer the plan with "ready", or with why not; return once there is nothing left to guard."""
    words = _words(run)
    entry = next(words, None)
    if entry is None:
        return
    plan = Plan.from_json(entry)
    lock = RigLock(plan.resources, clock, kind=KIND, doing=DOING)
    try:
        lock.acquire(FORMER_GUARD_S)
        _prepare(plan)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run must hear of it
        _tell(answer, str(error))
        return
    try:
        _tell(answer, READY)
        afterwards: list[str] = []
        for word in words:
            if word == RELEASED:
                return
            afterwards = word["afterwards"]
            _log_to(word["log"])
        report = make_safe(plan, clock)
        _follow_up(afterwards, report)
    finally:
        lock.release()


def _words(run: BinaryIO) -> Iterator[Any]:
    """What the run says until it is gone; it can be gone in the middle of a word."""
    with suppress(OSError, ValueError):
        for line in run:
            yield json.loads(line)


def make_safe(
    plan: Plan, clock: Clock, switch: Callable[[Step, str, Clock, float], None] | None = None
) -> list[str]:
    """Switch off step by step, over and over until all is safe; returns what happened, in lines.

    A step that fails does not keep the next from being taken. Gives up after ten minutes.
    """
    switch = switch or open_safe
    began_ns = clock.now()
    deadline_ns = began_ns + round(GIVE_UP_S * 1e9)
    patience_s, pause_s = FIRST_PATIENCE_S, PAUSE_S
    due = list(plan.steps)
    told: dict[Step, str] = {}
    lines = []

    def tell(text: str) -> None:
        lines.append(f"{(clock.now() - began_ns) / 1e9:.3f} s after the run was gone: {text}")
        _log.warning("%s", lines[-1])

    while due and clock.now() < deadline_ns:
        for step in tuple(due):
            try:
                switch(step, plan.library, clock, patience_s)
            except Exception as error:  # noqa: BLE001 - nothing may keep the others from being safe
                if told.get(step) != str(error):
                    told[step] = str(error)
                    tell(f"[{step.role}] {error}")
            else:
                due.remove(step)
                tell(f"[{step.role}] {step.resource} is safe")
        if due:
            clock.wait(pause_s, Purpose.IDLE)
            patience_s = min(2 * patience_s, LONGEST_PATIENCE_S)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    for step in due:
        tell(f"[{step.role}] {step.resource} is NOT SAFE: switch it off by hand")
    return lines


def open_safe(step: Step, library: str, clock: Clock, patience_s: float) -> None:
    """Open an instrument, which makes it safe, and close it; raises whatever goes wrong."""
    session = open_session(step.resource, library, timeout_s=patience_s)
    try:
        open_instrument(step.model, session, clock)
    finally:
        with suppress(CellrigError):
            close_session(session)


def _prepare(plan: Plan) -> None:
    """Load now whatever takes time to load."""
    ResourceManager(plan.library)
    for step in plan.steps:
        import_module(f"drivers.instruments.{load_datasheet(step.model).model.family}")


def _follow_up(command: Sequence[str], report: Iterable[str]) -> None:
    """Start what shall follow, with the report as its input."""
    if not command:
        return
    try:
        subprocess.run(  # noqa: S603 - the run's own words
            command,
            input="\n".join(report),
            text=True,
            capture_output=True,
            check=True,
            timeout=FOLLOW_UP_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        _log.error("%s: %s", error, getattr(error, "stderr", ""))


def _log_to(path: str) -> None:
    with suppress(OSError):  # a full disk keeps no log, and no guard from its work
        handler = logging.FileHandler(Path(path), encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s guard %(process)d: %(message)s"))
        _log.addHandler(handler)


def _tell(answer: BinaryIO, text: str) -> None:
    with suppress(OSError):  # a run that is gone already
        answer.write(json.dumps(text).encode() + b"\n")
        answer.flush()


def _outlive_the_run() -> None:
    """What ends the run at its terminal, or with the computer, is what the guard is there for."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == "__main__":
    main()
