"""Siglent SDM3065X multimeter.

Commands and answers after the SDM3065X Remote Manual. A reading is taken when it is asked for;
``CONFigure`` and ``MEASure`` bring the function to its defaults before they set anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.meter import AC_INPUT_ohm, Input, MeterRange, ORDINARY_INPUT_ohm
from rigs.simulation.instruments.parameters import (
    BOOLEAN,
    LIMITS,
    Number,
    number,
    optional,
    within,
    word,
)
from rigs.simulation.instruments.procedure import Activity
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

RESOLUTIONS: Mapping[float, float] = {
    0.005: 50e-6,
    0.05: 5e-6,
    0.5: 1.5e-6,
    1.0: 0.5e-6,
    10.0: 0.1e-6,
    100.0: 0.05e-6,
}
"""Share of the range by power-line cycles, which can be these and no others."""

FILTERS_s: Mapping[float, float] = {3.0: 2.5, 20.0: 0.6, 200.0: 0.05}
"""How long an AC reading takes, by the filter's lowest frequency; our assumption."""

AC_RESOLUTION = 1e-6
RANGE_CHANGE_s = 0.05
"""What one step of autorange takes; our assumption."""

HIGH_IMPEDANCE_UP_TO_V = 20.0


@dataclass
class Setup:
    """One measurement function as it is set up; a range of None is autorange."""

    name: str
    terminals: Input
    ac: bool
    chosen: MeterRange | None = None
    cycles: float = 10.0
    autozero: bool = True
    open_input: bool = False
    filter_Hz: float = 20.0

    def preset(self) -> None:
        """As ``*RST`` leaves it."""
        self.chosen, self.cycles, self.autozero = None, 10.0, True
        self.open_input, self.filter_Hz = False, 20.0


