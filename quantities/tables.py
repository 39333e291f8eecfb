"""Reading the project's TOML files, with complaints that name file, key and expectation."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from quantities.errors import UsageError


def read_toml(path: Path, error: type[UsageError]) -> dict[str, Any]:
    """The tables of a TOML file; raises ``error`` if it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        what = f"cannot be read: {fault.strerror or fault}"
        raise error(what, where=str(path), expected="a TOML file") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        what = f"is not TOML: {fault}"
        raise error(what, where=str(path), expected="TOML 1.0 in UTF-8") from fault


def complaints(details: Iterable[Mapping[str, Any]]) -> str:
    """One sentence a complaint (``loc`` and ``msg`` as pydantic lists them)."""
    return "; ".join(
        f"[{'.'.join(str(part) for part in detail['loc']) or 'file'}] "
        f"{detail['msg'].removeprefix('Value error, ')}"
        for detail in details
    )
