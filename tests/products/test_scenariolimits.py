from __future__ import annotations

from pathlib import Path

import pytest

from products.model import load_product
from products.scenariolimits import scenario_limits, unit_of

PRODUCTS = Path(__file__).parents[2] / "products"


def test_a_pack_file_judges_its_scenarios():
    limits = scenario_limits(load_product(PRODUCTS / "pack16.toml"))
    broken = limits["chain_broken.named_after"]
    assert (broken.unit, broken.high) == ("s", 10.0)
    assert limits["over_voltage.cell_V"].unit == "V"
    assert limits["charging.codes"].unit == ""


def test_what_need_not_be_named_has_no_limit_for_it():
    limits = scenario_limits(load_product(PRODUCTS / "pack16.toml"))
    assert "module_miscalibrated.safe_after" in limits
    assert "module_miscalibrated.named_after" not in limits


def test_a_product_that_is_no_pack_has_no_scenarios():
    assert scenario_limits(load_product(PRODUCTS / "lipo.toml")) == {}


@pytest.mark.parametrize(
    ("name", "unit"),
    [("cell_V", "V"), ("average_C", "°C"), ("time_s", "s"), ("codes", ""), ("error", "")],
)
def test_a_tolerances_unit_is_the_end_of_its_name(name: str, unit: str):
    assert unit_of(name) == unit
