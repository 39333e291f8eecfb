"""Keysight E36300 and E36200 series and EDU36311A, programmable supplies of up to three outputs.

Commands after the programming guide E36311-90008 of the E36300 series; the other two know them
too, by drivers that others use with all three. A channel list follows the parameter after
a comma, and a query after a space.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.instrument import Connection
from drivers.supply import TrippingSupplyOutput, outputs_switched_off
from quantities.errors import InstrumentError

CONSTANT_CURRENT = 0b01
CONSTANT_VOLTAGE = 0b10
"""Bits of the questionable instrument summary register. Neither is set while the output is off or
unregulated, both if its hardware has failed."""


class KeysightE36300Output(TrippingSupplyOutput):
    """One output, as ``Supply``, ``OverVoltageProtection`` and ``OverCurrentProtection``."""

    @property
    def _list(self) -> str:
        return f"(@{self._output.channel})"

    @override
    def in_current_limit(self) -> bool:
        status = self._scpi.integer(f"STAT:QUES:INST:ISUM{self._output.channel}:COND?")
        regulation = status & (CONSTANT_CURRENT | CONSTANT_VOLTAGE)
        if regulation == CONSTANT_CURRENT | CONSTANT_VOLTAGE:
            raise InstrumentError(
                f"reports that the hardware of output {self._output.channel} has failed",
                where=self._scpi.where,
                remedy="have the supply repaired",
            )
        return regulation == CONSTANT_CURRENT

    @override
    def over_voltage_tripped(self) -> bool:
        return bool(self._scpi.integer(f"VOLT:PROT:TRIP? {self._list}"))

    def set_over_current_protection(self, *, on: bool) -> None:
        """Whether reaching the current limit switches the output off."""
        self._scpi.set(f"CURR:PROT:STAT {'ON' if on else 'OFF'},{self._list}")

    def over_current_tripped(self) -> bool:
        """Whether the over-current protection has switched the output off."""
        return bool(self._scpi.integer(f"CURR:PROT:TRIP? {self._list}"))

    @override
    def _over_voltage_commands(self, volts: float) -> list[str]:
        return [f"VOLT:PROT {volts:.7g},{self._list}"]

    @override
    def _over_voltage_query(self) -> str:
        return f"VOLT:PROT? {self._list}"

    @override
    def _voltage_command(self, volts: float) -> str:
        return f"VOLT {volts:.7g},{self._list}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f"CURR {amperes:.7g},{self._list}"

    @override
    def _output_command(self, *, on: bool) -> str:
        return f"OUTP {'ON' if on else 'OFF'},{self._list}"

    @override
    def _voltage_query(self) -> str:
        return f"MEAS:VOLT? {self._list}"

    @override
    def _current_query(self) -> str:
        return f"MEAS:CURR? {self._list}"


def open_parts(connection: Connection) -> Mapping[int | None, KeysightE36300Output]:
    """Switch every output off, with a clean error queue."""
    connection.scpi.send("*CLS")
    return outputs_switched_off(connection, KeysightE36300Output)
