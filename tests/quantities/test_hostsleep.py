"""A computer that was asleep says so once, before anything else is sent."""

from __future__ import annotations

import pytest

from quantities import Purpose, WallClock, clock
from quantities.errors import HostSlept
from quantities.hostsleep import slept_s


def test_a_computer_that_is_awake_does_not_grow_asleep():
    before_s = slept_s()
    WallClock().wait(0.05, Purpose.IDLE)
    assert slept_s() - before_s == pytest.approx(0.0, abs=0.04)


def test_a_sleep_is_told_once(monkeypatch: pytest.MonkeyPatch):
    asleep_s = [100.0]
    monkeypatch.setattr(clock, "slept_s", lambda: asleep_s[0])
    wall = WallClock()
    wall.check_awake()
    asleep_s[0] += 3600.0
    with pytest.raises(HostSlept, match="asleep for 3600 s"):
        wall.check_awake()
    wall.check_awake()


def test_clocks_read_one_after_the_other_are_no_sleep(monkeypatch: pytest.MonkeyPatch):
    asleep_s = [0.0]
    monkeypatch.setattr(clock, "slept_s", lambda: asleep_s[0])
    wall = WallClock()
    asleep_s[0] += 0.1
    wall.check_awake()
