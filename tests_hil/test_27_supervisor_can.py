"""A unit on a CAN bus: what it publishes, when, and what of it is left on a broken bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.roles import Measure
    from fixtures.supervisor import Begin
    from rigs.procedures.published import BrokenBus, PublishedWatch

pytestmark = pytest.mark.supervisor

WATCHED_S = 60.0
CHARGED_S = 60.0
OFF_S = 20.0
PATIENCE_S = 30.0


@pytest.mark.requirement("SUP-4", "SUP-6")
def test_a_healthy_pack_is_allowed_what_it_bears(
    told_unit: PublishedWatch, measure: Measure
) -> None:
    """Both limits of a pack at rest, as parts of those in the pack file."""
    charge, discharge = told_unit.limit_shares()
    measure("can.limit_share", charge, condition="charge")
    measure("can.limit_share", discharge, condition="discharge")


@pytest.mark.requirement("SUP-4")
def test_limits_are_published_at_all_times(published: PublishedWatch, measure: Measure) -> None:
    """A minute of frames: the longest time without new limits."""
    measure("can.longest_gap", published.longest_gap(WATCHED_S))


@pytest.mark.requirement("SUP-4")
def test_limits_go_to_zero_when_readings_are_too_old(
    told_unit: PublishedWatch, measure: Measure
) -> None:
    """The unit is told nothing any more; how soon both published limits are zero."""
    measure("can.time_to_zero", told_unit.time_to_zero(PATIENCE_S))


@pytest.mark.requirement("SUP-4", "SUP-6")
def test_bus_off_and_back(
    told_unit: PublishedWatch, broken_bus: BrokenBus, measure: Measure
) -> None:
    """The bus is shorted and mended: old limits are taken for none, and new ones are heard."""
    lost, back = told_unit.bus_off_and_back(broken_bus, off_s=OFF_S, patience_s=PATIENCE_S)
    measure("can.time_to_unheard", lost)
    measure("can.time_to_return", back)


@pytest.mark.requirement("SUP-4", "SUP-6")
def test_a_pack_is_safe_while_its_bus_is_broken(begin: Begin, broken_bus: BrokenBus) -> None:
    """Charging: the bus is shorted, and nothing flows; mended, charging goes on."""
    scenario = begin("can_bus_off", charge=0.5)
    pack = scenario.supervision
    pack.charge(CHARGED_S)
    broken_bus.short()
    pack.marks("CAN bus off")
    pack.watch(OFF_S)
    scenario.allows_nothing()
    scenario.no_current_flows()
    broken_bus.mend()
    pack.marks("CAN bus back")
    pack.watch(PATIENCE_S)
    scenario.is_back()
    scenario.behaves()


@pytest.mark.requirement("SUP-6")
def test_published_values_are_those_that_the_unit_was_told(
    told_unit: PublishedWatch, measure: Measure
) -> None:
    """Pack voltage, current, cells and temperatures by the DBC file, at several points of each.

    They jump as no pack's do, which a supervisor may take for faults: so this comes last.
    """
    measure("can.worst_value", told_unit.worst_value())
