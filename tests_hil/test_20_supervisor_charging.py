"""Charging by the supervisor: an imbalanced pack to the end, weak cells, a charger that trips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from fixtures.roles import Measure
    from fixtures.supervisor import Begin

pytestmark = pytest.mark.supervisor

IMBALANCED = (0.92, 0.93, 0.94, 0.95, 0.96, 0.95, 0.94, 0.93)
"""A spread of 4 %, over and over along the pack."""
WEAK = 3
READINGS = 4
"""So many readings of the cells make the mean that is compared with a threshold."""


@pytest.mark.requirement("CHG-2", "CHG-3", "CHG-4", "CHG-6", "CHG-7", "CHG-8", "SUP-5", "SUP-11")
def test_an_imbalanced_pack_is_charged_to_the_end(begin: Begin, measure: Measure) -> None:
    """Cells 4 % apart and one of them 8 % weak: all end within a code of their thresholds."""
    scenario = begin("charging", charge=IMBALANCED)
    pack = scenario.supervision
    pack.is_weak(WEAK, capacity=0.92)
    scenario.judge("time_s", pack.charge_to_the_end())
    scenario.judge("codes", np.abs(pack.codes_from_bleeding(READINGS)))
    scenario.judge("cell_V", np.abs(pack.above_bleeding_V(READINGS)))
    scenario.judge("above_high_alarm_V", pack.above_high_alarm_V())
    scenario.judge("charge_error", pack.charge_error())
    measure("supervisor.threshold_writes", pack.loop.thresholds_written)
    scenario.behaves()


@pytest.mark.requirement("SUP-5", "SUP-11")
def test_a_cell_of_low_capacity_is_named(begin: Begin) -> None:
    """Half a discharge between rests, one cell with 0.7 of its capacity."""
    scenario = begin("weak_cell_capacity", charge=0.95)
    pack = scenario.supervision
    pack.is_weak(WEAK, capacity=0.7)
    pack.rest(120)
    pack.draw(5.0, 1800)
    pack.rest(600)
    scenario.names_weak(WEAK)
    scenario.judge("health_error", pack.health_error())
    scenario.behaves()


@pytest.mark.requirement("SUP-5")
def test_a_cell_of_high_resistance_is_named(begin: Begin) -> None:
    """Steps of current, one cell with three times its resistance."""
    scenario = begin("weak_cell_resistance", charge=0.7)
    pack = scenario.supervision
    pack.is_weak(WEAK, resistance=3.0)
    pack.draw_in_steps((5.0, 0.0), each_s=10, seconds=scenario.long_enough_s)
    scenario.names_weak(WEAK)
    scenario.behaves()


@pytest.mark.requirement("SUP-10")
def test_a_charger_that_trips_is_noticed(begin: Begin) -> None:
    """Its protection trips while it charges: no current flows, and it is named."""
    scenario = begin("supply_trips", charge=0.5)
    pack = scenario.supervision
    pack.charge(180)
    pack.happens("charger-trips")
    pack.watch(scenario.long_enough_s)
    scenario.named("charger does not do what it is told")
    scenario.no_current_flows()
    scenario.behaves()


@pytest.mark.requirement("SUP-1", "SUP-11")
def test_the_state_of_charge_is_what_it_is(begin: Begin) -> None:
    """After a rest, a discharge by a third and a charge by a sixth, against the cells' own."""
    scenario = begin("state_of_charge", charge=0.8)
    pack = scenario.supervision
    pack.rest(60)
    pack.draw(5.0, 1200)
    scenario.judge("error", pack.charge_error(), "discharged")
    pack.charge(600)
    scenario.judge("error", pack.charge_error(), "charged")
    pack.draw_to_the_end(5.0)
    scenario.judge("error", pack.charge_error_when_empty(), "empty")
    scenario.behaves()
