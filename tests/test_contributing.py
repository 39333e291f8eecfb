"""The worked examples of CONTRIBUTING.md, applied to a copy of the checkout and run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from products.model import load_product

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"^```(?:python|toml)\n# ([\w./-]+\.\w+)(, [^\n]*)?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
EXAMPLES = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "results", "*.egg-info", "__pycache__")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy with new files written and others appended to."""
    folder = tmp_path / "cellrig"
    shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND)
    for name, how, text in EXAMPLES:
        if how in {"", ", appended"}:
            assert (folder / name).exists() == bool(how)
            with (folder / name).open("a", encoding="utf-8") as file:
                file.write(("\n" if how else "") + text)
    return folder


def run(folder: Path, *arguments: str) -> None:
    """Run a tool of this environment in ``folder``; raises with what it said if it fails."""
    done = subprocess.run(  # noqa: S603 - tools that the project itself uses
        [sys.executable, "-m", *arguments],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_examples_pass_as_they_stand(copy: Path):
    run(
        copy,
        *("pytest", "-p", "no:cacheprovider", "tests/drivers/instruments/test_gwinstek_gpp.py"),
        *("tests/drivers/test_catalogue.py", "tests/drivers/test_datasheet.py"),
        *("tests/test_requirements.py", "tests_hil"),
        *("--rig", "rigs/simulated.toml", "--product", "products/lipo.toml"),
    )


def test_the_examples_satisfy_the_linter(copy: Path):
    names = [name for name, how, _ in EXAMPLES if name.endswith(".py") and not how]
    run(copy, "ruff", "check", "--no-cache", *names)
    run(copy, "ruff", "format", "--check", "--no-cache", *names)


def test_the_example_of_a_product_is_a_product(copy: Path):
    product = load_product(copy / "products" / "lihv.toml")
    assert (product.bleeder.resistor_ohm, product.settings.low_mV) == (12.0, 3303)
