"""Sensors that fail: pack current, pack voltage, temperatures, and a module that reads too high."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from fixtures.supervisor import Begin, Scenario

pytestmark = pytest.mark.supervisor

STEPS_A = (5.0, 1.0)
"""What the application draws in turn: a sensor is told by the cells' answer to steps."""
EACH_S = 20.0
CELL = 2
READINGS = 4


@pytest.mark.requirement("SUP-1", "SUP-4")
def test_a_dead_current_sensor_is_named(begin: Begin) -> None:
    """It reads nothing while current flows."""
    scenario = begin("current_sensor_dead", charge=0.6)
    _while_drawing(scenario, "ammeter-dead")
    scenario.named("current sensor dead")


@pytest.mark.requirement("SUP-1", "SUP-4")
def test_a_stuck_current_sensor_is_named(begin: Begin) -> None:
    """It stays at what it read."""
    scenario = begin("current_sensor_stuck", charge=0.6)
    _while_drawing(scenario, "ammeter-stuck")
    scenario.named("current sensor stuck")


@pytest.mark.requirement("SUP-1", "SUP-4")
def test_a_reversed_current_sensor_is_named(begin: Begin) -> None:
    """It reads with the other sign."""
    scenario = begin("current_sensor_reversed", charge=0.6)
    _while_drawing(scenario, "ammeter-reversed")
    scenario.named("current sensor reversed")


@pytest.mark.requirement("SUP-2")
def test_a_pack_voltage_that_is_off_is_named(begin: Begin) -> None:
    """It reads 2 % too high."""
    scenario = begin("pack_voltage_off", charge=0.6)
    pack = scenario.supervision
    pack.charge(30)
    pack.happens("voltmeter-off", percent=2.0)
    pack.watch(scenario.long_enough_s)
    scenario.named("pack voltage differs from the sum of the cells")
    scenario.allows_nothing()
    scenario.behaves()


@pytest.mark.requirement("SUP-3", "SUP-4")
@pytest.mark.parametrize("fault", ["open", "shorted"])
def test_a_failed_temperature_sensor_is_named_and_not_averaged(begin: Begin, fault: str) -> None:
    """Open or shorted at one cell."""
    scenario = begin(f"temperature_sensor_{fault}", charge=0.6)
    pack = scenario.supervision
    pack.charge(30)
    before_C = pack.average_temperature_C()
    pack.happens(f"sensor-{fault}", position=CELL)
    pack.watch(scenario.long_enough_s)
    scenario.named("temperature sensor failed")
    scenario.allows_nothing()
    scenario.judge("average_C", abs(pack.average_temperature_C() - before_C))
    scenario.behaves()


@pytest.mark.requirement("CHG-8", "SUP-10")
def test_a_module_that_reads_30_mV_off_keeps_its_cell_safe(begin: Begin) -> None:
    """Charged to the end; its cell is off by as much and no more."""
    scenario = begin("module_miscalibrated", charge=0.93, condition="too low")
    pack = scenario.supervision
    pack.has_been("module-miscalibrated", position=CELL, millivolts=-30.0)
    pack.charge_to_the_end()
    scenario.judge("cell_V", np.abs(pack.above_bleeding_V(READINGS)))
    scenario.behaves()


def _while_drawing(scenario: Scenario, incident: str) -> None:
    """While an application draws in steps; nothing is allowed any more."""
    pack = scenario.supervision
    pack.draw_in_steps(STEPS_A, EACH_S, 4 * EACH_S + 5)
    pack.happens(incident)
    pack.watch(scenario.long_enough_s)
    scenario.allows_nothing()
    scenario.behaves()
