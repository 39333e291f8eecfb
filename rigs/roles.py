"""What plays each role of a rig.

A role that fails to open does not stop the others: its error is kept and raised to whoever
asks for the role, so that it blocks those tests only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from typing_extensions import TypeForm

from drivers.roles import (
    Ammeter,
    Identity,
    Instrument,
    Load,
    Multiplexer,
    Relay,
    ScanningThermometer,
    Supply,
    Thermometer,
    Voltmeter,
)
from quantities.errors import RigError, RigFileError
from rigs.rig_file import RigFile
from rigs.rig_tables import InstrumentTable, MultiplexerTable

PROTOCOLS: dict[str, TypeForm[Instrument]] = {
    "supply": Supply,
    "voltmeter": Voltmeter,
    "ammeter": Ammeter,
    "multiplexer": Multiplexer,
    "thermometer": Thermometer,
    "sensor_relays": Multiplexer,
    "loopback": Relay,
    "charger": Supply,
    "load": Load,
    "contactor": Relay,
    "pack_voltmeter": Voltmeter,
    "pack_ammeter": Ammeter,
    "thermometers": ScanningThermometer,
}
"""What an instrument is asked for in each role."""


@dataclass(frozen=True, slots=True)
class OpenedRole:
    """An instrument in its role."""

    name: str
    identity: Identity
    table: InstrumentTable


class Roles:
    """The instruments of a rig file by their roles, opened or not."""

    def __init__(self, file: RigFile) -> None:
        self.file = file
        self._roles: dict[str, Instrument | RigError] = {}

    def has(self, role: str) -> bool:
        """Whether the rig file names this role, open or not."""
        return role in self._roles

    @property
    def supply(self) -> Supply:
        """The supply; raises why it could not be opened."""
        return cast("Supply", self._role("supply"))

    @property
    def voltmeter(self) -> Voltmeter:
        """The voltmeter; raises why it could not be opened."""
        return cast("Voltmeter", self._role("voltmeter"))

    @property
    def ammeter(self) -> Ammeter:
        """The ammeter; raises why it could not be opened."""
        return cast("Ammeter", self._role("ammeter"))

    @property
    def multiplexer(self) -> Multiplexer:
        """The multiplexer; raises why it could not be opened."""
        return cast("Multiplexer", self._role("multiplexer"))

    @property
    def thermometer(self) -> Thermometer:
        """The thermometer; raises why it could not be opened."""
        return cast("Thermometer", self._role("thermometer"))

    @property
    def sensor_relays(self) -> Multiplexer:
        """The relays at the modules' temperature sensors; raises why they could not be opened."""
        return cast("Multiplexer", self._role("sensor_relays"))

    @property
    def loopback(self) -> Relay:
        """The relay that joins the ends of the host's line; raises why it could not be opened."""
        return cast("Relay", self._role("loopback"))

    @property
    def charger(self) -> Supply:
        """The supply that charges the pack; raises why it could not be opened."""
        return cast("Supply", self._role("charger"))

    @property
    def load(self) -> Load:
        """The load that discharges the pack; raises why it could not be opened."""
        return cast("Load", self._role("load"))

    @property
    def contactor(self) -> Relay:
        """The pack's contactor; raises why its relay could not be opened."""
        return cast("Relay", self._role("contactor"))

    @property
    def pack_voltmeter(self) -> Voltmeter:
        """The voltmeter across the pack; raises why it could not be opened."""
        return cast("Voltmeter", self._role("pack_voltmeter"))

    @property
    def pack_ammeter(self) -> Ammeter:
        """The ammeter in the pack's current; raises why it could not be opened."""
        return cast("Ammeter", self._role("pack_ammeter"))

    @property
    def thermometers(self) -> ScanningThermometer:
        """The thermometers at the cells; raises why they could not be opened."""
        return cast("ScanningThermometer", self._role("thermometers"))

    def channel_of(self, position: int, role: str = "multiplexer") -> int:
        """The channel that leads to the module at ``position``, of the relays in this role."""
        table = self.file.instruments().get(role)
        stated = table.channels if isinstance(table, MultiplexerTable) else ()
        channels = stated or cast("Multiplexer", self._role(role)).channels
        if position > len(channels):
            raise RigFileError(
                f"leads to {len(channels)} modules, not to the one at position {position}",
                where=f"[{role}] in the rig file of {self.file.name!r}",
                remedy="add cards, or test fewer modules at once",
            )
        return channels[position - 1]

    def opened(self) -> list[OpenedRole]:
        """The roles that did open, with who plays them."""
        tables = self.file.instruments()
        return [
            OpenedRole(name, role.identity, tables[name])
            for name, role in self._roles.items()
            if not isinstance(role, RigError)
        ]

    def faults(self) -> dict[str, RigError]:
        """Why roles did not open, by role."""
        return {name: role for name, role in self._roles.items() if isinstance(role, RigError)}

    def _role(self, name: str) -> Instrument:
        role = self._roles.get(name)
        if role is None:
            raise RigFileError(
                f"has no [{name}]",
                where=f"rig file of {self.file.name!r}",
                remedy=f"add [{name}], or leave out the tests that need it",
            )
        if isinstance(role, RigError):
            raise role
        return role