class SiglentSdm3065x(ScpiInstrument):
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
        self._line_frequency_Hz = line_frequency_Hz
        self.setups = {
            "VOLT": Setup("VOLT", voltage, ac=False),
            "VOLT:AC": Setup("VOLT:AC", voltage, ac=True),
            "CURR": Setup("CURR", current, ac=False),
            "CURR:AC": Setup("CURR:AC", current, ac=True),
        }
        self.reset()

    def reset(self) -> None:
        """``*RST``."""
        for setup in self.setups.values():
            setup.preset()
        self.setup = self.setups["VOLT"]
        self.samples = 1

    @override
    def next_error(self) -> str:
        error, text = self.take_error()
        return f'{error},"{text}"'

    def configure(self, range_: Number | None, *, name: str) -> None:
        """``CONFigure:VOLTage:DC 2V``."""
        setup = self.setups[name]
        setup.preset()
        self.setup, self.samples = setup, 1
        if range_ not in {None, "AUTO", "DEF"}:
            self.choose_range(range_, name=name)

    def choose_range(self, value: Number | None, *, name: str) -> None:
        """``VOLTage:DC:RANGe``: the smallest range that holds the value."""
        setup = self.setups[name]
        ranges = setup.terminals.ranges
        limits = {"MIN": ranges[0].full_scale, "MAX": ranges[-1].full_scale}
        meant = limits.get(value, value) if isinstance(value, str) else value
        chosen = setup.terminals.range_for(within(meant or 0.0, minimum=0.0, maximum=1e9))
        if chosen is None:
            raise ScpiError(-222)
        setup.chosen = chosen
        if setup is self.setup:
            setup.terminals.switch_to(chosen)

    def ask_range(self, *, name: str) -> str:
        """``VOLTage:DC:RANGe?``."""
        setup = self.setups[name]
        return _scientific((setup.chosen or setup.terminals.range).full_scale)

    def choose_cycles(self, value: Number, *, name: str) -> None:
        """``VOLTage:DC:NPLC``: one of six; another is refused and not rounded."""
        cycles = within(value, minimum=0.005, maximum=100.0, default=10.0)
        if cycles not in RESOLUTIONS:
            raise ScpiError(-224)
        self.setups[name].cycles = cycles

    def choose_autozero(self, on: bool, *, name: str) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``VOLTage:DC:AZ``."""
        self.setups[name].autozero = on

    def choose_impedance(self, impedance: str) -> None:
        """``VOLTage:DC:IMPedance``: 10 GΩ up to 20 V only."""
        setup = self.setups["VOLT"]
        full_scale = (setup.chosen or setup.terminals.range).full_scale
        if impedance == "10G" and full_scale > HIGH_IMPEDANCE_UP_TO_V:
            raise ScpiError(-221)
        setup.open_input = impedance == "10G"

    def choose_filter(self, value: Number, *, name: str) -> None:
        """``VOLTage:AC:BANDwidth 20HZ``: one of three."""
        lowest_Hz = within(value, minimum=3.0, maximum=200.0, default=20.0)
        if lowest_Hz not in FILTERS_s:
            raise ScpiError(-224)
        self.setups[name].filter_Hz = lowest_Hz

    def choose_samples(self, value: Number) -> None:
        """``SAMPle:COUNt``."""
        self.samples = round(within(value, minimum=1, maximum=10_000, default=1))

    def measure(self, range_: Number | None, *, name: str) -> Procedure:
        """``MEASure?``."""
        self.configure(range_, name=name)
        return self.read()

    def read(self) -> Procedure:
        """``READ?``: as many readings as samples have been asked for."""
        setup, shown = self.setup, []
        for _ in range(self.samples):
            yield from self._find_range(setup)
            terminals = setup.terminals
            full_scale = terminals.range.full_scale
            if setup.ac:
                terminals.load(AC_INPUT_ohm)
                reading = yield from terminals.read_ac(
                    FILTERS_s[setup.filter_Hz], AC_RESOLUTION * full_scale
                )
            else:
                terminals.load(
                    terminals.range.input_ohm if setup.open_input else ORDINARY_INPUT_ohm
                )
                aperture_s = setup.cycles / self._line_frequency_Hz
                reading = yield from terminals.read_dc(
                    aperture_s, RESOLUTIONS[setup.cycles] * full_scale
                )
                if setup.autozero:
                    yield self._after(aperture_s)
            shown.append(_scientific(reading))
        return ",".join(shown)

    def _find_range(self, setup: Setup) -> Activity:
        if setup.chosen is not None:
            setup.terminals.switch_to(setup.chosen)
            return
        while (fitting := setup.terminals.fitting_range()) is not setup.terminals.range:
            setup.terminals.switch_to(fitting)
            yield self._after(RANGE_CHANGE_s)

    def _after(self, seconds: float) -> int:
        return self.kernel.now_ns + round(seconds * NANOSECONDS_PER_SECOND)


def _scientific(value: float) -> str:
    return f"{value:+.8E}"


def _function_commands(name: str, header: str, unit: str) -> Mapping[str, Command]:
    meter = SiglentSdm3065x
    range_ = number(unit, words=("AUTO", *LIMITS))
    sense = f"[SENSe:]{header}"
    return {
        f"CONFigure:{header}": Command(partial(meter.configure, name=name), (optional(range_),)),
        f"MEASure:{header}?": Command(partial(meter.measure, name=name), (optional(range_),)),
        f"{sense}:RANGe": Command(partial(meter.choose_range, name=name), (number(unit),)),
        f"{sense}:RANGe?": Command(partial(meter.ask_range, name=name)),
    }


def _dc_commands(name: str, header: str) -> Mapping[str, Command]:
    meter, sense = SiglentSdm3065x, f"[SENSe:]{header}"
    return {
        f"{sense}:NPLC": Command(partial(meter.choose_cycles, name=name), (number(),)),
        f"{sense}:NPLC?": Command(lambda meter: _scientific(meter.setups[name].cycles)),
        f"{sense}:AZ[:STATe]": Command(partial(meter.choose_autozero, name=name), (BOOLEAN,)),
        f"{sense}:AZ[:STATe]?": Command(lambda meter: str(int(meter.setups[name].autozero))),
    }


def _ac_commands(name: str, header: str) -> Mapping[str, Command]:
    sense = f"[SENSe:]{header}:BANDwidth"
    return {
        sense: Command(partial(SiglentSdm3065x.choose_filter, name=name), (number("HZ"),)),
        f"{sense}?": Command(lambda meter: f"{meter.setups[name].filter_Hz:g}HZ"),
    }


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    **_function_commands("VOLT", "VOLTage[:DC]", "V"),
    **_function_commands("VOLT:AC", "VOLTage:AC", "V"),
    **_function_commands("CURR", "CURRent[:DC]", "A"),
    **_function_commands("CURR:AC", "CURRent:AC", "A"),
    **_dc_commands("VOLT", "VOLTage[:DC]"),
    **_dc_commands("CURR", "CURRent[:DC]"),
    **_ac_commands("VOLT:AC", "VOLTage:AC"),
    **_ac_commands("CURR:AC", "CURRent:AC"),
    "[SENSe:]VOLTage[:DC]:IMPedance": Command(
        SiglentSdm3065x.choose_impedance, (word("10M", "10G"),)
    ),
    "[SENSe:]VOLTage[:DC]:IMPedance?": Command(
        lambda meter: "10G" if meter.setups["VOLT"].open_input else "10M"
    ),
    "SAMPle:COUNt": Command(SiglentSdm3065x.choose_samples, (number(),)),
    "SAMPle:COUNt?": Command(lambda meter: str(meter.samples)),
    "READ?": Command(SiglentSdm3065x.read),
}
