"""One output of a supply: what all of them have in common, whatever they call their commands."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TypeVar

from drivers.accuracy import Accuracy
from drivers.datasheet import Output
from drivers.instrument import Connection, ScpiInstrument
from drivers.scpi import ScpiSession
from quantities import Purpose, Reading
from quantities.errors import InstrumentError


class SupplyOutput(ScpiInstrument, ABC):
    """A ``Supply`` whose family spells its commands.

    Nothing is sent that the output's rating does not hold. The output counts as off until
    ``set_output`` has switched it on: families switch it off when they open.
    """

    def __init__(self, connection: Connection, output: Output) -> None:
        super().__init__(connection)
        self._output = output
        self._on = False

    def set_voltage(self, volts: float) -> None:
        """Set the output voltage in V, and wait until it has settled if the output is on."""
        self._within(volts, self._output.greatest_voltage_V, "V")
        self._addressed().set(self._voltage_command(volts))
        if self._on:
            self._settle()

    def set_current_limit(self, amperes: float) -> None:
        """Set the current in A at which constant voltage ends."""
        self._within(amperes, self._output.greatest_current_A, "A")
        self._addressed().set(self._current_command(amperes))

    def set_output(self, *, on: bool) -> None:
        """Switch the output, and wait until it has settled."""
        self._addressed().set(self._output_command(on=on))
        self._on = on
        self._settle()

    def output_voltage(self) -> Reading:
        """The output voltage by the supply's own voltmeter, in V."""
        return self._measured(self._voltage_query(), "V", self._output.voltage_readback)

    def output_current(self) -> Reading:
        """The output current by the supply's own ammeter, in A."""
        return self._measured(self._current_query(), "A", self._output.current_readback)

    @abstractmethod
    def in_current_limit(self) -> bool:
        """Whether the output is in constant current instead of constant voltage."""

    def make_safe(self) -> None:
        """Output off, without a look at the error queue; can be repeated."""
        self._on = False
        self._addressed().send(self._output_command(on=False))

    def _addressed(self) -> ScpiSession:
        """The session, for a command that means this output.

        A family whose commands do not name their output selects it here.
        """
        return self._scpi

    @abstractmethod
    def _voltage_command(self, volts: float) -> str: ...

    @abstractmethod
    def _current_command(self, amperes: float) -> str: ...

    @abstractmethod
    def _output_command(self, *, on: bool) -> str: ...

    @abstractmethod
    def _voltage_query(self) -> str: ...

    @abstractmethod
    def _current_query(self) -> str: ...

    def _within(self, value: float, greatest: float, unit: str) -> None:
        """Raise ``InstrumentError`` unless 0 ≤ ``value`` ≤ ``greatest``."""
        if not 0 <= value <= greatest:
            raise InstrumentError(
                f"output {self._output.channel} cannot be set to {value:g} {unit}",
                where=self._scpi.where,
                expected=f"0 to {greatest:g} {unit}, the rating of {self._sheet.name}",
            )

    def _ask_value(self, query: str) -> float:
        """What the supply's own meter shows now."""
        return self._addressed().number(query, purpose=Purpose.APERTURE)

    def _measured(self, query: str, unit: str, accuracy: Accuracy) -> Reading:
        try:
            value = self._ask_value(query)
        except InstrumentError:  # if it lost its settings meanwhile, this is where it shows
            self._scpi.recover()
            value = self._ask_value(query)
        uncertainty = self._sheet.readback_uncertainty(
            value, accuracy=accuracy, conditions=self._conditions
        )
        return self._reading(value, unit, uncertainty)

    def _settle(self) -> None:
        self._scpi.clock.wait(self._output.settling_s, Purpose.SETTLING)


class TrippingSupplyOutput(SupplyOutput):
    """A ``SupplyOutput`` that is ``OverVoltageProtection`` too."""

    def set_over_voltage_protection(self, volts: float) -> None:
        """Trip above this voltage, in V; read back, since the modules' life hangs on it."""
        self._within(volts, self._output.greatest_over_voltage_V or 0.0, "V")
        for command in self._over_voltage_commands(volts):
            self._addressed().set(command)
        stored_V = self._addressed().number(self._over_voltage_query())
        if not math.isclose(stored_V, volts, abs_tol=0.01):
            raise InstrumentError(
                f"over-voltage protection reads back {stored_V:g} V",
                where=self._scpi.where,
                expected=f"{volts:g} V",
            )

    @abstractmethod
    def over_voltage_tripped(self) -> bool:
        """Whether the over-voltage protection has switched the output off."""

    @abstractmethod
    def _over_voltage_commands(self, volts: float) -> list[str]:
        """The level in V, and what else makes the protection trip at it."""

    @abstractmethod
    def _over_voltage_query(self) -> str: ...


Part = TypeVar("Part", bound=SupplyOutput)


def outputs_switched_off(connection: Connection, kind: type[Part]) -> dict[int | None, Part]:
    """All outputs of the data sheet by channel, off; raises if the instrument refused that."""
    parts: dict[int | None, Part] = {
        output.channel: kind(connection, output) for output in connection.sheet.outputs
    }
    for part in parts.values():
        part.make_safe()
    connection.scpi.raise_errors("OUTP OFF")
    return parts
