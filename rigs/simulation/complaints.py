"""Complaints about a table within a table."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import InitErrorDetails


def in_table(name: str, position: int, error: ValidationError) -> ValidationError:
    """The same complaints, each about a key further in."""
    return ValidationError.from_exception_data(
        error.title,
        [
            InitErrorDetails(
                type=detail["type"],
                loc=(name, position, *detail["loc"]),
                input=detail["input"],
                ctx=detail.get("ctx", {}),
            )
            for detail in error.errors()
        ],
    )
