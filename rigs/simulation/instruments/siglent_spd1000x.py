"""Siglent SPD1000X supplies: the SPD3303X with one output.

After the SPD1000X User Manual, chapter 3: nothing couples outputs, and the sense terminals can be used.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from rigs.simulation.instruments.parameters import word
from rigs.simulation.instruments.siglent_spd3303x import COMMANDS, SiglentSpd3303x
from rigs.simulation.scpi import Command

FOUR_WIRES = 1 << 5
"""Bit of the status word."""


class SiglentSpd1000x(SiglentSpd3303x):
    """``outputs`` holds its only one."""

    four_wires = False

    @override
    def table(self) -> Mapping[str, Command]:
        return COMMANDS_SPD1000X

    def sense(self, mode: str) -> None:
        """``MODE:SET``: whether the sense terminals are used, which has no effect here."""
        self.four_wires = mode == "4W"

    @override
    def status(self) -> str:
        [output] = self.outputs.values()
        bits = output.in_current_limit() | (output.live << 4) | (FOUR_WIRES * self.four_wires)
        return f"0x{bits:x}"


_ONLY = (word("CH1"),)

COMMANDS_SPD1000X: Mapping[str, Command] = {
    **{
        header: command
        for header, command in COMMANDS.items()
        if not header.startswith("CH2:") and header != "OUTPut:TRACK"
    },
    "INSTrument": Command(SiglentSpd3303x.select, _ONLY),
    "OUTPut": Command(SiglentSpd3303x.switch, (*_ONLY, word("ON", "OFF"))),
    "MEASure:VOLTage?": Command(SiglentSpd3303x.measure_voltage, _ONLY),
    "MEASure:CURRent?": Command(SiglentSpd3303x.measure_current, _ONLY),
    "MEASure:POWEr?": Command(SiglentSpd3303x.measure_power, _ONLY),
    "SYSTem:STATus?": Command(SiglentSpd1000x.status),
    "MODE:SET": Command(SiglentSpd1000x.sense, (word("2W", "4W"),)),
}
