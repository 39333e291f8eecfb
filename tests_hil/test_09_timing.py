"""Timing: how long messages take through the chain, and how fast they may follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.roles import Measure
    from fixtures.timing import KeepSearch, KeepTimes
    from rigs.procedures.pacing import Pacing
    from rigs.procedures.timing import ChainTimes
    from rigs.settings import PanelSettings

pytestmark = pytest.mark.timing

COUNTS = 4


@pytest.mark.eol
@pytest.mark.requirement("TIM-1")
def test_the_count_is_passed_on_in_time(pacing: Pacing, measure: Measure) -> None:
    """Time the count round the chain, and what of it is processing."""
    measure("timing.processing", pacing.count(COUNTS).processing("@"), condition="@")


@pytest.mark.requirement("TIM-2")
@pytest.mark.usefixtures("found_settings")
def test_every_answer_comes_in_order(
    polled: ChainTimes, measure: Measure, keep_times: KeepTimes
) -> None:
    """Ask without a pause at the spacing of the product's figures, from either end."""
    keep_times(polled)
    measure("timing.lost", polled.lost(), condition=f"of {polled.sent}")
    measure("timing.in_order", polled.in_order)


@pytest.mark.requirement("TIM-1", "TIM-3")
def test_messages_take_their_wires_and_processing(polled: ChainTimes, measure: Measure) -> None:
    """What a hop takes, and what of it is processing, command by command."""
    measure("timing.hop", polled.hop())
    for command in polled.elapsed_s:
        measure("timing.processing", polled.processing(command), condition=command)


@pytest.mark.requirement("MSG-1")
def test_every_module_sends_at_its_rate(finely_polled: ChainTimes, measure: Measure) -> None:
    """How far each module's oscillator is off, by the length of the characters that it sends."""
    measure("timing.clock_error", finely_polled.clock_error())


@pytest.mark.requirement("TIM-1")
def test_storing_is_processed_in_time(
    pacing: Pacing, polled: ChainTimes, found_settings: PanelSettings, measure: Measure
) -> None:
    """Store a constant that differs in every byte, then the one that was found again."""
    elapsed_s = pacing.store(found_settings.constant)
    measure("timing.processing", polled.processing_of_write(elapsed_s), condition="W, stored")


@pytest.mark.requirement("TIM-2")
@pytest.mark.usefixtures("found_settings")
def test_the_products_spacing_has_a_margin(
    pacing: Pacing, polled: ChainTimes, measure: Measure, keep_search: KeepSearch
) -> None:
    """Search for the least spacing at which every answer comes, from either end."""
    for order in pacing.orders:
        search = pacing.fastest(order)
        keep_search(search)
        measure("timing.spacing_margin", polled.blamed(search.margin), condition=order.value)
