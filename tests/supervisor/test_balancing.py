"""SUP-5: single cells bled at rest, by few threshold writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from supervisor.decisions import Phase, WriteBleedingThreshold
from supervisor.figures import PackFigures
from supervisor.readings import AgedArray
from supervisor.reference import ReferenceSupervisor
from tests.supervisor.packs import CONSTANT, FIGURES, array, readings
from tests.supervisor.toypack import LINEAR, ToyPack

BALANCING = FIGURES.balancing
OWN = round(CONSTANT / (1000 * FIGURES.cell.bleeding_V))


def spread(*positions: int, above_V: float = 0.06) -> AgedArray:
    told = array(4.0)
    told.values[[position - 1 for position in positions]] += above_V
    return told


def writes(
    supervisor: ReferenceSupervisor, seconds: float, **told: Any
) -> list[WriteBleedingThreshold]:
    """What is written over so many seconds; nothing is charged."""
    asked: list[WriteBleedingThreshold] = []
    told = {"charging_wanted": False} | told
    for _ in range(round(seconds / 20)):
        decision = supervisor.step(readings(20.0, **told))
        asked += [each for each in decision.requests if isinstance(each, WriteBleedingThreshold)]
    assert decision.report.threshold_writes >= len(asked)
    return asked


def with_writes(a_day: int) -> PackFigures:
    return replace(FIGURES, balancing=replace(BALANCING, writes_a_day=a_day))


def test_a_cell_far_above_the_others_is_bled_after_a_rest():
    supervisor = ReferenceSupervisor(FIGURES)
    assert writes(supervisor, BALANCING.rest_s - 20, cell_voltages_V=spread(3)) == []
    (write,) = writes(supervisor, 100, cell_voltages_V=spread(3))
    assert write.position == 3
    target_V = CONSTANT / (1000 * write.code)
    assert 4.0 < target_V < 4.0 + BALANCING.release_V


def test_it_gets_its_own_threshold_back_when_it_has_come_down():
    supervisor = ReferenceSupervisor(FIGURES)
    writes(supervisor, 1000, cell_voltages_V=spread(3))
    down = spread(3, above_V=BALANCING.release_V / 2)
    assert writes(supervisor, 300, cell_voltages_V=down) == [WriteBleedingThreshold(3, OWN)]
    assert writes(supervisor, 3000, cell_voltages_V=down) == []


def test_it_gets_its_own_threshold_back_before_the_pack_is_charged():
    supervisor = ReferenceSupervisor(FIGURES)
    writes(supervisor, 1000, cell_voltages_V=spread(3))
    asked = writes(supervisor, 60, cell_voltages_V=spread(3), charging_wanted=True)
    assert asked == [WriteBleedingThreshold(3, OWN)]


def test_nothing_is_written_for_a_small_spread_nor_where_voltage_does_not_tell():
    small = spread(3, above_V=BALANCING.spread_V - 0.005)
    assert writes(ReferenceSupervisor(FIGURES), 3000, cell_voltages_V=small) == []
    flat = array(BALANCING.above_V - 0.1)
    flat.values[2] += 0.06
    assert writes(ReferenceSupervisor(FIGURES), 3000, cell_voltages_V=flat) == []


def test_nothing_is_written_twice_while_nothing_changes():
    asked = writes(ReferenceSupervisor(FIGURES), 10_000, cell_voltages_V=spread(3, 7))
    assert [write.position for write in asked] == [3, 7]


def test_no_cell_is_begun_unless_the_write_that_ends_it_is_left():
    supervisor = ReferenceSupervisor(with_writes(5))
    asked = writes(supervisor, 3000, cell_voltages_V=spread(3, 7, 9))
    assert len(asked) == 2
    assert len(writes(supervisor, 300, cell_voltages_V=array(4.0))) == 2


def test_a_day_has_its_number_of_writes_and_the_next_day_again():
    supervisor = ReferenceSupervisor(with_writes(4))
    for _ in range(3):
        asked = []
        for _ in range(8):
            asked += writes(supervisor, 1200, cell_voltages_V=spread(3))
            asked += writes(supervisor, 1200, cell_voltages_V=array(4.0))
        assert len(asked) == 4
        assert (
            supervisor.step(
                readings(80_000.0, cell_voltages_V=array(4.0), charging_wanted=False)
            ).requests
            == ()
        )


def test_a_module_without_a_constant_is_not_written():
    unknown = np.full(FIGURES.cells, np.nan)
    asked = writes(ReferenceSupervisor(FIGURES), 3000, cell_voltages_V=spread(3), constants=unknown)
    assert asked == []


def test_a_module_whose_constant_makes_no_code_is_not_written():
    absurd = np.full(FIGURES.cells, float(0xFFFFFF))
    asked = writes(ReferenceSupervisor(FIGURES), 3000, cell_voltages_V=spread(3), constants=absurd)
    assert asked == []


def test_a_spread_at_rest_is_bled_away():
    figures = replace(LINEAR, balancing=replace(LINEAR.balancing, rest_s=60.0))
    charge = np.full(LINEAR.cells, 0.85)
    charge[4] += 0.04
    pack = ToyPack(figures=figures, charge=charge, charging_wanted=False)
    decision = pack.run(2500)
    assert decision.report.phase is Phase.IDLE
    assert np.ptp(pack.ocv_V) < BALANCING.spread_V
    assert [write.position for write in pack.writes] == [5, 5]
    assert pack.threshold[4] == OWN
