"""A bus of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rigs.simulation.bus import Bus


@pytest.fixture
def bus() -> Iterator[Bus]:
    """Closed at the end of the test."""
    made = Bus()
    yield made
    if hasattr(made, "manager"):
        made.manager.close()
