"""An error over voltage, module by module: the one kind of series that the document draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

KIND = "error-curve"


class Point(NamedTuple):
    """One module's error at one voltage."""

    voltage_V: float
    error_V: float
    expanded_uncertainty_V: float


@dataclass(frozen=True, kw_only=True)
class ErrorCurve:
    """What modules report less what the meter says, at a number of voltages.

    ``error_V`` and ``expanded_uncertainty_V`` have one row per voltage and one column per
    position (column 0 is position 1), NaN where there is none. A series whose name ends in
    ``.as_found`` is drawn together with the one that ends in ``.as_left``.
    """

    voltage_V: tuple[float, ...]
    error_V: tuple[tuple[float, ...], ...]
    expanded_uncertainty_V: tuple[tuple[float, ...], ...]
    limit: str = ""
    """The limit's name in the product file; the recorder looks low and high up."""
    low_V: float | None = None
    high_V: float | None = None

    def __post_init__(self) -> None:
        """Refuse tables that do not have one row per voltage, all of one width."""
        shapes = {tuple(len(row) for row in table) for table in self._tables()}
        rows = {len(shape) for shape in shapes}
        if len(shapes) != 1 or rows != {len(self.voltage_V)} or len(set(*shapes)) > 1:
            raise ValueError("one row per voltage and one column per position, please")

    @classmethod
    def of(
        cls,
        voltage_V: ArrayLike,
        error_V: ArrayLike,
        expanded_uncertainty_V: ArrayLike,
        *,
        limit: str = "",
    ) -> Self:
        """From lists or arrays as a test collects them."""
        return cls(
            voltage_V=tuple(np.asarray(voltage_V, dtype=float).tolist()),
            error_V=_table(error_V),
            expanded_uncertainty_V=_table(expanded_uncertainty_V),
            limit=limit,
        )

    @property
    def positions(self) -> range:
        """The positions that the columns stand for."""
        return range(1, len(self.error_V[0]) + 1 if self.error_V else 1)

    def points(self, position: int) -> list[Point]:
        """Where this module has an error; an uncertainty that makes no sense is 0."""
        rows = zip(self.voltage_V, self.error_V, self.expanded_uncertainty_V, strict=True)
        return [
            Point(volts, errors[position - 1], expanded if 0.0 < expanded < math.inf else 0.0)
            for volts, errors, uncertainties in rows
            if math.isfinite(errors[position - 1])
            for expanded in (uncertainties[position - 1],)
        ]

    def largest(self, position: int) -> Point | None:
        """The point of the largest error, either way; None if there is none."""
        return max(self.points(position), key=lambda point: abs(point.error_V), default=None)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "kind": KIND,
            "limit": self.limit,
            "low_V": self.low_V,
            "high_V": self.high_V,
            "voltage_V": self.voltage_V,
            "error_V": self.error_V,
            "expanded_uncertainty_V": self.expanded_uncertainty_V,
        }

    @classmethod
    def from_json(cls, data: object) -> Self | None:
        """The curve that was stored, or None if the series is something else."""
        if not isinstance(data, Mapping) or data.get("kind") != KIND:
            return None
        return cls(
            voltage_V=tuple(data["voltage_V"]),
            error_V=_from_json(data["error_V"]),
            expanded_uncertainty_V=_from_json(data["expanded_uncertainty_V"]),
            limit=data["limit"],
            low_V=data["low_V"],
            high_V=data["high_V"],
        )

    def _tables(self) -> tuple[tuple[tuple[float, ...], ...], ...]:
        return self.error_V, self.expanded_uncertainty_V


def _table(rows: ArrayLike) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in np.asarray(rows, dtype=float).tolist())


def _from_json(table: Sequence[Sequence[float | None]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(math.nan if value is None else value for value in row) for row in table)
