"""The ammeter in the modules' feed: which module's feed it is in, and on which range.

With a multiplexer one module's feed leads through the ammeter and the others' past it. Without,
the feed of the whole panel does, always. A change of range can open the current path for a
moment, so it is made with no module behind the meter: all fed past it, or the panel off.
"""

from __future__ import annotations

import math

from quantities import Reading
from rigs.panel import Panel
from rigs.rig import Rig


class MeteredFeed:
    """The ammeter of a rig that has one, and the relays beside it if there are any."""

    def __init__(self, rig: Rig, panel: Panel) -> None:
        """Raise ``RigError`` if ammeter or multiplexer did not open."""
        self.ammeter = rig.ammeter
        self._rig = rig
        self._panel = panel
        self._relays = rig.multiplexer if rig.has("multiplexer") else None
        self._range_A: float | None = rig.two_modules_A
        alone = self._relays is not None or panel.modules == 1
        self.ordinary_A = rig.maxima.current_A if alone else rig.two_modules_A
        """The range on which modules may bleed, one at a time."""

    @property
    def switched(self) -> bool:
        """Whether relays lead one module's feed through the ammeter."""
        return self._relays is not None

    def stands_on(self, range_A: float) -> bool:
        """Whether the ammeter has been brought to this range."""
        return self._range_A == range_A

    def set_range(self, range_A: float) -> None:
        """Bring the ammeter to the range that holds ``range_A``, with no module behind it.

        Without relays the panel is switched off for it and comes back at its resting voltage,
        its modules as after every power-up.
        """
        if self.stands_on(range_A):
            return
        self._range_A = None
        if self._relays is None:
            for fault in self._panel.make_safe():
                raise fault
        self.bypass()
        self.ammeter.dc_current(range_A=range_A, power_line_cycles=1)
        self._range_A = range_A
        if self._relays is None:
            self._panel.rest()

    def lead(self, position: int) -> None:
        """Lead this module's feed through the ammeter, if there are relays for it."""
        if self._relays is not None:
            self._relays.select(self._rig.channel_of(position))

    def bypass(self) -> None:
        """Lead every module's feed past the ammeter, if there are relays for it."""
        if self._relays is not None:
            self._relays.release()

    @property
    def series_ohm(self) -> float:
        """What the ammeter may put into the feed of the whole panel while modules may bleed."""
        if self._relays is not None:
            return 0.0
        return greatest(self.ammeter.burden_resistance(range_A=self.ordinary_A))

    def burden(self, range_A: float) -> Reading:
        """What the ammeter puts between the voltmeter and a module, in Ω.

        Nothing where it is in the feed of the whole panel: the voltmeter is behind it then.
        """
        if self._relays is None:
            return Reading(0.0, "Ω")
        return self.ammeter.burden_resistance(range_A=range_A)


def greatest(burden: Reading) -> float:
    """The end of the interval whose middle and standard uncertainty a burden states, in Ω."""
    return float(burden.value) + math.sqrt(3) * float(burden.standard_uncertainty)
