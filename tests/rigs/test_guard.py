"""The guard: whatever ends a run, a real rig's outputs are off soon after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from quantities import WallClock, clock
from quantities.errors import HostSlept, InstrumentError, RigBusy, RigError
from quantities.hostsleep import slept_s
from rigs import guard, guarding
from rigs.guard import Plan, Step, make_safe
from rigs.lock import RigLock
from rigs.protection import Maxima
from rigs.rig import Rig
from rigs.rig_file import load_rig_file, parse_rig_file
from tests.drivers.chain.scripted import ScriptedClock
from tests.rigs.wiredsupply import WiredSupply

ROOT = Path(__file__).parents[2]
MAXIMA = Maxima(voltage_V=5.5, current_A=0.65)
SOON_S = 20.0
"""No claim about the guard, which the campaign of kills times: a busy machine is slow."""
WAITS = "import time; time.sleep(60)"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

RUN = """
import signal, sys, tomllib
from rigs.protection import Maxima
from rigs.rig import Rig
from rigs.rig_file import parse_rig_file

for name in ("SIGINT", "SIGHUP"):  # whoever started these tests in the background ignores them
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
file = parse_rig_file(tomllib.loads(sys.argv[1]), where="rig.toml")
rig = Rig(file, Maxima(voltage_V=5.5, current_A=0.65))
rig.supply.set_voltage(3.7)
rig.supply.set_output(on=True)
print("on", flush=True)
{end}
"""


def rig_text(supply: WiredSupply, port: str = "socket://127.0.0.1:9") -> str:
    return f"""
name = "Wired bench"
topology = "panel"

[chain]
port = "{port}"
modules = 2

