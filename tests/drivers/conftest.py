"""A wire and a clock for driver tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from quantities import Clock
from rigs.simulation.kernel import Kernel, VirtualClock
from tests.drivers.scripted import Wire


@pytest.fixture
def clock() -> Clock:
    """Virtual time, so that waits cost none and are exact."""
    return VirtualClock(Kernel(), start=datetime(2026, 7, 1, tzinfo=UTC))


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A scripted session that must have nothing left over at the end of the test."""
    with Wire() as scripted:
        yield scripted
