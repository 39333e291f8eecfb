from __future__ import annotations

import pytest

from reports.errorcurve import ErrorCurve


def test_a_curve_needs_one_row_per_voltage_and_one_column_per_position():
    with pytest.raises(ValueError, match="one row per voltage"):
        ErrorCurve.of([2.5, 5.0], [[0.1]], [[0.1]])
    with pytest.raises(ValueError, match="one row per voltage"):
        ErrorCurve(
            voltage_V=(2.5, 5.0), error_V=((0.1,), (0.1, 0.2)), expanded_uncertainty_V=((), ())
        )


def test_positions_count_from_one():
    assert list(ErrorCurve.of([2.5], [[0.1, 0.2]], [[0.1, 0.1]]).positions) == [1, 2]
    assert list(ErrorCurve.of([], [], []).positions) == []


def test_other_series_are_no_curves():
    assert ErrorCurve.from_json({"voltage_V": [1.0]}) is None
    assert ErrorCurve.from_json([1.0]) is None
