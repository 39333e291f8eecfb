"""One rig, one run: locks by instrument, so that rig files which share one exclude each other.

The operating system holds a lock for its process and lets go of it when that ends, however it
does. Beside each lock lies a note of who has it, which tells nothing once the lock is free.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout
from platformdirs import user_state_path

from quantities import Clock
from quantities.errors import RigBusy, RigError

FOLDER = "CELLRIG_LOCKS"
"""The environment variable for a folder that all users of a bench's computer may write to."""
SHARED_MODE = 0o666
POLL_S = 0.05
READABLE = 40


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a rig."""

    pid: int
    host: str
    user: str
    since: str
    """ISO 8601."""
    doing: str

    @classmethod
    def this_process(cls, clock: Clock, doing: str) -> Self:
        """The one that asks."""
        since = clock.date().isoformat(timespec="seconds")
        return cls(os.getpid(), socket.gethostname(), _user(), since, doing)

    def __str__(self) -> str:
        """As a refusal names it."""
        return (
            f"{self.doing} (process {self.pid} of {self.user} on {self.host}, since {self.since})"
        )


class RigLock:
    """The locks of all ``resources``, held together or not at all.

    ``doing`` tells others what for; locks of another ``kind`` do not meet.
    """

    def __init__(self, resources: Iterable[str], clock: Clock, *, kind: str, doing: str) -> None:
        self._clock = clock
        self._doing = doing
        # in one order for all, so that no two wait for each other
        self._paths = sorted({_folder() / f"{kind}-{lock_name(each)}" for each in resources})
        self._held: list[tuple[FileLock, Path]] = []

    def acquire(self, wait_s: float = 0.0) -> None:
        """Have them all; raises ``RigBusy`` with who has one when ``wait_s`` is over."""
        deadline_ns = self._clock.now() + round(wait_s * 1e9)
        try:
            for path in self._paths:
                self._acquire(path, max(0.0, (deadline_ns - self._clock.now()) / 1e9))
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let go of them; may be repeated."""
        while self._held:
            lock, note = self._held.pop()
            with suppress(OSError):
                note.unlink()
            lock.release()

    def _acquire(self, path: Path, wait_s: float) -> None:
        note = path.with_suffix(".json")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(
                path.with_suffix(".lock"),
                mode=SHARED_MODE,
                thread_local=False,
                poll_interval=POLL_S,
            )
            lock.acquire(timeout=wait_s)
        except Timeout as error:
            raise RigBusy(
                f"{_told(note)} has it",
                where="the rig",
                remedy="wait until that is done, with --wait-for-rig SECONDS if you like",
            ) from error
        except OSError as error:
            raise RigError(
                f"the rig cannot be locked: {error}",
                where=str(path.parent),
                expected=f"a folder to write to; {FOLDER} names another",
            ) from error
        self._held.append((lock, note))
        with suppress(OSError):  # who has it is a courtesy, having it is not
            holder = Holder.this_process(self._clock, self._doing)
            note.write_text(json.dumps(asdict(holder)), encoding="utf-8")


def lock_name(resource: str) -> str:
    """A file name for a resource: readable, and its own."""
    readable = re.sub(r"[^a-z0-9]+", "-", resource.lower()).strip("-")[-READABLE:]
    return f"{readable}-{sha256(resource.lower().encode()).hexdigest()[:12]}"


def _told(note: Path) -> str:
    try:
        return str(Holder(**json.loads(note.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        return "somebody who has left no name"


def _folder() -> Path:
    named = os.environ.get(FOLDER)
    return Path(named) if named else user_state_path("cellrig", appauthor=False) / "locks"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user whom the system has no name for
        return "somebody"
