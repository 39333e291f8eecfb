"""B&K Precision 8600 series electronic loads in constant current.

After the 8600 Series Programming Manual: the load powers up in local mode (chapter 1), and what follows
an invalid command in a message is ignored (p. 22). That settings are refused in local mode with the
standard's -201 is our assumption, as are apertures. Of the functions only CURRent is simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.load import LoadInput
from rigs.simulation.instruments.parameters import BOOLEAN, Number, number, within, word
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

APERTURE_s = 0.02
IN_LOCAL = -201


class Bk8600(ScpiInstrument):
    """A load with one input, in local mode at first."""

    error_texts: ClassVar[Mapping[int, str]] = {IN_LOCAL: "Invalid while in local"}

    def __init__(self, *, kernel: Kernel, identity: str, terminals: LoadInput) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        self.input = terminals
        self.remote = False

    def take_control(self, *, remote: bool) -> None:
        """``SYSTem:REMote`` and ``SYSTem:LOCal``."""
        self.remote = remote

    def _check_control(self) -> None:
        if not self.remote:
            raise ScpiError(IN_LOCAL)

    def reset(self) -> None:
        """``*RST``."""
        self._check_control()
        self.input.reset()

    def choose_function(self, name: str) -> None:
        """``[SOURce:]FUNCtion``."""
        self._check_control()
        if name != "CURR":
            raise ScpiError(-221)

    def choose_range(self, value: Number) -> None:
        """``[SOURce:]CURRent:RANGe``: the smallest range that holds the value."""
        self._check_control()
        greatest_A = self.input.ranges[-1].full_scale_A
        self.input.select(within(value, minimum=0.0, maximum=greatest_A, default=greatest_A))

    def set_current(self, value: Number) -> None:
        """``[SOURce:]CURRent``, within the range."""
        self._check_control()
        full_scale_A = self.input.range.full_scale_A
        self.input.set_current(within(value, minimum=0.0, maximum=full_scale_A, default=0.0))

    def switch(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``[SOURce:]INPut``."""
        self._check_control()
        self.input.switch(on=on)

    def measure(self, *, read: Callable[[LoadInput, float], Measurement]) -> Procedure:
        """``MEASure``, in local mode too."""
        return f"{(yield from read(self.input, APERTURE_s)):.4f}"


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "SYSTem:REMote": Command(partial(Bk8600.take_control, remote=True)),
    "SYSTem:LOCal": Command(partial(Bk8600.take_control, remote=False)),
    "[SOURce:]FUNCtion": Command(
        Bk8600.choose_function, (word("CURRent", "RESistance", "VOLTage", "POWer"),)
    ),
    "[SOURce:]FUNCtion?": Command(lambda _load: "CURRENT"),
    "[SOURce:]CURRent:RANGe": Command(Bk8600.choose_range, (number("A"),)),
    "[SOURce:]CURRent:RANGe?": Command(lambda load: f"{load.input.range.full_scale_A:.4f}"),
    "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]": Command(Bk8600.set_current, (number("A"),)),
    "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]?": Command(
        lambda load: f"{load.input.current_A:.4f}"
    ),
    "[SOURce:]INPut[:STATe]": Command(Bk8600.switch, (BOOLEAN,)),
    "[SOURce:]INPut[:STATe]?": Command(lambda load: str(int(load.input.on))),
    "MEASure[:SCALar]:VOLTage[:DC]?": Command(partial(Bk8600.measure, read=LoadInput.read_voltage)),
    "MEASure[:SCALar]:CURRent[:DC]?": Command(partial(Bk8600.measure, read=LoadInput.read_current)),
}
