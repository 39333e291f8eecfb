"""Keysight N5700 series system supplies, of one output.

Commands, limits and status bits after the Series N5700 User's Guide, chapter 5: voltage and
over-voltage protection keep 5 % apart (p. 72), the operation status tells constant voltage and
constant current (p. 73), the questionable status what has switched the output off (p. 74). A
trip holds until OUTPut:PROTection:CLEar. Which error the guide gives to settings that come too
near to each other was not found: "Settings conflict" is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.parameters import BOOLEAN, LIMIT, Number, number, optional, within
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.instruments.supply import Output
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

APERTURE_s = 0.02
"""Of its own meters; our assumption, the guide does not say."""

DISTANCE = 1.05
CONSTANT_VOLTAGE, CONSTANT_CURRENT = 256, 1024
"""Bits of the operation status register."""
OVER_VOLTAGE, OVER_CURRENT = 1, 2
"""Bits of the questionable status register."""


class KeysightN5700(ScpiInstrument):
    """A supply with one output."""

    error_texts: ClassVar[Mapping[int, str]] = {-350: "Too many errors"}

    def __init__(self, *, kernel: Kernel, identity: str, output: Output) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        self.output_stage = output

    def reset(self) -> None:
        """``*RST``."""
        self.output_stage.reset()

    def set_voltage(self, value: Number) -> None:
        """``[SOURce:]VOLTage``: up to what protection leaves."""
        output = self.output_stage
        volts = within(value, minimum=0.0, maximum=output.greatest_voltage_V, default=0.0)
        if output.over_voltage_V is not None and volts * DISTANCE > output.over_voltage_V:
            raise ScpiError(-221)
        output.voltage_V = volts
        output.apply()

    def set_current(self, value: Number) -> None:
        """``[SOURce:]CURRent``."""
        output = self.output_stage
        output.current_limit_A = within(
            value, minimum=0.0, maximum=output.greatest_current_A, default=0.0
        )
        output.apply()

    def set_over_voltage(self, value: Number) -> None:
        """``[SOURce:]VOLTage:PROTection:LEVel``: down to what the voltage leaves."""
        output = self.output_stage
        greatest_V = output.greatest_over_voltage_V or 0.0
        volts = within(value, minimum=5.0, maximum=greatest_V, default=greatest_V)
        if volts < output.voltage_V * DISTANCE:
            raise ScpiError(-221)
        output.over_voltage_V = volts
        output.apply()

    def ask(self, limit: str | None, *, attribute: str, greatest: str) -> str:
        """What is set, or the limit that was asked for."""
        output = self.output_stage
        limits = {"MIN": 0.0, "MAX": getattr(output, greatest), "DEF": 0.0}
        return f"{limits[limit] if limit else getattr(output, attribute):.4E}"

    def switch(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``OUTPut[:STATe]``."""
        self.output_stage.on = on
        self.output_stage.apply()

    def switch_over_current(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``[SOURce:]CURRent:PROTection:STATe``."""
        self.output_stage.over_current_enabled = on
        self.output_stage.apply()

    def operation(self) -> str:
        """``STATus:OPERation:CONDition?``."""
        limited = self.output_stage.in_current_limit()
        regulated = self.output_stage.live and not limited
        return f"+{CONSTANT_CURRENT * limited | CONSTANT_VOLTAGE * regulated}"

    def questionable(self) -> str:
        """``STATus:QUEStionable:CONDition?``."""
        output = self.output_stage
        output.check_protections()
        tripped = OVER_VOLTAGE * output.over_voltage_tripped
        return f"+{tripped | OVER_CURRENT * output.over_current_tripped}"

    def measure(self, *, read: Callable[[Output, float], Measurement]) -> Procedure:
        """``MEASure?``."""
        self.output_stage.check_protections()
        return f"{(yield from read(self.output_stage, APERTURE_s)):.4E}"


def _asked(attribute: str, greatest: str) -> Command:
    return Command(
        partial(KeysightN5700.ask, attribute=attribute, greatest=greatest), (optional(LIMIT),)
    )


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": Command(
        KeysightN5700.set_voltage, (number("V"),)
    ),
    "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]?": _asked("voltage_V", "greatest_voltage_V"),
    "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]": Command(
        KeysightN5700.set_current, (number("A"),)
    ),
    "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]?": _asked(
        "current_limit_A", "greatest_current_A"
    ),
    "[SOURce:]VOLTage:PROTection:LEVel": Command(KeysightN5700.set_over_voltage, (number("V"),)),
    "[SOURce:]VOLTage:PROTection:LEVel?": _asked("over_voltage_V", "greatest_over_voltage_V"),
    "[SOURce:]CURRent:PROTection:STATe": Command(KeysightN5700.switch_over_current, (BOOLEAN,)),
    "[SOURce:]CURRent:PROTection:STATe?": Command(
        lambda supply: str(int(supply.output_stage.over_current_enabled))
    ),
    "OUTPut[:STATe]": Command(KeysightN5700.switch, (BOOLEAN,)),
    "OUTPut[:STATe]?": Command(lambda supply: str(int(supply.output_stage.on))),
    "OUTPut:PROTection:CLEar": Command(lambda supply: supply.output_stage.clear_protection()),
    "STATus:OPERation:CONDition?": Command(KeysightN5700.operation),
    "STATus:QUEStionable:CONDition?": Command(KeysightN5700.questionable),
    "MEASure[:SCALar][:VOLTage][:DC]?": Command(
        partial(KeysightN5700.measure, read=Output.read_voltage)
    ),
    "MEASure[:SCALar]:CURRent[:DC]?": Command(
        partial(KeysightN5700.measure, read=Output.read_current)
    ),
}
