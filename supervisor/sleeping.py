"""When the chain is left to sleep: a supervisor that does not poll lets modules sleep (SUP-9)."""

from __future__ import annotations

from dataclasses import dataclass

from supervisor.figures import PackFigures
from supervisor.timers import lasting


@dataclass(frozen=True, slots=True)
class Sleeping:
    """For how long the pack has been quiet, and its chain asleep."""

    quiet_s: float = 0.0
    asleep: bool = False
    asleep_s: float = 0.0


def sleep(figures: PackFigures, state: Sleeping, elapsed_s: float, *, quiet: bool) -> Sleeping:
    """Leave the chain to sleep when it has been quiet for long, and look at it now and then.

    Any current wakes it, as does charging. Awake it stays for the time of two slow readings.
    """
    if state.asleep:
        asleep_s = state.asleep_s + elapsed_s
        if quiet and asleep_s < figures.sleep.for_s:
            return Sleeping(state.quiet_s, asleep=True, asleep_s=asleep_s)
        look_s = 2 * figures.periods.slow_s
        return Sleeping(quiet_s=max(figures.sleep.after_s - look_s, 0.0) if quiet else 0.0)
    quiet_s = lasting(state.quiet_s, elapsed_s, is_so=quiet)
    return Sleeping(quiet_s, asleep=quiet_s >= figures.sleep.after_s)
