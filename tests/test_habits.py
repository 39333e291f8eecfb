"""Habits that tools hold us to: who may assert, and that warnings are errors."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SNIPPET = '''"""A test."""

from __future__ import annotations


def test_something() -> None:
    """Something holds."""
    {line}
'''


def complaints(path: str, line: str) -> list[str]:
    """The rules that ruff finds broken by this line in this file."""
    done = subprocess.run(  # noqa: S603 - this interpreter
        [
            *(sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise"),
            *("--stdin-filename", path, "-"),
        ],
        input=SNIPPET.replace("{line}", line),
        cwd=ROOT,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode in {0, 1}, done.stderr
    found = [text for text in done.stdout.splitlines() if text.startswith(path)]
    assert bool(found) is bool(done.returncode), done.stdout
    return [text.split(": ")[1].split()[0] for text in found]


def test_a_bare_assert_in_a_qualification_test_is_a_lint_error():
    assert complaints("tests_hil/test_x.py", "assert [].count(1) == 0") == ["S101"]


def test_a_bare_assert_is_how_the_frameworks_own_tests_check():
    assert complaints("tests/test_x.py", "assert [].count(1) == 0") == []


def test_a_qualification_test_without_an_assert_is_clean():
    assert complaints("tests_hil/test_x.py", "[].count(1)") == []


@pytest.mark.parametrize("path", ["tests_hil/test_x.py", "rigs/x.py"])
def test_nothing_but_the_clock_may_look_at_the_time(path: str):
    line = "import time; time.sleep(1)"
    assert "TID251" in complaints(path, line)


def test_a_warning_in_the_frameworks_own_tests_is_an_error():
    with pytest.raises(UserWarning, match="careful"):
        warnings.warn("careful", stacklevel=1)


@pytest.mark.filterwarnings("ignore:careful")
def test_a_test_may_take_a_warning_out_of_that():
    warnings.warn("careful", stacklevel=1)
