"""``make kills``: runs on real wires that are killed at random moments, and what that leaves.

``python -m tests.wires.kills`` serves a simulated bench on TCP and a pseudo-terminal, starts one
run after another on it, and ends each at a random moment. After each end it looks past the
drivers whether the output goes off and when, holds what is in the store against what the run had
measured, and lets ``cellrig restore`` write back what the modules held.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread

from rich.console import Console

from quantities import Purpose, WallClock
from reports.loader import list_runs, load_run
from reports.record import RunRecord, RunStatus
from reports.store import Store
from rigs.benches import simulated_bench
from rigs.rig_file import RigFile, load_rig_file
from rigs.serving.pace import new_loop
from rigs.serving.rigtext import served_rig_text
from rigs.serving.served import ServedBench, serving
from rigs.simulation.bench import SimulatedBench
from rigs.simulation.modules.memory import LAYOUT
from tests.wires.witness import FILE, WHOLE_PANEL

ROOT = Path(__file__).parents[2]
RIG = ROOT / "rigs" / "simulated.toml"
PRODUCT = ROOT / "products" / "lipo.toml"
SELECTIONS = (
    "tests_hil",
    "tests_hil",
    "tests_hil/test_02_provisioning.py",
    "tests_hil/test_04_thresholds.py",
    "tests_hil/test_05_chain.py",
    "tests_hil/test_06_bleeding.py",
    "tests_hil/test_08_messages.py",
    "tests_hil/test_10_power.py",
)
LATEST_S = 8.0
"""From the run's being on record to its end."""
SAFE_WITHIN_S, SETTLED_WITHIN_S, BEGIN_WITHIN_S = 30.0, 60.0, 120.0
MOST_RESTORES = 3
LOOK_S = 0.002


def kill(run: subprocess.Popen[bytes]) -> None:
    """As ``kill -9``; on Windows as the task manager."""
    run.kill()


