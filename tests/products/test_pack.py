"""[pack]: what is refused, with key and expectation."""

from __future__ import annotations

from pathlib import Path

import pytest

from products.files import read_tables
from products.model import load_product, parse_product
from products.pack import Pack, ScenarioName
from quantities.errors import ProductFileError

PRODUCTS = Path(__file__).parents[2] / "products"
PACK16 = PRODUCTS / "pack16.toml"


def refusal(table: str, **keys: object) -> str:
    """What is said of pack16 with these keys in a table of its ``[pack]``."""
    tables = read_tables(PACK16)
    changed = tables["pack"]
    for name in table.split(".") if table else ():
        changed = changed.setdefault(name, {})
    changed.update(keys)
    with pytest.raises(ProductFileError) as caught:
        parse_product(tables, where="pack16")
    return str(caught.value)


def the_pack(name: str = "pack16.toml") -> Pack:
    pack = load_product(PRODUCTS / name).pack
    assert pack is not None
    return pack


def test_a_product_of_modules_alone_has_no_pack():
    assert load_product(PRODUCTS / "lipo.toml").pack is None


def test_a_pack_says_what_its_file_says():
    pack = the_pack()
    assert pack.cells == 16
    assert pack.currents.charge_A == 5.0
    assert pack.cell.voltage_V.high == 4.25


def test_the_long_pack_differs_in_what_it_states_only():
    long, short = the_pack("pack256.toml"), the_pack()
    assert long.cells == 256
    assert long.charge == short.charge
    assert long.periods.fast_s > short.periods.fast_s


def test_every_scenario_has_its_requirement():
    assert set(the_pack().scenarios) == set(ScenarioName)


def test_a_fault_that_need_not_be_named_is_none_the_less_to_be_safe():
    scenarios = the_pack().scenarios
    assert scenarios[ScenarioName.MODULE_MISCALIBRATED].named_within_s is None
    assert scenarios[ScenarioName.MODULE_MISCALIBRATED].stays_safe_within_s > 0
    assert scenarios[ScenarioName.PACK_VOLTAGE_OFF].named_within_s is not None


@pytest.mark.parametrize(
    ("table", "keys", "complaint"),
    [
        ("", {"colour": "red"}, "[pack.colour] Extra inputs are not permitted"),
        ("", {"cells": 0}, "[pack.cells] Input should be greater than or equal to 1"),
        ("", {"cells": 257}, "[pack.cells] Input should be less than or equal to 256"),
        ("", {"cells": 8}, "[pack.temperatures] sensors are more than cells"),
        ("periods", {"fast_s": 9.0}, "[pack.periods] slow_s wants to be at least fast_s"),
        ("ages", {"status_s": 1.0}, "[pack.ages] status_s 1 allows no reading to be read in time"),
        ("ages", {"cell_voltages_s": 4.0}, "[pack.ages] cell_voltages_s 4"),
        ("currents", {"over_charge_A": 5.0}, "over_charge_A wants to be above charge_A"),
        ("charger", {"voltage_V": 60.0}, "[pack.charger] voltage_V 60 fills no pack"),
        ("cell.voltage_V", {"high": 4.2}, "outside the alarms of [settings], 3.303 and 4.211 V"),
        ("cell.voltage_V", {"hysteresis": 1.0}, "more than twice the hysteresis apart"),
        ("charging", {"current_step_A": 0.4}, "at least the balance current, 0.42 A"),
        ("charging", {"current_fall": 1.0}, "[pack.charging.current_fall]"),
        ("charging", {"time_constant_least_s": 90.0}, "above time_constant_greatest_s"),
        ("charge", {"ocv_V": [3.0, 3.0]}, "ocv_V and ocv_charge want as many points each"),
        ("charge", {"ocv_V": [3.0, 3.0], "ocv_charge": [0, 1]}, "ocv_V wants to rise"),
        ("charge", {"ocv_V": [3.0, 4.0], "ocv_charge": [0, 0.9]}, "wants to go from 0 to 1"),
        ("current_sensor", {"step_A": 0.01}, "step_A wants to be above zero_A"),
        ("balancing", {"release_V": 0.1}, "release_V wants to be below spread_V"),
        ("scenarios.rain", {"stays_safe_within_s": 1.0}, "[pack.scenarios.rain"),
        ("scenarios.charging", {"stays_safe_within_s": 0.0}, "greater than 0"),
    ],
)
def test_a_contradiction_is_refused(table: str, keys: dict[str, object], complaint: str):
    assert complaint in refusal(table, **keys)
