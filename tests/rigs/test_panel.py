"""The panel: what it believes of supply, voltmeter and modules, and what it makes of codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from typing_extensions import override

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from drivers.chain.timing import ChainTiming
from quantities import Clock, Purpose, Reading
from quantities.errors import (
    ChainCountMismatch,
    CurrentLimitReached,
    InstrumentError,
    LineNotProven,
    RigError,
)
from rigs.panel import Panel, PanelFigures, PanelSettings, voltage_from_codes
from rigs.rig import Maxima, Rig
from tests.rigs.benches import bench_with, modules_have_power, opened

FIGURES = PanelFigures(resting_V=3.7, power_up_s=0.15)


# -- a panel of scripted parts -----------------------------------------------------------------


class StoppedClock(Clock):
    @override
    def now(self) -> int:
        return 42

    @override
    def date(self) -> datetime:
        raise NotImplementedError

    @override
    def _pass(self, nanoseconds: int) -> None:
        pass


@dataclass
class FakeSupply:
    """A supply that does what it is told, but for what a test changes."""

    stuck_at_V: float | None = None
    current_A: float = 0.0
    limited: bool = False
    over_voltage: bool = False
    over_current: bool = False
    voltage_V: float = 0.0
    sent: list[str] = field(default_factory=list)

    def set_voltage(self, volts: float) -> None:
        self.sent.append(f"{volts:g} V")
        self.voltage_V = volts if self.stuck_at_V is None else self.stuck_at_V

    def set_output(self, *, on: bool) -> None:
        self.sent.append("on" if on else "off")

    def output_voltage(self) -> Reading:
        return Reading(self.voltage_V, "V")

    def output_current(self) -> Reading:
        return Reading(self.current_A, "A")

    def in_current_limit(self) -> bool:
        return self.limited

    def set_over_voltage_protection(self, volts: float) -> None:
        raise NotImplementedError

    def over_voltage_tripped(self) -> bool:
        return self.over_voltage

    def set_over_current_protection(self, *, on: bool) -> None:
        raise NotImplementedError

    def over_current_tripped(self) -> bool:
        return self.over_current


@dataclass
class FakeChain:
    """Scans that a test has written down; writes go nowhere but on record."""

    scans: Sequence[Sequence[float]] = ()
    counted: int = 2
    written: dict[Setting, NDArray[np.float64]] = field(default_factory=dict)
    at: int = 0

    def count(self) -> int:
        return self.counted

    def read_voltages(self) -> Any:
        self.at += 1
        return SimpleNamespace(codes=np.array(self.scans[(self.at - 1) % len(self.scans)], float))

    def write_settings(self, setting: Setting, values: NDArray[np.float64]) -> None:
        self.written[setting] = values


def scripted(
    supply: FakeSupply | None = None,
    chain: FakeChain | None = None,
    *,
    voltmeter_V: float | None = None,
    lead_ohm: float = 0.05,
) -> Panel:
    """A panel whose voltmeter sees the supply's voltage less the leads', unless stated."""
    supply = supply or FakeSupply()

    def dc_voltage(*, range_V: float, power_line_cycles: float) -> Reading:
        assert (range_V, power_line_cycles) == (10.0, 10.0)
        at_modules_V = supply.voltage_V - supply.current_A * lead_ohm
        return Reading(at_modules_V if voltmeter_V is None else voltmeter_V, "V", 0.0001)

    rig = SimpleNamespace(
        supply=supply,
        voltmeter=SimpleNamespace(dc_voltage=dc_voltage),
        clock=StoppedClock(),
        maxima=Maxima(voltage_V=5.5, current_A=0.65),
        current_limit_A=1.3,
        closed=False,
        file=SimpleNamespace(
            name="Bench",
            chain=SimpleNamespace(modules=2),
            wiring=SimpleNamespace(supply_lead_ohm=lead_ohm),
        ),
        make_safe=lambda: supply.set_output(on=False),
    )
    return Panel(rig, chain or FakeChain(), FIGURES)  # type: ignore[arg-type]


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


# -- codes -------------------------------------------------------------------------------------


def mean_codes(scans: Sequence[Sequence[float]]) -> Reading:
    return scripted(chain=FakeChain(scans)).mean_codes(len(scans))


def test_mean_codes_have_the_scatter_of_their_mean():
    reading = mean_codes([[100, 7], [102, 7], [104, 7], [106, 7]])
    np.testing.assert_allclose(reading.value, [103, 7])
    # s = √((9 + 1 + 1 + 9) / 3), over √4 readings
    assert np.asarray(reading.standard_uncertainty)[0] == pytest.approx(math.sqrt(20 / 3) / 2)
    assert reading.degrees_of_freedom == 3
    assert reading.unit == "code"
    assert reading.system_share == 0.0
    assert reading.time_ns == 42


def test_codes_that_never_move_have_the_resolution_of_one_code():
    reading = mean_codes([[7, 8]] * 5)
    np.testing.assert_allclose(reading.standard_uncertainty, [1 / math.sqrt(12)] * 2)


def test_noise_too_small_to_dither_adds_to_the_resolution():
    scans = [[1000.0, 7.0]] * 15 + [[1001.0, 7.0]]
    scatter = math.sqrt((15 * 0.0625**2 + 0.9375**2) / 15)
    assert scatter == pytest.approx(0.25)
    expected = math.hypot(scatter / 4, 1 / math.sqrt(12))
    assert np.asarray(mean_codes(scans).standard_uncertainty)[0] == pytest.approx(expected)


def test_a_module_that_was_silent_once_has_no_mean_and_spoils_no_other():
    reading = mean_codes([[100, 200], [math.nan, 202], [104, 204]])
    assert np.isnan(np.asarray(reading.value)).tolist() == [True, False]
    assert np.asarray(reading.value)[1] == 202


@given(st.lists(st.integers(0, 0xFFF), min_size=2, max_size=32))
def test_mean_codes_lie_within_the_codes_read(codes: list[int]):
    reading = mean_codes([[code, 1] for code in codes])
    assert min(codes) - 1e-9 <= np.asarray(reading.value)[0] <= max(codes) + 1e-9
    assert np.asarray(reading.standard_uncertainty)[0] > 0


def test_codes_are_volts_by_the_constant():
    """CMD-V's example: K 0x4BD000, code 0x4A0, 4.196 V; CAL-3: one code is V²/K."""
    codes = Reading(np.array([0x4A0, 0x4A0]), "code", np.array([1.0, 0.0]), degrees_of_freedom=15)
    volts = voltage_from_codes(np.array([0x4BD000, 0x800000], float), codes)
    value, uncertainty = np.asarray(volts.value), np.asarray(volts.standard_uncertainty)
    assert value[0] == pytest.approx(4.196, abs=0.0005)
    assert uncertainty[0] == pytest.approx((value[0] * 1000) ** 2 / 0x4BD000 / 1000)
    assert uncertainty[1] == 0.0
    assert (volts.unit, volts.degrees_of_freedom, volts.system_share) == ("V", 15, 0.0)


