"""Product files: what is refused, and that the refusal names file, key and expectation."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.model import DecisionRule, Limit, Product, load_product, parse_product
from quantities.errors import ProductFileError
from tests.toml_like import spoiled, tables

PRODUCTS = Path(__file__).parents[2] / "products"
LIPO = (PRODUCTS / "lipo.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(PRODUCTS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_products_here_are_good(path: Path):
    assert load_product(path).limits


def test_a_product_says_what_its_file_says():
    product = load_product(PRODUCTS / "lipo.toml")
    assert product.part_number == "CM-LIPO-10R"
    assert product.absolute_maxima.voltage_V == 5.5
    assert product.decision.rule is DecisionRule.SIMPLE_ACCEPTANCE
    assert product.accuracy.points_V == (2.5, 2.9, 3.3, 3.7, 4.0, 4.2, 4.6, 5.0)
    error = product.limits["accuracy.error"]
    assert (error.low, error.high, error.unit, error.clauses) == (-0.010, 0.010, "V", ("CAL-2",))
    assert product.limits["end_state.settings"].equals is True


def with_line(old: str, new: str) -> str:
    """The LiPo product's file with one of its lines changed."""
    assert LIPO.count(f"\n{old}") == 1, f"{old!r} does not stand there once"
    return LIPO.replace(f"\n{old}", f"\n{new}")


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "product.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProductFileError) as caught:
        load_product(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key", "expectation"),
    [
        ('revision = "A"', "", "[revision]", "Field required"),
        ('revision = "A"', "revision = 1", "[revision]", "valid string"),
        ('revision = "A"', 'revision = "A"\ncolour = "red"', "[colour]", "not permitted"),
        ("current_A = 0.65 ", "#", "[absolute_maxima.current_A]", "Field required"),
        ("current_A = 0.65 ", "current_A = 0 #", "[absolute_maxima.current_A]", "greater than 0"),
        ("current_A = 0.65 ", "current_A = -1 #", "[absolute_maxima.current_A]", "greater than 0"),
        ("current_A = 0.65 ", "current_A = inf #", "[absolute_maxima.current_A]", "finite"),
        ("current_A = 0.65 ", "current_A = nan #", "[absolute_maxima.current_A]", "finite"),
        ("current_A = 0.65 ", 'current_A = "1" #', "[absolute_maxima.current_A]", "number"),
        ("current_A = 0.65 ", "current_A = true #", "[absolute_maxima.current_A]", "number"),
        ("current_A = 0.65 ", "current_mA = 650 #", "[absolute_maxima.current_mA]", "permitted"),
        ("[bleeder]", "bleeder = 10.0\n[b]", "[b]", "not permitted"),
        ("processing_s = 0.0020", "processing_s = inf", "[timing.processing_s]", "finite"),
        ("clock_tolerance = 0.025", "clock_tolerance = 0.5", "[timing.clock_tolerance]", "0.05"),
        ("bleeding_mV = 4196", "bleeding_mV = 4196.5", "[settings.bleeding_mV]", "integer"),
        ('rule = "simple-acceptance"', 'rule = "lenient"', "[decision.rule]", "guarded-acceptance"),
        (
            "coverage_probability = 0.95",
            "coverage_probability = 95",
            "[decision.coverage_probability]",
            "less than 1",
        ),
        ("point_V = 4.2", "point_V = 5.5", "[calibration.point_V]", "less than 5.5"),
        (
            "point_V = 4.2\nreadings = 16",
            "point_V = 4.2\nreadings = 15",
            "[calibration.readings]",
            "16",
        ),
        ("as_found_readings = 4\nreadings = 16", "readings = 1", "[accuracy.readings]", "16"),
        ("points_V = [2.5, 2.9", "points_V = [2.9", "[accuracy.points_V]", "at least 8"),
        ("points_V = [2.5", 'points_V = ["2.5"', "[accuracy.points_V.0]", "number"),
        ("points_V = [2.5", "points_V = [nan", "[accuracy.points_V.0]", "finite"),
        ("low = -0.010", "low = -inf", "[limits.accuracy.error.low]", "finite"),
        ("low = -0.010", "low = nan", "[limits.accuracy.error.low]", "finite"),
        ("low = -0.010", "lo = -0.010", "[limits.accuracy.error.lo]", "not permitted"),
        ("low = -0.010", "equals = 0", "[limits.accuracy.error]", "low and/or high, or equals"),
        ("low = -0.010", "low = 0.011", "[limits.accuracy.error]", "low 0.011 is above high 0.01"),
        ('unit = "V"\nlow = -0.010', "unit = 1", "[limits.accuracy.error.unit]", "string"),
    ],
)
def test_a_bad_line_is_refused(tmp_path: Path, old: str, new: str, key: str, expectation: str):
    message = refusal(tmp_path, with_line(old, new))
    assert key in message
    assert expectation in message


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("low_mV = 3303", "low_mV = 4196", "low_mV < bleeding_mV < high_mV"),
        ("high_mV = 4211", "high_mV = 4196", "low_mV < bleeding_mV < high_mV"),
        ("bleeding_mV = 4196", "bleeding_mV = 4300", "low_mV < bleeding_mV < high_mV"),
        ("resting_V = 3.7", "resting_V = 4.196", "resting_V wants to be between"),
        ("resting_V = 3.7", "resting_V = 3.2", "resting_V wants to be between"),
        ("watchdog_shortest_s = 1.28", "watchdog_shortest_s = 4", "watchdog_shortest_s <="),
        ("voltage_V = 5.5", "voltage_V = 5.0", "points_V has 5 V"),
        ("points_V = [2.5", "points_V = [5.6", "points_V has 5.6 V"),
        ("as_found_points_V = [2.5", "as_found_points_V = [9.0", "as_found_points_V has 9 V"),
        ("as_found_points_V = [2.5", "as_found_points_V = [2.4", "as_found_points_V has 2.4 V"),
        ("minimum_V = 2.5", "minimum_V = 3.9", "resting_V has 3.7 V"),
        ("point_V = 4.2", "point_V = 2.4", "point_V has 2.4 V"),
        ("voltage_V = 4.2", "voltage_V = 5.5", "[sleep] voltage_V has 5.5 V"),
        ("points_V = [2.5, 2.9", "points_V = [2.5, 2.5", "[accuracy] a voltage stands there twice"),
    ],
)
def test_a_product_that_contradicts_itself_is_refused(
    tmp_path: Path, old: str, new: str, complaint: str
):
    assert complaint in refusal(tmp_path, with_line(old, new))


