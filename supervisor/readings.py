"""What a supervisor is told each control period: readings, each with its age.

A reading that there is none of is NaN (or None), and as old as the last good one; one that there
never was is infinitely old. Charging currents are positive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Aged:
    """A value and how old it is when the supervisor is told."""

    value: float = math.nan
    age_s: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class AgedArray:
    """Values by position (index 0 is position 1) and the age of each; shape (cells,)."""

    values: NDArray[np.float64]
    ages_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """What came back of the latest ``S0F`` (CHN-1): both digits as they came, None if nothing did.

    ``age_s`` is the age of the latest answer, this one or an earlier one, that came back whole.
    """

    any_module: int | None = None
    every_module: int | None = None
    age_s: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class PackReadings:
    """All that is told at the start of one control period.

    ``elapsed_s`` has passed since the supervisor was told the last time; 0 at first, and when a
    poll is repeated within the period.
    """

    elapsed_s: float
    current_A: Aged
    pack_voltage_V: Aged
    cell_voltages_V: AgedArray
    temperatures_C: AgedArray
    """One for each sensor; NaN where it is open, shorted or does not answer."""
    status: StatusAnswer
    module_count: int | None
    """What ``A00@`` counted when the chain was last counted; None if nothing came back."""
    constants: NDArray[np.float64]
    """K of each module, in mV × code, as read at the start; NaN where none was."""
    latches: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    """The status nibbles of the latest ``U`` of each module (CMD-U2); empty before the first."""
    charging_wanted: bool = True
    """Whether there is a charger to charge from, plugged in and waiting."""
