"""Sleep: what modules draw that nobody speaks to, and how they wake and fall asleep again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.roles import Measure
    from fixtures.standby import KeepTrace
    from rigs.panel import Panel
    from rigs.procedures.standby import StandbyMeter
    from rigs.procedures.waking import Waking

PERIODS = 3


@pytest.mark.eol
@pytest.mark.requirement("SLP-1")
@pytest.mark.usefixtures("voltmeter")
def test_standby_current(
    panel: Panel, standby: StandbyMeter, measure: Measure, keep_trace: KeepTrace
) -> None:
    """Standby current of each module over one watchdog period, with nothing on the line."""
    if not standby.sees_one:
        measure("sleep.mean_current", standby.panel_sum(), condition="all modules together")
        return
    for position in range(1, panel.modules + 1):
        found = standby.standby(position, periods=1)
        measure("sleep.mean_current", found.mean, position=position)
        measure("sleep.base_current", found.base, position=position)
        measure("sleep.wake_charge", found.wake_charge, position=position)
        measure("sleep.wake_period", found.wake_period, position=position)
        keep_trace("sleep.current", position)


@pytest.mark.requirement("SLP-1")
@pytest.mark.usefixtures("voltmeter")
def test_standby_current_over_several_periods(
    panel: Panel, single_standby: StandbyMeter, measure: Measure
) -> None:
    """Standby current of each module over several watchdog periods, from wake to wake."""
    condition = f"{PERIODS} periods"
    for position in range(1, panel.modules + 1):
        found = single_standby.standby(position, periods=PERIODS)
        measure("sleep.mean_current", found.mean, condition=condition, position=position)
        measure("sleep.wake_charge", found.wake_charge, condition=condition, position=position)
        measure("sleep.wake_period", found.wake_period, condition=condition, position=position)


@pytest.mark.timing
@pytest.mark.requirement("SLP-3")
@pytest.mark.usefixtures("voltmeter")
def test_time_to_sleep(
    panel: Panel, single_standby: StandbyMeter, measure: Measure, keep_trace: KeepTrace
) -> None:
    """Current of each module while a message passes, and until it has fallen asleep."""
    for position in range(1, panel.modules + 1):
        asleep = single_standby.time_to_sleep(position)
        measure("sleep.time_to_sleep", asleep, position=position)
        keep_trace("sleep.message", position)


@pytest.mark.requirement("SLP-2")
@pytest.mark.usefixtures("first_module_only")
def test_the_character_that_wakes_is_not_lost(waking: Waking, measure: Measure) -> None:
    """Messages after pauses, each kind beginning with another character."""
    lost = []
    for first, message in waking.messages.items():
        lost.append(waking.lost(message))
        measure("sleep.first_characters_lost", lost[-1], condition=first, position=1)
    waking.finish(lost)
