"""Figures of the calibration: noise, steps of the code, and how well one constant fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.calibration import KeepNoise, KeepStraightness
    from fixtures.roles import Measure
    from products.model import Product
    from rigs.procedures.calibrationfigures import Noise, Straightness


@pytest.mark.requirement("CAL-2", "CAL-3")
def test_noise_lets_the_code_take_every_value(
    noise: Noise, measure: Measure, keep_noise: KeepNoise
) -> None:
    """Many single readings at the calibration point: neither too much noise nor too little."""
    keep_noise(noise)
    measure("calibration.noise", noise.rms)
    measure("calibration.residues", noise.residues)
    measure("calibration.farthest_code", noise.farthest)


@pytest.mark.requirement("CAL-1", "CAL-2")
def test_one_constant_fits_all_voltages(
    straightness: Straightness,
    product: Product,
    measure: Measure,
    keep_straightness: KeepStraightness,
) -> None:
    """Deviations from the best constant of all points, and the stored constant against it."""
    keep_straightness(straightness)
    measure("calibration.linearity", straightness.worst)
    measure("calibration.one_point", straightness.one_point(product.calibration.point_V))
