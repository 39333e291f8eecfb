"""Bleeding without a controller (THR-6): the line stays silent, the supply's current tells.

One module at a time: its bleeding threshold is moved below the resting voltage, where no other
module bleeds, and the supply is stepped across it.
"""

from __future__ import annotations

import numpy as np

from drivers.chain.messages import Setting
from drivers.roles import Supply
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from rigs.panel import Panel
from rigs.settings import PanelSettings

LOOK_S = 0.1


class BleedingAlone:
    """Watches modules of a powered panel; it ends at rest, bleeding enabled, settings as found.

    ``bleed_A`` is the mean current of a module that bleeds at ``resting_V``.
    """

    def __init__(
        self,
        panel: Panel,
        supply: Supply,
        clock: Clock,
        *,
        resting_V: float,
        beyond_V: float,
        bleed_A: float,
        watchdog_longest_s: float,
    ) -> None:
        self._panel, self._supply, self._clock = panel, supply, clock
        self._resting_V, self._beyond_V = resting_V, beyond_V
        self._bleed_A = bleed_A
        self._watchdog_longest_s = watchdog_longest_s
        self._base_A = 0.0

    def starts_and_stops(self, position: int, found: PanelSettings) -> tuple[bool, bool]:
        """Whether it starts above its threshold and stops below it, within a watchdog period."""
        chain, below_V = self._panel.chain, self._resting_V - self._beyond_V
        threshold_V = (self._resting_V + below_V) / 2
        code = np.round(found.constant[position - 1] / threshold_V / 1000)
        self._panel.set_voltage(below_V)
        chain.enable_bleeding()
        chain.write_setting(Setting.BLEEDING, position, int(code))
        self._base_A = self._current_A()
        self._panel.rest()
        started = self._comes_to(bleeding=True)
        self._panel.set_voltage(below_V)
        stopped = started and self._comes_to(bleeding=False)
        chain.write_setting(Setting.BLEEDING, position, int(found.bleeding_code[position - 1]))
        self._panel.rest()
        return started, stopped

    def _comes_to(self, *, bleeding: bool) -> bool:
        watchdog_ns = round(self._watchdog_longest_s * NANOSECONDS_PER_SECOND)
        deadline_ns = self._clock.now() + watchdog_ns
        while (self._current_A() - self._base_A > self._bleed_A / 2) is not bleeding:
            if self._clock.now() >= deadline_ns:
                return False
            self._clock.wait(LOOK_S, Purpose.WATCHDOG)
        return True

    def _current_A(self) -> float:
        return float(self._supply.output_current().value)
