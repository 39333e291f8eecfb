"""The clauses, the tests that verify them and the limits that judge them agree."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from products.model import Product, load_product

ROOT = Path(__file__).parents[1]
REQUIREMENTS = sorted((ROOT / "docs" / "requirements").glob("*.toml"))
PRODUCTS = sorted((ROOT / "products").glob("*.toml"))
FAMILIES = {
    *("MSG", "ADR", "CMD", "THR", "CHN", "CAL", "BLD", "SLP", "TIM", "TMP", "PWR", "ALM"),
    *("SUP", "CHG", "CTL"),
}
KEYS = {"id", "title", "text", "method", "status"}
OPTIONAL_KEYS = {"option", "errata"}


def entries(kind: str) -> list[dict[str, object]]:
    """All ``[[clause]]`` or ``[[erratum]]`` tables."""
    tables = (tomllib.loads(path.read_text(encoding="utf-8")) for path in REQUIREMENTS)
    return [entry for table in tables for entry in table.get(kind, [])]


def clauses_marked_in(source: str) -> Iterator[str]:
    """The arguments of every ``pytest.mark.requirement(...)``, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            yield from (ast.literal_eval(argument) for argument in node.args)


def clauses_verified() -> dict[str, set[str]]:
    """Clauses named by the qualification tests, with the files that name them."""
    verified: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests_hil").rglob("*.py")):
        for clause in clauses_marked_in(path.read_text(encoding="utf-8")):
            verified.setdefault(clause, set()).add(path.name)
    return verified


CLAUSES = {str(clause["id"]): clause for clause in entries("clause")}


def test_every_id_is_used_once():
    counts = Counter(entry["id"] for entry in entries("clause") + entries("erratum"))
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_family_has_clauses_and_no_other_family_has():
    assert {name.split("-")[0] for name in CLAUSES} == FAMILIES


@pytest.mark.parametrize("clause", CLAUSES.values(), ids=CLAUSES.keys())
def test_a_clause_is_well_formed(clause: dict[str, object]):
    assert re.fullmatch(r"[A-Z]{3}-([A-Z][0-9]?|[1-9][0-9]?)", str(clause["id"]))
    assert KEYS <= clause.keys() <= KEYS | OPTIONAL_KEYS
    assert clause["status"] in {"verified", "planned"}
    assert all(str(clause[key]).strip() for key in KEYS)


def test_every_erratum_is_referred_to_and_exists():
    referred = {name for clause in CLAUSES.values() for name in clause.get("errata", [])}
    assert referred == {entry["id"] for entry in entries("erratum")}


def test_status_says_which_clauses_have_a_test():
    verified = {name for name, clause in CLAUSES.items() if clause["status"] == "verified"}
    assert verified == set(clauses_verified())


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.name)
def test_a_product_file_names_clauses_that_exist(path: Path):
    product = load_product(path)
    named = {clause for limit in product.limits.values() for clause in limit.clauses}
    assert named | {*product.required.eol, *product.required.qualification} <= CLAUSES.keys()


def test_an_option_of_a_module_is_a_key_of_its_product_file():
    path = ROOT / "docs" / "requirements" / "cell-module.toml"
    clauses = tomllib.loads(path.read_text(encoding="utf-8"))["clause"]
    options = {clause["option"] for clause in clauses if "option" in clause}
    assert {option for option in options if not has_key(Product, option.split("."))} == set()


def has_key(table: type[BaseModel], keys: list[str]) -> bool:
    """Whether a product file may have a dotted key."""
    field = table.model_fields.get(keys[0])
    if field is None or field.annotation is None:
        return False
    return len(keys) == 1 or has_key(field.annotation, keys[1:])


def test_marks_are_found_on_functions_classes_and_modules():
    source = """
pytestmark = pytest.mark.requirement("MSG-1")
@pytest.mark.requirement("MSG-2", "MSG-3")
class TestSomething:
    @pytest.mark.requirement("MSG-4")
    def test_it(self): ...
"""
    assert list(clauses_marked_in(source)) == ["MSG-1", "MSG-2", "MSG-3", "MSG-4"]
