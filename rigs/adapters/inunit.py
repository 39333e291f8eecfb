"""Logic at work in a simulated unit, instead of being called by the rig."""

from __future__ import annotations

from rigs.adapters.python import open_python_logic
from supervisor.decisions import Decision, Supervisor
from supervisor.figures import PackFigures
from supervisor.readings import PackReadings


class InUnit(Supervisor):
    """Raises ``SupervisorError`` out of whatever lets time pass where the logic breaks off."""

    def __init__(self, name: str, figures: PackFigures) -> None:
        """Construct the class of this name; raises ``RigFileError`` as ``open_python_logic``."""
        self._logic = open_python_logic(name, figures)

    def step(self, readings: PackReadings) -> Decision:
        """Decide."""
        return self._logic.step(readings).decision
