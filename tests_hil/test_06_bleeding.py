"""Bleeding: which current, through which resistor, when it begins and when it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from drivers.roles import AcAmmeter, CurrentTrain
    from fixtures.roles import Measure
    from products.model import Product, PulseWidth
    from rigs.panel import Panel
    from rigs.procedures.bleeding import Bleeding


@pytest.mark.eol
@pytest.mark.requirement("BLD-1", "BLD-3", "CHN-3", "CHN-4")
@pytest.mark.usefixtures("voltmeter")
def test_bleed_current(panel: Panel, bleeding: Bleeding, measure: Measure) -> None:
    """Bleed current of each module by itself: on, off with d, on again with e."""
    for position in bleeding.one_at_a_time():
        bleeder = bleeding.bleeder()
        measure("bleeding.current", bleeder.current, position=position)
        measure("bleeding.resistance", bleeder.resistance, position=position)
        measure("bleeding.power", bleeder.power, position=position)

        panel.chain.disable_bleeding()
        measure("bleeding.off_current", bleeding.current(), condition="with d", position=position)

        panel.chain.enable_bleeding()
        measure("bleeding.on_again", bleeding.bleeds_after_a_message(), position=position)
    measure("bleeding.off_current", bleeding.at_rest(), condition="before")


@pytest.mark.requirement("BLD-3", "THR-2")
def test_bleeding_stops_below_its_threshold(
    panel: Panel, product: Product, bleeding: Bleeding, measure: Measure
) -> None:
    """Let each module bleed above its threshold, and take the supply below it."""
    for position in bleeding.one_at_a_time(bleeding.figures.middle_V):
        panel.set_voltage(bleeding.figures.above_V)
        panel.chain.enable_bleeding()  # it is already, but at every message modules measure
        measure("bleeding.bleeds_above", bleeding.bleeds(), position=position)

        panel.set_voltage(product.operating.resting_V)
        panel.chain.enable_bleeding()
        below = bleeding.current()
        measure("bleeding.off_current", below, condition="below", position=position)


@pytest.mark.requirement("BLD-3")
def test_nobody_bleeds_from_power_up(bleeding: Bleeding, measure: Measure) -> None:
    """Power the panel above all thresholds, and look before anybody has measured."""
    drawn = bleeding.drawn_at_power_up()
    measure("bleeding.off_current", drawn, condition="from power-up")


@pytest.mark.requirement("BLD-4")
def test_bleeding_does_not_hunt(bleeding: Bleeding, measure: Measure) -> None:
    """Hold the supply while each module's threshold is just below and just above it."""
    for position in bleeding.near_thresholds():
        for above in (True, False):
            changes = bleeding.state_changes(above=above)
            side = "above" if above else "below"
            measure(
                "bleeding.state_changes",
                changes,
                condition=f"two codes and noise {side} the threshold",
                position=position,
            )


@pytest.mark.requirement("BLD-2")
@pytest.mark.usefixtures("voltmeter")
def test_pulsed_bypass(
    bleeding: Bleeding, pulse_width: PulseWidth, ac_ammeter: AcAmmeter, measure: Measure
) -> None:
    """Mean and alternating part of each module's bleed current: current while on, and duty."""
    for position in bleeding.one_at_a_time():
        pulse = bleeding.meter.pulse(
            ac_ammeter, bleeding.current(), frequency_Hz=pulse_width.frequency_Hz
        )
        measure("bleeding.on_current", pulse.on_current, position=position)
        measure("bleeding.duty", pulse.duty, position=position)


@pytest.mark.requirement("BLD-2")
def test_pulse_frequency(
    bleeding: Bleeding, pulse_width: PulseWidth, train_ammeter: CurrentTrain, measure: Measure
) -> None:
    """Readings in quick succession of each module's bleed current: how often it is pulsed."""
    for position in bleeding.one_at_a_time():
        frequency = bleeding.meter.frequency(train_ammeter, frequency_Hz=pulse_width.frequency_Hz)
        if frequency is None:
            pytest.skip(f"the ammeter reads too slowly for {pulse_width.frequency_Hz:g} Hz")
        measure("bleeding.frequency", frequency, position=position)
