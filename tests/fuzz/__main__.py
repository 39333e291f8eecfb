"""``make fuzz``: each target under atheris in a process of its own, and a table of what they took.

``python -m tests.fuzz`` tries all, ``python -m tests.fuzz codec`` one. An input that breaks a
target is kept in ``build/fuzz``; its path given as argument after the target's name tries it again.
"""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from quantities.errors import UsageError

if TYPE_CHECKING:
    from tests.fuzz.target import Target

ROOMS = ["quantities", "products", "drivers", "supervisor", "reports", "rigs", "fixtures"]
"""Code in which atheris looks for branches that no input took yet."""
FOUND = Path("build/fuzz")
INPUT_s, TARGET_s = 20, 3600
"""An input that takes longer is a defect; a target that takes longer ends, and says so."""
MEMORY_MiB = 2048
DONE = re.compile(r"^Done (\d+) runs in (\d+) second", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """What became of a target: whether all inputs were tried and none broke it."""

    name: str
    inputs: int
    duration_s: int
    sound: bool

    @property
    def rate(self) -> float:
        """Inputs a second; libFuzzer tells whole seconds."""
        return self.inputs / max(1, self.duration_s)


def fuzz(name: str, arguments: list[str]) -> None:
    """Feed one target within this process; does not return."""
    logging.getLogger("drivers").setLevel(logging.CRITICAL)  # millions of lines otherwise
    try:
        import atheris  # noqa: PLC0415 - has no wheels but for Linux
    except ImportError as error:
        raise UsageError(
            "atheris is not installed",
            expected="Linux with Python 3.11 to 3.13, where make installs it",
            remedy="make test tries the same targets with a few inputs, anywhere",
        ) from error
    with atheris.instrument_imports(include=ROOMS):
        target: Target = import_module("tests.fuzz.targets").TARGETS[name]
    if not arguments:
        arguments = [f"-runs={target.inputs}", f"-max_len={target.longest}", _seeds(target)]
    FOUND.mkdir(parents=True, exist_ok=True)
    options = [
        f"-timeout={INPUT_s}",
        f"-max_total_time={TARGET_s}",
        f"-rss_limit_mb={MEMORY_MiB}",
        f"-artifact_prefix={FOUND}/{_file_name(name)}-",
        "-seed=20260117",
    ]
    atheris.Setup([name, *options, *arguments], target.run)
    atheris.Fuzz()


def _seeds(target: Target) -> str:
    """A folder with the seeds, which libFuzzer starts from and adds to."""
    folder = Path(tempfile.mkdtemp(prefix="cellrig-fuzz-"))
    for number, seed in enumerate(target.seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    return str(folder)


def _file_name(name: str) -> str:
    return name.replace(" ", "-")


def tried(name: str) -> Result:
    """Run one target to its end in a process of its own."""
    FOUND.mkdir(parents=True, exist_ok=True)
    log = FOUND / f"{_file_name(name)}.log"
    with log.open("wb") as output:
        status = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "tests.fuzz", name], stdout=output, stderr=output, check=False
        ).returncode
    done = DONE.search(log.read_text(encoding="utf-8", errors="replace"))
    inputs, duration_s = (int(group) for group in done.groups()) if done else (0, 0)
    return Result(name, inputs, duration_s, sound=status == 0 and done is not None)


def table(results: list[Result]) -> Table:
    """A line a target, and all together."""
    right = [Column(heading, justify="right") for heading in ("inputs", "s", "inputs/s")]
    made = Table("target", *right, "", box=SIMPLE)
    total = Result(
        "all",
        sum(result.inputs for result in results),
        sum(result.duration_s for result in results),
        sound=all(result.sound for result in results),
    )
    for result in (*results, total):
        found = "ok" if result.sound else f"see {FOUND}"
        figures = (f"{result.inputs:,}", f"{result.duration_s:,}", f"{result.rate:,.0f}")
        made.add_row(result.name, *figures, found, end_section=result is results[-1])
    return made


def main(arguments: list[str]) -> int:
    """One target, or all of them; exit status 1 if any is not sound."""
    if arguments:
        try:
            fuzz(arguments[0], arguments[1:])
        except UsageError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - atheris wants to import it first

    console, results = Console(), []
    for name in TARGETS:
        console.print(f"{name}: {TARGETS[name].inputs:,} inputs …")
        results.append(tried(name))
    console.print(table(results))
    return 0 if all(result.sound for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
