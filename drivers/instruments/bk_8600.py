"""B&K Precision 8600 series, electronic loads, in constant current.

Commands after the 8600 series programming manual. The load powers up in local mode, in which it takes
no settings from a serial or USB bus: ``SYST:REM`` is the first word.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.datasheet import CurrentRange
from drivers.instrument import Connection
from drivers.load import ElectronicLoad
from quantities.errors import InstrumentError


class BK8600(ElectronicLoad):
    """The one input, as ``Load``."""

    @override
    def _range_command(self, current_range: CurrentRange) -> str:
        return f"CURR:RANG {current_range.full_scale_A:g}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f"CURR {amperes:.4f}"

    @override
    def _input_command(self, *, on: bool) -> str:
        return f"INP {'ON' if on else 'OFF'}"

    @override
    def _voltage_query(self) -> str:
        return "MEAS:VOLT?"

    @override
    def _current_query(self) -> str:
        return "MEAS:CURR?"


def open_parts(connection: Connection) -> Mapping[int | None, BK8600]:
    """Take control, input off, constant current on the largest range at 0 A; a clean error queue."""
    figures = connection.sheet.load
    if figures is None:
        raise InstrumentError("its data sheet lacks [load]", where=connection.scpi.where)
    scpi = connection.scpi
    scpi.send("SYST:REM")
    scpi.send("*CLS")
    load = BK8600(connection, figures)
    load.make_safe()
    scpi.raise_errors("INP OFF")
    scpi.set("FUNC CURR")
    scpi.set(f"CURR:RANG {figures.greatest_current_A:g}")
    scpi.set("CURR 0")
    return {None: load}
