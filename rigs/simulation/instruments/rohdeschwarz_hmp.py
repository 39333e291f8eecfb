"""Rohde & Schwarz HMP series supplies: where they differ from the NGL200.

After the HMP series SCPI Programmers Manual 5800576002: up to four outputs, no channel lists, and an
over-voltage protection that is always on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from typing_extensions import override

from rigs.simulation.instruments.parameters import word
from rigs.simulation.instruments.rohdeschwarz_ngx import CHANNEL_LIST, COMMANDS, RohdeSchwarzNgx
from rigs.simulation.scpi import Command, Reply

STATE_OF_PROTECTION = "[SOURce:]VOLTage:PROTection[:STATe]"


class RohdeSchwarzHmp(RohdeSchwarzNgx):
    """A supply; ``outputs`` in the order of their numbers."""

    @override
    def table(self) -> Mapping[str, Command]:
        return COMMANDS_HMP

    @override
    def reset(self) -> None:
        super().reset()
        for index in reversed(range(len(self.outputs))):
            self.select(float(index + 1))
            self.protect(on=True)


def _without_list(command: Command) -> Command:
    """The same, for the output that was selected last."""
    if CHANNEL_LIST not in command.parameters:
        return command

    def method(supply: RohdeSchwarzHmp, *values: Any) -> Reply:
        return command.method(supply, *values, None)

    return Command(method, command.parameters[:-1])


COMMANDS_HMP: Mapping[str, Command] = {
    **{
        header: _without_list(command)
        for header, command in COMMANDS.items()
        if header != STATE_OF_PROTECTION
    },
    "INSTrument[:SELect]": Command(
        RohdeSchwarzHmp.select_name, (word("OUT1", "OUT2", "OUT3", "OUT4"),)
    ),
    **{
        f"STATus:QUEStionable:INSTrument:ISUMmary{index + 1}:CONDition?": Command(
            partial(RohdeSchwarzHmp.condition, index=index)
        )
        for index in range(4)
    },
}
