"""A supervisor that does what a chain's status asks for and nothing else, named in rig files."""

from __future__ import annotations

from supervisor.decisions import Decision, EnableBleeding, RepeatStatus
from supervisor.figures import PackFigures
from supervisor.readings import PackReadings

BLEEDING_ENABLED = 8


class ChainLogic:
    """Enables bleeding where a status shows it disabled, and asks again for a lost one."""

    def __init__(self, figures: PackFigures) -> None:
        self.figures = figures

    def step(self, readings: PackReadings) -> Decision:
        every_module = readings.status.every_module
        if every_module is None:
            return Decision(requests=(RepeatStatus(),))
        if not every_module & BLEEDING_ENABLED:
            return Decision(requests=(EnableBleeding(),))
        return Decision()
