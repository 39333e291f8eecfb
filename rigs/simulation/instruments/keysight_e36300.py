"""Keysight E36300 series triple-output supplies (E36311A, E36312A, E36313A).

Commands and *RST settings after the E36300 Series Programming Guide, part number E36311-90008;
figures from the data sheet. Over-voltage protection cannot be switched off, only set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.parameters import (
    BOOLEAN,
    CHANNELS,
    LIMIT,
    ChannelRanges,
    Number,
    expand,
    number,
    optional,
    within,
    word,
)
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.instruments.supply import Output
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure

APERTURE_s = 0.02
"""Of the readback: one power-line cycle at 50 Hz, as after *RST."""

OUTPUT_NAMES = ("P6V", "P25V", "N25V", "CH1", "CH2", "CH3")
"""Three names and their newer synonyms, in the order of the channels."""

CONSTANT_CURRENT, CONSTANT_VOLTAGE, OVER_VOLTAGE, OVER_CURRENT = 1, 2, 512, 1024
"""Bits of the questionable instrument summary register of an output."""


@dataclass(frozen=True)
class Setting:
    """A number that an output can be set to, from zero to its greatest."""

    attribute: str
    greatest: str

    def meant(self, output: Output, value: Number) -> float:
        """The number itself, or the one that MIN, MAX or DEF stands for."""
        greatest: float = getattr(output, self.greatest)
        return within(value, minimum=0.0, maximum=greatest, default=0.0)


VOLTAGE = Setting("voltage_V", "greatest_voltage_V")
CURRENT = Setting("current_limit_A", "greatest_current_A")
OVER_VOLTAGE_LEVEL = Setting("over_voltage_V", "greatest_over_voltage_V")


class KeysightE36300(ScpiInstrument):
    """A triple-output supply; ``outputs`` are its outputs in the order of the channels."""

    clients_at_once: ClassVar[int] = 2
    error_texts: ClassVar[Mapping[int, str]] = {-350: "Error queue overflow"}

    def __init__(self, *, kernel: Kernel, identity: str, outputs: Sequence[Output]) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=COMMANDS)
        self._outputs = dict(enumerate(outputs, start=1))
        self.selected = 1

    def reset(self) -> None:
        """``*RST``."""
        self.selected = 1
        for output in self._outputs.values():
            output.reset()

    def _chosen(self, channels: ChannelRanges | None) -> list[Output]:
        """The outputs of a channel list; the selected one where there is no list."""
        if channels is None:
            return [self._outputs[self.selected]]
        return [self._outputs[channel] for channel in expand(channels, sorted(self._outputs))]

    def select(self, channel: Number) -> None:
        """``INSTrument:NSELect``: the output that commands without a channel list mean."""
        self.selected = round(within(channel, minimum=1, maximum=len(self._outputs)))

    def select_name(self, name: str) -> None:
        """``INSTrument:SELect``: the same by name."""
        self.selected = OUTPUT_NAMES.index(name) % len(self._outputs) + 1

    def set(self, value: Number, channels: ChannelRanges | None, *, setting: Setting) -> None:
        """Set every chosen output, or none if one of them cannot be set so."""
        outputs = self._chosen(channels)
        meant = [setting.meant(output, value) for output in outputs]
        for output, level in zip(outputs, meant, strict=True):
            setattr(output, setting.attribute, level)
            output.apply()

    def ask(self, limit: str | None, channels: ChannelRanges | None, *, setting: Setting) -> str:
        """What is set, or the limit that was asked for."""
        return _numbers(
            setting.meant(output, limit) if limit else getattr(output, setting.attribute)
            for output in self._chosen(channels)
        )

    def switch(self, on: bool, channels: ChannelRanges | None, *, attribute: str) -> None:  # noqa: FBT001 - a parameter of SCPI
        """Set a state that is on or off."""
        for output in self._chosen(channels):
            setattr(output, attribute, on)
            output.apply()

    def ask_state(self, channels: ChannelRanges | None, *, attribute: str) -> str:
        """States as 0 or 1; protections are looked at first."""
        outputs = self._chosen(channels)
        for output in outputs:
            output.check_protections()
        return ",".join(str(int(getattr(output, attribute))) for output in outputs)

    def clear_protection(self, channels: ChannelRanges | None) -> None:
        """``OUTPut:PROTection:CLEar``."""
        for output in self._chosen(channels):
            output.clear_protection()

    def measure(
        self, channels: ChannelRanges | None, *, read: Callable[[Output, float], Measurement]
    ) -> Procedure:
        """``MEASure?``: one output after another."""
        values = []
        for output in self._chosen(channels):
            output.check_protections()
            values.append((yield from read(output, APERTURE_s)))
        return _numbers(values)

    def condition(self, *, channel: int) -> str:
        """``STATus:QUEStionable:INSTrument:ISUMmary:CONDition?``: CV or CC, and the trips."""
        output = self._outputs[channel]
        limited = output.in_current_limit()
        return "+" + str(
            CONSTANT_CURRENT * limited
            | CONSTANT_VOLTAGE * (output.live and not limited)
            | OVER_VOLTAGE * output.over_voltage_tripped
            | OVER_CURRENT * output.over_current_tripped
        )


def _numbers(values: Iterable[float]) -> str:
    return ",".join(f"{value:+.6E}" for value in values)


_CHANNELS = optional(CHANNELS)


def _setting(header: str, unit: str, setting: Setting) -> Mapping[str, Command]:
    return {
        header: Command(partial(KeysightE36300.set, setting=setting), (number(unit), _CHANNELS)),
        f"{header}?": Command(partial(KeysightE36300.ask, setting=setting), (LIMIT, _CHANNELS)),
    }


def _state(header: str, attribute: str) -> Mapping[str, Command]:
    return {
        header: Command(partial(KeysightE36300.switch, attribute=attribute), (BOOLEAN, _CHANNELS)),
        f"{header}?": Command(partial(KeysightE36300.ask_state, attribute=attribute), (_CHANNELS,)),
    }


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    **_setting("[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]", "V", VOLTAGE),
    **_setting("[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]", "A", CURRENT),
    **_setting("[SOURce:]VOLTage:PROTection[:LEVel]", "V", OVER_VOLTAGE_LEVEL),
    **_state("OUTPut[:STATe]", "on"),
    **_state("[SOURce:]CURRent:PROTection:STATe", "over_current_enabled"),
    "[SOURce:]VOLTage:PROTection:TRIPped?": Command(
        partial(KeysightE36300.ask_state, attribute="over_voltage_tripped"), (_CHANNELS,)
    ),
    "[SOURce:]CURRent:PROTection:TRIPped?": Command(
        partial(KeysightE36300.ask_state, attribute="over_current_tripped"), (_CHANNELS,)
    ),
    **{
        header: Command(KeysightE36300.clear_protection, (_CHANNELS,))
        for header in (
            "OUTPut:PROTection:CLEar",
            "[SOURce:]VOLTage:PROTection:CLEar",
            "[SOURce:]CURRent:PROTection:CLEar",
        )
    },
    "MEASure[:SCALar][:VOLTage][:DC]?": Command(
        partial(KeysightE36300.measure, read=Output.read_voltage), (_CHANNELS,)
    ),
    "MEASure[:SCALar]:CURRent[:DC]?": Command(
        partial(KeysightE36300.measure, read=Output.read_current), (_CHANNELS,)
    ),
    **{
        f"STATus:QUEStionable:INSTrument:ISUMmary{channel}:CONDition?": Command(
            partial(KeysightE36300.condition, channel=channel)
        )
        for channel in (1, 2, 3)
    },
    "INSTrument:NSELect": Command(KeysightE36300.select, (number(words=()),)),
    "INSTrument:NSELect?": Command(lambda supply: f"+{supply.selected}"),
    "INSTrument[:SELect]": Command(KeysightE36300.select_name, (word(*OUTPUT_NAMES),)),
    "INSTrument[:SELect]?": Command(lambda supply: OUTPUT_NAMES[supply.selected - 1]),
}
