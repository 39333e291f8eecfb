"""Siglent SPD3303X supply: two adjustable outputs, a fixed third, and little of IEEE 488.2.

Commands and answers after the SPD3000X Quick Start Guide, chapter 3 (remote control). Of the
common commands it knows ``*IDN?`` alone (and ``*SAV``, ``*RCL``, which nobody here needs); a
line that comes too soon after the one before is lost without a trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from typing_extensions import override

from rigs.simulation.instruments.deafness import DeafAfterEachLine
from rigs.simulation.instruments.parameters import Number, number, optional, within, word
from rigs.simulation.instruments.supply import Output
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, Procedure, ScpiError

READBACK_s = 0.05
"""How long its own meters average; our assumption, the guide does not say."""

INDEPENDENT = 0b01 << 2
"""Bits 2 and 3 of the status word: the outputs are neither in series nor in parallel."""


class SiglentSpd3303x(DeafAfterEachLine):
    """A supply of two adjustable outputs."""

    def __init__(
        self, *, kernel: Kernel, identity: str, outputs: Sequence[Output], write_gap_s: float
    ) -> None:
        super().__init__(
            kernel=kernel, identity=identity, commands=self.table(), write_gap_s=write_gap_s
        )
        self.outputs = {f"CH{channel}": output for channel, output in enumerate(outputs, 1)}
        self.selected = "CH1"

    def table(self) -> Mapping[str, Command]:
        """What this model understands."""
        return COMMANDS

    def select(self, channel: str) -> None:
        """``INSTrument``: what commands without a channel mean."""
        self.selected = channel

    def set_voltage(self, value: Number, *, channel: str | None) -> None:
        """``VOLTage``, in steps of 1 mV."""
        output = self.outputs[channel or self.selected]
        output.voltage_V = round(within(value, minimum=0, maximum=output.greatest_voltage_V), 3)
        output.apply()

    def set_current(self, value: Number, *, channel: str | None) -> None:
        """``CURRent``, in steps of 1 mA."""
        output = self.outputs[channel or self.selected]
        amperes = within(value, minimum=0, maximum=output.greatest_current_A)
        output.current_limit_A = round(amperes, 3)
        output.apply()

    def ask_voltage(self, *, channel: str | None) -> str:
        """``VOLTage?``: what is set, not what is there."""
        return f"{self.outputs[channel or self.selected].voltage_V:.3f}"

    def ask_current(self, *, channel: str | None) -> str:
        """``CURRent?``: what is set."""
        return f"{self.outputs[channel or self.selected].current_limit_A:.3f}"

    def switch(self, channel: str, state: str) -> None:
        """``OUTPut``. The third output has a fixed voltage and feeds nothing here."""
        if channel in self.outputs:
            self.outputs[channel].on = state == "ON"
            self.outputs[channel].apply()

    def track(self, mode: str) -> None:
        """``OUTPut:TRACK``: independent is all that the wiring here can be."""
        if mode != "0":
            raise ScpiError(-221)

    def measure_voltage(self, channel: str | None) -> Procedure:
        """``MEASure:VOLTage?``."""
        output = self.outputs[channel or self.selected]
        return f"{(yield from output.read_voltage(READBACK_s)):.3f}"

    def measure_current(self, channel: str | None) -> Procedure:
        """``MEASure:CURRent?``."""
        output = self.outputs[channel or self.selected]
        return f"{(yield from output.read_current(READBACK_s)):.3f}"

    def measure_power(self, channel: str | None) -> Procedure:
        """``MEASure:POWEr?``."""
        output = self.outputs[channel or self.selected]
        volts = yield from output.read_voltage(READBACK_s)
        amperes = yield from output.read_current(READBACK_s)
        return f"{volts * amperes:.3f}"

    def status(self) -> str:
        """``SYSTem:STATus?``: constant current in bits 0 and 1, on in bits 4 and 5."""
        word_ = INDEPENDENT
        for index, output in enumerate(self.outputs.values()):
            word_ |= (output.in_current_limit() << index) | (output.live << (index + 4))
        return f"0x{word_:04x}"

    @override
    def next_error(self) -> str:
        # Siglent does not publish its numbers; these are the magnitudes of SCPI's.
        error, text = self.take_error()
        return f"{abs(error)}  {text}"


_CHANNEL = optional(word("CH1", "CH2"))


def _settings(prefix: str, channel: str | None) -> Mapping[str, Command]:
    supply = SiglentSpd3303x
    return {
        f"{prefix}VOLTage": Command(partial(supply.set_voltage, channel=channel), (number("V"),)),
        f"{prefix}VOLTage?": Command(partial(supply.ask_voltage, channel=channel)),
        f"{prefix}CURRent": Command(partial(supply.set_current, channel=channel), (number("A"),)),
        f"{prefix}CURRent?": Command(partial(supply.ask_current, channel=channel)),
    }


COMMANDS: Mapping[str, Command] = {
    **_settings("", None),
    **_settings("CH1:", "CH1"),
    **_settings("CH2:", "CH2"),
    "*IDN?": Command(lambda supply: supply.identity),
    "INSTrument": Command(SiglentSpd3303x.select, (word("CH1", "CH2"),)),
    "INSTrument?": Command(lambda supply: supply.selected),
    "OUTPut": Command(SiglentSpd3303x.switch, (word("CH1", "CH2", "CH3"), word("ON", "OFF"))),
    "OUTPut:TRACK": Command(SiglentSpd3303x.track, (word("0", "1", "2"),)),
    "MEASure:VOLTage?": Command(SiglentSpd3303x.measure_voltage, (_CHANNEL,)),
    "MEASure:CURRent?": Command(SiglentSpd3303x.measure_current, (_CHANNEL,)),
    "MEASure:POWEr?": Command(SiglentSpd3303x.measure_power, (_CHANNEL,)),
    "SYSTem:STATus?": Command(SiglentSpd3303x.status),
    "SYSTem:ERRor?": Command(SiglentSpd3303x.next_error),
    "SYSTem:VERSion?": Command(lambda supply: supply.identity.split(",")[3]),
}
