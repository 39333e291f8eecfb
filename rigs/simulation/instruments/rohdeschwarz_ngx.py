"""Rohde & Schwarz NGL200 and NGM200 series supplies.

Commands and answers after the NGL200/NGM200 User Manual 1178.8736.02-09. A line means the output
that was selected last; newer firmware, which this is, takes a channel list too, but not right behind
a question mark. Outputs are armed one by one and share a master switch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from typing_extensions import override

from rigs.simulation.instruments.instrument import COMMON_COMMANDS, ScpiInstrument
from rigs.simulation.instruments.parameters import (
    BOOLEAN,
    CHANNELS,
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

READBACK_s = 0.1
"""How long its own meters average; our assumption."""

CURRENT_LIMITED, VOLTAGE_REGULATED, OVER_VOLTAGE, FUSE_BLOWN = 1 << 0, 1 << 1, 1 << 9, 1 << 10
"""Bits of the questionable instrument summary register (appendix A.4)."""


class RohdeSchwarzNgx(ScpiInstrument):
    """A supply; ``outputs`` in the order of their numbers."""

    def __init__(self, *, kernel: Kernel, identity: str, outputs: Sequence[Output]) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=self.table())
        self.outputs = tuple(outputs)
        self.reset()

    def table(self) -> Mapping[str, Command]:
        """What this model understands."""
        return COMMANDS

    def reset(self) -> None:
        """``*RST``: nothing armed, the master switch open, no protection on."""
        self._selected = 0
        self._master = False
        self._armed = [False for _ in self.outputs]
        self._levels_V = [output.greatest_over_voltage_V or 0.0 for output in self.outputs]
        for output in self.outputs:
            output.reset()
            output.over_voltage_V = None

    @override
    def next_error(self) -> str:
        error, text = self.take_error()
        return f'{error},"{text}"'

    def _meant(self, channels: ChannelRanges | None) -> list[int]:
        if channels is None:
            return [self._selected]
        valid = range(1, len(self.outputs) + 1)
        return [channel - 1 for channel in expand(channels, valid)]

    def select(self, channel: Number) -> None:
        """``INSTrument:NSELect``."""
        self._selected = round(within(channel, minimum=1, maximum=len(self.outputs))) - 1

    def select_name(self, name: str) -> None:
        """``INSTrument OUT1``."""
        self.select(float(name.removeprefix("OUT")))

    def ask_selected(self) -> str:
        """``INSTrument:NSELect?``."""
        return str(self._selected + 1)

    # What is set.

    def set_voltage(self, value: Number, channels: ChannelRanges | None) -> None:
        """``VOLTage``."""
        for index in self._meant(channels):
            output = self.outputs[index]
            output.voltage_V = within(value, minimum=0.0, maximum=output.greatest_voltage_V)
            output.apply()

    def set_current(self, value: Number, channels: ChannelRanges | None) -> None:
        """``CURRent``."""
        for index in self._meant(channels):
            output = self.outputs[index]
            output.current_limit_A = within(value, minimum=0.0, maximum=output.greatest_current_A)
            output.apply()

    def ask_voltage(self, channels: ChannelRanges | None) -> str:
        """``VOLTage?``."""
        return ",".join(f"{self.outputs[i].voltage_V:.3f}" for i in self._meant(channels))

    def ask_current(self, channels: ChannelRanges | None) -> str:
        """``CURRent?``."""
        return ",".join(f"{self.outputs[i].current_limit_A:.4f}" for i in self._meant(channels))

    # Switching.

    def arm(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``OUTPut:SELect``: takes effect at once while the master switch is closed."""
        self._armed[self._selected] = on
        self._switch(self._selected)

    def switch_master(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``OUTPut:GENeral``."""
        self._master = on
        for index in range(len(self.outputs)):
            self._switch(index)

    def _switch(self, index: int) -> None:
        output, on = self.outputs[index], self._armed[index] and self._master
        if on != output.on or output.tripped:
            output.on = on
            output.clear_protection()

    def ask_armed(self) -> str:
        """``OUTPut:SELect?``."""
        return str(int(self._armed[self._selected]))

    def ask_master(self) -> str:
        """``OUTPut:GENeral?``."""
        return str(int(self._master))

    # Protections.

    def set_level(self, value: Number) -> None:
        """``VOLTage:PROTection:LEVel``."""
        output = self.outputs[self._selected]
        level_V = within(value, minimum=0.0, maximum=output.greatest_over_voltage_V or 0.0)
        self._levels_V[self._selected] = level_V
        if output.over_voltage_V is not None:
            self.protect(on=True)

    def ask_level(self) -> str:
        """``VOLTage:PROTection:LEVel?``."""
        return f"{self._levels_V[self._selected]:.3f}"

    def protect(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``VOLTage:PROTection``."""
        output = self.outputs[self._selected]
        output.over_voltage_V = self._levels_V[self._selected] if on else None
        output.apply()

    def fuse(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """``FUSE``: blows when the output is in current limit."""
        self.outputs[self._selected].over_current_enabled = on

    def ask_tripped(self) -> str:
        """``VOLTage:PROTection:TRIPped?``."""
        return str(int(self._looked_at(self._selected).over_voltage_tripped))

    def ask_blown(self) -> str:
        """``FUSE:TRIPped?``."""
        return str(int(self._looked_at(self._selected).over_current_tripped))

    def _looked_at(self, index: int) -> Output:
        self.outputs[index].check_protections()
        return self.outputs[index]

    def condition(self, *, index: int) -> str:
        """``STATus:QUEStionable:INSTrument:ISUMmary1:CONDition?``."""
        if index >= len(self.outputs):
            return "0"
        output = self._looked_at(index)
        limited = output.in_current_limit()
        return str(
            CURRENT_LIMITED * limited
            | VOLTAGE_REGULATED * (output.live and not limited)
            | OVER_VOLTAGE * output.over_voltage_tripped
            | FUSE_BLOWN * output.over_current_tripped
        )

    def measure(
        self, channels: ChannelRanges | None, *, read: Callable[[Output, float], Measurement]
    ) -> Procedure:
        """``MEASure?``."""
        shown = []
        for index in self._meant(channels):
            value = yield from read(self._looked_at(index), READBACK_s)
            shown.append(f"{value:.5f}")
        return ",".join(shown)


CHANNEL_LIST = optional(CHANNELS)

COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "INSTrument:NSELect": Command(RohdeSchwarzNgx.select, (number(words=()),)),
    "INSTrument:NSELect?": Command(RohdeSchwarzNgx.ask_selected),
    "INSTrument[:SELect]": Command(RohdeSchwarzNgx.select_name, (word("OUT1", "OUT2"),)),
    "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": Command(
        RohdeSchwarzNgx.set_voltage, (number("V"), CHANNEL_LIST)
    ),
    "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]?": Command(
        RohdeSchwarzNgx.ask_voltage, (CHANNEL_LIST,)
    ),
    "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]": Command(
        RohdeSchwarzNgx.set_current, (number("A"), CHANNEL_LIST)
    ),
    "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]?": Command(
        RohdeSchwarzNgx.ask_current, (CHANNEL_LIST,)
    ),
    "OUTPut:SELect": Command(RohdeSchwarzNgx.arm, (BOOLEAN,)),
    "OUTPut:SELect?": Command(RohdeSchwarzNgx.ask_armed),
    "OUTPut:GENeral[:STATe]": Command(RohdeSchwarzNgx.switch_master, (BOOLEAN,)),
    "OUTPut:GENeral[:STATe]?": Command(RohdeSchwarzNgx.ask_master),
    "[SOURce:]VOLTage:PROTection[:STATe]": Command(RohdeSchwarzNgx.protect, (BOOLEAN,)),
    "[SOURce:]VOLTage:PROTection:LEVel": Command(RohdeSchwarzNgx.set_level, (number("V"),)),
    "[SOURce:]VOLTage:PROTection:LEVel?": Command(RohdeSchwarzNgx.ask_level),
    "[SOURce:]VOLTage:PROTection:TRIPped?": Command(RohdeSchwarzNgx.ask_tripped),
    "FUSE[:STATe]": Command(RohdeSchwarzNgx.fuse, (BOOLEAN,)),
    "FUSE:TRIPped?": Command(RohdeSchwarzNgx.ask_blown),
    "MEASure[:SCALar][:VOLTage][:DC]?": Command(
        partial(RohdeSchwarzNgx.measure, read=Output.read_voltage), (CHANNEL_LIST,)
    ),
    "MEASure[:SCALar]:CURRent[:DC]?": Command(
        partial(RohdeSchwarzNgx.measure, read=Output.read_current), (CHANNEL_LIST,)
    ),
    **{
        f"STATus:QUEStionable:INSTrument:ISUMmary{index + 1}:CONDition?": Command(
            partial(RohdeSchwarzNgx.condition, index=index)
        )
        for index in (0, 1)
    },
}
