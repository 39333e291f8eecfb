"""A few of the ends that ``make kills`` tries two hundred times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reports.record import RunStatus
from tests.wires.kills import SELECTIONS, good, run_campaign, summary

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def test_a_killed_run_leaves_nothing_on_and_loses_nothing(tmp_path: Path):
    said: list[str] = []
    found = run_campaign(
        tmp_path, runs=5, seed=2, latest_s=4.0, selections=SELECTIONS[:3], say=said.append
    )
    assert any(one.was_on for one in found)
    assert any(one.settings_unknown for one in found)
    assert good(found), "\n".join([*said, *summary(found)])


@POSIX
@pytest.mark.parametrize("end", ["ctrl-c twice", "hang up"])
def test_so_does_a_run_that_is_told_to_end(tmp_path: Path, end: str):
    (found,) = run_campaign(
        tmp_path, runs=1, seed=1, end=end, latest_s=3.0, selections=SELECTIONS[2:3]
    )
    assert found.status is RunStatus.ABORTED
    assert good([found])
