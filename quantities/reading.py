"""A measured value with its unit and its standard uncertainty.

A reading travels with the *standard* uncertainty and its degrees of freedom; it is expanded
only where it meets a limit. Two shares of it are kept: all of it, and what the measuring
system alone contributes (the module's own resolution and noise left out), because the
test uncertainty ratio compares a tolerance with the measuring system.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Quantity: TypeAlias = float | NDArray[np.float64]
"""A number, or an array by position (index 0 is position 1) with NaN where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """``value`` in ``unit`` with its standard uncertainty, in the same unit.

    ``system_uncertainty`` is the measuring system's share of ``standard_uncertainty``
    (all of it unless stated). ``instrument`` names what measured, ``time_ns`` is the bench
    clock's time when the measurement ended.
    """

    value: Quantity
    unit: str
    standard_uncertainty: Quantity = 0.0
    degrees_of_freedom: float = math.inf
    system_uncertainty: Quantity | None = None
    instrument: str = ""
    time_ns: int = 0

    @property
    def system_share(self) -> Quantity:
        """The measuring system's standard uncertainty."""
        return (
            self.standard_uncertainty
            if self.system_uncertainty is None
            else self.system_uncertainty
        )

    def __sub__(self, other: Reading) -> Reading:
        """Difference of two independent readings of one unit (uncertainties in quadrature)."""
        if self.unit != other.unit:
            raise ValueError(f"cannot subtract {other.unit} from {self.unit}")
        return Reading(
            value=self.value - other.value,
            unit=self.unit,
            standard_uncertainty=in_quadrature(
                self.standard_uncertainty, other.standard_uncertainty
            ),
            degrees_of_freedom=effective_degrees_of_freedom(
                (self.standard_uncertainty, self.degrees_of_freedom),
                (other.standard_uncertainty, other.degrees_of_freedom),
            ),
            system_uncertainty=in_quadrature(self.system_share, other.system_share),
            instrument=" − ".join(name for name in (self.instrument, other.instrument) if name),
            time_ns=max(self.time_ns, other.time_ns),
        )


def in_quadrature(*contributions: Quantity) -> Quantity:
    """Root of the sum of squares of independent standard uncertainties."""
    total: Quantity = 0.0
    for contribution in contributions:
        total = np.hypot(total, contribution)
    return as_quantity(total)


def effective_degrees_of_freedom(*contributions: tuple[Quantity, float]) -> float:
    """Welch–Satterthwaite (GUM G.4.1) over ``(standard uncertainty, degrees of freedom)``.

    Where uncertainties are arrays the smallest result is taken, the cautious one. NaN, which
    is judged as a value that cannot be evaluated, unless all degrees of freedom are positive.
    """
    total = np.asarray(in_quadrature(*(uncertainty for uncertainty, _ in contributions)))
    weight = np.zeros_like(total)
    for uncertainty, degrees in contributions:
        # As shares of the whole, the fourth powers of small uncertainties do not underflow.
        share = np.divide(uncertainty, total, out=np.zeros_like(total), where=total > 0)
        weight = weight + share**4 / (degrees if degrees > 0 else math.nan)
    heaviest = float(np.max(weight, initial=0.0))
    return 1 / heaviest if heaviest else math.inf


def as_quantity(value: ArrayLike) -> Quantity:
    """A plain float for a number, a float array for anything longer."""
    array = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array
