"""The end state: what the modules hold now is what should ship."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from fixtures.keeping import Shipping
    from fixtures.roles import Measure
    from rigs.panel import Panel

BLEEDING_ENABLED = 8


@pytest.mark.eol
@pytest.mark.requirement("CMD-W1", "CMD-V", "CMD-L", "CMD-H", "CMD-U2", "CHN-3")
def test_the_modules_ship_as_they_should(
    panel: Panel, measure: Measure, shipping: Shipping
) -> None:
    """Read back every setting and that bleeding is enabled."""
    measure("end_state.settings", panel.read_settings().equal(shipping.due))
    panel.chain.enable_bleeding()
    scan = panel.chain.read_voltages()
    enabled = np.isfinite(scan.codes) & (scan.statuses & BLEEDING_ENABLED != 0)
    measure("end_state.bleeding_enabled", enabled)
