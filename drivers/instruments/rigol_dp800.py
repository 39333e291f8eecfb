"""Rigol DP800 series (DP831, DP832), programmable supplies of up to three outputs.

Commands after the DP800 programming guide, chapter 2. The channel stands first among the
parameters. Over-voltage protection is off until it is switched on, and its level says nothing of
that. The instrument loses what comes too soon after the line before it: its data sheet here holds
the gap between lines.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.instrument import Connection
from drivers.supply import TrippingSupplyOutput, outputs_switched_off


class RigolDP800Output(TrippingSupplyOutput):
    """One output, as ``Supply`` and ``OverVoltageProtection``."""

    @property
    def _name(self) -> str:
        return f"CH{self._output.channel}"

    @override
    def in_current_limit(self) -> bool:
        # Else it is CV, or unregulated (UR), which it is when off too.
        return self._scpi.query(f":OUTP:MODE? {self._name}") == "CC"

    @override
    def over_voltage_tripped(self) -> bool:
        return self._scpi.query(f":OUTP:OVP:QUES? {self._name}") == "YES"

    @override
    def _over_voltage_commands(self, volts: float) -> list[str]:
        return [f":OUTP:OVP:VAL {self._name},{volts:.3f}", f":OUTP:OVP {self._name},ON"]

    @override
    def _over_voltage_query(self) -> str:
        return f":OUTP:OVP:VAL? {self._name}"

    @override
    def _voltage_command(self, volts: float) -> str:
        return f":SOUR{self._output.channel}:VOLT {volts:.3f}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f":SOUR{self._output.channel}:CURR {amperes:.3f}"

    @override
    def _output_command(self, *, on: bool) -> str:
        return f":OUTP {self._name},{'ON' if on else 'OFF'}"

    @override
    def _voltage_query(self) -> str:
        return f":MEAS:VOLT? {self._name}"

    @override
    def _current_query(self) -> str:
        return f":MEAS:CURR? {self._name}"


def open_parts(connection: Connection) -> Mapping[int | None, RigolDP800Output]:
    """Switch every output off, with a clean error queue."""
    connection.scpi.send("*CLS")
    return outputs_switched_off(connection, RigolDP800Output)
