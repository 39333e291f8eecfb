"""What the panel makes of codes: means, volts, constants and thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.chain.messages import Setting
from quantities import Reading
from rigs.codes import voltage_from_codes
from rigs.panel import Panel
from rigs.settings import PanelSettings
from tests.rigs.scripted import FakeChain, FakeSupply, scripted

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
    left = scripted(chain=chain).write_settings(due, found)
    assert left.equal(due).tolist() == [True, True]
    assert list(chain.written) == list(Setting)
    np.testing.assert_equal(chain.written[Setting.CALIBRATION], [5_000_000, np.nan])
    np.testing.assert_equal(chain.written[Setting.LOW], [9, np.nan])
    np.testing.assert_equal(chain.written[Setting.HIGH], [np.nan, np.nan])


def test_what_could_not_be_found_is_not_written_over():
    chain = FakeChain()
    found = settings([math.nan, 1, 2, 3], [0x800000, 1, 2, 3])
    due = settings([5e6, 1, 2, 3], [5e6, 1, 2, 3])
    left = scripted(chain=chain).write_settings(due, found)
    assert left.equal(due).tolist() == [False, True]
    np.testing.assert_equal(chain.written[Setting.CALIBRATION], [np.nan, 5e6])


def test_settings_are_equal_only_where_all_are_known_and_the_same():
    one = settings([1, 2, 3, 4], [1, 2, 3, 4], [math.nan, 2, 3, 4], [1, 2, 3, 4])
    other = settings([1, 2, 3, 4], [1, 2, 3, 5], [math.nan, 2, 3, 4], [1, 2, math.nan, 4])
    assert one.equal(other).tolist() == [True, False, False, False]
