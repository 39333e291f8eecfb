"""Keysight 34465A and 34470A multimeters: what they have beyond the 34460A and 34461A.

After the Keysight Truevolt Series Operating and Service Guide, 34460-90901, part "SCPI
Programming Reference": apertures in seconds, and samples by a timer.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from rigs.simulation.instruments.keysight_34460 import COMMANDS, Keysight34460, scientific
from rigs.simulation.instruments.parameters import Number, number, within, word
from rigs.simulation.scpi import Command, ScpiError

SHORTEST_APERTURE_s, LONGEST_APERTURE_s = 200e-6, 1.0
SHORTEST_TIMER_s = 1 / 5000
"""Without the option for digitizing."""


class Keysight34465(Keysight34460):
    """The meter without the option for digitizing."""

    timer_s = 1.0
    """Between samples, once the timer has been chosen."""

    @override
    def table(self) -> Mapping[str, Command]:
        return COMMANDS_34465

    def choose_aperture(self, value: Number) -> None:
        """``CURRent:APERture``, in s."""
        self.triggers.abort()
        aperture_s = within(value, minimum=SHORTEST_APERTURE_s, maximum=LONGEST_APERTURE_s)
        self.functions["CURR"].chosen_aperture_s = aperture_s

    def ask_aperture(self) -> str:
        """``CURRent:APERture?``."""
        return scientific(self.functions["CURR"].aperture_s)

    def choose_sample_source(self, source: str) -> None:
        """``SAMPle:SOURce``: samples follow each other at once, or by the timer."""
        self.triggers.abort()
        self.triggers.settings.timer_s = self.timer_s if source == "TIM" else None

    def choose_timer(self, value: Number) -> None:
        """``SAMPle:TIMer``, in s; error -221 if a sample takes longer."""
        timer_s = within(value, minimum=SHORTEST_TIMER_s, maximum=3600.0)
        if timer_s < self.function.aperture_s:
            raise ScpiError(-221)
        self.timer_s = timer_s
        if self.triggers.settings.timer_s is not None:
            self.choose_sample_source("TIM")


COMMANDS_34465: Mapping[str, Command] = {
    **COMMANDS,
    "[SENSe:]CURRent[:DC]:APERture": Command(Keysight34465.choose_aperture, (number("S"),)),
    "[SENSe:]CURRent[:DC]:APERture?": Command(Keysight34465.ask_aperture),
    "SAMPle:SOURce": Command(Keysight34465.choose_sample_source, (word("IMMediate", "TIMer"),)),
    "SAMPle:TIMer": Command(Keysight34465.choose_timer, (number("S"),)),
    "SAMPle:TIMer?": Command(lambda meter: scientific(meter.timer_s)),
}
