"""Defects that a simulated module can have: each replaces or wraps one of its parts.

Healthy code never asks whether it is defective.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rigs.simulation.defects_chain import CHAIN_DEFECTS
from rigs.simulation.defects_measuring import MEASURING_DEFECTS
from rigs.simulation.defects_memory import MEMORY_DEFECTS
from rigs.simulation.defects_messages import MESSAGE_DEFECTS
from rigs.simulation.defects_options import OPTION_DEFECTS
from rigs.simulation.defects_power import POWER_DEFECTS
from rigs.simulation.defects_thresholds import THRESHOLD_DEFECTS
from rigs.simulation.defects_timing import TIMING_DEFECTS
from rigs.simulation.line import Run
from rigs.simulation.modules.memory import DIGITS
from rigs.simulation.modules.module import Module

Defect = Callable[[Module, np.random.Generator], None]

SAG_PER_V, SAGS_BELOW_V = 0.004, 4.2


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


def sagging_reference(module: Module, _generator: np.random.Generator) -> None:
    """Its reference falls with the cell: right at the calibration point, wrong below it."""
    convert = module.converter.convert

    def convert_sagging(cell_V: float) -> int:
        # A reference that is lower by a fraction reads like a cell that is higher by as much.
        return convert(cell_V * (1 + SAG_PER_V * (SAGS_BELOW_V - cell_V)))

    module.converter.convert = convert_sagging  # type: ignore[method-assign]


def forgets(module: Module, _generator: np.random.Generator) -> None:
    """Answers a setting command with what it was told, and stores nothing."""
    obey = module.settings.obey

    def answer_only(command: str, argument: bytes, time_ns: int) -> tuple[bytes, int]:
        if len(argument) == DIGITS[command]:
            return b"A00" + command.encode() + argument, 0
        return obey(command, argument, time_ns)

    module.settings.obey = answer_only  # type: ignore[method-assign]


DEFECTS: dict[str, Defect] = {
    "mute": mute,
    "refuses-voltage": refuses_voltage,
    "garbles": garbles,
    "sagging-reference": sagging_reference,
    "forgets": forgets,
    **THRESHOLD_DEFECTS,
    **CHAIN_DEFECTS,
    **MEMORY_DEFECTS,
    **MESSAGE_DEFECTS,
    **OPTION_DEFECTS,
    **POWER_DEFECTS,
    **TIMING_DEFECTS,
    **MEASURING_DEFECTS,
}
