"""Modules with power, for as long as a test lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.scpi import ScpiSession
from drivers.visa import close_session, open_session
from quantities import Purpose, WallClock
from tests.wires.server import Server

POWER_UP_S = 0.5
"""Until the supply has settled and the modules are awake."""


@contextmanager
def powered(served: Server) -> Iterator[None]:
    """Switch the supply on, and off again whatever happens."""
    session = open_session(served.rig["supply"]["resource"], "@py")
    try:
        clock = WallClock()
        supply = ScpiSession(session, clock)
        supply.send("*CLS")
        for command in ("VOLT 3.7,(@1)", "CURR 1.3,(@1)", "OUTP ON,(@1)"):
            supply.set(command)
        clock.wait(POWER_UP_S, Purpose.SETTLING)
        try:
            yield
        finally:
            supply.set("OUTP OFF,(@1)")
    finally:
        close_session(session)
