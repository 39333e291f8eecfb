from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from supervisor.decisions import Decision
from tests.rigs.simulation.canunits import UnitOnBus, pack_readings


@pytest.fixture
def bench() -> Iterator[UnitOnBus]:
    bench = UnitOnBus(Decision(charge_limit_A=5.0, discharge_limit_A=10.0))
    yield bench
    bench.close()


def test_what_it_is_told_its_logic_is_told_and_the_decision_is_published_at_once(
    bench: UnitOnBus,
):
    bench.unit.tell(pack_readings(pack_V=14.82))
    assert bench.logic.readings[0].pack_voltage_V.value == 14.82
    known = bench.frames.known("limits")
    assert known["charge_limit_A"].value == 5.0
    assert known["charge_limit_A"].time_ns == bench.kernel.now_ns
    assert bench.frames.known("pack")["pack_voltage_V"].value == pytest.approx(14.82)
    assert bench.frames.known("cell_voltages")["cell_004_V"].value == pytest.approx(3.7)


def test_it_publishes_every_period_whether_it_is_told_anything_or_not(bench: UnitOnBus):
    bench.wait(10.5)
    per_period = len(bench.logic.readings)
    assert per_period == 9  # from the second period of silence on
    limits = bench.frames.latest("limits")
    assert limits is not None
    assert limits.values["counter"] == 9


def test_what_it_was_told_grows_old_when_nobody_tells_it_more(bench: UnitOnBus):
    bench.wait(0.5)
    bench.unit.tell(pack_readings())
    bench.wait(6.0)
    told = bench.logic.readings[-1]
    assert told.current_A.value == 1.0
    assert told.current_A.age_s == pytest.approx(5.5)
    assert told.status.any_module is None


def test_never_told_it_knows_nothing(bench: UnitOnBus):
    bench.wait(3.0)
    assert math.isnan(bench.logic.readings[0].current_A.value)
    assert bench.frames.known("cell_voltages") == {}


def test_off_the_bus_nothing_comes_until_it_is_back(bench: UnitOnBus):
    bench.unit.tell(pack_readings())
    bench.unit.leave_bus()
    bench.frames.look()
    assert bench.frames.off
    before = bench.frames.statistics.frames
    bench.wait(5.0)
    bench.frames.look()
    assert bench.frames.statistics.frames == before
    bench.unit.rejoin_bus()
    bench.wait(1.0)
    bench.frames.look()
    assert not bench.frames.off
    assert bench.frames.statistics.frames > before


def test_switched_off_it_decides_nothing_and_may_be_switched_off_again(bench: UnitOnBus):
    bench.unit.tell(pack_readings())
    bench.unit.close()
    bench.unit.close()
    bench.wait(10.0)
    assert len(bench.logic.readings) == 1
    assert bench.kernel.next_event_ns() is None
