"""The front panel of a Keysight instrument: a display and a beeper.

After the Truevolt guide, 34460-90901, subsystems DISPlay and SYSTem:BEEPer. What is shown
influences no measurement, so it is kept and answered and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rigs.simulation.instruments.parameters import BOOLEAN, STRING
from rigs.simulation.scpi import Command


@dataclass
class FrontPanel:
    """Whether the display is on, the text on it, and whether errors beep."""

    lit: bool = True
    text: str = ""
    beeps: bool = True

    def reset(self) -> None:
        """``*RST``; the beeper's setting outlasts it."""
        self.lit, self.text = True, ""


class HasFrontPanel(Protocol):
    """An instrument with one."""

    panel: FrontPanel


def _light(instrument: HasFrontPanel, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
    instrument.panel.lit = on


def _show(instrument: HasFrontPanel, text: str) -> None:
    instrument.panel.text = text


def _let_beep(instrument: HasFrontPanel, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
    instrument.panel.beeps = on


PANEL_COMMANDS: Mapping[str, Command] = {
    "DISPlay[:STATe]": Command(_light, (BOOLEAN,)),
    "DISPlay[:STATe]?": Command(lambda instrument: str(int(instrument.panel.lit))),
    "DISPlay:TEXT[:DATA]": Command(_show, (STRING,)),
    "DISPlay:TEXT[:DATA]?": Command(lambda instrument: f'"{instrument.panel.text}"'),
    "DISPlay:TEXT:CLEar": Command(lambda instrument: _show(instrument, "")),
    "SYSTem:BEEPer[:IMMediate]": Command(lambda _instrument: None),
    "SYSTem:BEEPer:STATe": Command(_let_beep, (BOOLEAN,)),
    "SYSTem:BEEPer:STATe?": Command(lambda instrument: str(int(instrument.panel.beeps))),
}
