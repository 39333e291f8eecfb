"""Accuracy over the range, against the voltmeter at the modules' terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.keeping import KeepErrorCurve
    from fixtures.roles import Measure
    from products.model import Product
    from rigs.panel import Panel


@pytest.mark.eol
@pytest.mark.requirement("CAL-2")
@pytest.mark.usefixtures("bleeding_disabled")
def test_accuracy_over_the_range(
    panel: Panel, product: Product, measure: Measure, keep_error_curve: KeepErrorCurve
) -> None:
    """Error of the mean reading at each point of the range, bleeding disabled."""
    constants = panel.read_settings().constant
    curve = []
    for reference, error in panel.errors(
        constants, product.accuracy.points_V, product.accuracy.readings
    ):
        measure("accuracy.error", error, condition=f"{reference.value:.3f} V")
        curve.append((reference, error))
    keep_error_curve("as-left", curve)
