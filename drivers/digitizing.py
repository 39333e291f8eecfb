"""What meters that sample a current have in common, whatever they call their commands."""

from __future__ import annotations

from abc import ABC

from drivers.datasheet import Digitizer
from drivers.meter import Meter
from quantities.errors import InstrumentError


class DigitizingMeter(Meter, ABC):
    """A ``Meter`` whose family spells ``CurrentDigitizer`` too."""

    @property
    def greatest_current_rate_Hz(self) -> float:
        """How many readings a second its digitizer can take."""
        return self._digitizer().greatest_rate_Hz

    def _digitizer_at(self, rate_Hz: float) -> Digitizer:
        """The figures of the digitizer; raises ``InstrumentError`` if it is not that fast."""
        digitizer = self._digitizer()
        if not 0 < rate_Hz <= digitizer.greatest_rate_Hz:
            raise InstrumentError(
                f"cannot take {rate_Hz:g} readings a second",
                where=self._scpi.where,
                expected=f"at most {digitizer.greatest_rate_Hz:g}",
            )
        return digitizer

    def _digitizer(self) -> Digitizer:
        function = self._stated(self._sheet.dc_current, "this function")
        return self._stated(function.digitizer, "digitizer")
