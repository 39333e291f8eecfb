"""Rigol DL3000 series electronic loads in constant current.

After the DL3000 Programming Guide, chapter 2, [:SOURce], :MEASure and :SYSTem subsystems. Of the
functions only CURRent is simulated: the others are refused. A value beyond the range that is
selected is refused too, and a change of range cuts the value down to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.load import LoadInput
from rigs.simulation.instruments.parameters import (
    BOOLEAN,
    LIMIT,
    Number,
    number,
    optional,
    within,
    word,
)
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

APERTURE_s = 0.02
"""Of its own meters; our assumption, the guide does not say."""


class RigolDl3000(ScpiInstrument):
    """A load with one input."""

    error_texts: ClassVar[Mapping[int, str]] = {-222: "Parameter out of range"}

    def __init__(self, *, kernel: Kernel, identity: str, terminals: LoadInput) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        self.input = terminals

    def reset(self) -> None:
        """``*RST``."""
        self.input.reset()

    def choose_function(self, name: str) -> None:
        """``[:SOURce]:FUNCtion``: static operation at a constant current."""
        if name != "CURR":
            raise ScpiError(-221)

    def choose_range(self, value: Number) -> None:
        """``[:SOURce]:CURRent:RANGe``: the low range up to its full scale, else the high one."""
        low, high = self.input.ranges[0].full_scale_A, self.input.ranges[-1].full_scale_A
        self.input.select(within(value, minimum=low, maximum=high, default=high))

    def set_current(self, value: Number) -> None:
        """``[:SOURce]:CURRent[:LEVel][:IMMediate]``."""
        full_scale_A = self.input.range.full_scale_A
        self.input.set_current(within(value, minimum=0.0, maximum=full_scale_A, default=0.0))

    def ask_current(self, limit: str | None) -> str:
        """What is set, or the limit that was asked for."""
        limits = {"MIN": 0.0, "MAX": self.input.range.full_scale_A, "DEF": 0.0}
        return f"{limits[limit] if limit else self.input.current_A:.4f}"

    def measure(self, *, read: Callable[[LoadInput, float], Measurement]) -> Procedure:
        """``:MEASure``, with the input looked at anew."""
        return f"{(yield from read(self.input, APERTURE_s)):.6f}"


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "[SOURce:]FUNCtion": Command(
        RigolDl3000.choose_function, (word("CURRent", "RESistance", "VOLTage", "POWer"),)
    ),
    "[SOURce:]FUNCtion?": Command(lambda _load: "CC"),
    "[SOURce:]CURRent:RANGe": Command(RigolDl3000.choose_range, (number("A"),)),
    "[SOURce:]CURRent:RANGe?": Command(lambda load: f"{load.input.range.full_scale_A:.4f}"),
    "[SOURce:]CURRent[:LEVel][:IMMediate]": Command(RigolDl3000.set_current, (number("A"),)),
    "[SOURce:]CURRent[:LEVel][:IMMediate]?": Command(RigolDl3000.ask_current, (optional(LIMIT),)),
    "[SOURce:]INPut[:STATe]": Command(lambda load, on: load.input.switch(on=on), (BOOLEAN,)),
    "[SOURce:]INPut[:STATe]?": Command(lambda load: str(int(load.input.on))),
    "MEASure:VOLTage[:DC]?": Command(partial(RigolDl3000.measure, read=LoadInput.read_voltage)),
    "MEASure:CURRent[:DC]?": Command(partial(RigolDl3000.measure, read=LoadInput.read_current)),
}
