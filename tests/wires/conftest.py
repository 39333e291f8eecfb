"""A simulated bench on real wires for the tests in this folder, served once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rigs.benches import BENCH
from tests.wires.server import Server, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two modules, a supply and a voltmeter; every test finds them as the one before left them."""
    with serving(BENCH, tmp_path_factory.mktemp("served")) as server:
        yield server
