"""A plugin of a run that is to be killed: what has been measured goes to a file at once.

The file is told by the environment variable ``CELLRIG_WITNESS``. What was written to it stays,
however the process ends.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from fixtures.hooks import RUN
from reports.recorder import Recorder

FILE = "CELLRIG_WITNESS"
WHOLE_PANEL = 0
_measure = Recorder.measure


def pytest_configure() -> None:
    Recorder.measure = _witnessed  # type: ignore[method-assign]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    _say(session.config.stash[RUN].run_id)


def _witnessed(recorder: Recorder, name: str, *arguments: Any, **about: Any) -> Any:
    verdicts = _measure(recorder, name, *arguments, **about)
    position = about.get("position") or WHOLE_PANEL
    _say([recorder._number, name, about.get("condition", ""), position])
    return verdicts


def _say(word: object) -> None:
    with open(os.environ[FILE], "ab", buffering=0) as file:  # noqa: PTH123 - at once, unbuffered
        file.write(json.dumps(word).encode() + b"\n")
