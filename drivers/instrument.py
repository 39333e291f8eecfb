"""What every driver has and offers: its connection, its identity, its error queue, its readings."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.accuracy import Conditions
from drivers.datasheet import DataSheet
from drivers.roles import Identity
from drivers.scpi import ScpiSession
from quantities import Quantity, Reading


@dataclass(frozen=True, slots=True)
class Connection:
    """An identified instrument; its channels share one."""

    scpi: ScpiSession
    identity: Identity
    sheet: DataSheet
    conditions: Conditions


class ScpiInstrument:
    """An instrument, or one channel of it."""

    def __init__(self, connection: Connection) -> None:
        self._scpi = connection.scpi
        self._sheet = connection.sheet
        self._conditions = connection.conditions
        self.identity = connection.identity

    def clear_errors(self) -> list[str]:
        """Empty the error queue and hand out what was in it."""
        return self._scpi.clear_errors()

    def recover(self) -> None:
        """Connect anew to the same instrument; raises as ``ScpiSession.recover``."""
        self._scpi.recover()

    def _reading(self, value: Quantity, unit: str, standard_uncertainty: Quantity) -> Reading:
        """A reading taken just now."""
        return Reading(
            value,
            unit,
            standard_uncertainty,
            instrument=str(self.identity),
            time_ns=self._scpi.clock.now(),
        )
