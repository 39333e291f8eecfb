"""The supervisor at a toy pack: what its decisions do to the cells that it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from supervisor.decisions import Decision, Fault, Phase
from supervisor.readings import Aged, PackReadings, StatusAnswer
from tests.supervisor.packs import CONSTANT
from tests.supervisor.toypack import LINEAR, Told, ToyPack

CELLS = LINEAR.cells
CODE_V = LINEAR.cell.bleeding_V**2 * 1000 / CONSTANT


def done(decision: Decision) -> bool:
    return decision.report.phase is Phase.DONE


def any_fault(decision: Decision) -> bool:
    return bool(decision.report.faults)


def one_cell(usual: float, weak: float, position: int) -> np.ndarray:
    values = np.full(CELLS, usual)
    values[position - 1] = weak
    return values


# -- charging --------------------------------------------------------------------------------------


def test_chg_8_an_imbalanced_pack_is_charged_until_every_cell_is_within_a_code():
    draw = np.random.default_rng(5)
    pack = ToyPack(
        charge=0.85 + draw.normal(0, 0.01, CELLS),
        bleed_A=LINEAR.cell.bleed_A * (1 + draw.normal(0, 0.02, CELLS)),
    )
    decision = pack.run(9000, until=done)
    assert decision.report.phase is Phase.DONE
    assert not decision.report.faults
    assert not decision.charger.on
    assert decision.report.state_of_charge == 1.0
    assert np.abs(pack.ocv_V - LINEAR.cell.bleeding_V).max() < CODE_V
    assert pack.greatest_V.max() < LINEAR.cell.high_alarm_V
    assert pack.writes == []


def test_a_full_pack_stays_as_it_is():
    pack = ToyPack(charge=np.full(CELLS, 0.995))
    assert pack.run(3000, until=done).report.phase is Phase.DONE
    filled = pack.charge.copy()
    assert pack.run(1000).report.phase is Phase.DONE
    assert np.abs(pack.charge - filled).max() < 0.01


def test_charging_goes_on_after_bleeding_was_disabled():
    pack = ToyPack()
    pack.run(100)
    pack.enabled = False
    pack.run(2)
    assert pack.enabled
    assert pack.enables == 1


def test_a_pack_without_a_charger_is_not_charged():
    pack = ToyPack(charging_wanted=False)
    assert pack.run(100).report.phase is Phase.IDLE
    assert pack.current_A == 0


# -- current sensor (SUP-1) ------------------------------------------------------------------------


def sensor(shows: Callable[[float], float]) -> Told:
    def tell(told: PackReadings) -> PackReadings:
        return replace(told, current_A=Aged(shows(told.current_A.value), 0.0))

    return tell


FAULTS = {
    Fault.CURRENT_SENSOR_DEAD: lambda _: 0.003,
    Fault.CURRENT_SENSOR_REVERSED: lambda current_A: -current_A,
    Fault.CURRENT_SENSOR_STUCK: lambda _: 1.5,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("after_s", [22, 60], ids=["at the first step", "later"])
def test_a_sensor_that_fails_while_charging_is_named(fault: Fault, after_s: float):
    pack = ToyPack()
    pack.run(after_s)
    pack.tell = sensor(FAULTS[fault])
    decision = pack.run(60, until=any_fault)
    assert decision.report.faults == {fault}
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)
    assert not pack.run(10).contactor_closed


def test_a_dead_sensor_under_load_is_named():
    pack = ToyPack(charging_wanted=False)
    pack.run(30)
    pack.load_A = 8.0
    pack.run(30)
    pack.tell = sensor(FAULTS[Fault.CURRENT_SENSOR_DEAD])
    assert pack.run(30, until=any_fault).report.faults == {Fault.CURRENT_SENSOR_DEAD}


def test_a_sensor_stays_suspect_until_it_has_followed_a_step():
    pack = ToyPack()
    pack.run(60)
    pack.tell = sensor(FAULTS[Fault.CURRENT_SENSOR_DEAD])
    pack.run(60)
    pack.tell = lambda told: told
    assert pack.run(300).report.faults == {Fault.CURRENT_SENSOR_DEAD}


@pytest.mark.parametrize("seed", range(3))
def test_a_good_sensor_is_not_accused_by_loads_that_come_and_go(seed: int):
    draw = np.random.default_rng(seed)
    pack = ToyPack(charge=np.full(CELLS, 0.9), charging_wanted=False)
    for _ in range(60):
        pack.load_A = float(draw.uniform(0, 9))
        decision = pack.run(float(draw.integers(1, 15)))
        assert not decision.report.faults


# -- weak cells (SUP-5) ----------------------------------------------------------------------------


@pytest.mark.parametrize("position", [1, 9, 16])
def test_a_cell_of_much_resistance_is_found_and_named(position: int):
    pack = ToyPack(resistance_ohm=one_cell(0.02, 0.05, position))
    decision = pack.run(120, until=lambda each: bool(each.report.weak_cells))
    assert decision.report.weak_cells == (position,)


def test_a_cell_of_little_capacity_is_found_by_a_charge():
    pack = ToyPack(charge=np.full(CELLS, 0.55), capacity_As=one_cell(18_000, 12_000, 5))
    decision = pack.run(5000, until=lambda each: bool(each.report.weak_cells))
    assert decision.report.weak_cells == (5,)
    assert decision.report.state_of_health == pytest.approx(12 / 18, abs=0.05)


def test_a_cell_of_little_capacity_is_found_by_a_discharge():
    pack = ToyPack(
        charge=np.full(CELLS, 0.95),
        capacity_As=one_cell(18_000, 12_000, 5),
        charging_wanted=False,
    )
    pack.run(60)
    pack.load_A = 8.0
    pack.run(900)
    pack.load_A = 0.0
    assert pack.run(60).report.weak_cells == (5,)


def test_cells_that_differ_as_cells_do_are_not_weak():
    draw = np.random.default_rng(2)
    pack = ToyPack(
        charge=0.6 + draw.normal(0, 0.01, CELLS),
        resistance_ohm=0.02 * (1 + draw.normal(0, 0.1, CELLS)),
        capacity_As=18_000 * (1 + draw.normal(0, 0.02, CELLS)),
    )
    assert pack.run(2000).report.weak_cells == ()


# -- counting (SUP-1, SUP-11) ----------------------------------------------------------------------


def test_charge_is_counted_in_and_out():
    pack = ToyPack(charge=np.full(CELLS, 0.9), charging_wanted=False)
    pack.run(60)
    pack.load_A = 6.0
    pack.run(600)
    report = pack.run(1).report
    assert report.charge_out_As == pytest.approx(6.0 * 601, rel=0.01)
    assert report.charge_in_As == pytest.approx(0.0, abs=1.0)
    assert report.state_of_charge == pytest.approx(float(pack.charge.mean()), abs=0.01)


def test_health_is_capacity_against_the_rated_one():
    pack = ToyPack(charge=np.full(CELLS, 0.65), capacity_As=np.full(CELLS, 15_000.0))
    decision = pack.run(5000, until=done)
    assert decision.report.state_of_health == pytest.approx(15 / 18, abs=0.03)
    assert decision.report.weak_cells == ()


# -- protection and load (SUP-7, SUP-10) -----------------------------------------------------------


def test_a_load_that_keeps_to_the_limit_is_lessened_by_low_alarms_until_they_cease():
    pack = ToyPack(charge=np.full(CELLS, 0.30), charging_wanted=False)
    decision = pack.run(30)
    for _ in range(120):
        pack.load_A = min(8.0, decision.discharge_limit_A)
        decision = pack.run(1)
    assert decision.contactor_closed
    assert pack.cells_V.min() > LINEAR.cell.voltage_V.low


def test_a_load_that_keeps_to_no_limit_is_cut_off_before_a_cell_is_empty():
    pack = ToyPack(charge=np.full(CELLS, 0.26), charging_wanted=False)
    pack.run(30)
    pack.load_A = 8.0
    decision = pack.run(60, until=lambda each: not each.contactor_closed)
    assert decision.discharge_limit_A == 0
    assert not decision.contactor_closed
    assert pack.run(1) is not None
    assert pack.current_A == 0
    assert pack.cells_V.min() > LINEAR.cell.voltage_V.low


def test_a_charger_that_trips_is_named_and_charging_goes_on_when_it_is_back():
    pack = ToyPack()
    pack.run(60)
    pack.charger_works = False
    assert pack.run(40, until=any_fault).report.faults == {Fault.CHARGER}
    pack.charger_works = True
    decision = pack.run(200)
    assert not decision.report.faults
    assert pack.current_A > 0


@pytest.mark.parametrize("off_V", [-0.030, 0.030])
def test_a_module_30_mv_off_endangers_no_cell(off_V: float):
    pack = ToyPack(charge=np.full(CELLS, 0.95), offset_V=one_cell(0.0, off_V, 5))
    decision = pack.run(3000, until=done)
    assert decision.report.phase is Phase.DONE
    assert not decision.report.faults
    assert pack.greatest_V.max() < LINEAR.cell.voltage_V.high + abs(off_V)


def test_a_chain_that_is_lost_ends_charging_in_time():
    pack = ToyPack()
    pack.run(60)
    pack.tell = lambda told: replace(told, status=StatusAnswer())
    decision = pack.run(LINEAR.ages.status_s + 1)
    assert not decision.charger.on
    assert Fault.COMMUNICATION in decision.report.faults
    pack.tell = lambda told: told
    assert pack.run(60).charger.on