def test_a_code_of_zero_is_no_voltage():
    volts = voltage_from_codes(np.array([5e6]), Reading(np.array([0.0]), "code", np.array([0.3])))
    assert np.isnan(np.asarray(volts.value)).all()


def test_errors_are_taken_at_each_point_against_the_terminals():
    supply = FakeSupply()
    panel = scripted(supply, FakeChain([[1000, 1250]]))
    constants = np.array([4_000_000.0, 5_000_000.0])
    points = list(panel.errors(constants, [4.0, 3.9], 2))
    assert supply.sent == ["4 V", "3.9 V"]
    assert [reference.value for reference, _ in points] == [4.0, 3.9]
    np.testing.assert_allclose([error.value for _, error in points], [[0, 0], [0.1, 0.1]])
    assert points[0][1].system_share == pytest.approx(0.0001)


# -- calibration -------------------------------------------------------------------------------


def calibrated(code: Sequence[float], found: Sequence[float], point_V: float = 5.0) -> list[float]:
    panel = scripted(chain=FakeChain([code]))
    return panel.calibrate(np.array(found, float), point_V=point_V, readings=16).tolist()


def test_the_constant_is_code_times_voltage():
    """The clauses' example: 5.000 V and N 0x689 make K 0x7FA3C8."""
    assert calibrated([0x689, 0x689], [0x800000, 0]) == [0x7FA3C8, 0x7FA3C8]


