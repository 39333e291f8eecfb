"""Acting on the chain's general status: alarms, bleeding disabled, a supervisor that was away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.supervisor import Begin

pytestmark = pytest.mark.supervisor

CELL = 3
NEARLY_FULL, FULL = 0.945, 1.02
"""Above the high alarm and below over-voltage: at the full current, and at the balance current."""
LONGEST_S = 1800.0
"""For a pack that is nearly full to get to the voltage loop."""
FULLER = (NEARLY_FULL, 0.95, 0.985)
"""Each time at less current."""
ALARM_S, BETWEEN_S = 2.0, 120.0
SILENT_S = 60.0


@pytest.mark.requirement("CHG-1", "SUP-7")
def test_a_high_alarm_brings_the_charge_down(begin: Begin) -> None:
    """One cell is suddenly above its high threshold: current and limit fall at once."""
    scenario = begin("high_alarm", charge=0.5)
    pack = scenario.supervision
    pack.charge(180)
    pack.cell_is_at(CELL, NEARLY_FULL)
    pack.watch(scenario.long_enough_s)
    scenario.charges_less()
    scenario.behaves()


@pytest.mark.requirement("CHG-1", "CHG-4")
def test_high_alarms_again_and_again_make_charging_slower(begin: Begin) -> None:
    """Two polls of alarm and two minutes without, three times: slower by steps, to a bound."""
    scenario = begin("high_alarm", condition="again and again", charge=0.5)
    pack = scenario.supervision
    pack.charge(180)
    for charge in FULLER:
        pack.cell_is_at(CELL, charge)
        pack.watch(ALARM_S)
        pack.cell_is_at(CELL, 0.5)
        pack.watch(BETWEEN_S)
    scenario.behaves()


@pytest.mark.requirement("CHG-5")
def test_a_high_alarm_in_the_voltage_loop_brings_the_voltage_down(begin: Begin) -> None:
    """The same below the balance current, where the charger's voltage is steered."""
    scenario = begin("high_alarm", condition="voltage loop", charge=0.985)
    pack = scenario.supervision
    pack.charge_to_the_voltage_loop(at_most_s=LONGEST_S)
    pack.watch(20)
    pack.cell_is_at(CELL, FULL)
    pack.watch(scenario.long_enough_s)
    scenario.charges_to_less()
    scenario.behaves()


@pytest.mark.requirement("SUP-7")
def test_a_low_alarm_brings_the_discharge_down(begin: Begin) -> None:
    """One cell is suddenly below its low threshold under load: the limit falls."""
    scenario = begin("low_alarm", charge=0.5)
    pack = scenario.supervision
    pack.draw(6.0, 60)
    pack.cell_is_at(CELL, 0.03)
    pack.watch(scenario.long_enough_s)
    scenario.discharges_less()
    scenario.behaves()


@pytest.mark.requirement("SUP-7")
def test_bleeding_found_disabled_is_enabled(begin: Begin) -> None:
    """Somebody sends ``d``: y bit 3 is clear, and the supervisor has ``e`` sent."""
    scenario = begin(
        "bleeding_disabled",
        simulated=False,
        charge=0.5,
        observing=["what it sends to the chain"],
    )
    pack = scenario.supervision
    pack.charge(20)
    pack.bleeding_is_disabled()
    pack.watch(scenario.long_enough_s)
    scenario.bleeding_is_enabled()
    scenario.behaves()


@pytest.mark.requirement("SUP-4", "SUP-9")
def test_a_supervisor_that_was_silent_for_a_minute_finds_its_chain(begin: Begin) -> None:
    """A minute without a poll while modules sleep; back again it is answered, and allows again."""
    scenario = begin("supervisor_silent", simulated=False, charge=0.5)
    pack = scenario.supervision
    pack.charge(60)
    pack.supervisor_is_silent(SILENT_S)
    pack.watch(scenario.long_enough_s)
    scenario.is_back()
    scenario.behaves()
