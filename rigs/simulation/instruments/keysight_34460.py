"""Keysight 34460A and 34461A multimeters (Truevolt series), as their SCPI shows them.

After the Keysight Truevolt Series Operating and Service Guide, 34460-90901, part "SCPI
Programming Reference".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from typing_extensions import override

from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.keysight_34460_functions import Function
from rigs.simulation.instruments.keysight_panel import PANEL_COMMANDS, FrontPanel
from rigs.simulation.instruments.meter import Input
from rigs.simulation.instruments.parameters import (
    BOOLEAN,
    LIMIT,
    LIMITS,
    STRING,
    Number,
    number,
    optional,
    word,
)
from rigs.simulation.instruments.triggering import TriggerSystem
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Parameter, Procedure, ScpiError

READINGS_KEPT: Mapping[str, int] = {
    "keysight-34460a": 1000,
    "keysight-34461a": 10_000,
    "keysight-34465a": 50_000,
    "keysight-34470a": 50_000,
    "idealised-meter": 10_000,
}


class Keysight34460(ScpiInstrument):
    """A multimeter with separate terminals for voltage and current, so both can be connected."""

    clients_at_once: ClassVar[int] = 2
    error_texts: ClassVar[Mapping[int, str]] = {-230: "Data stale", -350: "Error queue overflow"}

    def __init__(
        self,
        *,
        model: str,
        kernel: Kernel,
        identity: str,
        voltage: Input,
        current: Input,
        line_frequency_Hz: float,
    ) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=self.table())
        self.functions = {
            name: Function(name, unit, terminals, ac, model, line_frequency_Hz)
            for name, unit, terminals, ac in (
                ("VOLT", "V", voltage, False),
                ("VOLT:AC", "V", voltage, True),
                ("CURR", "A", current, False),
                ("CURR:AC", "A", current, True),
            )
        }
        self.function = self.functions["VOLT"]
        self.panel = FrontPanel()
        self.triggers = TriggerSystem(
            kernel=kernel,
            sample=lambda: self.function.sample(kernel),
            automatic_delay_s=lambda: self.function.automatic_delay_s,
            readings_kept=READINGS_KEPT[model],
            changed=self.wake,
        )

    def table(self) -> Mapping[str, Command]:
        """What this model understands."""
        return COMMANDS

    def reset(self) -> None:
        """``*RST``."""
        self.triggers.reset()
        self.panel.reset()
        for function in self.functions.values():
            function.preset()
        self.function = self.functions["VOLT"]

    @override
    def pending(self) -> bool:
        return self.triggers.initiated

    @override
    def device_clear(self) -> None:
        super().device_clear()
        self.triggers.abort()

    def configure(self, range_: Number | None, resolution: Number | None, *, name: str) -> None:
        """``CONFigure``: presets the function and all triggering before it sets anything."""
        automatic = range_ in {None, "AUTO", "DEF"}
        if automatic and resolution not in {None, "DEF"}:
            raise ScpiError(-221)
        function = self.functions[name]
        self.triggers.reset()
        function.preset()
        self.function = function
        if range_ is not None and not automatic:
            self.fix_range(range_, name=name)
        if resolution is not None and not automatic and not function.ac:
            function.choose_resolution(resolution)

    def measure(self, range_: Number | None, resolution: Number | None, *, name: str) -> Procedure:
        """``MEASure?``: ``CONFigure`` and ``READ?``."""
        self.configure(range_, resolution, name=name)
        return self.read()

    def configuration(self) -> str:
        """``CONFigure?``: function, range and resolution in quotes."""
        function = self.function
        return f'"{function.name} {scientific(function.range.full_scale)},{scientific(function.resolution)}"'

    def choose_function(self, quoted: str) -> None:
        """``FUNCtion "VOLT:DC"``."""
        name = quoted.upper().replace("VOLTAGE", "VOLT").replace("CURRENT", "CURR")
        if name.removesuffix(":DC") not in self.functions:
            raise ScpiError(-224)
        self.triggers.abort()
        self.function = self.functions[name.removesuffix(":DC")]

    def fix_range(self, value: Number, *, name: str) -> None:
        """Choose a range; the function in use switches to it at once."""
        self.triggers.abort()
        function = self.functions[name]
        function.choose_range(value)
        if function is self.function:
            function.terminals.switch_to(function.range)

    def set_autorange(self, state: str, *, name: str) -> None:
        """Let the range follow the signal, or stay where it is (``ONCE`` follows it once)."""
        self.triggers.abort()
        function = self.functions[name]
        if state == "ONCE":
            while (fitting := function.terminals.fitting_range()) is not function.terminals.range:
                function.terminals.switch_to(fitting)
        function.fixed_range = None if state in {"ON", "1"} else function.terminals.range

    def set_autozero(self, state: str, *, name: str) -> Procedure:
        """Measure zero after each reading, now and then no more (``ONCE``), or never."""
        self.triggers.abort()
        function = self.functions[name]
        function.autozero = state in {"ON", "1"}
        if state == "ONCE":
            yield from function.measure_zero(self.kernel)
        return None

    def set_impedance(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``VOLTage:IMPedance:AUTO``: as high as the range's input can be, or 10 MΩ."""
        self.functions["VOLT"].impedance_auto = on

    def read(self) -> Procedure:
        """``READ?``: ``INITiate`` and ``FETCh?``; a trigger from the bus could never come."""
        if self.triggers.settings.source == "BUS":
            raise ScpiError(-214)
        self.triggers.initiate()
        return self.fetch()

    def fetch(self) -> Procedure:
        """``FETCh?``: the readings since the last start, once they are all there."""
        yield from self.wait_for_operations()
        if not self.triggers.readings:
            raise ScpiError(-230)
        return formatted(self.triggers.readings)

    def remove(self, count: Number, wait: str | None) -> Procedure:
        """``DATA:REMove? 10,WAIT``: the oldest readings, which are forgotten; waits if asked to."""
        return formatted((yield from self.triggers.remove(count, wait=wait is not None)))


