"""What the logic under test is to the control loop, however the rig reaches it.

No way of reaching it can give it every reading and see all that it decides. Each declares what it
can, so that a clause outside is *not applicable*, with the reason, instead of passed or failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from supervisor.decisions import Decision
from supervisor.readings import PackReadings


class Stimulus(StrEnum):
    """A reading that the logic can be given; the value reads well in a reason."""

    CURRENT = "the pack's current"
    PACK_VOLTAGE = "the pack's voltage"
    CELL_VOLTAGES = "the cells' voltages"
    TEMPERATURES = "temperatures"
    STATUS = "the chain's general status"
    MODULE_COUNT = "the count of modules"


class Observation(StrEnum):
    """A part of a ``Decision`` that the logic shows."""

    LIMITS = "the limits of charge and discharge"
    CHARGER = "what the charger is to do"
    CONTACTOR = "the contactor's state"
    POLLING = "whether it polls the chain"
    REQUESTS = "what it sends to the chain"
    CHARGE = "state of charge and of health"
    TEMPERATURE = "the average temperature"
    WEAK_CELLS = "weak cells"
    FAULTS = "faults by name"
    PHASE = "where charging stands"


@dataclass(frozen=True, slots=True)
class Declared:
    """What one way of reaching the logic can stimulate and observe."""

    way: str
    """As it reads in a reason: ``logic in Python``, ``the unit's host port``."""
    stimuli: frozenset[Stimulus]
    observations: frozenset[Observation]

    def missing(
        self, stimuli: Iterable[Stimulus] = (), observations: Iterable[Observation] = ()
    ) -> str:
        """Why a clause that needs all these is not applicable; empty if it is."""
        blind = [part for part in observations if part not in self.observations]
        if blind:
            return f"{self.way} does not show {', '.join(blind)}"
        deaf = [reading for reading in stimuli if reading not in self.stimuli]
        if deaf:
            return f"by {self.way} the rig cannot stimulate {', '.join(deaf)}"
        return ""


EVERY_STIMULUS = frozenset(Stimulus)
EVERY_OBSERVATION = frozenset(Observation)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the logic showed of its decision in one period.

    Parts of ``decision`` that the way of reaching it does not observe are a ``Decision``'s
    defaults and say nothing. ``unheard`` are those that it does observe and did not hear in time
    (a frame that stayed away, a unit that does not answer): they are defaults too, so whoever
    takes them at their word draws nothing and charges nothing.
    """

    decision: Decision
    unheard: frozenset[Observation] = frozenset()


class Logic(Protocol):
    """The logic under test: given readings, it shows what it decided."""

    @property
    def declared(self) -> Declared:
        """What can be stimulated and observed; always the same."""
        ...

    def step(self, readings: PackReadings) -> Shown:
        """Hand over one period's readings and take what the logic then shows.

        A way that has no wire to the logic in its own time takes none; any other waits on the
        rig's clock. Raises ``SupervisorError`` for logic that broke off, ``RigError`` for what
        lies between the rig and it.
        """
        ...

    def close(self) -> None:
        """Let go of whatever it was reached by; may be repeated."""
        ...