def test_a_limit_without_any_bound_is_refused(tmp_path: Path):
    text = LIPO + '\n[limits."timing.latency"]\nunit = "s"\n'
    assert "[limits.timing.latency] state low and/or high, or equals" in refusal(tmp_path, text)


@pytest.mark.parametrize("equals", ["1.5", "[1]", "{ x = 1 }", "2026-01-01"])
def test_an_exact_limit_of_no_plain_kind_is_one_complaint(tmp_path: Path, equals: str):
    message = refusal(tmp_path, LIPO + f'\n[limits."a.b"]\nequals = {equals}\n')
    assert message.endswith("[limits.a.b.equals] a truth value, a whole number or a text is due")


@pytest.mark.parametrize("equals", [True, False, 0, 1, "", "A00@"])
def test_an_exact_limit_keeps_its_kind(equals: str | int):
    limit = Limit(equals=equals)
    assert limit.equals == equals
    assert type(limit.equals) is type(equals)


def test_every_complaint_is_made_at_once(tmp_path: Path):
    message = refusal(tmp_path, with_line('revision = "A"', "").replace("4196", '"x"'))
    assert "[revision]" in message
    assert "[settings.bleeding_mV]" in message


def test_a_file_without_anything_misses_everything(tmp_path: Path):
    message = refusal(tmp_path, "")
    for key, field in Product.model_fields.items():
        assert (f"[{key}] Field required" in message) is field.is_required()


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ProductFileError, match=r"absent\.toml: cannot be read"):
        load_product(tmp_path / "absent.toml")


def survives(table: dict[str, Any]) -> None:
    """A product whose every promise holds, or our error."""
    try:
        product = parse_product(table, where="product.toml")
    except ProductFileError as error:
        assert str(error).startswith("product.toml: [")  # noqa: PT017 - either is right
    else:
        highest_V = max(*product.accuracy.points_V, *product.accuracy.as_found_points_V)
        assert highest_V < product.absolute_maxima.voltage_V
        assert product.settings.low_mV < product.settings.bleeding_mV < product.settings.high_mV


@given(tables)
def test_any_table_gives_a_product_or_our_error(table: dict[str, Any]):
    survives(table)


@given(st.data())
def test_a_good_file_with_anything_changed_gives_a_product_or_our_error(data: st.DataObject):
    survives(data.draw(spoiled(tomllib.loads(LIPO))))