def scientific(value: float) -> str:
    """A number as this family writes it."""
    return f"{value:+.8E}"


def formatted(readings: Iterable[float]) -> str:
    """Several readings in one answer."""
    return ",".join(map(scientific, readings))


def _range_commands(name: str, header: str, unit: str) -> dict[str, Command]:
    """Configuring, measuring and choosing ranges: every function has these."""
    configuration = (optional(number(unit, words=("AUTO", *LIMITS))), optional(number(unit)))
    sense = f"[SENSe:]{header}:RANGe"
    return {
        f"CONFigure:{header}": Command(partial(Keysight34460.configure, name=name), configuration),
        f"MEASure:{header}?": Command(partial(Keysight34460.measure, name=name), configuration),
        f"{sense}[:UPPer]": Command(partial(Keysight34460.fix_range, name=name), (number(unit),)),
        f"{sense}[:UPPer]?": _question(name, Function.range_or_limit),
        f"{sense}:AUTO": Command(
            partial(Keysight34460.set_autorange, name=name), (word("ON", "OFF", "ONCE", "1", "0"),)
        ),
        f"{sense}:AUTO?": Command(
            lambda meter: str(int(meter.functions[name].fixed_range is None))
        ),
    }


def _dc_commands(name: str, header: str, unit: str) -> dict[str, Command]:
    """Integration time, resolution and autozero: DC functions have these."""
    sense = f"[SENSe:]{header}"
    return {
        f"{sense}:NPLC": _choice(name, Function.choose_cycles),
        f"{sense}:NPLC?": _question(name, Function.cycles_or_limit),
        f"{sense}:RESolution": _choice(name, Function.choose_resolution, unit),
        f"{sense}:RESolution?": _question(name, Function.resolution_or_limit),
        f"{sense}:ZERO:AUTO": Command(
            partial(Keysight34460.set_autozero, name=name), (word("ON", "OFF", "ONCE", "1", "0"),)
        ),
        f"{sense}:ZERO:AUTO?": Command(lambda meter: str(int(meter.functions[name].autozero))),
    }


