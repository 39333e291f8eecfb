"""What tests of rigs share."""

from __future__ import annotations

import pytest

from tests.rigs.benches import Wire


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """What goes over the simulated buses during a test."""
    return Wire(monkeypatch)
