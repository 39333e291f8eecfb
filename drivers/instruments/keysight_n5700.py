"""Keysight N5700 series (N5741A to N5772A), system DC supplies of one output.

Commands after the Series N5700 user's guide, chapter 5, "Language Reference". Over-voltage
protection must stand 5 % above the voltage that is set (p. 72), so each limits the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from typing_extensions import override

from drivers.instrument import Connection
from drivers.supply import SupplyOutput
from quantities.errors import InstrumentError

CONSTANT_CURRENT = 1024
"""Bit of the operation status register (p. 73)."""
OVER_VOLTAGE, OVER_CURRENT = 1, 2
"""Bits of the questionable status register (p. 74)."""


class KeysightN5700Output(SupplyOutput):
    """The output, as ``Supply``, ``OverVoltageProtection`` and ``OverCurrentProtection``."""

    @override
    def in_current_limit(self) -> bool:
        return bool(self._scpi.integer("STAT:OPER:COND?") & CONSTANT_CURRENT)

    def set_over_voltage_protection(self, volts: float) -> None:
        """Trip above this voltage, in V; read back, since the cells' life hangs on it."""
        self._within(volts, self._output.greatest_over_voltage_V or 0.0, "V")
        self._scpi.set(f"VOLT:PROT:LEV {volts:.7g}")
        stored_V = self._scpi.number("VOLT:PROT:LEV?")
        if not math.isclose(stored_V, volts, abs_tol=0.05):
            raise InstrumentError(
                f"over-voltage protection reads back {stored_V:g} V",
                where=self._scpi.where,
                expected=f"{volts:g} V",
            )

    def over_voltage_tripped(self) -> bool:
        """Whether the over-voltage protection has switched the output off."""
        return bool(self._scpi.integer("STAT:QUES:COND?") & OVER_VOLTAGE)

    def set_over_current_protection(self, *, on: bool) -> None:
        """Whether reaching the current limit switches the output off."""
        self._scpi.set(f"CURR:PROT:STAT {'ON' if on else 'OFF'}")

    def over_current_tripped(self) -> bool:
        """Whether the over-current protection has switched the output off."""
        return bool(self._scpi.integer("STAT:QUES:COND?") & OVER_CURRENT)

    @override
    def _voltage_command(self, volts: float) -> str:
        return f"VOLT {volts:.7g}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f"CURR {amperes:.7g}"

    @override
    def _output_command(self, *, on: bool) -> str:
        return f"OUTP {'ON' if on else 'OFF'}"

    @override
    def _voltage_query(self) -> str:
        return "MEAS:VOLT?"

    @override
    def _current_query(self) -> str:
        return "MEAS:CURR?"


def open_parts(connection: Connection) -> Mapping[int | None, KeysightN5700Output]:
    """Output off and at 0 V, so that any protection can be set; with a clean error queue."""
    connection.scpi.send("*CLS")
    output = KeysightN5700Output(connection, connection.sheet.outputs[0])
    output.make_safe()
    connection.scpi.raise_errors("OUTP OFF")
    output.set_voltage(0.0)
    return {None: output}
