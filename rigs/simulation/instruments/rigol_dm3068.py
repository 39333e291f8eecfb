"""Rigol DM3068 multimeter in its own (RIGOL) command set.

After the DM3058/DM3058E and DM3068 Programming Guides, chapter "RIGOL command set". That set has
no error queue: what it does not understand, or what does not belong to the function in use,
is ignored, and a question that it cannot answer stays without answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.meter import Input
from rigs.simulation.instruments.parameters import Number, number, within, word
from rigs.simulation.instruments.procedure import Activity
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

RATES = ("F", "M", "S")
"""Fast, medium and slow, in the order of the data sheet's apertures."""

RESOLUTIONS: Mapping[str, float] = {"F": 50e-6, "M": 5e-6, "S": 0.5e-6}
"""Share of the range: 4½, 5½ and 6½ digits on a scale of 2 200 000 counts."""

RANGE_CHANGE_s = 0.05
"""What one step of autorange takes; our assumption, the guides do not say."""


@dataclass
class Function:
    """One measurement function: its name in ``FUNCtion?``, its terminals and settings."""

    name: str
    terminals: Input
    ac: bool
    rate: str = "S"
    automatic: bool = True


class RigolDm3068(ScpiInstrument):
    """A meter with separate terminals for voltage and current, so both can be connected.

    ``apertures_s`` are those of the three rates. A real one converts without pause and
    answers with its latest reading; here each question starts a conversion of its own, so no
    reading reaches back behind the question.
    """

    def __init__(
        self,
        *,
        kernel: Kernel,
        identity: str,
        voltage: Input,
        current: Input,
        apertures_s: Mapping[str, float],
    ) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        self._apertures_s = apertures_s
        self.functions = {
            "VOLTage:DC": Function("DCV", voltage, ac=False),
            "VOLTage:AC": Function("ACV", voltage, ac=True),
            "CURRent:DC": Function("DCI", current, ac=False),
            "CURRent:AC": Function("ACI", current, ac=True),
        }
        self.function = self.functions["VOLTage:DC"]
        self.impedance = "10M"

    def reset(self) -> None:
        """``*RST``."""
        for function in self.functions.values():
            function.rate, function.automatic = "S", True
        self.function = self.functions["VOLTage:DC"]
        self.impedance = "10M"

    def choose_function(self, *, header: str) -> None:
        """``FUNCtion:VOLTage:DC`` and its like."""
        self.function = self.functions[header]

    def in_use(self, header: str) -> Function:
        """The function, if it is the one in use; its commands are valid only then."""
        if self.function is not self.functions[header]:
            raise ScpiError(-221)
        return self.function

    def choose_range(self, value: Number, *, header: str) -> None:
        """``MEASure:VOLTage:DC 2``: ranges count from 0; DEF is autorange."""
        function = self.in_use(header)
        ranges = function.terminals.ranges
        function.automatic = value == "DEF"
        if not function.automatic:
            index = round(within(value, minimum=0, maximum=len(ranges) - 1))
            function.terminals.switch_to(ranges[index])

    def ask_range(self, *, header: str) -> str:
        """``MEASure:VOLTage:DC:RANGe?``: the range's number."""
        terminals = self.in_use(header).terminals
        return str(terminals.ranges.index(terminals.range))

    def choose_automatic(self, mode: str) -> None:
        """``MEASure AUTO`` and ``MEASure MANU``."""
        self.function.automatic = mode == "AUTO"

    def choose_rate(self, rate: str, *, header: str) -> None:
        """``RATE:VOLTage:DC``."""
        self.in_use(header).rate = rate

    def ask_rate(self, *, header: str) -> str:
        """``RATE:VOLTage:DC?``."""
        return self.in_use(header).rate

    def choose_impedance(self, impedance: str) -> None:
        """``MEASure:VOLTage:DC:IMPedance``."""
        self.in_use("VOLTage:DC")
        self.impedance = impedance

    def measure(self, *, header: str) -> Procedure:
        """``MEASure:VOLTage:DC?``: one reading, in lower case."""
        function = self.in_use(header)
        terminals = function.terminals
        if function.automatic:
            yield from self._find_range(terminals)
        read = terminals.read_ac if function.ac else terminals.read_dc
        resolution = RESOLUTIONS[function.rate] * terminals.range.full_scale
        value = yield from read(self._apertures_s[function.rate], resolution)
        return f"{value:.6e}"

    def _find_range(self, terminals: Input) -> Activity:
        while (fitting := terminals.fitting_range()) is not terminals.range:
            terminals.switch_to(fitting)
            yield self.kernel.now_ns + round(RANGE_CHANGE_s * NANOSECONDS_PER_SECOND)


def _function_commands(header: str) -> Mapping[str, Command]:
    meter = RigolDm3068
    return {
        f"FUNCtion:{header}": Command(partial(meter.choose_function, header=header)),
        f"MEASure:{header}": Command(partial(meter.choose_range, header=header), (number(),)),
        f"MEASure:{header}?": Command(partial(meter.measure, header=header)),
        f"MEASure:{header}:RANGe?": Command(partial(meter.ask_range, header=header)),
        f"RATE:{header}": Command(partial(meter.choose_rate, header=header), (word(*RATES),)),
        f"RATE:{header}?": Command(partial(meter.ask_rate, header=header)),
    }


COMMANDS: Mapping[str, Command] = {
    **{header: command for header, command in COMMON_COMMANDS.items() if header[0] == "*"},
    **_function_commands("VOLTage:DC"),
    **_function_commands("VOLTage:AC"),
    **_function_commands("CURRent:DC"),
    **_function_commands("CURRent:AC"),
    "CMDSET": Command(lambda _meter, _name: None, (word("RIGOL"),)),
    "CMDSET?": Command(lambda _meter: "RIGOL"),
    "FUNCtion?": Command(lambda meter: meter.function.name),
    "MEASure": Command(RigolDm3068.choose_automatic, (word("AUTO", "MANU"),)),
    "MEASure?": Command(lambda _meter: "TRUE"),
    "MEASure:VOLTage:DC:IMPedance": Command(RigolDm3068.choose_impedance, (word("10M", "10G"),)),
    "MEASure:VOLTage:DC:IMPedance?": Command(lambda meter: meter.impedance),
}
