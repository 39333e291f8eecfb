"""Keithley Series 2280S (2280S-32-6, 2280S-60-3), precision supplies of one output.

Commands after the reference manual 077085503, section 7. Readings come with their unit and a time
unless ``FORMat:ELEMents`` says otherwise; asked for, the output's mode comes with each.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from typing_extensions import override

from drivers.instrument import Connection
from drivers.supply import TrippingSupplyOutput, outputs_switched_off
from quantities import Purpose


class Keithley2280SOutput(TrippingSupplyOutput):
    """The output, as ``Supply`` and ``OverVoltageProtection``.

    Over-current protection trips above a level of its own, which the current limit keeps the
    current from reaching, so none is offered.
    """

    @override
    def in_current_limit(self) -> bool:
        _, mode = self._reading_and_mode(self._voltage_query())
        return mode == "CC"

    @override
    def over_voltage_tripped(self) -> bool:
        # No question for the cause is known here. What was switched on and is off was tripped.
        return self._on and not self._scpi.integer(":OUTP?")

    @override
    def _ask_value(self, query: str) -> float:
        value, _ = self._reading_and_mode(query)
        return value

    def _reading_and_mode(self, query: str) -> tuple[float, str]:
        answer = self._scpi.query(query, purpose=Purpose.APERTURE)
        with suppress(ValueError):
            number, mode = answer.split(",")
            return float(number), mode.strip()
        raise self._scpi.unexpected(query, answer, "a reading and CV, CC or OFF")

    @override
    def _over_voltage_commands(self, volts: float) -> list[str]:
        return [f":VOLT:PROT {volts:.3f}"]

    @override
    def _over_voltage_query(self) -> str:
        return ":VOLT:PROT?"

    @override
    def _voltage_command(self, volts: float) -> str:
        return f":VOLT {volts:.4f}"

    @override
    def _current_command(self, amperes: float) -> str:
        return f":CURR {amperes:.4f}"

    @override
    def _output_command(self, *, on: bool) -> str:
        return f":OUTP {'ON' if on else 'OFF'}"

    @override
    def _voltage_query(self) -> str:
        return ":MEAS:VOLT?"

    @override
    def _current_query(self) -> str:
        return ":MEAS:CURR?"


def open_parts(connection: Connection) -> Mapping[int | None, Keithley2280SOutput]:
    """Switch the output off, with a clean error queue, and ask for readings without units."""
    connection.scpi.send("*CLS")
    parts = outputs_switched_off(connection, Keithley2280SOutput)
    connection.scpi.set(':FORM:ELEM "READ,MODE"')
    return parts
