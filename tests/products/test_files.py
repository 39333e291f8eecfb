from __future__ import annotations

from pathlib import Path

import pytest

from products.files import read_tables, read_texts, tables_of_texts
from products.model import load_product
from quantities.errors import ProductFileError

PRODUCTS = Path(__file__).parents[2] / "products"
BASE = """
name = "Base"
[settings]
low = 1
high = 2
[limits."a.b"]
unit = "V"
high = 0.5
[limits."a.c"]
equals = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.toml").write_text(BASE, encoding="utf-8")
    return tmp_path


def like(folder: Path, text: str, *, name: str = "own.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_what_a_file_does_not_say_is_as_in_the_file_that_it_is_like(folder: Path):
    tables = read_tables(like(folder, 'like = "base.toml"\nname = "Own"\n[settings]\nlow = 0\n'))
    assert tables["name"] == "Own"
    assert tables["settings"] == {"low": 0, "high": 2}
    assert tables["limits"]["a.b"] == {"unit": "V", "high": 0.5}
    assert "like" not in tables


def test_a_limit_is_replaced_whole(folder: Path):
    tables = read_tables(like(folder, 'like = "base.toml"\n[limits."a.b"]\nequals = 3\n'))
    assert tables["limits"] == {"a.b": {"equals": 3}, "a.c": {"equals": True}}


def test_a_file_may_be_like_one_that_is_like_another(folder: Path):
    like(folder, 'like = "base.toml"\n[settings]\nlow = 0\n', name="middle.toml")
    tables = read_tables(like(folder, 'like = "middle.toml"\n[settings]\nhigh = 9\n'))
    assert tables["settings"] == {"low": 0, "high": 9}


def test_the_texts_of_all_files_go_on_record(folder: Path):
    own = like(folder, 'like = "base.toml"\n')
    assert read_texts(own) == f'like = "base.toml"\n\n# --- base.toml ---\n\n{BASE}'
    assert read_texts(folder / "base.toml") == BASE


@pytest.mark.parametrize("name", ["lipo.toml", "lifepo4.toml", "pwm200.toml"])
def test_what_went_on_record_is_a_product_file_again(name: str):
    path = PRODUCTS / name
    assert tables_of_texts(read_texts(path)) == read_tables(path)


def test_a_text_on_record_that_is_none_is_refused():
    with pytest.raises(ProductFileError, match="is not TOML"):
        tables_of_texts("[")


@pytest.mark.parametrize("other", ['"own.toml"', '"../{folder}/own.toml"', "3", "true"])
def test_a_file_that_is_like_itself_or_like_no_file_is_refused(folder: Path, other: str):
    own = like(folder, f"like = {other.format(folder=folder.name)}\n")
    with pytest.raises(ProductFileError, match=r"own\.toml: \[like\] .* is not another file"):
        read_tables(own)


def test_a_circle_is_refused(folder: Path):
    like(folder, 'like = "own.toml"\n', name="other.toml")
    with pytest.raises(ProductFileError, match=r"other\.toml: \[like\] 'own.toml'"):
        read_tables(like(folder, 'like = "other.toml"\n'))


def test_a_file_that_is_not_there_is_named(folder: Path):
    with pytest.raises(ProductFileError, match=r"nowhere\.toml: cannot be read"):
        read_tables(like(folder, 'like = "nowhere.toml"\n'))


def test_products_that_are_like_the_first_have_all_of_its_limits():
    first = load_product(PRODUCTS / "lipo.toml")
    for name in ("lifepo4", "pwm200"):
        product = load_product(PRODUCTS / f"{name}.toml")
        assert product.part_number != first.part_number
        assert product.limits.keys() > first.limits.keys()
        assert product.timing == first.timing
