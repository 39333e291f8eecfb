"""Keithley DMM6500 multimeter in its SCPI command set.

Commands and answers after the Reference Manual DMM6500-901-01. Every function keeps its settings
while another is in use. Trains run in the trigger model and land in a reading buffer with their
times; while one runs, nothing can be set. Errors come with a time of their own.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.keithley_dmm6500_functions import Sampling, Setup
from rigs.simulation.instruments.meter import Input
from rigs.simulation.instruments.parameters import (
    BOOLEAN,
    LIMITS,
    STRING,
    Number,
    number,
    optional,
    within,
    word,
)
from rigs.simulation.instruments.procedure import Activity, Task
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

FASTEST_SAMPLES_Hz = 1e6
SAMPLE_RESOLUTION = 2.0**-15
BUFFERED = 100_000


@dataclass(frozen=True)
class Buffered:
    """A reading in the buffer and when it began."""

    value: float
    time_ns: int


class KeithleyDmm6500(ScpiInstrument):
    """A meter with separate terminals for voltage and current, so both can be connected."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        identity: str,
        voltage: Input,
        current: Input,
        line_frequency_Hz: float,
    ) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        self.line_frequency_Hz = line_frequency_Hz
        self.setups = {
            "VOLT:DC": Setup(voltage, ac=False),
            "VOLT:AC": Setup(voltage, ac=True),
            "CURR:DC": Setup(current, ac=False),
            "CURR:AC": Setup(current, ac=True),
        }
        self._current = current
        self._train: Task | None = None
        self.reset()

    def reset(self) -> None:
        """``*RST``."""
        self.abort()
        for setup in self.setups.values():
            setup.preset()
        self.setup: Setup | None = self.setups["VOLT:DC"]
        self.sampling = Sampling(self._current, self._current.ranges[-1])
        self._loops = 0
        self.buffer: list[Buffered] = []

    @override
    def next_error(self) -> str:
        error, text = self.take_error()
        when = f"1;2026/07/01 00:00:{self.kernel.now_ns / 1e9:06.3f}" if error else "0;0 0"
        return f'{error},"{text};{when}"'

    # What is set; nothing can be while a train runs.

    def _idle(self) -> None:
        if self._train is not None:
            raise ScpiError(-221)

    def choose_function(self, quoted: str) -> None:
        """``FUNCtion "VOLT:DC"``."""
        self._idle()
        name = quoted.upper().replace("VOLTAGE", "VOLT").replace("CURRENT", "CURR")
        setup = self.setups.get(name if ":" in name else f"{name}:DC")
        if setup is None:
            raise ScpiError(-224)
        self.setup = setup

    def choose_range(self, value: Number, *, name: str) -> None:
        """``VOLTage:RANGe``."""
        self._idle()
        setup = self.setups[name]
        setup.choose_range(value)
        if setup is self.setup and setup.chosen is not None:
            setup.terminals.switch_to(setup.chosen)

    def choose_autorange(self, on: bool, *, name: str) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``VOLTage:RANGe:AUTO``."""
        self._idle()
        setup = self.setups[name]
        setup.chosen = None if on else setup.terminals.range

    def ask_range(self, *, name: str) -> str:
        """``VOLTage:RANGe?``."""
        setup = self.setups[name]
        return f"{(setup.chosen or setup.terminals.range).full_scale:g}"

    def choose_cycles(self, value: Number, *, name: str) -> None:
        """``VOLTage:NPLC``: any number up to 12 or 15, as the line's frequency has it."""
        self._idle()
        self.setups[name].choose_cycles(value, self.line_frequency_Hz)

    def choose_autozero(self, on: bool, *, name: str) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``VOLTage:AZERo``."""
        self._idle()
        self.setups[name].autozero = on

    def autozero_once(self) -> Procedure:
        """``AZERo:ONCE``."""
        self._idle()
        setup = self.setup
        if setup is None or setup.ac:
            raise ScpiError(-221)
        yield self._after(2 * setup.cycles / self.line_frequency_Hz)
        return None

    def choose_impedance(self, impedance: str) -> None:
        """``VOLTage:INPutimpedance``."""
        self._idle()
        self.setups["VOLT:DC"].open_input = impedance == "AUTO"

    def choose_detector(self, value: Number, *, name: str) -> None:
        """``VOLTage:AC:DETector:BANDwidth``."""
        self._idle()
        self.setups[name].choose_detector(value)

    def digitize(self, quoted: str) -> None:
        """``DIGitize:FUNCtion "CURR"``: leaves the measurement function; currents only here."""
        self._idle()
        if quoted.upper() not in {"CURR", "CURRENT"}:
            raise ScpiError(-224)
        self.setup = None

    def choose_sampling_range(self, value: Number) -> None:
        """``DIGitize:CURRent:RANGe``."""
        self._idle()
        setup = Setup(self._current, ac=False)
        setup.choose_range(value)
        if setup.chosen is not None:
            self.sampling.chosen = setup.chosen
            self._current.switch_to(setup.chosen)

    def choose_rate(self, value: Number) -> None:
        """``DIGitize:CURRent:SRATe``."""
        self._idle()
        self.sampling.rate_Hz = within(value, minimum=1000.0, maximum=FASTEST_SAMPLES_Hz)

    def choose_aperture(self, _aperture: str) -> None:
        """``DIGitize:CURRent:APERture``: as long as the rate lets is all that is simulated."""
        self._idle()

    def choose_samples(self, value: Number) -> None:
        """``DIGitize:COUNt``."""
        self._idle()
        self.sampling.count = round(within(value, minimum=1, maximum=55_000_000, default=1))

    # Measuring.

    def read(self) -> Procedure:
        """``READ?``: one reading."""
        self._idle()
        reading = yield from self._measure()
        return f"{reading.value:.9E}"

    def load_loop(
        self, template: str, loops: Number, delay: Number | None, buffer: str | None
    ) -> None:
        """``TRIGger:LOAD "SimpleLoop",100,0,"defbuffer1"``; loops without delay only."""
        self._idle()
        if template != "SimpleLoop" or delay not in {None, 0.0}:
            raise ScpiError(-224)
        self._of_buffer(buffer)
        self._loops = round(within(loops, minimum=1, maximum=BUFFERED))

    def initiate(self) -> None:
        """``INITiate``: begins with an empty buffer."""
        if self._train is not None or not self._loops:
            raise ScpiError(-213)
        self.buffer = []
        self._train = Task(self.kernel, self._run(), self._ended)
        self._train.start()

    def abort(self) -> None:
        """``ABORt``: what is in the buffer stays."""
        if self._train is not None:
            self._train.cancel()
            self._train = None

    @override
    def pending(self) -> bool:
        return self._train is not None

    def ask_actual(self, buffer: str | None) -> str:
        """``TRACe:ACTual?``."""
        return str(len(self._of_buffer(buffer)))

    def data(self, first: Number, last: Number, buffer: str | None, *elements: str | None) -> str:
        """``TRACe:DATA? 1,10,"defbuffer1",READ,REL``: the elements of one reading after another."""
        readings = self._of_buffer(buffer)
        begin = round(within(first, minimum=1, maximum=max(1, len(readings))))
        end = round(within(last, minimum=begin, maximum=max(1, len(readings))))
        chosen = readings[begin - 1 : end]
        if not chosen:
            raise ScpiError(-222)
        zero_ns = readings[0].time_ns
        return ",".join(
            f"{reading.value:.9E}"
            if element == "READ"
            else f"{(reading.time_ns - zero_ns) / NANOSECONDS_PER_SECOND:.9f}"
            for reading in chosen
            for element in elements
            if element is not None
        )

    def _of_buffer(self, name: str | None) -> list[Buffered]:
        if name not in {None, "defbuffer1"}:
            raise ScpiError(-224)
        return self.buffer

    def _ended(self) -> None:
        self._train = None
        self.wake()

    def _run(self) -> Activity:
        for _ in range(self._loops):
            if self.setup is None:
                yield from self._sample()
            else:
                self.buffer.append((yield from self._measure()))

    def _sample(self) -> Activity:
        sampling, begun_ns = self.sampling, self.kernel.now_ns
        resolution = SAMPLE_RESOLUTION * sampling.chosen.full_scale
        period_s = 1 / sampling.rate_Hz
        for index in range(sampling.count):
            time_ns = begun_ns + round(index * period_s * NANOSECONDS_PER_SECOND)
            if time_ns > self.kernel.now_ns:
                yield time_ns
            value = yield from sampling.terminals.read_dc(period_s, resolution)
            self.buffer.append(Buffered(value, time_ns))

    def _measure(self) -> Generator[int | None, None, Buffered]:
        setup = self.setup
        if setup is None:
            raise ScpiError(-221)
        yield from setup.find_range(self.kernel)
        begun_ns = self.kernel.now_ns
        value = yield from setup.measure(self.kernel, self.line_frequency_Hz)
        return Buffered(value, begun_ns)

    def _after(self, seconds: float) -> int:
        return self.kernel.now_ns + round(seconds * NANOSECONDS_PER_SECOND)


def _function_commands(name: str, header: str, unit: str) -> Mapping[str, Command]:
    meter, sense = KeithleyDmm6500, f"[SENSe[1]:]{header}:RANGe"
    return {
        f"{sense}[:UPPer]": Command(partial(meter.choose_range, name=name), (number(unit),)),
        f"{sense}[:UPPer]?": Command(partial(meter.ask_range, name=name)),
        f"{sense}:AUTO": Command(partial(meter.choose_autorange, name=name), (BOOLEAN,)),
    }


def _dc_commands(name: str, header: str) -> Mapping[str, Command]:
    meter, sense = KeithleyDmm6500, f"[SENSe[1]:]{header}"
    return {
        f"{sense}:NPLCycles": Command(partial(meter.choose_cycles, name=name), (number(),)),
        f"{sense}:NPLCycles?": Command(lambda meter: f"{meter.setups[name].cycles:g}"),
        f"{sense}:AZERo[:STATe]": Command(partial(meter.choose_autozero, name=name), (BOOLEAN,)),
        f"{sense}:AZERo[:STATe]?": Command(lambda meter: str(int(meter.setups[name].autozero))),
    }


def _ac_command(name: str, header: str) -> Mapping[str, Command]:
    return {
        f"[SENSe[1]:]{header}:DETector:BANDwidth": Command(
            partial(KeithleyDmm6500.choose_detector, name=name), (number(),)
        )
    }


_BUFFER = optional(STRING)
_ELEMENT = optional(word("READing", "RELative"))
_SAMPLES = "[SENSe[1]:]DIGitize:CURRent"

COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "*LANG?": Command(lambda _meter: "SCPI"),
    "SYSTem:LFRequency?": Command(lambda meter: f"{meter.line_frequency_Hz:.0f}"),
    "ROUTe:TERMinals?": Command(lambda _meter: "FRON"),
    "[SENSe[1]:]FUNCtion[:ON]": Command(KeithleyDmm6500.choose_function, (STRING,)),
    **_function_commands("VOLT:DC", "VOLTage[:DC]", "V"),
    **_function_commands("VOLT:AC", "VOLTage:AC", "V"),
    **_function_commands("CURR:DC", "CURRent[:DC]", "A"),
    **_function_commands("CURR:AC", "CURRent:AC", "A"),
    **_dc_commands("VOLT:DC", "VOLTage[:DC]"),
    **_dc_commands("CURR:DC", "CURRent[:DC]"),
    **_ac_command("VOLT:AC", "VOLTage:AC"),
    **_ac_command("CURR:AC", "CURRent:AC"),
    "[SENSe[1]:]VOLTage[:DC]:INPutimpedance": Command(
        KeithleyDmm6500.choose_impedance, (word("AUTO", "MOHM10"),)
    ),
    "[SENSe[1]:]AZERo:ONCE": Command(KeithleyDmm6500.autozero_once),
    "[SENSe[1]:]DIGitize:FUNCtion[:ON]": Command(KeithleyDmm6500.digitize, (STRING,)),
    "[SENSe[1]:]DIGitize:COUNt": Command(KeithleyDmm6500.choose_samples, (number(),)),
    f"{_SAMPLES}:RANGe": Command(KeithleyDmm6500.choose_sampling_range, (number("A", LIMITS),)),
    f"{_SAMPLES}:SRATe": Command(KeithleyDmm6500.choose_rate, (number(),)),
    f"{_SAMPLES}:APERture": Command(KeithleyDmm6500.choose_aperture, (word("AUTO"),)),
    "READ?": Command(KeithleyDmm6500.read),
    "TRIGger:LOAD": Command(
        KeithleyDmm6500.load_loop, (STRING, number(), optional(number()), _BUFFER)
    ),
    "INITiate[:IMMediate]": Command(KeithleyDmm6500.initiate),
    "ABORt": Command(KeithleyDmm6500.abort),
    "TRACe:ACTual?": Command(KeithleyDmm6500.ask_actual, (_BUFFER,)),
    "TRACe:DATA?": Command(KeithleyDmm6500.data, (number(), number(), _BUFFER, _ELEMENT, _ELEMENT)),
}
