"""The rig's programmer: a command of the user's that flashes an image into the modules.

It runs while the rig's supply is off: most programmers power what they flash.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from quantities.errors import RigError

IMAGE, POSITION = "{image}", "{position}"
WHERE = "[programmer]"
_KEPT = 20_000  # characters of what a programmer says; progress bars can be endless


@dataclass(frozen=True, slots=True)
class Programmed:
    """One run of the programmer that ended well."""

    command: tuple[str, ...]
    output: str


def program(
    command: Sequence[str], image: Path, *, modules: int, timeout_s: float
) -> Iterator[Programmed]:
    """Run the command, once for each module if it names ``{position}``, else once.

    No shell is involved: each argument reaches the programmer as it stands, ``{image}`` and
    ``{position}`` replaced. Raises ``RigError`` with what the programmer said if it cannot be
    started, ends with another exit status than 0, or takes longer than ``timeout_s`` s.
    """
    each = any(POSITION in argument for argument in command)
    for position in range(1, modules + 1) if each else (1,):
        arguments = tuple(
            argument.replace(IMAGE, str(image.resolve())).replace(POSITION, str(position))
            for argument in command
        )
        yield Programmed(arguments, _run(arguments, timeout_s))


def _run(arguments: Sequence[str], timeout_s: float) -> str:
    shown = " ".join(arguments)
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, from the rig file
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RigError(
            f"{shown}: not done after {timeout_s:g} s: {_text(error.stdout)}",
            where=WHERE,
            remedy="see what it waits for, or raise timeout_s",
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RigError(
            f"{shown}: cannot be started: {reason}",
            where=WHERE,
            expected="a program that is installed here, as a list of arguments",
        ) from error
    if done.returncode != 0:
        raise RigError(
            f"{shown}: exit status {done.returncode}: {_text(done.stdout)}",
            where=WHERE,
            expected="exit status 0",
            remedy="see that the programmer is connected and the module seated",
        )
    return _text(done.stdout)


def _text(output: bytes | None) -> str:
    """The end of what was said: that is where the reason stands."""
    text = (output or b"").decode("utf-8", "replace").strip()
    return text if len(text) <= _KEPT else f"…{text[-_KEPT:]}"
