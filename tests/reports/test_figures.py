from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.model import Limit
from reports.figures import (
    Scale,
    limit_text,
    number_text,
    ratio_text,
    scale_of,
    scale_of_limit,
    uncertainty_text,
    value_text,
)

PLAIN = Scale(0, "")
VOLT = Scale(0, "V")


@pytest.mark.parametrize(
    ("value", "expanded", "shown"),
    [
        (3.70042, 0.00213, "3.7004 ± 0.0021"),
        (3.70045, 0.0213, "3.700 ± 0.021"),
        (12345.6, 123.4, "12350 ± 120"),
        (1.0, 0.0996, "1.00 ± 0.10"),
        (-0.00004, 0.024, "0.000 ± 0.024"),
        (-0.0314, 0.024, "−0.031 ± 0.024"),
        (7.0, 2.0, "7.0 ± 2.0"),
        (4.0, 0.0, "4"),
        (4968448.0, None, "4968448"),
        (0.1234567, None, "0.123457"),
        (1e20, 1e-12, "100000000000000000000 ± 0.0000000000010"),
    ],
)
def test_the_uncertainty_has_two_digits_and_the_value_as_many_decimals(
    value: float, expanded: float | None, shown: str
):
    assert value_text(value, expanded, PLAIN).split(" ")[0] == shown.split(" ", maxsplit=1)[0]
    assert value_text(value, expanded, PLAIN).replace("00000 ±", "00000 ±") == shown


def test_limits_choose_the_prefix_for_all_values_of_one_name():
    limit = Limit(unit="V", low=-0.01, high=0.01)
    scale = scale_of_limit("V", limit, 0.5)
    assert value_text(-0.0043, 0.00024, scale) == "(−4.30 ± 0.24) mV"
    assert value_text(0.5, 0.00024, scale) == "(500.00 ± 0.24) mV"
    assert limit_text(limit, scale) == "± 10 mV"


def test_units_without_prefixes_and_zero_stay_as_they_are():
    assert scale_of("%", 0.001) == Scale(0, "%")
    assert scale_of("V", 0.0, None, math.nan) == VOLT
    assert scale_of("A", 8e-6) == Scale(-6, "µA")
    assert scale_of("V", 1e-30) == Scale(-9, "nV")


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (None, "no limit"),
        (Limit(equals=4), "exactly 4"),
        (Limit(equals=True), "exactly yes"),
        (Limit(equals="A00@"), "exactly “A00@”"),
        (Limit(unit="V", high=2.0), "≤ 2 V"),
        (Limit(unit="V", low=2.0), "≥ 2 V"),
        (Limit(unit="V", low=2.0, high=5.0), "2 to 5 V"),
        (Limit(unit="A", high=2.0), "≤ 2 A"),
    ],
)
def test_a_limit_reads_as_what_it_asks_for(limit: Limit | None, shown: str):
    assert limit_text(limit, VOLT if limit is None or limit.unit else PLAIN) == shown


def test_values_that_are_no_numbers_are_shown_too():
    assert value_text(None, None, VOLT) == value_text(math.nan, 0.1, VOLT) == "no value"
    assert value_text(value=False, expanded_uncertainty=None, scale=PLAIN) == "no"
    assert value_text("A00@", None, PLAIN) == "“A00@”"


def test_a_ratio_beyond_a_hundred_is_only_said_to_be():
    assert [ratio_text(ratio) for ratio in (None, 3.96, 46.3, math.inf)] == [
        "—",
        "4.0",
        "46",
        "> 100",
    ]


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e3))
def test_what_is_shown_is_within_half_a_digit_of_what_was_measured(value: float, expanded: float):
    shown = Decimal(number_text(value, expanded, PLAIN).replace("−", "-"))
    uncertainty = Decimal(uncertainty_text(expanded, PLAIN))
    digits = uncertainty.normalize().as_tuple()
    assert len(digits.digits) <= 2
    assert abs(shown - Decimal(value)) <= uncertainty / 10
    assert abs(uncertainty - Decimal(expanded)) <= uncertainty / 10
