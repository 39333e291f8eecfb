"""Figures of the instruments, from the data sheets in ``drivers/datasheets``.

The tables are data and stand once. They are checked where the drivers read them; here the
keys are only taken, so a simulated instrument has limits of error, and draws within them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[3] / "drivers" / "datasheets"
YEAR_d = 365


def datasheet(model: str) -> Mapping[str, Any]:
    """The tables of this model's data sheet. Raises ``FileNotFoundError`` for an unknown one."""
    return tomllib.loads((FOLDER / f"{model}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class LinearError:
    """By how much this one specimen is off: what it shows is ``value × (1 + gain) + offset``."""

    gain: float = 0.0
    offset: float = 0.0

    def of(self, value: float) -> float:
        """What is shown for this value."""
        return value * (1 + self.gain) + self.offset


def draw_error(
    accuracy: Mapping[str, Any], generator: np.random.Generator, *, full_scale: float = 0.0
) -> LinearError:
    """A specimen's error within the one-year limits: gain and offset uniform, independent.

    ``accuracy`` is a table with ``within``, whose limits are percent of reading, percent of
    ``full_scale`` and an absolute part.
    """
    year = next(limit for limit in accuracy["within"] if limit["days"] >= YEAR_d)
    gain = year.get("reading_percent", 0.0) / 100
    offset = year.get("range_percent", 0.0) / 100 * full_scale + year.get("absolute", 0.0)
    return LinearError(
        gain=float(generator.uniform(-gain, gain)),
        offset=float(generator.uniform(-offset, offset)),
    )
