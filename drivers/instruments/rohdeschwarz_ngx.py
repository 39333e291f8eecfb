"""Rohde & Schwarz NGL200 and NGM200 series, programmable supplies of up to two outputs.

Commands after the user manual 1178.8736.02-09, chapter "Remote control commands". What is said
means the output that was selected last (``INSTrument:NSELect``); channel lists came with a later
firmware, and a list right behind the question mark is refused, so none is used. An output is on
while it is armed (``OUTPut:SELect``) and the master switch is closed (``OUTPut:GENeral``).
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.instrument import Connection
from drivers.scpi import ScpiSession
from drivers.supply import TrippingSupplyOutput, outputs_switched_off

CONSTANT_CURRENT = 1 << 0
"""Bit of an output's questionable instrument summary register."""


class RohdeSchwarzNGxOutput(TrippingSupplyOutput):
    """One output, as ``Supply``, ``OverVoltageProtection`` and ``OverCurrentProtection``."""

    @override
    def _addressed(self) -> ScpiSession:
        self._scpi.send(f"INST:NSEL {self._output.channel}")
        return self._scpi

    @override
    def set_output(self, *, on: bool) -> None:
        if on:
            self._addressed().set("OUTP:SEL 1")
        super().set_output(on=on)

    @override
    def in_current_limit(self) -> bool:
        register = f"STAT:QUES:INST:ISUM{self._output.channel}:COND?"
        return bool(self._scpi.integer(register) & CONSTANT_CURRENT)

    @override
    def over_voltage_tripped(self) -> bool:
        return bool(self._addressed().integer("VOLT:PROT:TRIP?"))

    def set_over_current_protection(self, *, on: bool) -> None:
        """The fuse, which switches the output off at the current limit."""
        self._addressed().set(f"FUSE {int(on)}")

    def over_current_tripped(self) -> bool:
        """Whether the fuse has blown."""
        return bool(self._addressed().integer("FUSE:TRIP?"))

    @override
    def _over_voltage_commands(self, volts: float) -> list[str]:
        return [f"VOLT:PROT:LEV {volts:.3f}", "VOLT:PROT 1"]

    @override
    def _over_voltage_query(self) -> str:
        return "VOLT:PROT:LEV?"

    @override
    def _voltage_command(self, volts: float) -> str:
        return f"VOLT {volts:.3f}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f"CURR {amperes:.4f}"

    @override
    def _output_command(self, *, on: bool) -> str:
        return "OUTP:GEN 1" if on else "OUTP:SEL 0"

    @override
    def _voltage_query(self) -> str:
        return "MEAS:VOLT?"

    @override
    def _current_query(self) -> str:
        return "MEAS:CURR?"


def open_parts(connection: Connection) -> Mapping[int | None, RohdeSchwarzNGxOutput]:
    """Disarm every output, with a clean error queue."""
    connection.scpi.send("*CLS")
    return outputs_switched_off(connection, RohdeSchwarzNGxOutput)
