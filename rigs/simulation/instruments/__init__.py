"""Simulated instruments, each with its maker's SCPI, errors within its data sheet, and quirks.

``build`` makes one by its model's name, wired as its ``Connections`` say.
"""

from __future__ import annotations

import numpy as np

from quantities.errors import RigFileError
from rigs.simulation.instruments.connections import Connections
from rigs.simulation.instruments.families import FAMILIES, MODELS, Specimen
from rigs.simulation.instruments.figures import FOLDER, datasheet
from rigs.simulation.instruments.instrument import ScpiInstrument
from rigs.simulation.kernel import Kernel

__all__ = ["Connections", "ScpiInstrument", "build", "simulated_models"]

NOBODY = "cellrig (idealised)"
"""Makes what is idealised, and so reports say of it."""


def simulated_models() -> list[str]:
    """The models that ``build`` can make: those with a data sheet of a simulated family."""
    return sorted(
        path.stem
        for path in FOLDER.glob("*.toml")
        if datasheet(path.stem)["model"]["family"] in FAMILIES
    )


def build(
    model: str,
    *,
    serial_number: str,
    kernel: Kernel,
    generator: np.random.Generator,
    connections: Connections | None = None,
    identity: str | None = None,
    ideal: bool = False,
    line_frequency_Hz: float = 50.0,
) -> ScpiInstrument:
    """One specimen of ``model``, its errors drawn from ``generator`` within its data sheet.

    ``identity`` replaces the true answer to ``*IDN?``; ``ideal`` leaves out errors, noise and
    rounding. Raises ``RigFileError`` for a model that cannot be simulated.
    """
    if model not in simulated_models():
        raise RigFileError(
            f"{model!r} cannot be simulated",
            where="[simulation]",
            expected=", ".join(simulated_models()),
            remedy="take one of these, or use the instrument itself without [simulation]",
        )
    figures = datasheet(model)
    family = MODELS.get(model) or FAMILIES[figures["model"]["family"]]
    serial_number = family.serial_number or serial_number
    designation = family.before_model + model.partition("-")[2].upper()
    idealised: bool = figures["model"].get("idealised", False)
    maker = NOBODY if idealised else family.maker
    return family.make(
        Specimen(
            model=model,
            figures=figures,
            identity=identity or f"{maker},{designation},{serial_number},{family.firmware}",
            kernel=kernel,
            generator=generator,
            connections=connections or Connections(),
            ideal=ideal or idealised,
            line_frequency_Hz=line_frequency_Hz,
        )
    )
