"""The modules' supply taken away, lowered and given back: power cycles, dips and ramps.

How fast the voltage falls and rises is the supply's doing: each step waits until the supply has
settled, so that the shortest dip lasts as long as it needs to go down and to turn back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import Setting, Status
from quantities import Purpose
from quantities.errors import RigError
from rigs.panel import Panel
from rigs.rig import Rig
from rigs.settings import PanelSettings

OFF_V = 0.3
"""No module holds anything in its memory below this, its EEPROM aside."""
OFF_WITHIN_S = 10.0
LOOK_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Aftermath:
    """What the modules are like after their supply was lowered with ``d`` in force.

    ``reset`` is by position whether bleeding is enabled again, which only power-up does; None
    where a module does not answer.
    """

    reset: list[bool | None]
    settings: PanelSettings

    def intact_or_invalid(self, before: PanelSettings) -> NDArray[np.bool_]:
        """Whether each setting is what it was, or one that shows its loss (PWR-1), by position.

        What shows is a value whose digits are all F, as an erased memory has, or all 0.
        """
        held, due = self.settings.by_setting(), before.by_setting()
        fine = [
            (held[setting] == due[setting]) | np.isin(held[setting], (0, setting.largest))
            for setting in Setting
        ]
        return np.asarray(np.all(fine, axis=0), dtype=np.bool_)


class Starving:
    """Takes the supply of a powered panel away and gives it back; ends at the resting voltage."""

    def __init__(self, panel: Panel, rig: Rig, *, resting_V: float, power_up_s: float) -> None:
        self._panel, self._rig = panel, rig
        self._resting_V, self._power_up_s = resting_V, power_up_s

    # -- taking and giving -----------------------------------------------------------------------

    def cycle(self) -> None:
        """Off until the output is down, and on again."""
        self.switch_off()
        self.power_up()

    def switch_off(self) -> None:
        """Switch off at once; returns while the voltage still falls."""
        for fault in self._panel.make_safe():
            raise fault

    def power_up(self) -> None:
        """Wait until the output is down, then on again at rest: modules are as after power-up."""
        deadline_ns = self._rig.clock.now() + round(OFF_WITHIN_S * 1e9)
        while (left_V := float(self._rig.supply.output_voltage().value)) > OFF_V:
            if self._rig.clock.now() > deadline_ns:
                raise RigError(
                    f"its output is still at {left_V:.2f} V {OFF_WITHIN_S:g} s after it was "
                    "switched off",
                    where="[supply]",
                    expected=f"less than {OFF_V:g} V, so that the modules are without power",
                    remedy="look for what feeds the panel besides the supply",
                )
            self._rig.clock.wait(LOOK_S, Purpose.SETTLING)
        self._panel.chain.start_afresh()
        self._panel.switch_on()

    def dip(self, volts: float, hold_s: float) -> None:
        """Down to a voltage, there for so long once the supply has settled, and back."""
        self._panel.set_voltage(volts)
        self._rig.clock.wait(hold_s, Purpose.SETTLING)
        self._back()

    def ramp(self, highest_V: float, lowest_V: float, step_V: float) -> None:
        """From one voltage to the other and back, the supply settled at each step.

        Steps are as wide as told, or as much less as makes them equal.
        """
        down = np.linspace(highest_V, lowest_V, 1 + math.ceil((highest_V - lowest_V) / step_V))
        for volts in (*down, *down[-2::-1]):
            self._panel.set_voltage(float(volts))
        self._back()

    def _back(self) -> None:
        self._panel.rest()
        self._rig.clock.wait(self._power_up_s, Purpose.SETTLING)

    def write(self, due: PanelSettings) -> None:
        """Write what modules have stored otherwise."""
        self._panel.write_settings(due, self._panel.read_settings())

    @staticmethod
    def neighbours(settings: PanelSettings) -> PanelSettings:
        """Every setting off by one: another, and as harmless."""
        other = {
            setting: np.where(codes < setting.largest, codes + 1, codes - 1)
            for setting, codes in settings.by_setting().items()
        }
        return PanelSettings(
            constant=other[Setting.CALIBRATION],
            bleeding_code=other[Setting.BLEEDING],
            low_code=other[Setting.LOW],
            high_code=other[Setting.HIGH],
        )

    # -- looking ---------------------------------------------------------------------------------

    def aftermath(self) -> Aftermath:
        """Which modules were reset, and what all have stored; ``d`` is in force again then."""
        scan = self._panel.chain.read_voltages()
        enabled = scan.statuses & Status.ENABLED != 0
        reset = [
            None if np.isnan(code) else bool(bit)
            for code, bit in zip(scan.codes, enabled, strict=True)
        ]
        self._panel.chain.disable_bleeding()
        return Aftermath(reset, self._panel.read_settings())
