"""Bench time of the production set: exact on the simulated clock, so it is asserted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.outcome import Conclusion
from reports.record import RunRecord
from tests.fixtures.sessions import BASIC, LIPO, NOTHING_REQUIRED, SIMULATED, qualify

MOST_OVER_FLOOR = 1.3


def rig_file(place: Path, rig: Path, modules: int) -> Path:
    """The rig with so many modules; more than sixteen maxima are more than its supply can give."""
    text = rig.read_text(encoding="utf-8").replace("modules = 4", f"modules = {modules}", 1)
    relays = ", ".join(str(100 + position) for position in range(1, modules + 1))
    text = re.sub(r"channels = \[.*\]", f"channels = [{relays}]", text)
    text = text.replace("[wiring]", "[wiring]\ncurrent_limit_A = 4.9") if modules > 4 else text
    path = place / "rig.toml"
    path.write_text(text, encoding="utf-8")
    return path


def watchdog_periods_s(record: RunRecord) -> float:
    """The periods over which standby current was measured, one module after the other."""
    return sum(
        float(measurement.value)
        for test in record.tests
        for measurement in test.measurements
        if measurement.name == "sleep.wake_period"
    )


@pytest.mark.parametrize(("modules", "longest_s"), [(1, 25.0), (16, 120.0)])
def test_the_production_set_takes_no_longer_than_a_line_can_wait(
    tmp_path: Path, modules: int, longest_s: float
):
    rig = rig_file(tmp_path, BASIC, modules)
    record = qualify(tmp_path, "-m", "eol", rig=rig, product=NOTHING_REQUIRED).record
    assert record.conclusion is Conclusion.PASS
    assert record.time.spent_s <= longest_s
    assert record.time.spent_s <= MOST_OVER_FLOOR * record.time.floor_s


@pytest.mark.parametrize(("modules", "longest_s", "periods_are_extra"), [(1, 25, 0), (16, 120, 1)])
def test_standby_current_adds_only_the_periods_that_are_measured(
    tmp_path: Path, modules: int, longest_s: float, periods_are_extra: int
):
    rig = rig_file(tmp_path, SIMULATED, modules)
    record = qualify(tmp_path, "-m", "eol", rig=rig, product=LIPO).record
    assert record.conclusion is Conclusion.PASS
    one_by_one_s = watchdog_periods_s(record)
    assert one_by_one_s > modules * 2.0
    assert record.time.spent_s <= longest_s + one_by_one_s * periods_are_extra
    assert record.time.spent_s <= MOST_OVER_FLOOR * record.time.floor_s
