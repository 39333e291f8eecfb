"""Open-circuit voltage over state of charge, and the energy under it.

Straight lines between points; beyond empty and full the ends go on with a steep slope, so that a cell
that is driven there shows it. Both curves are at rest and 25 °C, the mean of charging and discharging,
and no single maker's:

- LiPo, a pouch cell of 3.00 to 4.20 V: above 15 % within 30 mV of the cell that W. Ai et al. fitted,
  J. Electrochem. Soc. 167 (2020) 013512.
- LiFePO4 against graphite, two plateaus with the graphite's step between them: from 40 % to 95 % within
  50 mV of S. Afshar et al., arXiv 1709.03970 (LiFePO4), less C.-H. Chen et al., J. Electrochem. Soc. 167
  (2020) 080534 (graphite).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BEYOND = 0.2
"""How far past empty and full the ends go on, in states of charge."""


class Chemistry(StrEnum):
    """What the cells are."""

    LIPO = "lipo"
    LIFEPO4 = "lifepo4"


@dataclass(frozen=True, eq=False)
class OpenCircuit:
    """A curve of straight lines; ``state_of_charge`` rises from before 0 to past 1."""

    state_of_charge: Array
    volts: Array
    slopes: Array = field(init=False)
    """V per state of charge, of each line."""
    areas: Array = field(init=False)
    """Under the curve up to each point."""

    def __post_init__(self) -> None:
        widths = np.diff(self.state_of_charge)
        areas = widths * (self.volts[:-1] + self.volts[1:]) / 2
        object.__setattr__(self, "slopes", np.diff(self.volts) / widths)
        object.__setattr__(self, "areas", np.concatenate([[0.0], np.cumsum(areas)]))

    def line(self, state_of_charge: Array) -> tuple[Array, Array]:
        """Voltage and slope at each state of charge."""
        index = self._index(state_of_charge)
        slope = self.slopes[index]
        return self.volts[index] + slope * (state_of_charge - self.state_of_charge[index]), slope

    def energy(self, state_of_charge: Array) -> Array:
        """Energy stored per ampere second of capacity, in V: the area from the curve's begin."""
        index = self._index(state_of_charge)
        past = state_of_charge - self.state_of_charge[index]
        return self.areas[index] + past * (self.volts[index] + self.slopes[index] * past / 2)

    def _index(self, state_of_charge: Array) -> NDArray[np.intp]:
        inner = self.state_of_charge[1:-1]
        return np.searchsorted(inner, state_of_charge, side="right")


def _curve(*points: tuple[float, float], below: float, above: float) -> OpenCircuit:
    """Points of state of charge and voltage from empty to full, and the slopes beyond, in V."""
    empty, full = points[0], points[-1]
    whole = [
        (empty[0] - BEYOND, empty[1] - BEYOND * below),
        *points,
        (full[0] + BEYOND, full[1] + BEYOND * above),
    ]
    return OpenCircuit(np.array([x for x, _ in whole]), np.array([y for _, y in whole]))


CURVES = {
    Chemistry.LIPO: _curve(
        (0.00, 3.000), (0.02, 3.270), (0.05, 3.455), (0.10, 3.605), (0.15, 3.655), (0.20, 3.690),
        (0.30, 3.740), (0.40, 3.780), (0.50, 3.818), (0.60, 3.867), (0.70, 3.928), (0.80, 4.000),
        (0.90, 4.082), (0.95, 4.138), (1.00, 4.200), below=15.0, above=3.0,
    ),
    Chemistry.LIFEPO4: _curve(
        (0.00, 2.500), (0.02, 2.900), (0.05, 3.100), (0.10, 3.200), (0.20, 3.255), (0.30, 3.285),
        (0.40, 3.295), (0.55, 3.300), (0.60, 3.320), (0.70, 3.335), (0.95, 3.345), (0.98, 3.380),
        (1.00, 3.500), below=20.0, above=15.0,
    ),
}  # fmt: skip
