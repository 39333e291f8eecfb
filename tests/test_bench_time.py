"""Bench time of the production set: exact on the simulated clock, so it is asserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.outcome import Conclusion
from tests.fixtures.sessions import BASIC, qualify

MOST_OVER_FLOOR = 1.3


@pytest.mark.parametrize(("modules", "longest_s"), [(1, 25.0), (16, 120.0)])
def test_the_production_set_takes_no_longer_than_a_line_can_wait(
    tmp_path: Path, modules: int, longest_s: float
):
    rig = BASIC.read_text(encoding="utf-8").replace("modules = 4", f"modules = {modules}", 1)
    if modules == 16:  # more than sixteen maxima is more than the supply can give
        rig = rig.replace("[wiring]", "[wiring]\ncurrent_limit_A = 4.9", 1)
    rig_file = tmp_path / "rig.toml"
    rig_file.write_text(rig, encoding="utf-8")
    record = qualify(tmp_path, "-m", "eol", rig=rig_file).record
    assert record.conclusion is Conclusion.PASS
    assert record.time.spent_s <= longest_s
    assert record.time.spent_s <= MOST_OVER_FLOOR * record.time.floor_s
