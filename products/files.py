"""Product files on disk: one may say only what differs from another, ``like = "lipo.toml"``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quantities.errors import ProductFileError
from quantities.tables import read_toml

LIKE = "like"
_HEADING = re.compile(r"^# --- .+ ---$", re.MULTILINE)
REPLACED_WHOLE = "limits"
"""A limit is either an interval or a value, so none of the other file's keys may stay in it."""


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of a product file, over those of the file that it is like.

    Raises ``ProductFileError`` if a file cannot be read, is not TOML or is like itself.
    """
    merged: dict[str, Any] = {}
    for _, table in reversed(list(_files(path))):
        merged = _over(merged, table)
    return merged


def read_texts(path: Path) -> str:
    """The text of a product file, and below it of those that it is like, each under its name."""
    own, *others = [file for file, _ in _files(path)]
    texts = [f"\n# --- {other.name} ---\n\n{other.read_text(encoding='utf-8')}" for other in others]
    return own.read_text(encoding="utf-8") + "".join(texts)


def tables_of_texts(texts: str) -> dict[str, Any]:
    """The tables of a product file, and of those that it is like, from what ``read_texts`` made.

    Raises ``ProductFileError`` if that is not TOML.
    """
    merged: dict[str, Any] = {}
    for text in reversed(_HEADING.split(texts)):
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ProductFileError(f"is not TOML: {error}", where="a product on record") from error
        table.pop(LIKE, None)
        merged = _over(merged, table)
    return merged


def _files(path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The file, the one that it is like, and so on, each with its own tables."""
    seen: list[Path] = []
    while True:
        table = read_toml(path, ProductFileError)
        other = table.pop(LIKE, None)
        yield path, table
        if other is None:
            return
        seen.append(path.resolve())
        if not isinstance(other, str) or (path.parent / other).resolve() in seen:
            raise ProductFileError(
                f"[{LIKE}] {other!r} is not another file",
                where=str(path),
                expected="the name of a product file beside this one",
            )
        path = path.parent / other


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """What stands above hides what stands below, key by key."""
    merged = dict(below)
    for key, value in above.items():
        under = below.get(key)
        if key == REPLACED_WHOLE and isinstance(under, dict) and isinstance(value, dict):
            merged[key] = under | value
        elif isinstance(under, dict) and isinstance(value, dict):
            merged[key] = _over(under, value)
        else:
            merged[key] = value
    return merged
