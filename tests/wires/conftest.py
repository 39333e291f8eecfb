"""A simulated bench on real wires for the tests in this folder, served once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rigs.benches import BENCH
from tests.wires.server import Server, serving

AMMETER = """
[ammeter]
model = "keysight-34461a"
resource = "TCPIP0::ammeter::5025::SOCKET"
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two modules, a supply and two meters; every test finds them as the one before left them."""
    with serving(BENCH + AMMETER, tmp_path_factory.mktemp("served")) as server:
        yield server
