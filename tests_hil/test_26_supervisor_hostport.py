"""A unit between the rig and the chain: its host port, and what that shows of its polling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.roles import Measure
    from rigs.procedures.unit import UnitWatch

pytestmark = pytest.mark.supervisor

SILENT_S = 60.0


@pytest.mark.requirement("SUP-7", "SUP-8")
def test_the_unit_polls_and_reads_its_cells(unit: UnitWatch, measure: Measure) -> None:
    """General status, count and every cell's voltage; cells are asked before others answered."""
    measure("unit.scan_spacing", unit.scan_spacing())


@pytest.mark.requirement("CTL-2")
def test_polling_stops_and_goes_on(unit: UnitWatch, measure: Measure) -> None:
    """Traffic before ``<``, none until ``>``, and traffic again."""
    measure("unit.messages_while_stopped", unit.messages_while_stopped())


@pytest.mark.requirement("CTL-3")
def test_every_command_goes_through_the_unit(stopped_unit: UnitWatch, measure: Measure) -> None:
    """``C`` and each message that the chain knows; the answers come with ``H`` ahead."""
    wrong = stopped_unit.commands_answered_wrongly()
    measure("unit.commands_answered_wrongly", len(wrong), condition=", ".join(wrong))


@pytest.mark.requirement("CTL-1")
def test_traffic_of_the_cells_is_not_taken_for_answers(
    stopped_unit: UnitWatch, measure: Measure
) -> None:
    """Each cell's voltage, while what the unit sends on to the cells comes over the port too."""
    measure("unit.answers_mistaken", stopped_unit.answers_mistaken())


@pytest.mark.requirement("CTL-4")
def test_the_host_polls_while_the_unit_does_not(stopped_unit: UnitWatch, measure: Measure) -> None:
    """A minute of the host's polls: none lost, and nothing of the unit's own in between."""
    measure("unit.longest_gap", stopped_unit.longest_gap(SILENT_S))


@pytest.mark.requirement("SUP-7")
def test_bleeding_found_disabled_is_enabled(stopped_unit: UnitWatch, measure: Measure) -> None:
    """``d`` through the unit; when it polls again, y bit 3 is clear and it sends ``e``."""
    measure("unit.time_to_enable", stopped_unit.time_to_enable())


@pytest.mark.requirement("SUP-9")
def test_cells_left_to_sleep_wake_at_the_first_message(
    stopped_unit: UnitWatch, measure: Measure
) -> None:
    """A minute without a poll, then the first ``S0F`` is answered."""
    measure("unit.messages_lost_on_waking", stopped_unit.messages_lost_on_waking(SILENT_S))