@pytest.mark.parametrize("off", [-5000, -1, 0, 1, 5000])
def test_a_constant_within_one_code_is_kept(off: int):
    assert calibrated([0x689], [0x7FA3C8 + off]) == [0x7FA3C8 + off]


@pytest.mark.parametrize("off", [-5001, 5001])
def test_a_constant_off_by_more_than_one_code_is_replaced(off: int):
    assert calibrated([0x689], [0x7FA3C8 + off]) == [0x7FA3C8]


def test_a_module_that_gave_no_code_gets_no_constant():
    """Keeping the one that was found would look like a calibration."""
    nothing, good = calibrated([math.nan, 0x689], [0x7FA3C8, 0x7FA3C8])
    assert math.isnan(nothing)
    assert good == 0x7FA3C8


def test_a_constant_of_more_than_24_bits_is_none():
    """A converter stuck at its end: 4095 codes at 4.2 V are 17 199 000."""
    too_large, good = calibrated([0xFFF, 1184], [0x800000, 0x800000], point_V=4.2)
    assert math.isnan(too_large)
    assert good == 1184 * 4200


def test_thresholds_are_constant_over_millivolts():
    """CMD-V's examples: K 0x4BD000 → V 0x4A0, L 0x5E0, H 0x49C."""
    due = Panel.settings_for(
        np.array([0x4BD000, 15_000_000, math.nan]), bleeding_mV=4196, low_mV=3303, high_mV=4211
    )
    assert due.bleeding_code[0] == 0x4A0
    assert due.low_code[0] == 0x5E0
    assert due.high_code[0] == 0x49C
    assert math.isnan(due.low_code[1]), "4541 has more than three hex digits"
    assert due.bleeding_code[1] == 3575
    assert np.isnan([codes[2] for codes in due.by_setting().values()]).all()


def settings(*rows: Sequence[float]) -> PanelSettings:
    constant, bleeding, low, high = np.array(rows, float).T
    return PanelSettings(constant, bleeding, low, high)


def test_only_what_differs_is_written():
    chain = FakeChain()
    found = settings([0x800000, 1, 2, 3], [4_900_000, 1, 2, 3])
    due = settings([5_000_000, 1, 9, 3], [4_900_000, 1, 2, 3])
    scripted(chain=chain).write_settings(due, found)
    assert list(chain.written) == list(Setting)
    np.testing.assert_equal(chain.written[Setting.CALIBRATION], [5_000_000, np.nan])
    np.testing.assert_equal(chain.written[Setting.LOW], [9, np.nan])
    np.testing.assert_equal(chain.written[Setting.HIGH], [np.nan, np.nan])


def test_what_could_not_be_found_is_not_written_over():
    chain = FakeChain()
    found = settings([math.nan, 1, 2, 3], [0x800000, 1, 2, 3])
    scripted(chain=chain).write_settings(settings([5e6, 1, 2, 3], [5e6, 1, 2, 3]), found)
    np.testing.assert_equal(chain.written[Setting.CALIBRATION], [np.nan, 5e6])


def test_settings_are_equal_only_where_all_are_known_and_the_same():
    one = settings([1, 2, 3, 4], [1, 2, 3, 4], [math.nan, 2, 3, 4], [1, 2, 3, 4])
    other = settings([1, 2, 3, 4], [1, 2, 3, 5], [math.nan, 2, 3, 4], [1, 2, math.nan, 4])
    assert one.equal(other).tolist() == [True, False, False, False]


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


@pytest.mark.parametrize(
    ("model", "says"),
    [("keysight-e36312a", "its protection has switched it off"), ("siglent-spd3303x", "limit at")],
)
def test_modules_that_bleed_all_at_once_are_more_than_the_supply_may_give(model: str, says: str):
    rig = opened(
        bench_with(("keysight-e36312a", model), ("supply_lead_ohm = 0.05", "current_limit_A = 0.5"))
    )
    panel = panel_of(rig)
    panel.rest()
    panel.set_voltage(4.4)
    rig.clock.wait(4.0, Purpose.WATCHDOG)
    with pytest.raises(CurrentLimitReached, match=says):
        panel.terminal_voltage()
