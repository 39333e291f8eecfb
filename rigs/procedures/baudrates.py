"""The receive window of the first module, and what it says of the module's clock (MSG-1).

The host's port sends one message at another rate, which switches bleeding off if it is heard;
whether it was is asked at the nominal rate. A module counts bits with its own oscillator, so a
clock that is off by a fraction moves both ends of its window by that fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivers.chain.chain import Chain
from drivers.chain.messages import Status
from quantities import Clock, Purpose, Reading
from rigs.procedures.firstmodule import FirstModule

FARTHEST = 0.12
"""Of the nominal rate: no software receiver reaches as far."""
RESOLUTION_Bd = 4
PORT_RATE_UNCERTAINTY = 0.001
"""Standard, of the nominal rate. Ports divide a crystal's clock by what their divider can: for
a USB adapter of 3 MHz in eighths 0.02 % at 9600 baud. A port that divides 115 200 baud by whole
numbers cannot be used for this."""


@dataclass(frozen=True, slots=True)
class ReceiveWindow:
    """The slowest and the fastest rate that is heard, in baud."""

    slowest: Reading
    fastest: Reading

    def clock_error(self, *, slowest_baud: float, fastest_baud: float) -> Reading:
        """By how much the module's clock is fast, in %, if an exact one hears these rates."""
        errors = (
            100 * (float(self.slowest.value) / slowest_baud - 1),
            100 * (float(self.fastest.value) / fastest_baud - 1),
        )
        standard = 100 * float(self.slowest.standard_uncertainty) / slowest_baud
        return Reading(
            value=float(np.mean(errors)),
            unit="%",
            standard_uncertainty=standard,
            instrument=self.slowest.instrument,
            time_ns=self.fastest.time_ns,
        )


class BaudRates:
    """Tries rates on the first module; leaves bleeding enabled."""

    def __init__(self, chain: Chain, clock: Clock, first_module: FirstModule) -> None:
        self._chain = chain
        self._clock = clock
        self._first_module = first_module

    def window(self) -> ReceiveWindow:
        """Bisect both ends; NaN for one that lies farther out than any should."""
        self._chain.enable_bleeding()
        nominal = self._chain.timing.baud
        span = round(FARTHEST * nominal)
        return ReceiveWindow(self._edge(nominal, -span), self._edge(nominal, span))

    def _edge(self, heard: int, span: int) -> Reading:
        """Between a rate that is heard and one ``span`` away that is not."""
        unheard = heard + span
        beyond = self._hears(unheard)
        while abs(unheard - heard) > RESOLUTION_Bd and not beyond:
            middle = (heard + unheard) // 2
            if self._hears(middle):
                heard = middle
            else:
                unheard = middle
        port_Bd = PORT_RATE_UNCERTAINTY * self._chain.timing.baud
        return Reading(
            value=np.nan if beyond else (heard + unheard) / 2,
            unit="Bd",
            standard_uncertainty=float(np.hypot(RESOLUTION_Bd / np.sqrt(12), port_Bd)),
            instrument="serial port",
            time_ns=self._clock.now(),
        )

    def _hears(self, baud: int) -> bool:
        line = self._chain.raw
        with line.at_baud(baud):
            line.send(b"d\r")
            self._clock.wait(self._first_module.figures.busy_s, Purpose.PROCESSING)
        line.receive_waiting()
        self._first_module.clear()
        heard = not self._chain.read_voltage(1).status & Status.ENABLED
        if heard:
            self._chain.enable_bleeding()
        return heard
