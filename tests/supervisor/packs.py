"""Readings of a pack that is in order, and how to change what is told of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fixtures.pack import pack_figures
from products.model import load_product
from supervisor.figures import PackFigures
from supervisor.readings import Aged, AgedArray, PackReadings, StatusAnswer

PRODUCTS = Path(__file__).parents[2] / "products"
FIGURES: PackFigures = pack_figures(load_product(PRODUCTS / "pack16.toml"))
CONSTANT = 0x4BD000
"""K of every module, mV × code"""


def status(any_module: int = 8, every_module: int = 8) -> StatusAnswer:
    return StatusAnswer(any_module, every_module, age_s=0.0)


def array(values: Any, cells: int = FIGURES.cells, age_s: float = 0.0) -> AgedArray:
    """The same value for every cell, or one each."""
    return AgedArray(np.full(cells, values, dtype=np.float64), np.full(cells, age_s))


def readings(elapsed_s: float = 1.0, **told: Any) -> PackReadings:
    """A pack at rest, half full, in order; ``told`` says what differs."""
    cells_V = told.get("cell_voltages_V", array(3.82))
    healthy = PackReadings(
        elapsed_s=elapsed_s,
        current_A=Aged(0.0, 0.0),
        pack_voltage_V=Aged(float(np.nan_to_num(cells_V.values, nan=3.82).sum()), 0.0),
        cell_voltages_V=cells_V,
        temperatures_C=array(25.0),
        status=status(),
        module_count=FIGURES.cells,
        constants=np.full(FIGURES.cells, float(CONSTANT)),
    )
    return replace(healthy, **told)
