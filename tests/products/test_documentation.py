"""docs/products.md explains every key of a product file, docs/packs.md those of its pack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from products.files import LIKE
from products.model import Product
from products.pack import Pack, ScenarioName

PAGE = Path(__file__).parents[2] / "docs" / "products.md"
PACKS = PAGE.parent / "packs.md"
FIRST_CELL = re.compile(r"^\| (`[^|]*) \|", re.MULTILINE)


def keys(table: type[BaseModel]) -> Iterator[str]:
    """The keys of a table and of those within it."""
    for name, field in table.model_fields.items():
        yield name
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel) and part is not Pack:
                yield from keys(part)


def explained(path: Path = PAGE) -> set[str]:
    """What stands in code in the first cell of a row, file names and headings left out."""
    page = path.read_text(encoding="utf-8")
    cells = [cell for cell in FIRST_CELL.findall(page) if ".toml" not in cell]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_key_is_explained_and_no_other():
    page = PAGE.read_text(encoding="utf-8")
    in_headings = set(
        re.findall(r"\[(\w+)[.\]]", "\n".join(re.findall(r"^## .*", page, re.MULTILINE)))
    )
    within_text = {"duty", "frequency_Hz"}
    assert all(f"`{name}`" in page for name in within_text)
    assert explained() | in_headings | within_text == set(keys(Product)) | {LIKE}


def test_every_key_of_a_pack_is_explained_and_no_other():
    page = PACKS.read_text(encoding="utf-8")
    headings = "\n".join(re.findall(r"^## .*", page, re.MULTILINE))
    in_headings = set(re.findall(r"\[pack\.(\w+)[.\]]", headings))
    assert explained(PACKS) | in_headings == set(keys(Pack)) | set(ScenarioName)


def test_every_product_is_named_with_its_rig():
    page = PAGE.read_text(encoding="utf-8")
    for path in (PAGE.parents[1] / "products").glob("*.toml"):
        assert f"`products/{path.name}`" in page
