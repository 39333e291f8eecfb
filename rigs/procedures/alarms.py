"""What modules send of themselves while nobody polls them, and that it does no harm (ALM-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import CARRIAGE_RETURN
from drivers.chain.transcript import quoted
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from rigs.panel import Panel
from rigs.settings import PanelSettings

PERIODS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Alarms:
    """What was heard beyond a threshold, and what the next poll made of it."""

    messages: tuple[tuple[float, str], ...]
    """When each ended, in s since the voltage was set, and its characters, readably."""
    answered_meanwhile: int
    """Of one poll of all modules while alarms went on: not judged, as messages may collide."""


class AlarmWatch:
    """Lets modules alarm, and looks at the chain afterwards. Every method raises as ``Panel``."""

    def __init__(self, panel: Panel, clock: Clock, watchdog_longest_s: float) -> None:
        self._panel = panel
        self._clock = clock
        self._watchdog_longest_s = watchdog_longest_s

    def provoke(self, volts: float) -> Alarms:
        """Hold this voltage in silence for some watchdog periods, poll once, and come back."""
        panel = self._panel
        begun_ns = self._clock.now()
        panel.set_voltage(volts)
        heard = panel.chain.raw.receive_pieces(PERIODS * self._watchdog_longest_s)
        polled = panel.chain.stopwatch.poll(("U",))
        panel.rest()
        # Modules know only when they have measured again that all is well.
        self._clock.wait(self._watchdog_longest_s, Purpose.WATCHDOG)
        return Alarms(
            messages=tuple(
                ((time_ns - begun_ns) / NANOSECONDS_PER_SECOND, quoted(characters))
                for time_ns, characters in whole_messages(heard)
            ),
            answered_meanwhile=int(np.isfinite(polled.elapsed_s["U"]).sum()),
        )

    def answers(self) -> NDArray[np.bool_]:
        """Whether each module answers, by position."""
        return np.isfinite(self._panel.chain.read_voltages().codes)

    def keep_settings(self, found: PanelSettings) -> NDArray[np.bool_]:
        """Whether each module still has the settings that were found."""
        return self._panel.read_settings().equal(found)


def whole_messages(pieces: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """What came in pieces, cut after each CR, with the time of the last piece of each."""
    pending, time_ns = b"", 0
    for time_ns, piece in pieces:
        *ended, pending = (pending + piece).split(CARRIAGE_RETURN)
        yield from ((time_ns, message + CARRIAGE_RETURN) for message in ended)
    if pending:
        yield time_ns, pending