[supply]
model = "keysight-e36312a"
resource = "{supply.resource}"
channel = 1
"""


def opened(supply: WiredSupply) -> Rig:
    return Rig(parse_rig_file(tomllib.loads(rig_text(supply)), where="rig.toml"), MAXIMA)


@pytest.fixture
def supply() -> Iterator[WiredSupply]:
    supply = WiredSupply()
    yield supply
    supply.close()


Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(supply: WiredSupply) -> Iterator[Start]:
    """``start(end)`` starts a run that switches the supply on, then goes on with ``end``."""
    runs: list[subprocess.Popen[str]] = []

    def run(end: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RUN.replace("{end}", end), rig_text(supply)]
        process = subprocess.Popen(  # noqa: S603 - a run of our own
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        runs.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        assert supply.on == {"1"}
        return process

    yield run
    for process in runs:
        process.kill()
        process.communicate()


def test_a_run_that_is_killed_leaves_nothing_on(supply: WiredSupply, start: Start):
    run = start(WAITS)
    run.kill()
    assert supply.wait_until_off(SOON_S)


@pytest.mark.parametrize("end", ["import os; os._exit(3)", "raise SystemExit", "1 / 0"])
def test_a_run_that_just_ends_leaves_nothing_on(supply: WiredSupply, start: Start, end: str):
    start(end).wait()
    assert supply.wait_until_off(SOON_S)


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP", "SIGTERM"])
def test_a_signal_that_ends_the_run_leaves_nothing_on(supply: WiredSupply, start: Start, name: str):
    run = start(WAITS)
    run.send_signal(getattr(signal, name))
    assert supply.wait_until_off(SOON_S)


def test_a_supply_that_hangs_meanwhile_is_switched_off_when_it_answers_again(
    supply: WiredSupply, start: Start
):
    run = start(WAITS)
    supply.hangs.set()
    run.kill()
    assert not supply.wait_until_off(within_s=1.0)
    supply.hangs.clear()
    assert supply.wait_until_off(SOON_S)


def test_a_rig_is_had_by_one_run_alone_and_the_other_is_told_by_whom(supply: WiredSupply):
    first = opened(supply)
    try:
        with pytest.raises(RigBusy, match=r"a run \(process \d+ of .* on .*, since ") as caught:
            opened(supply)
        assert caught.value.remedy is not None
        assert "--wait-for-rig" in caught.value.remedy
    finally:
        assert first.close() == []
    assert opened(supply).close() == []


def test_a_rig_that_gets_no_guard_is_free_again(
    supply: WiredSupply, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(guarding.sys, "executable", os.devnull + "/python")
        with pytest.raises(RigError, match="the rig's guard") as caught:
            opened(supply)
    assert opened(supply).close() == []
    assert caught.value.remedy == "start the run again"


def test_the_lock_of_a_dead_run_does_not_stay(supply: WiredSupply, start: Start):
    run = start(WAITS)
    run.kill()
    run.wait()
    rig = opened(supply)
    assert not supply.on
    assert rig.close() == []


def test_a_good_end_lets_the_guard_go_and_sends_it_nowhere(supply: WiredSupply):
    rig = opened(supply)
    assert rig.keeping is not None
    process = rig.keeping.guard._process
    lines = len(supply.lines)
    assert rig.close() == []
    assert process.wait(10) == 0
    assert supply.lines[lines:] == ["OUTP OFF,(@1)", "SYST:ERR?"]


def test_an_end_that_was_not_safe_leaves_the_rig_to_the_guard(supply: WiredSupply):
    rig = opened(supply)
    rig.supply.set_output(on=True)
    supply.hangs.set()
    rig.supply._scpi._timeout_s = 0.1  # type: ignore[attr-defined]
    assert rig.close()
    assert supply.on
    supply.hangs.clear()
    assert supply.wait_until_off(SOON_S)
    assert rig.keeping is not None
    assert rig.keeping.guard._process.wait(SOON_S) == 0


def test_what_no_guard_can_do_is_told(supply: WiredSupply):
    rig = opened(supply)
    (gap,) = rig.unprotected
    assert gap.startswith("the supply has no communication watchdog: it stays as it is if")
    assert rig.close() == []


def test_nothing_is_switched_on_without_a_guard(supply: WiredSupply):
    rig = opened(supply)
    assert rig.keeping is not None
    rig.check_guard()
    rig.keeping.guard._process.kill()
    rig.keeping.guard._process.wait()
    with pytest.raises(RigError, match="the rig's guard: it ended with status"):
        rig.check_guard()
    assert rig.close() == []


def test_a_guard_that_ended_well_guards_nothing_either(supply: WiredSupply):
    rig = opened(supply)
    assert rig.keeping is not None
    rig.keeping.guard.release()
    with pytest.raises(RigError, match="it ended with status 0"):
        rig.check_guard()
    assert rig.close() == []


def test_a_guard_that_cannot_stand_says_why():
    cannot = guarding.Guard(Plan("@py", (Step("supply", "no-such-model", "x"),), ()))
    with pytest.raises(RigError, match="no-such-model"):
        cannot.wait_ready()
    cannot.release()


def test_a_guard_takes_its_steps_in_the_order_in_which_a_pack_becomes_safe():
    steps = guarding._steps(load_rig_file(ROOT / "rigs" / "simulated_pack.toml"))
    assert [step.role for step in steps] == ["load", "charger", "contactor"]


# -- making safe, step by step ---------------------------------------------------------------------

LOAD = Step("load", "some-load", "TCPIP0::load::5025::SOCKET")
SUPPLY = Step("supply", "keysight-e36312a", "TCPIP0::supply::5025::SOCKET")


@pytest.mark.parametrize("fault", [InstrumentError, ZeroDivisionError])
def test_what_cannot_be_reached_does_not_keep_the_next_from_being_safe(fault: type[Exception]):
    taken: list[tuple[str, float]] = []

    def switch(step: Step, library: str, _: object, patience_s: float) -> None:
        assert library == "@py"
        taken.append((step.role, patience_s))
        if step is LOAD and len(taken) < 4:
            raise fault(f"{step.resource}: no answer")

    lines = make_safe(Plan("@py", (LOAD, SUPPLY), ()), WallClock(), switch)
    assert [role for role, _ in taken] == ["load", "supply", "load", "load"]
    assert [patience_s for _, patience_s in taken] == [0.5, 0.5, 1.0, 2.0]
    assert [line.partition(": ")[2] for line in lines] == [
        "[load] TCPIP0::load::5025::SOCKET: no answer",
        "[supply] TCPIP0::supply::5025::SOCKET is safe",
        "[load] TCPIP0::load::5025::SOCKET is safe",
    ]


def test_what_cannot_be_reached_for_ten_minutes_is_told_to_be_not_safe():
    clock, times_s, patiences_s = ScriptedClock(), [0.0], []

    def switch(step: Step, _: str, __: object, patience_s: float) -> None:
        times_s.append(clock.now() / 1e9)
        patiences_s.append(patience_s)
        raise InstrumentError("no answer", where=step.resource)

    lines = make_safe(Plan("@py", (SUPPLY,), ()), clock, switch)
    assert [line.partition(": ")[2] for line in lines] == [
        "[supply] TCPIP0::supply::5025::SOCKET: no answer",
        "[supply] TCPIP0::supply::5025::SOCKET is NOT SAFE: switch it off by hand",
    ]
    assert lines[-1].startswith("60")
    assert 598 < times_s[-1] - times_s[1] < 600
    assert max(after - before for before, after in pairwise(times_s[1:])) == pytest.approx(2)
    assert max(patiences_s) == 5.0


def test_an_attempt_that_failed_leaves_the_instrument_to_the_next(supply: WiredSupply):
    step = Step("supply", "keysight-e36312a", supply.resource)
    supply.hangs.set()
    with pytest.raises(InstrumentError):
        guard.open_safe(step, "@py", WallClock(), 0.1)
    supply.hangs.clear()
    for _ in range(2):  # which takes one client at a time
        guard.open_safe(step, "@py", WallClock(), 5.0)
    assert supply.lines.count("OUTP OFF,(@1)") == 2


# -- what the run says -----------------------------------------------------------------------------

PLAN = json.dumps(asdict(Plan("@py", (SUPPLY,), ()))).encode() + b"\n"


@pytest.mark.parametrize(
    ("said", "safe"),
    [
        (b"", False),
        (PLAN[:20], False),
        (PLAN, True),
        (PLAN + b'"rel', True),
        (PLAN + b'{"afterwards": [], "lo', True),
        (PLAN + json.dumps({"afterwards": [], "log": os.devnull}).encode() + b"\n", True),
        (PLAN + b'"released"\n', False),
    ],
)
def test_whatever_a_run_said_before_it_was_gone_but_that_it_is_safe_is_no_release(
    said: bytes, monkeypatch: pytest.MonkeyPatch, *, safe: bool
):
    taken: list[Plan] = []
    monkeypatch.setattr(guard, "make_safe", lambda plan, _: taken.append(plan) or [])
    answer = BytesIO()
    guard.watch(BytesIO(said), answer, WallClock())
    assert bool(taken) is safe
    assert answer.getvalue() == (b'"ready"\n' if PLAN in said else b"")


def test_a_guard_that_still_makes_safe_keeps_the_next_from_standing(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(guard, "FORMER_GUARD_S", 0.0)
    plan = json.dumps(asdict(Plan("@py", (SUPPLY,), (SUPPLY.resource,)))).encode() + b"\n"
    former = RigLock([SUPPLY.resource], WallClock(), kind="guard", doing="a guard")
    former.acquire()
    answers = BytesIO(), BytesIO()
    guard.watch(BytesIO(plan + b'"released"\n'), answers[0], WallClock())
    former.release()
    guard.watch(BytesIO(plan + b'"released"\n'), answers[1], WallClock())
    assert "a guard" in json.loads(answers[0].getvalue())
    assert json.loads(answers[1].getvalue()) == "ready"


def test_what_follows_is_told_what_happened_once_all_is_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guard, "make_safe", lambda *_: ["supply is safe", "load is NOT SAFE"])
    told = tmp_path / "told.txt"
    keep = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    word = {"afterwards": [sys.executable, "-c", keep, str(told)], "log": os.devnull}
    guard.watch(BytesIO(PLAN + json.dumps(word).encode() + b"\n"), BytesIO(), WallClock())
    assert told.read_text().splitlines() == ["supply is safe", "load is NOT SAFE"]


@pytest.mark.parametrize("command", [[sys.executable, "-c", "raise SystemExit(3)"], ["no-such"]])
def test_what_follows_and_fails_is_logged(
    command: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(guard, "make_safe", lambda *_: [])
    word = {"afterwards": command, "log": os.devnull}
    guard.watch(BytesIO(PLAN + json.dumps(word).encode() + b"\n"), BytesIO(), WallClock())
    assert command[0] in caplog.text


def test_a_model_that_no_driver_knows_is_told_before_anything_is_switched_on():
    plan = Plan("@py", (Step("supply", "no-such-model", "TCPIP0::x::1::SOCKET"),), ())
    answer = BytesIO()
    guard.watch(BytesIO(json.dumps(asdict(plan)).encode() + b"\n"), answer, WallClock())
    assert "no-such-model" in json.loads(answer.getvalue())


# -- a computer that was asleep --------------------------------------------------------------------


def test_after_a_sleep_the_first_thing_that_the_supply_hears_is_to_switch_off(
    supply: WiredSupply, monkeypatch: pytest.MonkeyPatch
):
    rig = opened(supply)
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    before = len(supply.lines)
    monkeypatch.setattr(clock, "slept_s", lambda: slept_s() + 3600)
    with pytest.raises(HostSlept):
        rig.supply.set_voltage(4.2)
    assert rig.make_safe() == []
    assert supply.lines[before:] == ["OUTP OFF,(@1)", "SYST:ERR?"]
    rig.supply.set_output(on=True)
    assert supply.on == {"1"}
    assert rig.close() == []


def test_making_safe_is_not_kept_from_it_by_a_sleep(
    supply: WiredSupply, monkeypatch: pytest.MonkeyPatch
):
    rig = opened(supply)
    rig.supply.set_output(on=True)
    monkeypatch.setattr(clock, "slept_s", lambda: slept_s() + 3600)
    assert rig.close() == []
    assert not supply.on


def test_a_connection_that_died_meanwhile_is_opened_anew_to_switch_off(supply: WiredSupply):
    rig = opened(supply)
    rig.supply.set_output(on=True)
    supply.drop_client()
    assert rig.close() == []
    assert not supply.on
