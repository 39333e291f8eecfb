"""Rigol DL3000 series, electronic loads, in constant current.

Commands after the DL3000 programming guide, chapter 2. The mode comes first, then the range,
then the value: a value is taken within the range that is selected, and a change of range brings
the value back into it.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.datasheet import CurrentRange
from drivers.instrument import Connection
from drivers.load import ElectronicLoad
from quantities.errors import InstrumentError


class RigolDL3000(ElectronicLoad):
    """The one input, as ``Load``."""

    @override
    def _range_command(self, current_range: CurrentRange) -> str:
        return f":SOUR:CURR:RANG {current_range.full_scale_A:g}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f":SOUR:CURR:LEV:IMM {amperes:.4f}"

    @override
    def _input_command(self, *, on: bool) -> str:
        return f":SOUR:INP:STAT {'ON' if on else 'OFF'}"

    @override
    def _voltage_query(self) -> str:
        return ":MEAS:VOLT?"

    @override
    def _current_query(self) -> str:
        return ":MEAS:CURR?"


def open_parts(connection: Connection) -> Mapping[int | None, RigolDL3000]:
    """Input off, then constant current on the largest range at 0 A, with a clean error queue."""
    figures = connection.sheet.load
    if figures is None:
        raise InstrumentError("its data sheet lacks [load]", where=connection.scpi.where)
    scpi = connection.scpi
    scpi.send("*CLS")
    load = RigolDL3000(connection, figures)
    load.make_safe()
    scpi.raise_errors(":SOUR:INP:STAT OFF")
    scpi.set(":SOUR:FUNC CURR")
    scpi.set(f":SOUR:CURR:RANG {figures.greatest_current_A:g}")
    scpi.set(":SOUR:CURR:LEV:IMM 0")
    return {None: load}
