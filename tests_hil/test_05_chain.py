"""The chain as a whole: addresses, positions, and the commands that all modules obey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from drivers.chain.chain import Chain
    from fixtures.roles import Measure
    from rigs.procedures.addresses import Addresses
    from rigs.procedures.statuswalk import StatusWalker
    from rigs.settings import PanelSettings

BLEEDING_ENABLED = 8


@pytest.mark.eol
@pytest.mark.requirement("CHN-3", "CHN-4", "CMD-U2")
def test_e_and_d_reach_every_module(chain: Chain, measure: Measure) -> None:
    """Bit 3 of every module's status after ``e`` and after ``d``."""
    chain.enable_bleeding()
    scan = chain.read_voltages()
    enabled = np.isfinite(scan.codes) & (scan.statuses & BLEEDING_ENABLED != 0)
    measure("chain.obeys", enabled, condition="e")
    chain.disable_bleeding()
    scan = chain.read_voltages()
    disabled = np.isfinite(scan.codes) & (scan.statuses & BLEEDING_ENABLED == 0)
    measure("chain.obeys", disabled, condition="d")


@pytest.mark.eol
@pytest.mark.requirement("CHN-1", "CHN-2", "CHN-3")
def test_the_general_status_tells_what_the_modules_tell(
    chain: Chain, status_walker: StatusWalker, measure: Measure
) -> None:
    """``S`` against ``U`` of all modules at rest, bleeding disabled and enabled."""
    chain.enable_bleeding()
    measure("chain.general_status", status_walker.agreement(), condition="enabled")
    chain.disable_bleeding()
    measure("chain.general_status", status_walker.agreement(), condition="disabled")


@pytest.mark.requirement("CHN-1", "CHN-2", "CMD-U3", "THR-4")
@pytest.mark.usefixtures("bleeding_disabled", "found_settings")
def test_every_module_has_its_part_in_the_general_status(
    status_walker: StatusWalker, measure: Measure
) -> None:
    """Each module in its turn alone beyond a threshold, then alone within."""
    walk = status_walker.walk()
    measure("chain.status_or", walk.ors)
    measure("chain.status_and", walk.ands)
    measure("chain.status_outlives_u", walk.outlives_U)
    measure("chain.status_reported_once", walk.reported_once)
    measure("chain.status_consistent", walk.consistent)


@pytest.mark.requirement("ADR-1", "ADR-4", "ADR-5", "CMD-L")
@pytest.mark.usefixtures("bleeding_disabled")
def test_every_position_answers_for_itself(
    addresses: Addresses, found_settings: PanelSettings, measure: Measure
) -> None:
    """Each module is given its number to store, and tells it whichever way it is asked."""
    numbers = addresses.give_numbers(found_settings)
    measure("chain.number", addresses.read_together(numbers), condition="all asked at once")
    measure("chain.number", addresses.read_one_by_one(numbers), condition="asked one by one")


@pytest.mark.requirement("ADR-2", "ADR-3")
def test_every_address_counts_down(addresses: Addresses, measure: Measure) -> None:
    """``@`` to all 256 addresses: what leaves the chain is less by the number of modules."""
    measure("chain.counts_down", addresses.count_down())
