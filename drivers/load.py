"""An electronic load: what all of them have in common, whatever they call their commands."""

from __future__ import annotations

from abc import ABC, abstractmethod

from drivers.accuracy import Accuracy
from drivers.datasheet import CurrentRange, LoadInput
from drivers.instrument import Connection, ScpiInstrument
from quantities import Purpose, Reading


class ElectronicLoad(ScpiInstrument, ABC):
    """A ``Load`` whose family spells its commands.

    Nothing is sent that the input's rating does not hold. The input counts as off until
    ``set_input`` has switched it on: families switch it off when they open.
    """

    def __init__(self, connection: Connection, figures: LoadInput) -> None:
        super().__init__(connection)
        self._figures = figures
        self._range = figures.current_ranges[-1]
        self._on = False

    def set_current(self, amperes: float) -> None:
        """Set the current in A, on the smallest range that holds it; waits if the input is on."""
        self._select(self._figures.range_for(amperes))
        self._scpi.set(self._current_command(amperes))
        if self._on:
            self._settle()

    def set_input(self, *, on: bool) -> None:
        """Switch the input, and wait until it has settled."""
        self._scpi.set(self._input_command(on=on))
        self._on = on
        self._settle()

    def input_voltage(self) -> Reading:
        """The input voltage by the load's own voltmeter, in V."""
        return self._measured(self._voltage_query(), "V", self._figures.voltage_readback)

    def input_current(self) -> Reading:
        """The input current by the load's own ammeter, in A."""
        return self._measured(self._current_query(), "A", self._range.readback)

    def make_safe(self) -> None:
        """Input off, without a look at the error queue; can be repeated."""
        self._on = False
        self._scpi.send(self._input_command(on=False))

    @abstractmethod
    def _range_command(self, current_range: CurrentRange) -> str: ...

    @abstractmethod
    def _current_command(self, amperes: float) -> str: ...

    @abstractmethod
    def _input_command(self, *, on: bool) -> str: ...

    @abstractmethod
    def _voltage_query(self) -> str: ...

    @abstractmethod
    def _current_query(self) -> str: ...

    def _select(self, current_range: CurrentRange) -> None:
        if current_range is not self._range:
            self._scpi.set(self._range_command(current_range))
            self._range = current_range

    def _measured(self, query: str, unit: str, accuracy: Accuracy) -> Reading:
        value = self._scpi.number(query, purpose=Purpose.APERTURE)
        uncertainty = self._sheet.readback_uncertainty(
            value, accuracy=accuracy, conditions=self._conditions
        )
        return self._reading(value, unit, uncertainty)

    def _settle(self) -> None:
        self._scpi.clock.wait(self._figures.settling_s, Purpose.SETTLING)
