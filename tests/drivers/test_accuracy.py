from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.accuracy import Accuracy, Conditions, ErrorLimit, standard_uncertainty
from drivers.datasheet import load_datasheet
from quantities.errors import CalibrationOverdue

ACCURACY = Accuracy.model_validate(
    {
        "within": [
            {"days": 1, "kelvin": 1, "reading_percent": 0.01, "range_percent": 0.002},
            {"days": 365, "kelvin": 5, "reading_percent": 0.05, "absolute": 0.003},
        ],
        "per_kelvin": {"reading_percent": 0.001},
    }
)
YEAR = Conditions(days_since_calibration=365, kelvin_from_calibration=5)
values = st.floats(-1000, 1000)


def test_the_shortest_interval_that_holds_the_age_is_taken():
    fresh = Conditions(days_since_calibration=1, kelvin_from_calibration=1)
    assert ACCURACY.half_width(10.0, full_scale=100.0, conditions=fresh) == pytest.approx(0.003)
    older = Conditions(days_since_calibration=1.1, kelvin_from_calibration=1)
    assert ACCURACY.half_width(10.0, full_scale=100.0, conditions=older) == pytest.approx(0.008)


def test_each_kelvin_outside_the_band_adds_its_coefficient():
    warm = Conditions(days_since_calibration=365, kelvin_from_calibration=8)
    assert ACCURACY.half_width(10.0, conditions=warm) == pytest.approx(0.008 + 3 * 0.0001)


def test_a_calibration_older_than_all_stated_intervals_is_overdue():
    with pytest.raises(CalibrationOverdue, match=r"366 days ago.*at most 365 days"):
        ACCURACY.half_width(1.0, conditions=Conditions(days_since_calibration=366))


def test_a_limit_without_coverage_is_rectangular():
    assert standard_uncertainty(3.0, None) == pytest.approx(math.sqrt(3))
    assert standard_uncertainty(3.0, 2.0) == 1.5


def test_an_array_of_readings_gives_an_array_with_nan_where_there_is_none():
    half_width = ACCURACY.half_width(np.array([1.0, np.nan, -2.0]), conditions=YEAR)
    np.testing.assert_allclose(half_width, [0.0035, np.nan, 0.004])


@given(values, values)
def test_a_larger_reading_never_has_a_smaller_limit(one: float, other: float):
    small, large = sorted((abs(one), abs(other)))
    assert ACCURACY.half_width(small, conditions=YEAR) <= ACCURACY.half_width(
        large, conditions=YEAR
    )


@given(values)
def test_the_sign_of_a_reading_does_not_matter(value: float):
    assert ACCURACY.half_width(value, conditions=YEAR) == ACCURACY.half_width(
        -value, conditions=YEAR
    )


@pytest.mark.parametrize("days", [(365, 1), (90, 90)])
def test_intervals_stand_in_ascending_order(days: tuple[int, int]):
    with pytest.raises(ValidationError, match="from the shortest to the longest"):
        Accuracy.model_validate({"within": [{"days": day, "kelvin": 5} for day in days]})


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="reading_ppm"):
        ErrorLimit.model_validate({"reading_ppm": 10})


# Points worked out by hand from the makers' tables, in V or A.
METER_POINTS = [
    # 0.0035 % of 4.2 V is 147 µV, 0.0005 % of 10 V is 50 µV; k = 2.
    ("keysight-34461a", "dc_voltage", 4.2, 10, YEAR, 197e-6 / 2),
    # 1 cycle adds 0.001 % of 10 V and 20 µV.
    ("keysight-34461a", "dc_voltage", 4.2, 1, YEAR, (197e-6 + 120e-6) / 2),
    # 63 µV + 40 µV, and 4 K beyond ± 1 K at 21 µV + 10 µV each.
    ("keysight-34461a", "dc_voltage", 4.2, 100, Conditions(1, 5), (103e-6 + 4 * 31e-6) / 2),
    # 0.0050 % of 4.2 V is 210 µV, and 50 µV.
    ("keysight-34461a", "dc_voltage", 4.2, 10, Conditions(730, 5), 260e-6 / 2),
    # 0.0075 % of 4.2 V is 315 µV, and 50 µV.
    ("keysight-34460a", "dc_voltage", 4.2, 10, YEAR, 365e-6 / 2),
    # 0.05 % of 8 µA is 4 nA, 0.025 % of 100 µA is 25 nA.
    ("keysight-34461a", "dc_current", 8e-6, 100, YEAR, 29e-9 / 2),
    # 0.1 % of 0.42 A is 420 µA, 0.01 % of 1 A is 100 µA.
    ("keysight-34461a", "dc_current", 0.42, 10, YEAR, 520e-6 / 2),
    # 900 µV on 20 V, and 0.001 % of 20 V at the slow rate; rectangular.
    ("rigol-dm3068", "dc_voltage", 4.2, 20, YEAR, 1.1e-3 / math.sqrt(3)),
]


@pytest.mark.parametrize(
    ("model", "function_name", "value", "power_line_cycles", "conditions", "expected"), METER_POINTS
)
def test_a_meters_uncertainty_is_what_the_hand_says(
    model: str,
    function_name: str,
    value: float,
    power_line_cycles: float,
    conditions: Conditions,
    expected: float,
):
    sheet = load_datasheet(model)
    function = getattr(sheet, function_name)
    uncertainty = sheet.meter_uncertainty(
        value,
        meter_range=function.range_for(value),
        extra=function.aperture_for(power_line_cycles),
        conditions=conditions,
    )
    assert uncertainty == pytest.approx(expected, rel=1e-9)


def test_a_supplys_readback_uncertainty_is_what_the_hand_says():
    sheet = load_datasheet("keysight-e36312a")
    uncertainty = sheet.readback_uncertainty(
        3.7, accuracy=sheet.outputs[0].voltage_readback, conditions=YEAR
    )
    # 0.1 % of 3.7 V is 3.7 mV, and 5 mV; rectangular.
    assert uncertainty == pytest.approx(8.7e-3 / math.sqrt(3))
