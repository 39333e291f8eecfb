"""Locks by instrument: who has a rig, and who has to wait."""

from __future__ import annotations

import sys
from pathlib import Path
from stat import S_IMODE
from threading import Thread

import pytest

from quantities import Purpose, WallClock
from quantities.errors import RigBusy, RigError
from rigs.lock import FOLDER, RigLock, lock_name

CLOCK = WallClock()
SUPPLY, METER, PORT = "TCPIP0::supply::5025::SOCKET", "USB0::1::2::3::0::INSTR", "/dev/ttyUSB0"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "locks"))


def lock(*resources: str, kind: str = "run") -> RigLock:
    return RigLock(resources, CLOCK, kind=kind, doing="a run")


def test_rigs_that_share_one_instrument_exclude_each_other():
    first, second = lock(SUPPLY, METER), lock(PORT, METER)
    first.acquire()
    with pytest.raises(RigBusy, match=r"a run \(process \d+"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_whoever_does_not_get_all_has_none():
    first, second, third = lock(METER), lock(SUPPLY, METER, PORT), lock(SUPPLY, PORT)
    first.acquire()
    with pytest.raises(RigBusy):
        second.acquire()
    third.acquire()
    third.release()
    first.release()


def test_other_instruments_and_other_kinds_are_free():
    locks = [lock(SUPPLY), lock(METER), lock(SUPPLY, kind="guard")]
    for each in locks:
        each.acquire()
    for each in locks:
        each.release()


def test_upper_and_lower_case_are_one_instrument():
    assert lock_name(SUPPLY) == lock_name(SUPPLY.lower())
    assert len({lock_name(each) for each in (SUPPLY, METER, PORT)}) == 3


@pytest.mark.parametrize("other", ["TCPIP0::supply::5025::INSTR2", "TCPIP0:supply::5025::SOCKET"])
def test_names_that_read_alike_are_not_one_instrument(other: str):
    long = "x" * 60
    assert lock_name(SUPPLY) != lock_name(other)
    assert lock_name(long + SUPPLY) != lock_name(SUPPLY)


def test_instruments_are_locked_in_one_order_however_they_are_named():
    assert lock(SUPPLY, METER, PORT)._paths == lock(PORT, METER, SUPPLY)._paths


def test_whoever_lets_go_leaves_no_name(tmp_path: Path):
    first = lock(SUPPLY, METER)
    first.acquire()
    assert len(list((tmp_path / "locks").glob("*.json"))) == 2
    first.release()
    assert list((tmp_path / "locks").glob("*.json")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_other_users_may_lock_what_one_has_locked(tmp_path: Path):
    first = lock(SUPPLY)
    first.acquire()
    (path,) = (tmp_path / "locks").glob("*.lock")
    assert S_IMODE(path.stat().st_mode) == 0o666
    first.release()


def test_a_second_run_waits_as_long_as_it_was_told():
    first, second = lock(SUPPLY), lock(SUPPLY)
    first.acquire()

    def release_soon() -> None:
        CLOCK.wait(0.1, Purpose.IDLE)
        first.release()

    thread = Thread(target=release_soon)
    thread.start()
    second.acquire(wait_s=30.0)
    thread.join()
    second.release()


def test_a_note_that_says_nothing_does_not_hide_that_the_rig_is_busy(tmp_path: Path):
    first = lock(SUPPLY)
    first.acquire()
    for note in (tmp_path / "locks").glob("*.json"):
        note.write_text("{}", encoding="utf-8")
    with pytest.raises(RigBusy, match="somebody who has left no name"):
        lock(SUPPLY).acquire()
    first.release()


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path):
    (tmp_path / "locks").write_text("a file", encoding="utf-8")
    with pytest.raises(RigError, match="CELLRIG_LOCKS names another"):
        lock(SUPPLY).acquire()
