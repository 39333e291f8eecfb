"""Logic under test in a unit between the rig and the chain, seen on its serial host port.

Host and cells share the port, so what the unit says to its cells is overheard: that it polls, and
what else it sends. What it decides of charger and limits never passes there. What it reads, it reads
of the chain itself: the rig stimulates it by what it does to the cells, not by handing readings over.
"""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import override

from drivers.chain.messages import (
    GENERAL_ENQUIRY,
    Bleeding,
    Message,
    Setting,
    SettingMessage,
)
from drivers.hostmessages import ForCells
from drivers.hostport import HostPort, Overheard
from rigs.adapters.protocol import Declared, Logic, Observation, Shown, Stimulus
from supervisor.decisions import ChainRequest, Decision, EnableBleeding, WriteBleedingThreshold
from supervisor.readings import PackReadings


class HostPortLogic(Logic):
    """A unit, overheard while it polls. One step is from one of its status polls to the next."""

    _DECLARED = Declared(
        "the unit's host port",
        frozenset({Stimulus.CELL_VOLTAGES, Stimulus.STATUS}),
        frozenset({Observation.POLLING, Observation.REQUESTS}),
    )

    def __init__(self, host: HostPort) -> None:
        self._host = host

    @property
    @override
    def declared(self) -> Declared:
        return self._DECLARED

    @override
    def step(self, readings: PackReadings) -> Shown:
        """What the unit sends to its cells until it polls the status again.

        A unit that is silent for longer than it ever is when it polls has ceased to.
        """
        messages = []
        while overheard := self._host.overhear(self._host.timing.silence_s):
            messages += for_cells([overheard])
            if messages and messages[-1] == GENERAL_ENQUIRY:
                return Shown(Decision(requests=requests(messages)))
        return Shown(Decision(poll_chain=False, requests=requests(messages)))

    @override
    def close(self) -> None:
        self._host.close()


def for_cells(overheard: Iterable[Overheard]) -> list[Message]:
    """What the unit sent to its cells, in order."""
    return [each.heard.message for each in overheard if isinstance(each.heard, ForCells)]


def requests(messages: Iterable[Message]) -> tuple[ChainRequest, ...]:
    """What of all that is its logic's wish, and not just polling."""
    wishes: list[ChainRequest] = []
    for message in messages:
        match message:
            case Bleeding(enabled=True):
                wishes.append(EnableBleeding())
            case SettingMessage(address, Setting.BLEEDING, code):
                wishes.append(WriteBleedingThreshold(address or 256, code))
    return tuple(wishes)
