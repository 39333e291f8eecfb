"""What uses the pack: a charger that is plugged in or not, and demands that obey limits or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supervisor.decisions import Decision


@dataclass(frozen=True, slots=True)
class Stretch:
    """For so long the application wants this current from the pack."""

    seconds: float
    current_A: float


@dataclass(frozen=True, slots=True)
class Application:
    """Draws what its profile wants: at most the published limit, unless it is disobedient.

    After the profile's end it wants nothing. A disobedient one is what the contactor is for.
    """

    profile: Sequence[Stretch] = ()
    obedient: bool = True
    charging: bool = False
    """Whether the charger is plugged in."""

    def demand_A(self, elapsed_s: float) -> float:
        """What it wants so long after its start."""
        for stretch in self.profile:
            if elapsed_s < stretch.seconds:
                return stretch.current_A
            elapsed_s -= stretch.seconds
        return 0.0

    def draws_A(self, elapsed_s: float, decision: Decision) -> float:
        """What it takes, given what was published; nothing through an open contactor."""
        if not decision.contactor_closed:
            return 0.0
        demand_A = self.demand_A(elapsed_s)
        return min(demand_A, decision.discharge_limit_A) if self.obedient else demand_A
