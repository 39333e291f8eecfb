"""Provisioning: settings as found, calibration, thresholds, and all of it read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.keeping import KeepErrorCurve, KeepSettings, Shipping
    from fixtures.roles import Measure
    from products.model import Product
    from rigs.panel import Panel


@pytest.mark.eol
@pytest.mark.requirement("CAL-1", "CAL-4", "CMD-W1", "CMD-W2", "CMD-V", "CMD-L", "CMD-H")
@pytest.mark.usefixtures("bleeding_disabled")
def test_provisioning(
    panel: Panel,
    product: Product,
    measure: Measure,
    keep_settings: KeepSettings,
    keep_error_curve: KeepErrorCurve,
    shipping: Shipping,
) -> None:
    """Calibrate every module and store its thresholds, settings and errors as found kept first."""
    found = panel.read_settings()
    keep_settings("as-found", found)
    accuracy, calibration, thresholds = product.accuracy, product.calibration, product.settings
    as_found = panel.errors(found.constant, accuracy.as_found_points_V, accuracy.as_found_readings)
    keep_error_curve("as-found", list(as_found))

    constants = panel.calibrate(
        found.constant, point_V=calibration.point_V, readings=calibration.readings
    )
    due = panel.settings_for(
        constants,
        bleeding_mV=thresholds.bleeding_mV,
        low_mV=thresholds.low_mV,
        high_mV=thresholds.high_mV,
    )
    left = panel.write_settings(due, found)
    shipping.settings = due
    keep_settings("as-left", left)
    measure("provisioning.constant", left.constant)
    measure("provisioning.stored", left.equal(due))
