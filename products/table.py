"""What the tables of a product file are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Points = Annotated[tuple[Positive, ...], Field(strict=False)]
"""Voltages, from a TOML array."""
Clauses = Annotated[tuple[str, ...], Field(strict=False)]
"""Ids of clauses, from a TOML array."""


class Table(BaseModel):
    """A table as it stands: no unknown key, no number from a text or truth value, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
