"""Rigol DM3068 multimeter in its own (RIGOL) command set.

After the RIGOL Programming Guide DM3058/DM3058E, January 2015, whose command set it shares:
chapter 2 (commands of all command sets) and chapter 3 (RIGOL commands). The meter converts
without pause and answers with its latest reading, which may have begun before the question.
What does not belong to the function in use is refused, and a question so stays without answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.meter import AC_INPUT_ohm, Input, MeterRange, ORDINARY_INPUT_ohm
from rigs.simulation.instruments.parameters import Number, number, within, word
from rigs.simulation.instruments.procedure import Activity, Task
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

RATES = ("F", "M", "S")
"""Fast, medium and slow, in the order of the data sheet's apertures."""

RESOLUTIONS: Mapping[str, float] = {"F": 50e-6, "M": 5e-6, "S": 0.5e-6}
"""Share of the range: 4½, 5½ and 6½ digits on a scale of 2 200 000 counts."""

RANGE_CHANGE_s = 0.05
"""What one step of autorange takes; our assumption, the guide does not say."""

HIGH_IMPEDANCE_UP_TO_V = 2.0
"""Ranges on which the input can be 10 GΩ."""


@dataclass
class Function:
    """One measurement function: its name in ``FUNCtion?``, its terminals and settings."""

    name: str
    terminals: Input
    ac: bool
    smallest: int
    default_range: int
    rate: str = "S"
    automatic: bool = True

    @property
    def ranges(self) -> tuple[MeterRange, ...]:
        """In the order of their numbers; AC current begins at 20 mA."""
        return self.terminals.ranges[self.smallest :]


class RigolDm3068(ScpiInstrument):
    """A meter with separate terminals for voltage and current, so both can be connected.

    ``apertures_s`` are those of the three rates.
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
            "VOLTage:DC": Function("DCV", voltage, ac=False, smallest=0, default_range=2),
            "VOLTage:AC": Function("ACV", voltage, ac=True, smallest=0, default_range=2),
            "CURRent:DC": Function("DCI", current, ac=False, smallest=0, default_range=3),
            "CURRent:AC": Function("ACI", current, ac=True, smallest=2, default_range=1),
        }
        self.function = self.functions["VOLTage:DC"]
        self.impedance = "10M"
        self.latest: float | None = None
        self._converting: Task | None = None
        self._convert_anew()

    def reset(self) -> None:
        """``*RST``."""
        for function in self.functions.values():
            function.rate, function.automatic = "S", True
        self.impedance = "10M"
        self.choose_function(header="VOLTage:DC")

    @override
    def next_error(self) -> str:
        error, text = self.take_error()
        return f'{error},"{text}"'

    # Settings. What is set begins a new conversion.

    def choose_function(self, *, header: str) -> None:
        """``FUNCtion:VOLTage:DC`` and its like."""
        self.function = self.functions[header]
        self._convert_anew()

    def in_use(self, header: str) -> Function:
        """The function, if it is the one in use; its commands are valid only then."""
        if self.function is not self.functions[header]:
            raise ScpiError(-221)
        return self.function

    def choose_range(self, value: Number, *, header: str) -> None:
        """``MEASure:VOLTage:DC 2``: ranges count from 0; choosing one ends autorange."""
        function = self.in_use(header)
        last, default = len(function.ranges) - 1, function.default_range
        index = round(within(value, minimum=0, maximum=last, default=default))
        function.automatic = False
        function.terminals.switch_to(function.ranges[index])
        self._convert_anew()

    def ask_range(self, *, header: str) -> str:
        """``MEASure:VOLTage:DC:RANGe?``: the range's number."""
        function = self.in_use(header)
        return str(function.ranges.index(function.terminals.range))

    def choose_automatic(self, mode: str) -> None:
        """``MEASure AUTO`` and ``MEASure MANU``."""
        self.function.automatic = mode == "AUTO"
        self._convert_anew()

    def choose_rate(self, rate: str, *, header: str) -> None:
        """``RATE:VOLTage:DC``."""
        self.in_use(header).rate = rate
        self._convert_anew()

    def ask_rate(self, *, header: str) -> str:
        """``RATE:VOLTage:DC?``."""
        return self.in_use(header).rate

    def choose_impedance(self, impedance: str) -> None:
        """``MEASure:VOLTage:DC:IMPEdance``: 10 GΩ on the two smallest ranges only."""
        full_scale = self.in_use("VOLTage:DC").terminals.range.full_scale
        if impedance == "10G" and full_scale > HIGH_IMPEDANCE_UP_TO_V:
            raise ScpiError(-221)
        self.impedance = impedance

    # Measuring.

    def measure(self, *, header: str) -> Procedure:
        """``MEASure:VOLTage:DC?``: the latest reading; waits only for the first one."""
        self.in_use(header)
        while self.latest is None:
            yield None
        return f"{self.latest:.6e}"

    def _convert_anew(self) -> None:
        if self._converting is not None:
            self._converting.cancel()
        self.latest = None
        self._converting = Task(self.kernel, self._convert(self.function), lambda: None)
        self._converting.start()

    def _convert(self, function: Function) -> Activity:
        terminals = function.terminals
        read = terminals.read_ac if function.ac else terminals.read_dc
        while True:
            if function.automatic:
                yield from self._find_range(function)
            terminals.load(self._input_ohm(function))
            resolution = RESOLUTIONS[function.rate] * terminals.range.full_scale
            self.latest = yield from read(self._apertures_s[function.rate], resolution)
            self.wake()

    def _input_ohm(self, function: Function) -> float:
        if function.ac:
            return AC_INPUT_ohm
        return function.terminals.range.input_ohm if self.impedance == "10G" else ORDINARY_INPUT_ohm

    def _find_range(self, function: Function) -> Activity:
        terminals = function.terminals
        while (fitting := terminals.fitting_range()) is not terminals.range:
            if fitting not in function.ranges:
                return
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
    **COMMON_COMMANDS,
    **_function_commands("VOLTage:DC"),
    **_function_commands("VOLTage:AC"),
    **_function_commands("CURRent:DC"),
    **_function_commands("CURRent:AC"),
    "CMDSET": Command(lambda _meter, _name: None, (word("RIGOL"),)),
    "CMDSET?": Command(lambda _meter: "RIGOL"),
    "FUNCtion?": Command(lambda meter: meter.function.name),
    "MEASure": Command(RigolDm3068.choose_automatic, (word("AUTO", "MANU"),)),
    "MEASure?": Command(lambda meter: "FALSE" if meter.latest is None else "TRUE"),
    "MEASure:VOLTage:DC:IMPEdance": Command(RigolDm3068.choose_impedance, (word("10M", "10G"),)),
    "MEASure:VOLTage:DC:IMPEdance?": Command(lambda meter: meter.impedance),
}
