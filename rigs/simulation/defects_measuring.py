"""Defects of what a module measures: its converter's noise, steps and offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rigs.simulation.modules.module import Module

Generator = np.random.Generator

NOISY_STEPS = 1.6
OFF_BY_CODES = 12
OUTLIES_BY_CODES, OUTLIES_ONCE_IN = 9, 40


def no_noise(module: Module, _generator: Generator) -> None:
    """Its converter is so quiet that oversampling is of no use."""
    module.converter._noise_codes = 0.0  # noqa: SLF001 - a defect is within


def too_much_noise(module: Module, _generator: Generator) -> None:
    """Something couples into its converter."""
    module.converter._noise_codes = NOISY_STEPS  # noqa: SLF001 - a defect is within


def no_oversampling(module: Module, _generator: Generator) -> None:
    """It takes ten bits for what they are and adds two zeros."""
    _change(module, lambda code: code // 4 * 4)


def offset(module: Module, _generator: Generator) -> None:
    """Its converter adds the same to every code: right at the calibration point alone."""
    _change(module, lambda code: code + OFF_BY_CODES)


def outliers(module: Module, generator: Generator) -> None:
    """Once in a while a code is far off."""
    _change(
        module, lambda code: code + OUTLIES_BY_CODES * (not generator.integers(OUTLIES_ONCE_IN))
    )


def _change(module: Module, changed: Callable[[int], int]) -> None:
    """Put this in place of each code."""
    convert = module.converter.convert
    module.converter.convert = lambda cell_V: changed(convert(cell_V))  # type: ignore[method-assign]


MEASURING_DEFECTS: Mapping[str, Callable[[Module, Generator], None]] = {
    "no-noise": no_noise,
    "too-much-noise": too_much_noise,
    "no-oversampling": no_oversampling,
    "offset": offset,
    "outliers": outliers,
}
