"""From what a test hands to ``measure`` to one sample per active module."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from quantities import Reading

Plain: TypeAlias = bool | int | float | str | None
Measured: TypeAlias = Reading | Plain | Sequence[Plain] | np.ndarray
"""A reading, a plain value, or plain values by position (index 0 is position 1)."""


class Sample(NamedTuple):
    """One value with its standard uncertainties; ``position`` None is the whole panel."""

    position: int | None
    value: object
    standard_uncertainty: float = 0.0
    system_uncertainty: float = 0.0


def split(measured: Measured, positions: Sequence[int]) -> list[Sample]:
    """One sample for each of ``positions``; a position that was given no value gets None.

    A single value belongs to the only module of a nest, and on a panel to the panel as a
    whole: then there is one sample, with position None.
    """
    if not isinstance(measured, Reading):
        values = _by_position(measured)
        if values is None:
            return [Sample(_place(positions), _item(measured))]
        return [Sample(position, _at(values, position)) for position in positions]
    values = _by_position(measured.value)
    standard = _by_position(measured.standard_uncertainty)
    system = _by_position(measured.system_share)
    if values is None and standard is None and system is None:
        return [
            Sample(
                _place(positions),
                _item(measured.value),
                float(measured.standard_uncertainty),
                float(measured.system_share),
            )
        ]
    return [
        Sample(
            position,
            _item(measured.value) if values is None else _at(values, position),
            _uncertainty(measured.standard_uncertainty, standard, position),
            _uncertainty(measured.system_share, system, position),
        )
        for position in positions
    ]


def _place(positions: Sequence[int]) -> int | None:
    return positions[0] if len(positions) == 1 else None


def _by_position(value: object) -> list[object] | None:
    """The values as a list, or None for a single value."""
    if isinstance(value, np.ndarray):
        return None if value.ndim == 0 else value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return list(value)
    return None


def _at(values: list[object], position: int) -> object:
    return _item(values[position - 1]) if position <= len(values) else None


def _uncertainty(whole: object, by_position: list[object] | None, position: int) -> float:
    """NaN where there is none, which never passes."""
    value = _item(whole) if by_position is None else _at(by_position, position)
    return float(value) if isinstance(value, int | float) else math.nan


def _item(value: object) -> object:
    """The plain value within a numpy scalar or array of no dimension."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return value
