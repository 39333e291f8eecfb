"""Protection: voltage, current and temperature beyond what the cells bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.supervisor import Begin

pytestmark = pytest.mark.supervisor

CELL = 3
TOO_HOT_C, TOO_COLD_C, AS_BEFORE_C = 65.0, -25.0, 25.0
TOO_MUCH_A = 13.0


@pytest.mark.requirement("SUP-4", "SUP-10")
def test_over_voltage_ends_charging(begin: Begin) -> None:
    """One cell is suddenly above its greatest voltage, and rises no further."""
    scenario = begin("over_voltage", charge=0.6)
    pack = scenario.supervision
    pack.charge(180)
    pack.cell_is_at(CELL, 1.0)
    before_V = pack.true_voltages_V()[CELL - 1]
    pack.watch(scenario.long_enough_s)
    scenario.named("over-voltage")
    scenario.allows_no_charge()
    scenario.rises_no_further(before_V)
    scenario.behaves()


@pytest.mark.requirement("SUP-4", "SUP-10")
def test_under_voltage_ends_discharging(begin: Begin) -> None:
    """One cell is suddenly below its least voltage, and falls no further."""
    scenario = begin("under_voltage", charge=0.6)
    pack = scenario.supervision
    pack.draw(2.0, 60)
    pack.cell_is_at(CELL, 0.0)
    before_V = pack.true_voltages_V()[CELL - 1]
    pack.watch(scenario.long_enough_s)
    scenario.named("under-voltage")
    scenario.allows_no_discharge()
    scenario.falls_no_further(before_V)
    scenario.behaves()


@pytest.mark.requirement("SUP-4", "SUP-10")
def test_over_current_opens_the_contactor(begin: Begin) -> None:
    """An application that keeps no limit draws more than the pack bears."""
    scenario = begin("over_current", charge=0.6)
    pack = scenario.supervision
    pack.draw(5.0, 30)
    pack.marks("more is drawn than is allowed")
    pack.draw(TOO_MUCH_A, scenario.long_enough_s, obedient=False)
    scenario.named("over-current")
    scenario.no_current_flows()
    scenario.behaves()


@pytest.mark.requirement("SUP-3", "SUP-10")
def test_over_temperature_ends_everything(begin: Begin) -> None:
    """One cell is suddenly hotter than may be discharged."""
    scenario = begin("over_temperature", charge=0.6)
    pack = scenario.supervision
    pack.charge(30)
    pack.happens("cell-temperature", position=CELL, celsius=TOO_HOT_C)
    pack.watch(scenario.long_enough_s)
    scenario.named("over-temperature")
    scenario.allows_nothing()
    scenario.behaves()


@pytest.mark.requirement("SUP-10")
def test_a_protection_lets_go_past_its_hysteresis(begin: Begin) -> None:
    """Cooler again by half the hysteresis nothing is allowed yet; as warm as before, it is."""
    scenario = begin("protection_released", charge=0.6)
    pack, band = scenario.supervision, scenario.supervision.figures.temperatures.discharging_C
    pack.charge(30)
    pack.happens("cell-temperature", position=CELL, celsius=TOO_HOT_C)
    pack.watch(scenario.long_enough_s)
    scenario.behaves()
    pack.happens("cell-temperature", position=CELL, celsius=band.high - band.hysteresis / 2)
    pack.watch(scenario.long_enough_s)
    scenario.allows_nothing()
    pack.happens("cell-temperature", position=CELL, celsius=AS_BEFORE_C)
    pack.watch(scenario.long_enough_s)
    scenario.is_back()


@pytest.mark.requirement("SUP-3", "SUP-10")
def test_under_temperature_ends_everything(begin: Begin) -> None:
    """One cell is suddenly colder than may be discharged."""
    scenario = begin("under_temperature", charge=0.6)
    pack = scenario.supervision
    pack.charge(30)
    pack.happens("cell-temperature", position=CELL, celsius=TOO_COLD_C)
    pack.watch(scenario.long_enough_s)
    scenario.named("under-temperature")
    scenario.allows_nothing()
    scenario.behaves()
