"""Thresholds: where their bits set and clear, what latches, and who notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from drivers.chain.chain import Chain
    from fixtures.roles import Measure
    from fixtures.thresholds import KeepSweep
    from rigs.panel import Panel
    from rigs.procedures.bleedalone import BleedingAlone
    from rigs.procedures.thresholds import Comparison, Threshold
    from rigs.procedures.thresholdsteps import ThresholdSteps
    from rigs.settings import PanelSettings


@pytest.mark.eol
@pytest.mark.requirement("THR-2", "THR-3", "CMD-U1", "CMD-U2", "CMD-V", "CMD-L", "CMD-H")
@pytest.mark.usefixtures("bleeding_disabled")
def test_bits_agree_with_the_code(
    panel: Panel,
    steps: ThresholdSteps,
    thresholds: tuple[Threshold, ...],
    comparison: Comparison,
    measure: Measure,
) -> None:
    """Code and status of one measurement, on either side of each threshold."""
    settings = panel.read_settings()
    seen = steps.approach(settings)
    for threshold in thresholds:
        contradictions = seen.contradictions(threshold, settings, comparison)
        proven = seen.proven(threshold, contradictions)
        measure("thresholds.contradictions", proven, condition=threshold.name)


@pytest.mark.requirement("THR-2", "THR-3", "THR-5", "CMD-V", "CMD-L", "CMD-H")
@pytest.mark.usefixtures("bleeding_disabled", "voltmeter")
def test_trip_voltages(
    panel: Panel,
    steps: ThresholdSteps,
    thresholds: tuple[Threshold, ...],
    comparison: Comparison,
    measure: Measure,
    keep_sweep: KeepSweep,
) -> None:
    """Voltage at which each bit sets and clears, from both sides, by the voltmeter."""
    settings = panel.read_settings()
    upwards = steps.sweep(settings, rising=True)
    downwards = steps.sweep(settings, rising=False)
    for way, seen in (("upwards", upwards), ("downwards", downwards)):
        measure("thresholds.self_contradictory", seen.self_contradictory(), condition=way)
        for threshold in thresholds:
            contradictions = seen.contradictions(threshold, settings, comparison)
            condition = f"{threshold.name}, {way}"
            measure("thresholds.contradictions", contradictions, condition=condition)
            measure("thresholds.seen_within", seen.gap(threshold), condition=condition)
    for threshold in thresholds:
        sets, clears = (upwards, downwards) if threshold.rising else (downwards, upwards)
        measure(f"thresholds.{threshold.name}_error", steps.error(threshold, sets))
        hysteresis = steps.hysteresis(threshold, sets, clears, settings)
        measure(f"thresholds.{threshold.name}_hysteresis", hysteresis)
        keep_sweep(threshold, sets, clears)


@pytest.mark.requirement("THR-1", "THR-4", "CMD-U2", "CMD-U3")
@pytest.mark.usefixtures("bleeding_disabled")
def test_an_excursion_during_a_poll_is_reported_once(
    steps: ThresholdSteps, measure: Measure
) -> None:
    """A message passes during an excursion; two polls follow when it is over."""
    for side, volts in (("above", steps.above_V), ("below", steps.below_V)):
        steps.read_bits()
        steps.excursion(volts, polled=True)
        measure(f"thresholds.latched_{side}", steps.read_bits(), condition="by a poll")
        measure("thresholds.latched_again", steps.read_bits(), condition=f"{side}, by a poll")


@pytest.mark.requirement("THR-1", "THR-4")
@pytest.mark.usefixtures("bleeding_disabled", "measures_on_watchdog")
def test_an_excursion_in_silence_is_reported_once(steps: ThresholdSteps, measure: Measure) -> None:
    """Nobody polls during an excursion; the watchdog wakes the modules, which measure."""
    for side, volts in (("above", steps.above_V), ("below", steps.below_V)):
        steps.read_bits()
        steps.excursion(volts, polled=False)
        measure(f"thresholds.latched_{side}", steps.read_bits(), condition="in silence")
        measure("thresholds.latched_again", steps.read_bits(), condition=f"{side}, in silence")


@pytest.mark.requirement("CMD-U3", "THR-4")
@pytest.mark.usefixtures("bleeding_disabled")
def test_a_general_status_leaves_what_u_reports(
    chain: Chain, steps: ThresholdSteps, measure: Measure
) -> None:
    """``S`` twice between an excursion and the poll by ``U``."""
    for side, volts in (("above", steps.above_V), ("below", steps.below_V)):
        steps.read_bits()
        steps.excursion(volts, polled=True)
        for _ in range(2):
            chain.general_answer()
        measure(f"thresholds.latched_{side}", steps.read_bits(), condition="after S")


@pytest.mark.requirement("CHN-4", "CMD-U2")
@pytest.mark.usefixtures("bleeding_disabled")
def test_disabled_bleeding_still_shows_its_bit(
    panel: Panel, steps: ThresholdSteps, measure: Measure
) -> None:
    """The whole status beyond the bleeding threshold, ``d`` in force."""
    panel.set_voltage(steps.above_V)
    steps.read_statuses()
    measure("thresholds.status_above_disabled", steps.read_statuses())


@pytest.mark.requirement("THR-5", "CMD-U2")
@pytest.mark.usefixtures("bleeding_disabled")
def test_settings_that_contradict_each_other_show(
    steps: ThresholdSteps,
    thresholds: tuple[Threshold, ...],
    found_settings: PanelSettings,
    measure: Measure,
) -> None:
    """Statuses C, D, F and B by settings, bleeding disabled so that all modules can show them."""
    low, bleeding, high = thresholds
    steps.reach_at_rest(high, found_settings)
    measure("thresholds.status_C", steps.read_bits())
    steps.reach_at_rest(low, found_settings)
    measure("thresholds.status_D", steps.read_bits())
    steps.reach_at_rest(bleeding, found_settings)
    measure("thresholds.status_F", steps.read_bits())
    steps.move_back(high, found_settings)
    measure("thresholds.status_B", steps.read_bits())


@pytest.mark.requirement("THR-1", "THR-6")
@pytest.mark.usefixtures("measures_on_watchdog")
def test_modules_bleed_without_a_controller(
    bleeding_alone: BleedingAlone,
    found_settings: PanelSettings,
    known_positions: list[int],
    measure: Measure,
) -> None:
    """One module at a time starts and stops bleeding while the line is silent."""
    for position in known_positions:
        started, stopped = bleeding_alone.starts_and_stops(position, found_settings)
        measure("thresholds.starts_alone", started, position=position)
        measure("thresholds.stops_alone", stopped, position=position)
