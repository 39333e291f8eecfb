"""Rig files and product files: as TOML that anybody wrote, and as tables with anything in them."""

from __future__ import annotations

import copy
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from products.model import load_product, parse_product
from quantities.errors import ProductFileError, RigFileError, UsageError
from rigs.rig_file import load_rig_file, parse_rig_file
from tests.fuzz.target import Pieces, Target

ROOT = Path(__file__).parents[2]
RIG_TEXT = (ROOT / "rigs" / "simulated.toml").read_bytes()
PRODUCT_TEXT = (ROOT / "products" / "lipo.toml").read_bytes()
RIG, PRODUCT = (tomllib.loads(text.decode()) for text in (RIG_TEXT, PRODUCT_TEXT))
PRODUCT["limits"] = dict(list(PRODUCT["limits"].items())[:3])


def spoiled(tables: dict[str, Any], pieces: Pieces) -> dict[str, Any]:
    """The tables with values, keys or whole tables that are not what they should be."""
    made = copy.deepcopy(tables)
    while pieces.left:
        table, keys = made, list(made)
        while keys:
            key = keys[pieces.number(len(keys))]
            if isinstance(table[key], dict) and pieces.byte() % 4:
                table, keys = table[key], list(table[key])
                continue
            break
        action = pieces.byte() % 4
        if action == 0 and keys:
            del table[key]
        elif action == 1:
            table[pieces.piece().decode("utf-8", "replace")] = pieces.value()
        elif keys:
            table[key] = pieces.value()
    return made


def run_rig_tables(data: bytes) -> None:
    """A rig file's tables are taken, or refused by a complaint that is a text."""
    try:
        parse_rig_file(spoiled(RIG, Pieces(data)), where="rig.toml")
    except RigFileError as error:
        assert str(error).startswith("rig.toml: ")


def run_product_tables(data: bytes) -> None:
    """A product file's tables likewise."""
    try:
        parse_product(spoiled(PRODUCT, Pieces(data)), where="product.toml")
    except ProductFileError as error:
        assert str(error).startswith("product.toml: ")


def _file_target(
    load: Callable[[Path], object], error: type[UsageError]
) -> Callable[[bytes], None]:
    """Reads the input as a file."""
    folder = tempfile.TemporaryDirectory(prefix="cellrig-fuzz-")
    path = Path(folder.name) / "file.toml"

    def run(data: bytes, _folder: object = folder) -> None:
        path.write_bytes(data)
        try:
            load(path)
        except error as refused:
            assert str(path.parent) in str(refused)

    return run


run_rig_file = _file_target(load_rig_file, RigFileError)
run_product_file = _file_target(load_product, ProductFileError)

TARGETS = (
    Target(
        "rig tables",
        run_rig_tables,
        inputs=150_000,
        seeds=(b"", b"\0\0\0", b"\3\1\0\2\6", b"\1\1\1\4port\x80\4COM1"),
    ),
    Target("product tables", run_product_tables, inputs=300_000, seeds=(b"", b"\3\1\0\2\6")),
    Target("rig files", run_rig_file, inputs=20_000, seeds=(RIG_TEXT,), longest=2048),
    Target(
        "product files",
        run_product_file,
        inputs=20_000,
        seeds=(b'like = "x.toml"\n', PRODUCT_TEXT[:2048]),
        longest=2048,
    ),
)
