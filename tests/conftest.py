"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _locks_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rigs that tests lock are no bench's of this computer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELLRIG_LOCKS", str(tmp_path_factory.mktemp("locks")))
        yield


@pytest.fixture(scope="session")
def require_program() -> Callable[..., Path]:
    """``require_program("chromium", package="chromium")``: the program's path.

    Without the program the test skips and names the Debian package that brings it; where
    ``CELLRIG_REQUIRE_PROGRAMS=1`` it fails, so that continuous integration leaves nothing out.
    """

    def find(program: str, *, package: str) -> Path:
        path = shutil.which(program)
        if path is not None:
            return Path(path)
        message = f"needs the program {program}: install {package} (scripts/system-packages)"
        if os.environ.get("CELLRIG_REQUIRE_PROGRAMS") == "1":
            pytest.fail(message)
        pytest.skip(message)

    return find


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Make warnings errors in the framework's own tests, not in a qualification on a rig."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.filterwarnings("error"), append=False)