def _ac_commands(name: str, header: str) -> dict[str, Command]:
    """The filter, which AC functions have."""
    sense = f"[SENSe:]{header}:BANDwidth"
    return {
        sense: _choice(name, Function.choose_bandwidth, "HZ"),
        f"{sense}?": _question(name, Function.bandwidth_or_limit),
    }


def _choice(name: str, choose: Callable[[Function, Number], None], unit: str = "") -> Command:
    def set_it(meter: Keysight34460, value: Number) -> None:
        meter.triggers.abort()
        choose(meter.functions[name], value)

    return Command(set_it, (number(unit),))


def _question(name: str, ask: Callable[[Function, str | None], float]) -> Command:
    def ask_it(meter: Keysight34460, limit: str | None) -> str:
        return scientific(ask(meter.functions[name], limit))

    return Command(ask_it, (LIMIT,))


def _trigger_commands() -> dict[str, Command]:
    meter = Keysight34460

    def of_triggers(method: Callable[..., Any], *parameters: Parameter) -> Command:
        return Command(lambda meter, *values: method(meter.triggers, *values), parameters)

    triggers = TriggerSystem
    return {
        "ABORt": of_triggers(triggers.abort),
        "INITiate[:IMMediate]": of_triggers(triggers.initiate),
        "*TRG": of_triggers(triggers.trigger),
        "READ?": Command(meter.read),
        "FETCh?": Command(meter.fetch),
        "DATA:REMove?": Command(meter.remove, (number(), optional(word("WAIT")))),
        "DATA:POINts?": Command(lambda meter: f"+{len(meter.triggers.readings)}"),
        "TRIGger:SOURce": of_triggers(triggers.set_source, word("IMMediate", "BUS", "EXTernal")),
        "TRIGger:SOURce?": Command(lambda meter: meter.triggers.settings.source),
        "TRIGger:DELay": of_triggers(triggers.set_delay, number("S")),
        "TRIGger:DELay?": Command(lambda meter: scientific(meter.triggers.delay_s)),
        "TRIGger:DELay:AUTO": of_triggers(triggers.set_automatic_delay, BOOLEAN),
        "TRIGger:DELay:AUTO?": Command(
            lambda meter: str(int(meter.triggers.settings.delay_s is None))
        ),
        "SAMPle:COUNt": of_triggers(triggers.set_samples, number()),
        "SAMPle:COUNt?": Command(lambda meter: scientific(meter.triggers.settings.samples)),
        "TRIGger:COUNt": of_triggers(triggers.set_count, number()),
        "TRIGger:COUNt?": Command(lambda meter: scientific(meter.triggers.settings.count)),
    }


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    **PANEL_COMMANDS,
    "CONFigure?": Command(Keysight34460.configuration),
    "[SENSe:]FUNCtion[:ON]": Command(Keysight34460.choose_function, (STRING,)),
    "[SENSe:]FUNCtion[:ON]?": Command(lambda meter: f'"{meter.function.name}"'),
    "ROUTe:TERMinals?": Command(lambda _meter: "FRON"),
    "SYSTem:PRESet": Command(Keysight34460.reset),
    **_trigger_commands(),
    **_range_commands("VOLT", "VOLTage[:DC]", "V"),
    **_range_commands("VOLT:AC", "VOLTage:AC", "V"),
    **_range_commands("CURR", "CURRent[:DC]", "A"),
    **_range_commands("CURR:AC", "CURRent:AC", "A"),
    **_dc_commands("VOLT", "VOLTage[:DC]", "V"),
    **_dc_commands("CURR", "CURRent[:DC]", "A"),
    **_ac_commands("VOLT:AC", "VOLTage:AC"),
    **_ac_commands("CURR:AC", "CURRent:AC"),
    "[SENSe:]VOLTage[:DC]:IMPedance:AUTO": Command(Keysight34460.set_impedance, (BOOLEAN,)),
    "[SENSe:]VOLTage[:DC]:IMPedance:AUTO?": Command(
        lambda meter: str(int(meter.functions["VOLT"].impedance_auto))
    ),
}
