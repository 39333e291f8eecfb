"""The panel at work: what it believes of supply, voltmeter and chain."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drivers.chain.chain import Chain
from drivers.chain.timing import ChainTiming
from quantities import Purpose
from quantities.errors import (
    ChainCountMismatch,
    CurrentLimitReached,
    InstrumentError,
    LineNotProven,
    RigError,
)
from rigs.panel import Panel
from rigs.rig import Rig
from tests.rigs.benches import bench_with, modules_have_power, opened
from tests.rigs.scripted import FIGURES, FakeChain, FakeSupply, scripted

# -- power -------------------------------------------------------------------------------------


def test_the_voltage_is_set_before_the_output_is_switched_on():
    supply = FakeSupply()
    panel = scripted(supply)
    panel.rest()
    assert supply.sent == ["3.7 V", "on"]
    assert panel.powered


def test_a_powered_panel_only_goes_back_to_its_resting_voltage():
    supply = FakeSupply()
    panel = scripted(supply)
    panel.rest()
    panel.set_voltage(5.0)
    panel.rest()
    assert supply.sent == ["3.7 V", "on", "5 V", "3.7 V"]


def test_a_panel_made_safe_is_powered_anew():
    supply = FakeSupply()
    panel = scripted(supply)
    panel.rest()
    panel.make_safe()
    assert not panel.powered
    panel.rest()
    assert supply.sent == ["3.7 V", "on", "off", "3.7 V", "on"]


@pytest.mark.parametrize("volts", [5.51, 42.0, -0.1, math.nan, math.inf])
def test_no_voltage_beyond_the_absolute_maximum_is_ever_set(volts: float):
    supply = FakeSupply()
    with pytest.raises(RigError, match="absolute maximum"):
        scripted(supply).set_voltage(volts)
    assert supply.sent == []


@pytest.mark.parametrize("counted", [0, 1, 3])
def test_another_number_of_modules_than_stated_is_no_panel_to_judge(counted: int):
    with pytest.raises(ChainCountMismatch, match=f"{counted} modules answer; expected: 2"):
        scripted(chain=FakeChain(counted=counted)).rest()


def test_a_protection_that_has_tripped_is_not_taken_for_a_dead_line():
    for supply, says in (
        (FakeSupply(over_voltage=True), "over-voltage protection has switched the supply off"),
        (FakeSupply(over_current=True), "its protection has switched it off"),
        (FakeSupply(limited=True), "in current limit at 3.7 V"),
    ):
        with pytest.raises(InstrumentError, match=says) as caught:
            scripted(supply).rest()
        assert caught.value.where == "[supply]"
        assert caught.value.remedy


# -- what the voltmeter says -------------------------------------------------------------------


def test_the_terminals_voltage_is_the_voltmeters_and_not_the_supplys():
    panel = scripted(FakeSupply(current_A=1.0))
    panel.set_voltage(4.2)
    assert panel.terminal_voltage().value == pytest.approx(4.15)


@pytest.mark.parametrize("seen_V", [0.0, 4.09, 4.31, -4.2, math.nan])
def test_a_voltmeter_that_does_not_see_the_terminals_is_not_believed(seen_V: float):
    panel = scripted(voltmeter_V=seen_V)
    panel.set_voltage(4.2)
    with pytest.raises(InstrumentError) as caught:
        panel.terminal_voltage()
    assert caught.value.where == "[voltmeter]"
    assert "leads" in str(caught.value.remedy)


def test_leads_that_take_more_than_stated_are_noticed():
    panel = scripted(FakeSupply(current_A=2.0), voltmeter_V=4.2 - 2 * 0.15)
    panel.set_voltage(4.2)
    with pytest.raises(InstrumentError, match=r"its leads take 0\.100 V"):
        panel.terminal_voltage()


def test_a_supply_stuck_at_one_voltage_is_not_believed():
    """Voltmeter and supply agree, so every point of an accuracy test would be the same one."""
    panel = scripted(FakeSupply(stuck_at_V=3.7))
    panel.set_voltage(3.7)
    panel.terminal_voltage()
    panel.set_voltage(4.2)
    with pytest.raises(InstrumentError, match=r"puts out 3\.700 V where 4\.2 V is set") as caught:
        panel.terminal_voltage()
    assert caught.value.where == "[supply]"


def test_a_supply_in_current_limit_measures_nothing():
    supply = FakeSupply()
    panel = scripted(supply)
    panel.set_voltage(4.2)
    supply.limited = True
    with pytest.raises(CurrentLimitReached, match=r"expected: less than 1\.3 A"):
        panel.terminal_voltage()


# -- on the simulated bench --------------------------------------------------------------------


def panel_of(rig: Rig) -> Panel:
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2)
    return Panel(rig, Chain(rig.chain_port, rig.clock, timing, rig.file.chain.modules), FIGURES)


def test_a_simulated_panel_rests_measures_and_is_made_safe():
    rig = opened()
    panel = panel_of(rig)
    panel.rest()
    assert panel.terminal_voltage().value == pytest.approx(3.7, abs=0.05)
    assert np.isfinite(np.asarray(panel.mean_codes(2).value)).all()
    assert modules_have_power(rig)
    panel.make_safe()
    assert not modules_have_power(rig)


@pytest.mark.parametrize(("present", "counted"), [(1, "1 modules"), (3, "3 modules")])
def test_a_chain_shorter_or_longer_than_stated_is_not_judged(present: int, counted: str):
    rig = opened(bench_with(more=f"modules_present = {present}\n"))
    with pytest.raises(ChainCountMismatch, match=counted):
        panel_of(rig).rest()


def test_a_chain_that_is_silent_altogether_proves_no_line():
    rig = opened(bench_with(more='[simulation.modules.2]\ndefects = ["mute"]\n'))
    with pytest.raises(LineNotProven):
        panel_of(rig).rest()


def test_a_panel_of_new_modules_does_not_bleed_at_rest():
    rig = opened(bench_with(("supply_lead_ohm = 0.05", "current_limit_A = 0.5")))
    panel = panel_of(rig)
    panel.rest()
    rig.clock.wait(4.0, Purpose.WATCHDOG)
    panel.terminal_voltage()
    assert float(rig.supply.output_current().value) < 0.05


@pytest.mark.parametrize(
    ("model", "says"),
    [("keysight-e36312a", "its protection has switched it off"), ("siglent-spd3303x", "limit at")],
)
def test_modules_that_bleed_all_at_once_are_more_than_the_supply_may_give(model: str, says: str):
    rig = opened(
        bench_with(
            ("keysight-e36312a", model),
            ("channel = 1", "channel = 1\naccept_no_ovp = true"),
            ("supply_lead_ohm = 0.05", "current_limit_A = 0.5"),
        )
    )
    panel = panel_of(rig)
    panel.rest()
    panel.set_voltage(4.4)
    panel.chain.enable_bleeding()
    rig.clock.wait(4.0, Purpose.WATCHDOG)
    with pytest.raises(CurrentLimitReached, match=says):
        panel.terminal_voltage()
