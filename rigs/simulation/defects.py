"""Defects that a simulated module can have: each replaces or wraps one of its parts.

Healthy code never asks whether it is defective.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from typing_extensions import override

from rigs.simulation.line import Run
from rigs.simulation.modules.adc import Converter
from rigs.simulation.modules.module import Module

Defect = Callable[[Module, np.random.Generator], None]


def mute(module: Module, _generator: np.random.Generator) -> None:
    """Hears and obeys, and never sends: the chain ends here."""
    module.send = lambda _run: None


def refuses_voltage(module: Module, _generator: np.random.Generator) -> None:
    """Never answers its own ``U``, but passes everything else on."""
    send = module.send

    def send_unless_own_voltage(run: Run) -> None:
        if not run.characters.startswith(b"\nA00U"):
            send(run)

    module.send = send_unless_own_voltage


def garbles(module: Module, generator: np.random.Generator) -> None:
    """Sends each message of its own or of others with one character's bit flipped."""
    send = module.send

    def send_garbled(run: Run) -> None:
        characters = bytearray(run.characters)
        characters[1 + int(generator.integers(len(characters) - 2))] ^= 0x40
        send(run._replace(characters=bytes(characters), message=None))

    module.send = send_garbled


class _BentConverter(Converter):
    """A reference that sags as the cell falls."""

    SAG_PER_V = 0.004
    FROM_V = 4.2

    @override
    def convert(self, cell_V: float) -> int:
        # A sagging reference reads like a cell that stands higher by the same fraction.
        return super().convert(cell_V * (1 + self.SAG_PER_V * (self.FROM_V - cell_V)))


def sagging_reference(module: Module, generator: np.random.Generator) -> None:
    """Its reference falls with the cell: right at the calibration point, wrong below it."""
    module.converter = _BentConverter(
        module.converter.reference_V, noise_codes=0.4, offset_codes=0.0, generator=generator
    )


def forgets(module: Module, _generator: np.random.Generator) -> None:
    """Answers a setting command with what it was told, and stores nothing."""

    def answer_only(key: str, number: int, time_ns: int) -> int:  # noqa: ARG001 - the part's signature
        return 0

    module.settings.store = answer_only  # type: ignore[method-assign]


DEFECTS: dict[str, Defect] = {
    "mute": mute,
    "refuses-voltage": refuses_voltage,
    "garbles": garbles,
    "sagging-reference": sagging_reference,
    "forgets": forgets,
}
