"""``e`` and ``d`` through the chain: who obeys, and where they get lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivers.chain.chain import Chain
from drivers.chain.messages import Status
from quantities.errors import ChainBroken, ModuleSilent


@dataclass(frozen=True, slots=True, eq=False)
class Switched:
    """What each module made of ``e`` or ``d``, by position; None where it cannot be told."""

    obeyed: list[bool | None]
    passed_on: list[bool | None]


class Switching:
    """Switches bleeding in all modules, and asks each of them whether it did."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def switch(self, *, enabled: bool) -> Switched:
        """Switch, whether or not the command comes back.

        If it does not, a module has obeyed it for the last time; who was beyond was not reached.
        """
        before = self._are(enabled=enabled)
        returned = self._send(enabled=enabled)
        obeyed = self._are(enabled=enabled)
        if returned:
            return Switched(obeyed, [True] * len(obeyed))
        reached = [is_so and not was_so for is_so, was_so in zip(obeyed, before, strict=True)]
        last = max((index for index, did in enumerate(reached) if did), default=-1)
        return _lost_behind(last, obeyed)

    def _send(self, *, enabled: bool) -> bool:
        try:
            if enabled:
                self._chain.enable_bleeding()
            else:
                self._chain.disable_bleeding()
        except (ChainBroken, ModuleSilent):
            return False
        return True

    def _are(self, *, enabled: bool) -> list[bool | None]:
        scan = self._chain.read_voltages()
        return [
            None if np.isnan(code) else bool(status & Status.ENABLED) is enabled
            for code, status in zip(scan.codes, scan.statuses, strict=True)
        ]


def _lost_behind(last: int, obeyed: list[bool | None]) -> Switched:
    """The command was last obeyed at this index, and did not come back."""
    positions = range(len(obeyed))
    told = [True if index <= last else None for index in positions]
    passed_on: list[bool | None] = [True if index < last else None for index in positions]
    not_reached = [*obeyed, False][last + 1]  # behind the last module is the host
    if not_reached is False:
        passed_on[max(last, 0)] = False
    return Switched(told, passed_on)
