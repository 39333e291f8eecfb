"""The runner: each trial is a pytest process of its own, as many at a time as there are cores."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from proof.defect import Defect
from proof.trial import ROOT, Finding, find, find_sound, needs_bus, prepare, prepare_reference

Told = Callable[[], None]
"""Called whenever a process has ended."""


def try_defects(defects: Sequence[Defect], told: Told) -> dict[str, Finding]:
    """Each defect's scenario against it; findings by the defect's name, in the order given."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        trials = {pool.submit(_try, defect): defect.name for defect in defects}
        found = {}
        for ended in as_completed(trials):
            found[trials[ended]] = ended.result()
            told()
    return {defect.name: found[defect.name] for defect in defects}


def try_reference(defects: Sequence[Defect], told: Told) -> dict[str, Finding]:
    """All the same scenarios against the reference; findings by the test."""
    scenarios = sorted({defect.caught_by for defect in defects})
    of_unit = [scenario for scenario in scenarios if needs_bus(scenario)]
    of_logic = [scenario for scenario in scenarios if not needs_bus(scenario)]
    found: dict[str, Finding] = {}
    for group in (of_logic, of_unit):
        if group:
            with TemporaryDirectory() as folder:
                _pytest(prepare_reference(Path(folder), group))
                found |= find_sound(Path(folder), group)
        told()
    return found


def _try(defect: Defect) -> Finding:
    with TemporaryDirectory() as folder:
        _pytest(prepare(Path(folder), defect))
        return find(Path(folder), defect)


def _pytest(arguments: Sequence[str]) -> None:
    """What came of it stands in the store, so that neither its text nor its status matter."""
    subprocess.run(  # noqa: S603 - our own interpreter, our own arguments
        [sys.executable, "-m", "pytest", "-pno:cacheprovider", *arguments],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
