"""The page on troubleshooting quotes messages that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pydantic_core
import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ROOMS = ("quantities", "products", "drivers", "reports", "rigs", "fixtures")
QUOTED = re.findall(r"^\| `([^`]+)`", PAGE, re.MULTILINE)


def texts() -> Iterator[str]:
    """Every literal text in the rooms' code, f-strings with … where a value goes."""
    for path in [ROOT / "cellrig.py", *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "…"
                    for part in node.values
                )


TEXTS = [*texts(), pydantic_core.PydanticKnownError("extra_forbidden").message()]


def test_there_are_messages_to_look_for():
    assert len(QUOTED) > 30


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_message_that_is_explained_can_come(quoted: str):
    assert any(quoted in text for text in TEXTS), f"nothing says {quoted!r} any more"
