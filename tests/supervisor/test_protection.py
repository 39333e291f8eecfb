"""SUP-2, SUP-3, SUP-10: protections trip their own limits and return past a hysteresis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from supervisor.decisions import Decision, Fault
from supervisor.readings import Aged, AgedArray
from supervisor.reference import ReferenceSupervisor
from tests.supervisor.packs import FIGURES, array, readings, status

CELLS = FIGURES.cells
HOLD_s = FIGURES.protection.hold_s
VOLTAGE_V = FIGURES.cell.voltage_V
CHARGING_C = FIGURES.temperatures.charging_C
DISCHARGING_C = FIGURES.temperatures.discharging_C


def one(usual: float, other: float, position: int) -> AgedArray:
    told = array(usual)
    told.values[position - 1] = other
    return told


def run(supervisor: ReferenceSupervisor, seconds: float, **told: Any) -> Decision:
    """The decision after so many periods of the same readings, without a charger."""
    told = {"charging_wanted": False} | told
    for _ in range(max(1, round(seconds))):
        decision = supervisor.step(readings(**told))
    return decision


def flowing(current_A: float, ocv_V: float = 3.82, **told: Any) -> dict[str, Any]:
    """A current, and the cells' voltages with it."""
    cells_V = array(ocv_V + current_A * FIGURES.cell.resistance_ohm)
    return {"current_A": Aged(current_A, 0.0), "cell_voltages_V": cells_V} | told


def started() -> ReferenceSupervisor:
    supervisor = ReferenceSupervisor(FIGURES)
    supervisor.step(readings(0.0))
    return supervisor


@pytest.mark.parametrize("position", [1, 8, 16])
def test_over_voltage_of_any_cell_forbids_charge_alone(position: int):
    high = one(4.19, VOLTAGE_V.high + 0.01, position)
    decision = run(started(), 1, cell_voltages_V=high, status=status(0b1110, 8))
    assert Fault.OVER_VOLTAGE in decision.report.faults
    assert decision.charge_limit_A == 0
    assert decision.discharge_limit_A > 0


@pytest.mark.parametrize("position", [1, 8, 16])
def test_under_voltage_of_any_cell_forbids_discharge_alone(position: int):
    decision = run(started(), 1, cell_voltages_V=one(3.4, VOLTAGE_V.low - 0.01, position))
    assert Fault.UNDER_VOLTAGE in decision.report.faults
    assert decision.discharge_limit_A == 0
    assert decision.charge_limit_A > 0


def test_over_voltage_ends_past_its_hysteresis_and_not_within():
    supervisor = started()
    run(supervisor, 1, cell_voltages_V=array(VOLTAGE_V.high + 0.01))
    within = array(VOLTAGE_V.high - VOLTAGE_V.hysteresis + 0.001)
    assert run(supervisor, 10 * HOLD_s, cell_voltages_V=within).charge_limit_A == 0
    past = array(VOLTAGE_V.high - VOLTAGE_V.hysteresis - 0.001)
    assert run(supervisor, 1, cell_voltages_V=past).charge_limit_A > 0


def test_under_voltage_ends_past_its_hysteresis_and_not_within():
    supervisor = started()
    run(supervisor, 1, cell_voltages_V=array(VOLTAGE_V.low - 0.01))
    within = array(VOLTAGE_V.low + VOLTAGE_V.hysteresis - 0.001)
    assert Fault.UNDER_VOLTAGE in run(supervisor, 10 * HOLD_s, cell_voltages_V=within).report.faults
    past = array(VOLTAGE_V.low + VOLTAGE_V.hysteresis + 0.001)
    assert Fault.UNDER_VOLTAGE not in run(supervisor, 1, cell_voltages_V=past).report.faults