def interrupt_twice(run: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, and once more while the run makes safe."""
    run.send_signal(signal.SIGINT)
    WallClock().wait(0.05, Purpose.IDLE)
    run.send_signal(signal.SIGINT)


def sending(name: str) -> Callable[[subprocess.Popen[bytes]], None]:
    """An end by a signal that Windows may lack."""
    return lambda run: run.send_signal(getattr(signal, name))


ENDS: dict[str, Callable[[subprocess.Popen[bytes]], None]] = {
    "kill": kill,
    "ctrl-c": sending("SIGINT"),
    "ctrl-c twice": interrupt_twice,
    "terminate": sending("SIGTERM"),
    "hang up": sending("SIGHUP"),
}


# -- the bench -------------------------------------------------------------------------------------


@dataclass
class WiredBench:
    """A bench on wires, and what is to be seen of it without them."""

    bench: SimulatedBench
    rig_path: Path

    def is_on(self) -> bool:
        """Whether the panel has, or is about to have, any voltage."""
        return self.bench.panel.epoch.source.final_V > 0

    def eeproms(self) -> list[tuple[int, ...]]:
        """What every module holds: W, V, L and H."""
        return [
            tuple(module.eeprom.read(*place) for place in LAYOUT.values())
            for module in self.bench.panel.modules
        ]


@contextmanager
def wired(folder: Path, file: RigFile) -> Iterator[WiredBench]:
    """Serve a bench in a thread of this process for as long as the context lasts."""
    bench = simulated_bench(file)
    assert bench is not None
    ready = Event()
    there: list[tuple[ServedBench, Callable[[], object]]] = []

    async def serve() -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        async with serving(bench, host="127.0.0.1") as served:
            there.append((served, lambda: loop.call_soon_threadsafe(over.set)))
            ready.set()
            await over.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(serve())

    thread = Thread(target=run)
    thread.start()
    ready.wait()
    served, end = there[0]
    try:
        path = folder / "served.toml"
        text = served_rig_text(file, served, WallClock().date().date())
        path.write_text(text, encoding="utf-8")
        yield WiredBench(bench, path)
    finally:
        end()
        thread.join()


# -- one run and its end ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What an end has left."""

    selection: str
    after_s: float
    was_on: bool
    off_s: float | None
    """From the end to the output's being off; None if it stayed on."""
    status: RunStatus
    measured: int
    lost: int
    settings_unknown: bool
    restores: int
    """How often ``cellrig restore`` was called: again where a module did not answer in time."""
    restored: bool
    """Whether every module holds what it held before; also where nothing was unknown."""
    tests: tuple[str, ...]


@dataclass
class Campaign:
    """Runs on one bench, one after another."""

    wired: WiredBench
    folder: Path
    found: list[Found] = field(default_factory=list)
    clock: WallClock = field(default_factory=WallClock)

    @property
    def store(self) -> Path:
        return self.folder / "results.sqlite"

    def provision(self) -> None:
        """Let a run come to its end, so that the next ones find modules that work."""
        with self._run(*SELECTIONS[2:3], "tests_hil/test_99_end_state.py") as run:
            run.wait()
        assert self._newest().status is RunStatus.FINISHED

    def end_one(
        self, selection: str, after_s: float, end: Callable[[subprocess.Popen[bytes]], None]
    ) -> Found | None:
        """Start a run, end it so long after it went on record, and look; None if it was faster."""
        before = self.wired.eeproms()
        with self._run(selection) as run:
            self._until(lambda: self._witnessed() or run.poll() is not None, BEGIN_WITHIN_S)
            self._until(lambda: run.poll() is not None, after_s)
            if run.poll() is not None:
                assert self._witnessed(), self._text()
                return None
            was_on = self.wired.is_on()
            ended_ns = self.clock.now()
            end(run)
            off = self._until(lambda: not self.wired.is_on(), SAFE_WITHIN_S)
            off_s = (self.clock.now() - ended_ns) / 1e9 if off else None
            run.wait()
        # a run that ended in order may have switched on once more before it heard of its end
        self._until(lambda: self._newest().status is not RunStatus.RUNNING, SETTLED_WITHIN_S)
        off_s = None if self.wired.is_on() else off_s
        record = self._newest()
        restores = 0
        while self._newest().settings_unknown and restores < MOST_RESTORES:
            self._restore(record.run_id)
            restores += 1
        restored = before == self.wired.eeproms() and not self._newest().settings_unknown
        witnessed = self._witnessed()
        assert witnessed[0] == record.run_id
        found = Found(
            selection=selection,
            after_s=after_s,
            was_on=was_on,
            off_s=off_s,
            status=record.status,
            measured=len(witnessed) - 1,
            lost=lost(witnessed[1:], record),
            settings_unknown=bool(record.settings_unknown),
            restores=restores,
            restored=restored,
            tests=tuple(test.nodeid for test in record.tests),
        )
        self.found.append(found)
        return found

    @contextmanager
    def _run(self, *selection: str) -> Iterator[subprocess.Popen[bytes]]:
        witness = self.folder / "witness"
        witness.unlink(missing_ok=True)
        command = [
            *(sys.executable, "-m", "pytest", "-p", "tests.wires.witness", *selection),
            *("-p", "no:cacheprovider", "--rig", str(self.wired.rig_path)),
            *("--product", str(PRODUCT), "--store", str(self.store), "--wait-for-rig", "30"),
        ]
        with (self.folder / "output").open("wb") as output:
            run = subprocess.Popen(  # noqa: S603 - a run of our own
                command,
                cwd=ROOT,
                env=os.environ | {FILE: str(witness)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                yield run
            finally:
                if run.poll() is None:
                    run.kill()
                run.wait()

    def _restore(self, run_id: str) -> None:
        command = [sys.executable, "-c", "from cellrig import main; main()", "restore", run_id]
        options = ["--rig", str(self.wired.rig_path), "--store", str(self.store), "--yes"]
        subprocess.run(  # noqa: S603 - as above
            [*command, *options, "--wait-for-rig", "30"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=False,
        )

    def _until(self, holds: Callable[[], object], within_s: float) -> bool:
        deadline_ns = self.clock.now() + round(within_s * 1e9)
        while not holds():
            if self.clock.now() > deadline_ns:
                return False
            self.clock.wait(LOOK_S, Purpose.IDLE)
        return True

    def _newest(self) -> RunRecord:
        with Store.open(self.store) as store:
            return load_run(store, list_runs(store)[0].run_id)

    def _witnessed(self) -> list[object]:
        """The run's id, then every measurement that ``measure`` has returned from."""
        witness = self.folder / "witness"
        if not witness.exists():
            return []
        lines = witness.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]

    def _text(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8")


def lost(witnessed: Sequence[object], record: RunRecord) -> int:
    """How many measurements are not in the store."""
    kept = Counter(
        (test.number, entry.name, entry.condition, position)
        for test in record.tests
        for entry in test.measurements
        for position in {entry.position or WHOLE_PANEL, _stands_for(entry.position)}
    )
    taken = Counter(tuple(entry) for entry in witnessed if isinstance(entry, list))
    return sum((taken - kept).values())


def _stands_for(position: int | None) -> int:
    """What is measured on the whole panel at once has a row at its first position."""
    return WHOLE_PANEL if position == 1 else position or WHOLE_PANEL


# -- all of them -----------------------------------------------------------------------------------


def summary(found: Sequence[Found]) -> list[str]:
    """What came of all ends, in lines."""
    times_s = sorted(one.off_s for one in found if one.was_on and one.off_s is not None)
    tests = Counter(one.tests[-1].partition("::")[0] for one in found if one.tests)
    spread = "no output was on"
    if times_s:
        middle_s = statistics.median(times_s)
        spread = f"{times_s[0]:.3f} / {middle_s:.3f} / {times_s[-1]:.3f} s"
    return [
        f"runs ended                        {len(found)}",
        f"  while the output was on         {sum(one.was_on for one in found)}",
        f"outputs left on                   {sum(one.off_s is None for one in found)}",
        f"off after (min / median / max)    {spread}",
        f"measurements taken                {sum(one.measured for one in found)}",
        f"measurements lost                 {sum(one.lost for one in found)}",
        f"runs on record as aborted         {sum(one.status is RunStatus.ABORTED for one in found)}",
        f"runs that left settings unknown   {sum(one.settings_unknown for one in found)}",
        f"  restores that were repeated     {sum(one.restores > 1 for one in found)}",
        f"  modules not as before then      {sum(not one.restored for one in found)} runs",
        "ended in " + ", ".join(f"{name} ({count})" for name, count in sorted(tests.items())),
    ]


def good(found: Sequence[Found]) -> bool:
    """Whether nothing was left on, lost, unsaid or changed."""
    return all(
        one.off_s is not None and not one.lost and one.status is RunStatus.ABORTED and one.restored
        for one in found
    )


def run_campaign(
    folder: Path,
    *,
    runs: int,
    seed: int,
    end: str = "kill",
    latest_s: float = LATEST_S,
    selections: Sequence[str] = SELECTIONS,
    say: Callable[[str], None] = print,
) -> list[Found]:
    """So many runs, each ended at a moment of its own."""
    random = Random(seed)  # noqa: S311 - moments, not secrets
    os.environ.setdefault("CELLRIG_LOCKS", str(folder / "locks"))
    with wired(folder, load_rig_file(RIG)) as bench:
        campaign = Campaign(bench, folder)
        if selections is SELECTIONS:
            campaign.provision()
        while len(campaign.found) < runs:
            selection, after_s = random.choice(selections), random.uniform(0.0, latest_s)
            found = campaign.end_one(selection, after_s, ENDS[end])
            if found is None:
                continue
            say(
                f"{len(campaign.found):4d}  {selection:36s} after {after_s:5.2f} s, "
                f"{'on' if found.was_on else 'off':3s} then, off "
                + ("NEVER" if found.off_s is None else f"{found.off_s:.3f} s later")
                + f", {found.measured} measured, {found.lost} lost, {found.status}"
                + (f", restored ({found.restores})" if found.restores else "")
                + ("" if found.restored else ", NOT AS BEFORE")
            )
        return campaign.found


def main() -> int:
    """Exit status 1 if anything was left on, lost, unsaid or changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--end", choices=ENDS, default="kill")
    parser.add_argument("--folder", type=Path, default=Path("build/kills"))
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False, soft_wrap=True)
    found = run_campaign(folder, runs=given.runs, seed=given.seed, end=given.end, say=console.print)
    console.print("\n" + "\n".join(summary(found)))
    return int(not good(found))


if __name__ == "__main__":
    sys.exit(main())
