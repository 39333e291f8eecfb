"""Rigol DP800 series supplies (DP831, DP832).

Commands and answers after the DP800 Programming Guide, chapter 2. Channels are named, never
listed; a level of over-voltage protection means nothing until the protection is switched on; words
answer where others say 0 and 1. That a line too soon is lost is what others found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from typing_extensions import override

from rigs.simulation.instruments.deafness import DeafAfterEachLine
from rigs.simulation.instruments.instrument import COMMON_COMMANDS
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
from rigs.simulation.instruments.supply import Output
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

READBACK_s = 0.05
"""How long its own meters average; our assumption, the guide does not say."""

NAMES = ("CH1", "CH2", "CH3")


class RigolDp800(DeafAfterEachLine):
    """A supply; ``outputs`` are those of its data sheet, by their number."""

    def __init__(
        self, *, kernel: Kernel, identity: str, outputs: Sequence[Output], write_gap_s: float
    ) -> None:
        super().__init__(
            kernel=kernel, identity=identity, commands=COMMANDS, write_gap_s=write_gap_s
        )
        self._outputs = dict(zip(NAMES, outputs, strict=False))
        self._levels_V: dict[str, float] = {}
        self.selected = "CH1"
        self.reset()

    def reset(self) -> None:
        """``*RST``: off, over-voltage protection too."""
        self.selected = "CH1"
        for name, output in self._outputs.items():
            output.reset()
            output.over_voltage_V = None
            self._levels_V[name] = output.greatest_over_voltage_V or 0.0

    @override
    def next_error(self) -> str:
        error, text = self.take_error()
        return f'{error},"{text}"'

    def output_of(self, name: str | None) -> Output:
        """The output of this name, the selected one without; error -224 if there is none."""
        output = self._outputs.get(name or self.selected)
        if output is None:
            raise ScpiError(-224)
        return output

    def select(self, name: str) -> None:
        """``INSTrument``: what commands without a channel mean."""
        self.output_of(name)
        self.selected = name

    def set_voltage(self, value: Number, *, name: str | None) -> None:
        """``SOURce1:VOLTage``, in steps of 1 mV."""
        output = self.output_of(name)
        output.voltage_V = round(within(value, minimum=0, maximum=output.greatest_voltage_V), 3)
        output.apply()

    def set_current(self, value: Number, *, name: str | None) -> None:
        """``SOURce1:CURRent``, in steps of 1 mA."""
        output = self.output_of(name)
        amperes = within(value, minimum=0, maximum=output.greatest_current_A)
        output.current_limit_A = round(amperes, 3)
        output.apply()

    def set_both(self, name: str, volts: Number, amperes: Number) -> None:
        """``APPLy``."""
        self.set_voltage(volts, name=name)
        self.set_current(amperes, name=name)

    def ask_voltage(self, *, name: str | None) -> str:
        """``SOURce1:VOLTage?``: what is set."""
        return f"{self.output_of(name).voltage_V:.3f}"

    def ask_current(self, *, name: str | None) -> str:
        """``SOURce1:CURRent?``: what is set."""
        return f"{self.output_of(name).current_limit_A:.4f}"

    def switch(self, name: str, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``OUTPut``: on again forgets that a protection had switched it off."""
        output = self.output_of(name)
        output.on = on
        output.clear_protection()

    def ask_on(self, name: str | None) -> str:
        """``OUTPut?``."""
        output = self.output_of(name)
        output.check_protections()
        return _on_or_off(output.live)

    def mode(self, name: str | None) -> str:
        """``OUTPut:MODE?``: constant current, constant voltage or unregulated."""
        output = self.output_of(name)
        if not output.live:
            return "UR"
        return "CC" if output.in_current_limit() else "CV"

    def set_level(self, name: str, value: Number) -> None:
        """``OUTPut:OVP:VALue``; without the protection switched on it changes nothing else."""
        output = self.output_of(name)
        greatest_V = output.greatest_over_voltage_V or 0.0
        self._levels_V[name] = round(within(value, minimum=0.001, maximum=greatest_V), 3)
        if output.over_voltage_V is not None:
            self.protect(name, on=True)

    def ask_level(self, name: str, limit: str | None) -> str:
        """``OUTPut:OVP:VALue?``."""
        greatest_V = self.output_of(name).greatest_over_voltage_V or 0.0
        limits = {"MIN": 0.001, "MAX": greatest_V}
        return f"{limits[limit] if limit in limits else self._levels_V[name]:.3f}"

    def protect(self, name: str, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``OUTPut:OVP``."""
        output = self.output_of(name)
        output.over_voltage_V = self._levels_V[name] if on else None
        output.apply()

    def ask_protected(self, name: str) -> str:
        """``OUTPut:OVP?``."""
        return _on_or_off(self.output_of(name).over_voltage_V is not None)

    def ask_tripped(self, name: str) -> str:
        """``OUTPut:OVP:QUES?``."""
        output = self.output_of(name)
        output.check_protections()
        return "YES" if output.over_voltage_tripped else "NO"

    def clear_trip(self, name: str) -> None:
        """``OUTPut:OVP:CLEar``: the output stays off."""
        output = self.output_of(name)
        output.on = output.on and not output.tripped
        output.clear_protection()

    def measure(
        self, name: str | None, *, read: Callable[[Output, float], Measurement]
    ) -> Procedure:
        """``MEASure?``."""
        return f"{(yield from read(self.output_of(name), READBACK_s)):.4f}"


def _on_or_off(on: bool) -> str:  # noqa: FBT001 - what is worded
    return "ON" if on else "OFF"


_CHANNEL = word(*NAMES)
_ANY_CHANNEL = optional(_CHANNEL)


def _settings(prefix: str, name: str | None) -> Mapping[str, Command]:
    voltage, current = (
        f"{prefix}{word}[:LEVel][:IMMediate][:AMPLitude]" for word in ("VOLTage", "CURRent")
    )
    supply = RigolDp800
    return {
        voltage: Command(partial(supply.set_voltage, name=name), (number("V"),)),
        f"{voltage}?": Command(partial(supply.ask_voltage, name=name)),
        current: Command(partial(supply.set_current, name=name), (number("A"),)),
        f"{current}?": Command(partial(supply.ask_current, name=name)),
    }


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    **_settings("[SOURce:]", None),
    **_settings("SOURce1:", "CH1"),
    **_settings("SOURce2:", "CH2"),
    **_settings("SOURce3:", "CH3"),
    "APPLy": Command(RigolDp800.set_both, (_CHANNEL, number("V"), number("A"))),
    "INSTrument[:SELect]": Command(RigolDp800.select, (_CHANNEL,)),
    "INSTrument[:SELect]?": Command(lambda supply: supply.selected),
    "OUTPut[:STATe]": Command(RigolDp800.switch, (_CHANNEL, BOOLEAN)),
    "OUTPut[:STATe]?": Command(RigolDp800.ask_on, (_ANY_CHANNEL,)),
    "OUTPut:MODE?": Command(RigolDp800.mode, (_ANY_CHANNEL,)),
    "OUTPut:OVP[:STATe]": Command(RigolDp800.protect, (_CHANNEL, BOOLEAN)),
    "OUTPut:OVP[:STATe]?": Command(RigolDp800.ask_protected, (_CHANNEL,)),
    "OUTPut:OVP:VALue": Command(RigolDp800.set_level, (_CHANNEL, number("V"))),
    "OUTPut:OVP:VALue?": Command(RigolDp800.ask_level, (_CHANNEL, LIMIT)),
    "OUTPut:OVP:QUES?": Command(RigolDp800.ask_tripped, (_CHANNEL,)),
    "OUTPut:OVP:CLEar": Command(RigolDp800.clear_trip, (_CHANNEL,)),
    "MEASure[:SCALar][:VOLTage][:DC]?": Command(
        partial(RigolDp800.measure, read=Output.read_voltage), (_ANY_CHANNEL,)
    ),
    "MEASure[:SCALar]:CURRent[:DC]?": Command(
        partial(RigolDp800.measure, read=Output.read_current), (_ANY_CHANNEL,)
    ),
}