def test_cells_that_are_not_read_release_no_protection():
    supervisor = started()
    run(supervisor, 1, cell_voltages_V=array(VOLTAGE_V.high + 0.01))
    long_s = FIGURES.ages.cell_voltages_s + 10 * HOLD_s
    decision = run(supervisor, long_s, cell_voltages_V=array(math.nan))
    assert decision.report.faults >= {Fault.OVER_VOLTAGE, Fault.CELLS_UNREAD}


def test_a_protection_lasts_for_its_hold_time():
    supervisor = started()
    run(supervisor, 1, cell_voltages_V=array(VOLTAGE_V.high + 0.01))
    assert run(supervisor, HOLD_s - 1).charge_limit_A == 0
    assert run(supervisor, 1).charge_limit_A > 0


@pytest.mark.parametrize(
    ("heat_C", "fault", "charge", "discharge"),
    [
        (CHARGING_C.high + 1, Fault.OVER_TEMPERATURE, False, True),
        (CHARGING_C.low - 1, Fault.UNDER_TEMPERATURE, False, True),
        (DISCHARGING_C.high + 1, Fault.OVER_TEMPERATURE, False, False),
        (DISCHARGING_C.low - 1, Fault.UNDER_TEMPERATURE, False, False),
    ],
)
@pytest.mark.parametrize("position", [1, 16])
def test_each_temperature_limit_cuts_its_own_limits(
    heat_C: float, fault: Fault, *, charge: bool, discharge: bool, position: int
):
    supervisor = started()
    decision = run(supervisor, 1, temperatures_C=one(25.0, heat_C, position))
    assert decision.report.faults == {fault}
    assert (decision.charge_limit_A > 0, decision.discharge_limit_A > 0) == (charge, discharge)
    assert not run(supervisor, HOLD_s).report.faults


def test_the_average_temperature_leaves_a_failed_sensor_out():
    supervisor = started()
    broken = one(30.0, math.nan, 3)
    decision = run(supervisor, FIGURES.ages.temperatures_s + 1, temperatures_C=broken)
    assert decision.report.average_temperature_C == 30.0
    assert decision.report.faults == {Fault.TEMPERATURE_SENSOR}
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)


def test_no_sensor_that_answers_is_another_fault():
    silent = array(math.nan)
    decision = run(started(), FIGURES.ages.temperatures_s + 1, temperatures_C=silent)
    assert decision.report.faults == {Fault.TEMPERATURES_UNREAD}
    assert math.isnan(decision.report.average_temperature_C)


@pytest.mark.parametrize(
    ("current_A", "charge", "discharge"),
    [
        (FIGURES.currents.over_charge_A + 0.1, False, True),
        (-FIGURES.currents.over_discharge_A - 0.1, True, False),
    ],
)
def test_over_current_that_lasts_forbids_its_direction(
    current_A: float, *, charge: bool, discharge: bool
):
    supervisor = started()
    over = flowing(current_A)
    assert not run(supervisor, FIGURES.currents.over_current_s - 1, **over).report.faults
    decision = run(supervisor, 1, **over)
    assert decision.report.faults == {Fault.OVER_CURRENT}
    assert (decision.charge_limit_A > 0, decision.discharge_limit_A > 0) == (charge, discharge)
    assert not run(supervisor, HOLD_s).report.faults


@pytest.mark.parametrize(
    "current_A", [FIGURES.currents.over_charge_A - 0.1, 0.1 - FIGURES.currents.over_discharge_A]
)
def test_less_than_the_over_current_of_its_direction_is_none(current_A: float):
    decision = run(started(), 10 * FIGURES.currents.over_current_s, **flowing(current_A))
    assert Fault.OVER_CURRENT not in decision.report.faults


# -- pack voltage against the cells (SUP-2) --------------------------------------------------------

LASTING_s = FIGURES.pack_voltage.lasting_s


def off(volts: float) -> dict[str, Any]:
    return {"pack_voltage_V": Aged(3.82 * CELLS + volts, 0.0)}


