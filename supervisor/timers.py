"""How long something has been so, and what stays on until it is past its hysteresis."""

from __future__ import annotations

from dataclasses import dataclass


def lasting(for_s: float, elapsed_s: float, *, is_so: bool) -> float:
    """For how long it has been so, if it was for ``for_s`` before; 0 if it is not."""
    return for_s + elapsed_s if is_so else 0.0


@dataclass(frozen=True, slots=True)
class Trip:
    """Goes on at once, and off past a hysteresis, not before it has been out of range so long."""

    on: bool = False
    back_s: float = 0.0
    """Since it was last beyond."""

    def after(self, elapsed_s: float, *, beyond: bool, returned: bool, hold_s: float) -> Trip:
        """What becomes of it; neither ``beyond`` nor ``returned`` where nothing is known."""
        if beyond:
            return Trip(on=True)
        back_s = self.back_s + elapsed_s
        if self.on and not (returned and back_s >= hold_s):
            return Trip(on=True, back_s=back_s)
        return Trip()


OFF = Trip()
