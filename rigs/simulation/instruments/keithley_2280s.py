"""Keithley Series 2280S precision supplies of one output.

Commands and answers after the Series 2280 Reference Manual 077085503, section 7. A reading comes
with its unit and a time, unless other elements have been asked for; over-voltage protection cannot
be switched off, and a trip shows as an output that is off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.parameters import BOOLEAN, STRING, Number, number, within
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.instruments.supply import Output
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError, mnemonic

READBACK_s = 0.02
"""One power-line cycle at 50 Hz."""

ELEMENTS = ("READing", "UNIT", "MODE", "RELative")
"""Of nine, those that are simulated."""


class Keithley2280s(ScpiInstrument):
    """A supply; ``outputs`` holds its only one."""

    def __init__(self, *, kernel: Kernel, identity: str, outputs: Sequence[Output]) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        [self.out] = outputs
        self.reset()

    def reset(self) -> None:
        """``*RST``."""
        self.elements = ["READ", "UNIT", "REL"]
        self.out.reset()

    @override
    def next_error(self) -> str:
        error, text = self.take_error()
        return f'{error},"{text}"'

    def set_voltage(self, value: Number) -> None:
        """``VOLTage``."""
        self.out.voltage_V = within(value, minimum=0.0, maximum=self.out.greatest_voltage_V)
        self.out.apply()

    def set_current(self, value: Number) -> None:
        """``CURRent``."""
        self.out.current_limit_A = within(value, minimum=0.0, maximum=self.out.greatest_current_A)
        self.out.apply()

    def set_level(self, value: Number) -> None:
        """``VOLTage:PROTection``."""
        greatest_V = self.out.greatest_over_voltage_V or 0.0
        self.out.over_voltage_V = within(value, minimum=0.5, maximum=greatest_V)
        self.out.apply()

    def switch(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``OUTPut``."""
        self.out.on = on
        self.out.clear_protection()

    def ask_on(self) -> str:
        """``OUTPut?``: 0 after a trip too."""
        self.out.check_protections()
        return str(int(self.out.live))

    def choose_elements(self, quoted: str) -> None:
        """``FORMat:ELEMents "READ,UNIT"``; they come in this order whatever the list's."""
        words = [word.strip() for word in quoted.split(",")]
        if any(not any(mnemonic(known).fullmatch(word) for known in ELEMENTS) for word in words):
            raise ScpiError(-224)
        self.elements = [
            known.rstrip("abcdefghijklmnopqrstuvwxyz")
            for known in ELEMENTS
            if any(mnemonic(known).fullmatch(word) for word in words)
        ]

    def _mode(self) -> str:
        if not self.out.live:
            return "OFF"
        return "CC" if self.out.in_current_limit() else "CV"

    def measure(self, unit: str, read: Callable[[Output, float], Measurement]) -> Procedure:
        """``MEASure?``."""
        self.out.check_protections()
        value = yield from read(self.out, READBACK_s)
        seconds = self.kernel.now_ns / NANOSECONDS_PER_SECOND
        with_unit = "UNIT" in self.elements
        shown = {
            "READ": f"{value:+.6E}{unit if with_unit else ''}",
            "MODE": self._mode(),
            "REL": f"{seconds:+.6E}{'s' if with_unit else ''}",
        }
        return ",".join(shown[element] for element in self.elements if element in shown)


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "[SOURce[1]:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": Command(
        Keithley2280s.set_voltage, (number(),)
    ),
    "[SOURce[1]:]VOLTage[:LEVel][:IMMediate][:AMPLitude]?": Command(
        lambda supply: f"{supply.out.voltage_V:.4f}"
    ),
    "[SOURce[1]:]CURRent[:LEVel][:IMMediate][:AMPLitude]": Command(
        Keithley2280s.set_current, (number(),)
    ),
    "[SOURce[1]:]CURRent[:LEVel][:IMMediate][:AMPLitude]?": Command(
        lambda supply: f"{supply.out.current_limit_A:.4f}"
    ),
    "[SOURce[1]:]VOLTage:PROTection[:LEVel]": Command(Keithley2280s.set_level, (number(),)),
    "[SOURce[1]:]VOLTage:PROTection[:LEVel]?": Command(
        lambda supply: f"{supply.out.over_voltage_V:.3f}"
    ),
    "OUTPut[1][:STATe]": Command(Keithley2280s.switch, (BOOLEAN,)),
    "OUTPut[1][:STATe]?": Command(Keithley2280s.ask_on),
    "FORMat:ELEMents": Command(Keithley2280s.choose_elements, (STRING,)),
    "FORMat:ELEMents?": Command(lambda supply: ",".join(supply.elements)),
    "MEASure[1]:VOLTage[:DC]?": Command(lambda supply: supply.measure("V", Output.read_voltage)),
    "MEASure[1]:CURRent[:DC]?": Command(lambda supply: supply.measure("A", Output.read_current)),
}