@pytest.mark.parametrize("part", [-0.02, 0.02])
def test_a_pack_voltage_2_percent_off_for_good_is_named(part: float):
    decision = run(started(), LASTING_s, **off(part * 3.82 * CELLS))
    assert decision.report.faults == {Fault.PACK_VOLTAGE_DIFFERS}
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)


def test_a_pack_voltage_that_is_briefly_off_is_no_fault():
    supervisor = started()
    for _ in range(5):
        assert not run(supervisor, LASTING_s - 1, **off(2.0)).report.faults
        assert not run(supervisor, 1).report.faults


def test_a_difference_within_the_tolerance_is_no_fault():
    within_V = FIGURES.pack_voltage.tolerance_V - 0.01
    assert not run(started(), 10 * LASTING_s, **off(within_V)).report.faults


def test_one_module_30_mv_off_is_within_the_tolerance():
    cells = one(3.82, 3.85, 4)
    pack = Aged(3.82 * CELLS, 0.0)
    assert not run(started(), 100, cell_voltages_V=cells, pack_voltage_V=pack).report.faults


# -- cells against their modules' status (THR-5) ---------------------------------------------------


def latched(nibble: int, position: int = 5) -> np.ndarray:
    told = np.full(CELLS, 8, np.uint8)
    told[position - 1] = nibble
    return told


def read_twice(volts: float, nibble: int) -> Decision:
    """The decision after the cells were read, with this status, as often as it takes."""
    supervisor = started()
    for _ in range(4):
        for age_s in (0.0, 1.0, 2.0, 3.0, 4.0):
            cells = one(3.82, volts, 5)
            cells.ages_s[:] = age_s
            decision = supervisor.step(readings(cell_voltages_V=cells, latches=latched(nibble)))
    return decision


@pytest.mark.parametrize(
    ("volts", "nibble"), [(4.249, 8), (3.25, 8), (4.245, 0b1100), (3.82, 0b1101), (3.82, 0b1111)]
)
def test_a_voltage_that_contradicts_its_modules_status_is_named(volts: float, nibble: int):
    decision = read_twice(volts, nibble)
    assert Fault.CELL_UNTRUE in decision.report.faults
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)


@pytest.mark.parametrize(
    ("volts", "nibble"),
    [(3.82, 8), (3.82, 0b1001), (3.82, 0b1010), (3.82, 0b1110), (4.20, 8), (4.22, 0b1110)],
)
def test_a_status_that_a_healthy_cell_can_show_is_no_fault(volts: float, nibble: int):
    assert Fault.CELL_UNTRUE not in read_twice(volts, nibble).report.faults


# -- contactor -------------------------------------------------------------------------------------


def test_the_contactor_opens_where_a_limit_of_zero_is_not_kept():
    supervisor = started()
    cold = {"temperatures_C": array(DISCHARGING_C.low - 1)}
    drawn = flowing(-5.0, **cold)
    after_s = FIGURES.protection.contactor_after_s
    assert run(supervisor, after_s - 1, **drawn).contactor_closed
    assert not run(supervisor, 1, **drawn).contactor_closed
    assert not run(supervisor, 100, **cold).contactor_closed
    assert run(supervisor, HOLD_s).contactor_closed


def test_the_contactor_stays_closed_while_no_current_flows_against_a_limit():
    assert run(started(), 100, temperatures_C=array(DISCHARGING_C.low - 1)).contactor_closed


def test_a_pack_that_must_only_be_charged_is_tried_again_after_long():
    supervisor = started()
    low = {"status": status(0b1001, 0b1001), "ocv_V": VOLTAGE_V.low + 0.04}
    assert not run(supervisor, 10, **flowing(-5.0, **low)).contactor_closed
    again_s = FIGURES.protection.close_again_s
    assert not run(supervisor, again_s - 20, **flowing(0.0, **low)).contactor_closed
    assert run(supervisor, 20, **flowing(0.0, **low)).contactor_closed
