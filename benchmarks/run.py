"""All benchmarks: ``python benchmarks/run.py [--profile NAME]``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script finds only what lies beside it

from benchmarks.suite import main

if __name__ == "__main__":
    typer.run(main)
