"""``cellrig serve``: a bench on wires until it is told to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from quantities import WallClock
from quantities.errors import RigFileError, UsageError
from rigs.benches import simulated_bench
from rigs.rig_file import RigFile
from rigs.serving.pace import Lateness, new_loop
from rigs.serving.rigtext import served_rig_text, socket_url
from rigs.serving.served import serving
from rigs.simulation.bench import Bench

PERCENT = (50, 90, 99, 99.9, 100)


def serve(
    file: RigFile,
    *,
    host: str,
    first_port: int,
    write_rig: Path | None,
    say: Callable[[str], None],
) -> None:
    """Serve the file's bench until the process is interrupted or terminated.

    The rig file that leads there goes to ``say``, and to ``write_rig`` once all wires are open.
    Raises ``RigFileError`` for what cannot be served, ``UsageError`` for wires that cannot be had.
    """
    bench = simulated_bench(file)
    if bench is None:
        raise RigFileError(
            "has no [simulation] to serve",
            where=f"rig file of {file.name!r}",
            expected="a simulated bench, such as rigs/simulated.toml",
        )
    for table in ("host_port", "can"):
        if getattr(file, table) is not None:
            raise RigFileError(
                f"has [{table}], which is not served",
                where=f"rig file of {file.name!r}",
                expected="a chain, and instruments with SCPI sockets",
                remedy="run this bench in virtual time, or leave the table out",
            )
    if ":" in host:
        raise UsageError(
            "cannot stand in the name of a VISA resource",
            where=f"--host {host}",
            expected="an IPv4 address or a name",
        )

    async def serve_on(bench: Bench) -> None:
        async with serving(bench, host=host, first_port=first_port) as served:
            text = served_rig_text(file, served, WallClock().date().date())
            if write_rig is not None:
                _write(write_rig, text)
            say(f"{text}\n# The chain over TCP: {socket_url(served.chain)}")
            say("# Ctrl-C ends it.")
            await _told_to_end()
            say(_told(served.lateness))

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve_on(bench))


async def _told_to_end() -> None:
    """Wait for Ctrl-C, or for SIGTERM from whatever program has started this one.

    A shell lets what it starts in the background ignore Ctrl-C, so both are asked for expressly.
    """
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    await told.wait()


def _write(path: Path, text: str) -> None:
    """Write the file whole: whoever waits for it may read it as soon as it is there."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            expected="a file in a folder that is there",
        ) from error


def _told(lateness: Lateness) -> str:
    """How well the bench kept to the wall clock, in a line."""
    late = ", ".join(
        f"{percent:g} % within {1000 * lateness.percentile_s(percent):.2f} ms"
        for percent in PERCENT
    )
    return f"# {lateness.events} events were run, {late} of their time."
