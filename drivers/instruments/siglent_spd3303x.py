"""Siglent SPD3303X, a supply of two programmable outputs.

Commands after the SPD3000X quick start guide QS0503X, chapter 3 "Remote Control". There is no
``*RST``, ``*CLS`` or ``*OPC``, and no programmable over-voltage or over-current protection.
The instrument loses what comes too soon after the line before it: its data sheet here holds
the gaps between lines.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.instrument import Connection
from drivers.supply import SupplyOutput, outputs_switched_off

CONSTANT_CURRENT_OF_CH1 = 1 << 0
"""Bits 0 and 1 of ``SYSTem:STATus?``: the output is in constant current. Bits 4 and 5: it is on."""
ON_OF_CH1 = 1 << 4


class SiglentSPD3303XOutput(SupplyOutput):
    """One of the two programmable outputs, as ``Supply``."""

    @override
    def in_current_limit(self) -> bool:
        answer = self._scpi.query("SYST:STAT?")
        try:
            status = int(answer, base=16)
        except ValueError:
            raise self._scpi.unexpected("SYST:STAT?", answer, "a number such as 0x15") from None
        of_channel = status >> (self._output.channel - 1)
        return bool(of_channel & ON_OF_CH1 and of_channel & CONSTANT_CURRENT_OF_CH1)

    @property
    def _name(self) -> str:
        return f"CH{self._output.channel}"

    @override
    def _voltage_command(self, volts: float) -> str:
        return f"{self._name}:VOLT {volts:.3f}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f"{self._name}:CURR {amperes:.3f}"

    @override
    def _output_command(self, *, on: bool) -> str:
        return f"OUTP {self._name},{'ON' if on else 'OFF'}"

    @override
    def _voltage_query(self) -> str:
        return f"MEAS:VOLT? {self._name}"

    @override
    def _current_query(self) -> str:
        return f"MEAS:CURR? {self._name}"


def open_parts(connection: Connection) -> Mapping[int | None, SiglentSPD3303XOutput]:
    """Switch both outputs off and make them independent of each other."""
    connection.scpi.clear_errors()
    parts = outputs_switched_off(connection, SiglentSPD3303XOutput)
    connection.scpi.set("OUTP:TRACK 0")
    return parts
