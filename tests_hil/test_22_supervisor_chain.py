"""Faults of the chain: broken at each position, modules that answer badly or not, another count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.supervisor import Begin, Scenario

pytestmark = pytest.mark.supervisor

MODULE = 2
BEFORE_S = 30.0


@pytest.mark.requirement("SUP-4", "SUP-7")
def test_a_chain_broken_anywhere_leaves_no_limit(begin: Begin, positions: range) -> None:
    """The wire behind each module in turn is cut while the pack is charged."""
    for position in positions:
        scenario = begin("chain_broken", charge=0.5, condition=f"behind module {position}")
        _befalls(scenario, "chain-broken", position)
        scenario.named("chain communication")


@pytest.mark.requirement("SUP-4", "SUP-7")
def test_a_module_that_garbles_leaves_no_limit(begin: Begin) -> None:
    """It sends every message with a bit flipped."""
    scenario = begin("module_garbage", charge=0.5)
    _befalls(scenario, "module-garbles", MODULE)
    scenario.named("chain communication")


@pytest.mark.requirement("SUP-4", "SUP-7")
def test_a_module_that_is_late_leaves_no_limit(begin: Begin) -> None:
    """It takes half a second longer over everything."""
    scenario = begin("module_late", charge=0.5)
    _befalls(scenario, "module-late", MODULE)
    scenario.named("chain communication")


@pytest.mark.requirement("SUP-4", "SUP-8")
def test_a_module_that_never_answers_leaves_no_limit(begin: Begin) -> None:
    """It passes everything on and keeps its own cell's voltage to itself."""
    scenario = begin("module_silent", charge=0.5)
    _befalls(scenario, "module-mum", MODULE)
    scenario.named("cell voltages too old")


@pytest.mark.requirement("SUP-4", "SUP-8")
def test_a_module_that_is_gone_leaves_no_limit(begin: Begin) -> None:
    """Its neighbours are wired to each other: the count is one less."""
    scenario = begin("count_changed", charge=0.5)
    _befalls(scenario, "module-removed", MODULE)
    scenario.named("wrong cell count")


@pytest.mark.requirement("SUP-4", "SUP-7")
def test_an_inconsistent_status_leaves_no_limit(begin: Begin, positions: range) -> None:
    """Every module has a bit that no module has."""
    scenario = begin("status_inconsistent", charge=0.5)
    _befalls(scenario, "status-inconsistent", positions[-1])
    scenario.named("chain communication")


@pytest.mark.requirement("SUP-7")
def test_an_inconsistent_status_counts_as_alarm(begin: Begin, positions: range) -> None:
    """The latches that it took along may have been alarms: it is charged with less at once."""
    scenario = begin("high_alarm", condition="status inconsistent", charge=0.5)
    pack = scenario.supervision
    pack.charge(2 * BEFORE_S)
    pack.happens("status-inconsistent", position=positions[-1])
    pack.watch(scenario.long_enough_s)
    scenario.charges_less()
    scenario.behaves()


@pytest.mark.requirement("SUP-7")
def test_one_inconsistent_status_is_asked_for_again(begin: Begin, positions: range) -> None:
    """The next one is good: nothing is named."""
    scenario = begin("status_inconsistent", condition="once", charge=0.5)
    pack = scenario.supervision
    pack.charge(BEFORE_S)
    pack.has_been("status-inconsistent", position=positions[-1], times=1)
    pack.watch(scenario.long_enough_s)
    scenario.behaves()


def _befalls(scenario: Scenario, incident: str, position: int) -> None:
    """While the pack is charged; nothing is allowed any more, and what holds always holds."""
    pack = scenario.supervision
    pack.charge(BEFORE_S)
    pack.happens(incident, position=position)
    pack.watch(scenario.long_enough_s)
    scenario.allows_nothing()
    scenario.behaves()
