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
        raise error(fault.strerror or str(fault), where=str(path)) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise error(f"is not TOML: {fault}", where=str(path)) from fault


def complaints(details: Iterable[Mapping[str, Any]]) -> str:
    """One sentence a complaint (``loc`` and ``msg`` as pydantic lists them)."""
    return "; ".join(
        f"[{'.'.join(str(part) for part in detail['loc']) or 'file'}] {detail['msg']}"
        for detail in details
    )
