"""Power: what survives its loss, and that nothing is lost above the least voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.power import KeepCuts, KeepResets
    from fixtures.roles import Measure
    from products.model import Product
    from rigs.procedures.cutwrites import CutWrites
    from rigs.procedures.power import Starving
    from rigs.settings import PanelSettings

MARGIN_V = 0.03
"""Above the least voltage, for the supply's own error."""


@pytest.mark.requirement("CMD-P", "CHN-4")
@pytest.mark.usefixtures("bleeding_disabled")
def test_settings_survive_power_cycles(
    starving: Starving, found_settings: PanelSettings, measure: Measure
) -> None:
    """Every setting written, a power cycle proven by bleeding being enabled again, and read."""
    for condition, due in (
        ("changed", starving.neighbours(found_settings)),
        ("changed back", found_settings),
    ):
        starving.write(due)
        starving.cycle()
        found = starving.aftermath()
        measure("power.enabled_after_cycle", found.reset, condition=condition)
        measure("power.settings_after_cycle", found.settings.equal(due), condition=condition)


@pytest.mark.requirement("PWR-1")
@pytest.mark.usefixtures("bleeding_disabled")
def test_dips_above_the_least_voltage_do_nothing(
    starving: Starving, found_settings: PanelSettings, product: Product, measure: Measure
) -> None:
    """Dips that stay above the least voltage neither reset a module nor cost it a setting."""
    least_V = product.operating.minimum_V + MARGIN_V
    for volts in ((least_V + product.operating.resting_V) / 2, least_V):
        for hold_s in (0.0, product.power.dip_s):
            starving.dip(volts, hold_s)
            found, condition = starving.aftermath(), f"{volts:.2f} V for {hold_s:g} s"
            measure("power.reset_above_least", found.reset, condition=condition)
            settings = found.settings.equal(found_settings)
            measure("power.settings_above_least", settings, condition=condition)


@pytest.mark.requirement("PWR-1", "CMD-P")
@pytest.mark.usefixtures("bleeding_disabled")
def test_dips_through_the_brown_out_region(
    starving: Starving,
    found_settings: PanelSettings,
    product: Product,
    measure: Measure,
    keep_resets: KeepResets,
) -> None:
    """Short and long dips to graded depths: settings intact or visibly invalid."""
    resets = []
    for volts in product.power.dips_V:
        for hold_s in (0.0, product.power.dip_s):
            starving.dip(volts, hold_s)
            found = starving.aftermath()
            condition = f"{volts:.2f} V for {hold_s:g} s"
            settings = found.intact_or_invalid(found_settings)
            measure("power.settings_after_dip", settings, condition=condition)
            resets.append((volts, hold_s, found.reset))
    keep_resets(resets)


@pytest.mark.requirement("PWR-1", "CMD-P")
@pytest.mark.usefixtures("bleeding_disabled")
def test_slow_ramps_through_the_brown_out_region(
    starving: Starving, found_settings: PanelSettings, product: Product, measure: Measure
) -> None:
    """Down and up again in small steps: settings intact or visibly invalid."""
    power, highest_V = product.power, product.operating.minimum_V + MARGIN_V
    starving.ramp(highest_V, power.ramp_to_V, power.ramp_step_V)
    settings = starving.aftermath().intact_or_invalid(found_settings)
    measure("power.settings_after_ramp", settings)


@pytest.mark.requirement("PWR-1", "CMD-W2", "CMD-P")
@pytest.mark.usefixtures("bleeding_disabled")
def test_power_lost_while_the_constant_is_written(
    cut_writes: CutWrites,
    positions_to_cut: list[int],
    found_settings: PanelSettings,
    product: Product,
    measure: Measure,
    keep_cuts: KeepCuts,
) -> None:
    """Writes of K cut off at each of its bytes; what was lost shows when it is read."""
    torn_allowed = product.options.torn_constant
    cuts = []
    for position in positions_to_cut:
        for cut in cut_writes.cut(position, found_settings, product.power.cut_writes):
            acceptable = cut.acceptable(torn=torn_allowed)
            measure("power.cut_write", acceptable, condition=str(cut), position=position)
            cuts.append(cut)
    keep_cuts(cuts)
