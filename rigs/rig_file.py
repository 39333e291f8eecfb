"""The rig file: which instrument plays which role, and how the modules are wired."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator
from pyvisa import rname

from drivers.datasheet import known_models, load_datasheet
from quantities.errors import RigFileError
from quantities.tables import complaints, read_toml
from rigs.rig_tables import (
    CanTable,
    ChainTable,
    HostPortTable,
    InstrumentTable,
    MultiplexerTable,
    PackAmmeterTable,
    ProgrammerTable,
    Reached,
    SupervisorTable,
    SupplyTable,
    ThermometersTable,
    WiringTable,
)
from rigs.simulation.table import SimulationTable
from rigs.table import Table


class Topology(StrEnum):
    """How the modules are powered."""

    PANEL = "panel"
    """In parallel on one supply; with one module, a nest."""
    PACK = "pack"
    """Each on its cell, the cells in series between charger and load."""


class RigFile(Table):
    """A whole rig file."""

    name: str
    topology: Annotated[Topology, Field(strict=False)]
    visa_library: str = "@py"
    served: bool = False
    """What answers is a simulated bench that ``cellrig serve`` has put on these wires."""
    ambient_C: float = 23.0
    chain: ChainTable
    supply: SupplyTable | None = None
    voltmeter: InstrumentTable | None = None
    ammeter: InstrumentTable | None = None
    multiplexer: MultiplexerTable | None = None
    """Leads one module's feed through the ammeter."""
    thermometer: InstrumentTable | None = None
    """Its probe is where the modules are, and as warm as they."""
    sensor_relays: MultiplexerTable | None = None
    """Short the temperature sensor of one module, or open it."""
    loopback: InstrumentTable | None = None
    """A relay that joins the ends of the host's line instead of leading them to the chain."""
    charger: InstrumentTable | None = None
    """Of a pack: the supply that charges it."""
    load: InstrumentTable | None = None
    """Of a pack: the electronic load that discharges it."""
    contactor: InstrumentTable | None = None
    """Of a pack: the relay that drives the contactor between the pack and all else."""
    pack_voltmeter: InstrumentTable | None = None
    """Across the whole pack, on its own side of the contactor."""
    pack_ammeter: PackAmmeterTable | None = None
    """In the pack's current, charging positive."""
    thermometers: ThermometersTable | None = None
    supervisor: SupervisorTable = SupervisorTable()
    host_port: HostPortTable | None = None
    can: CanTable | None = None
    wiring: WiringTable = WiringTable()
    programmer: ProgrammerTable | None = None
    simulation: SimulationTable | None = None

    @model_validator(mode="after")
    def _has_a_port(self) -> Self:
        if self.chain.port is None and self.simulation is None and self.host_port is None:
            raise ValueError("[chain] port is needed on a bench that is not simulated")
        if self.chain.port is not None and self.simulation is not None:
            raise ValueError("[chain] port and [simulation] exclude each other")
        if self.served and self.simulation is not None:
            raise ValueError("served and [simulation] exclude each other")
        return self

    @model_validator(mode="after")
    def _supervisor_can_be_reached(self) -> Self:
        wanted = {Reached.HOST_PORT: "host_port", Reached.CAN: "can"}
        role = wanted.get(self.supervisor.reached)
        if role and getattr(self, role) is None:
            raise ValueError(f"[supervisor] reached so wants [{role}]")
        if self.host_port and self.chain.port:
            raise ValueError("[host_port] and [chain] port exclude each other: one has the chain")
        for name, port in (
            ("[host_port] port", self.host_port and self.host_port.port),
            ("[can] channel", self.can and self.can.channel),
        ):
            if port is not None and self.simulation is not None:
                raise ValueError(f"{name} and [simulation] exclude each other")
        if self.simulation is None and self.host_port and self.host_port.port is None:
            raise ValueError("[host_port] port is needed on a bench that is not simulated")
        if self.simulation is None and self.can and self.can.channel is None:
            raise ValueError("[can] channel is needed on a bench that is not simulated")
        return self

    @model_validator(mode="after")
    def _shared_instruments_are_stated_alike(self) -> Self:
        """Roles with one resource share one instrument, opened and identified once."""
        firsts: dict[str, tuple[str, InstrumentTable]] = {}
        for role, table in self.instruments().items():
            first_role, first = firsts.setdefault(_canonical(table.resource), (role, table))
            for key in ("resource", "model", "calibrated", "calibration_due"):
                if getattr(table, key) != getattr(first, key):
                    raise ValueError(
                        f"[{first_role}] and [{role}] share one instrument and want the same {key}"
                    )
        return self

    @model_validator(mode="after")
    def _every_module_has_its_channel(self) -> Self:
        relays = {"multiplexer": self.multiplexer, "sensor_relays": self.sensor_relays}
        for role, table in relays.items():
            channels = table.channels if table else ()
            if channels and len(channels) != self.chain.modules:
                raise ValueError(f"[{role}] channels wants one for each of {self.chain.modules}")
            if len(set(channels)) < len(channels):
                raise ValueError(f"[{role}] channels has one twice")
        resources = {_canonical(table.resource) for table in relays.values() if table}
        if None not in relays.values() and len(resources) == 1:
            raise ValueError("[multiplexer] and [sensor_relays] want an instrument each")
        return self

    @model_validator(mode="after")
    def _has_no_role_of_another_topology(self) -> Self:
        for role in self.instruments():
            topologies = ROLES_OF_ONE_TOPOLOGY.get(role, self.topology)
            if topologies is not self.topology:
                raise ValueError(
                    f"[{role}] belongs to a {topologies}, and this is a {self.topology}"
                )
        return self

    @model_validator(mode="after")
    def _has_no_table_of_another_topology(self) -> Self:
        """What would have no effect."""
        if self.topology is Topology.PACK and self.wiring.supply_lead_ohm:
            raise ValueError("[wiring] supply_lead_ohm belongs to a panel, and this is a pack")
        simulation = self.simulation
        if simulation is None:
            return self
        stated = simulation.model_fields_set & {"pack", "incidents"}
        if stated and self.topology is Topology.PANEL:
            [table, *_] = sorted(stated)
            raise ValueError(f"[simulation.{table}] belongs to a pack, and this is a panel")
        for position in simulation.pack.cells:
            if not 1 <= position <= (simulation.modules_present or self.chain.modules):
                raise ValueError(f"[simulation.pack.cells.{position}]: there is no such cell")
        return self

    @model_validator(mode="after")
    def _a_pack_can_be_made_safe(self) -> Self:
        """What feeds a pack or is fed by it is cut off by the contactor."""
        if self.topology is Topology.PACK and self.contactor is None:
            for role in ("charger", "load"):
                if getattr(self, role) is not None:
                    raise ValueError(f"[{role}] wants a [contactor] that can cut it off")
        for role in ("contactor", "loopback"):
            table = getattr(self, role)
            if table is not None and table.channel is None:
                raise ValueError(f"[{role}] wants the channel of its relay")
        return self

    @model_validator(mode="after")
    def _sensors_are_at_cells(self) -> Self:
        positions = self.thermometers.positions if self.thermometers else ()
        if any(position > self.chain.modules for position in positions):
            raise ValueError(f"[thermometers] there are {self.chain.modules} cells")
        return self

    @model_validator(mode="after")
    def _idealised_instruments_are_simulated(self) -> Self:
        if self.simulation is None:
            for role, table in self.instruments().items():
                if load_datasheet(table.model).model.idealised:
                    raise ValueError(f"[{role}] nobody makes a {table.model}: it can be simulated")
        return self

    @model_validator(mode="after")
    def _loopback_has_a_relay_of_its_own(self) -> Self:
        if self.loopback is None:
            return self
        if self.contactor and _same_relay(self.loopback, self.contactor):
            raise ValueError("[loopback] and [contactor] want a relay each")
        for role, table in (
            ("multiplexer", self.multiplexer),
            ("sensor_relays", self.sensor_relays),
        ):
            shared = table and _canonical(table.resource) == _canonical(self.loopback.resource)
            if table and shared and self.loopback.channel in table.channels:
                raise ValueError(f"[loopback] and [{role}] want a relay each")
        return self

    @model_validator(mode="after")
    def _simulation_is_of_what_is_there(self) -> Self:
        """A table for a module or an instrument that is not there would have no effect."""
        if self.simulation is None:
            return self
        present = self.simulation.modules_present or self.chain.modules
        for position in self.simulation.modules:
            if not 1 <= position <= present:
                raise ValueError(f"[simulation.modules.{position}]: there are {present} modules")
        resources = {table.resource for table in self.instruments().values()}
        for resource, instrument in self.simulation.instruments.items():
            if resource not in resources:
                raise ValueError(f"[simulation.instruments] {resource!r} is no role's resource")
            if instrument.model not in {None, *known_models()}:
                raise ValueError(f"[simulation.instruments] no model {instrument.model!r}")
        for resource in resources:
            rname.to_canonical_name(resource)  # no alias here, so its complaint is ours
        return self

    @property
    def simulated(self) -> bool:
        """Whether the modules are simulated, in this process or in another one."""
        return self.served or self.simulation is not None

    def instruments(self) -> dict[str, InstrumentTable]:
        """The roles that instruments play, by name."""
        roles = {name: getattr(self, name) for name in INSTRUMENT_ROLES}
        return {name: table for name, table in roles.items() if table is not None}

    def resources(self) -> tuple[str, ...]:
        """What a run has for itself: each instrument once, and the chain's port."""
        found = dict.fromkeys(_canonical(table.resource) for table in self.instruments().values())
        port = self.chain.port or (self.host_port and self.host_port.port)
        if port and Path(port).exists():  # /dev/serial/by-id has other names for the same
            port = str(Path(port).resolve())
        return (*found, *([port] if port else []))


def _canonical(resource: str) -> str:
    """The one way to write a resource name; an alias of a VISA library's own is left alone."""
    try:
        return rname.to_canonical_name(resource)
    except rname.InvalidResourceName:
        return resource


def _same_relay(first: InstrumentTable, second: InstrumentTable) -> bool:
    same = _canonical(first.resource) == _canonical(second.resource)
    return same and first.channel == second.channel


ROLES_OF_ONE_TOPOLOGY = {
    **dict.fromkeys(
        ("supply", "voltmeter", "ammeter", "multiplexer", "thermometer", "sensor_relays"),
        Topology.PANEL,
    ),
    **dict.fromkeys(
        ("charger", "load", "contactor", "pack_voltmeter", "pack_ammeter", "thermometers"),
        Topology.PACK,
    ),
}
INSTRUMENT_ROLES = (*ROLES_OF_ONE_TOPOLOGY, "loopback")


def load_rig_file(path: Path) -> RigFile:
    """Read and check a rig file (TOML).

    Raises ``RigFileError`` naming the file, the key and what was expected.
    """
    return parse_rig_file(read_toml(path, RigFileError), where=str(path))


def parse_rig_file(table: dict[str, Any], *, where: str) -> RigFile:
    """Check the tables of a rig file; ``where`` names it in errors."""
    try:
        return RigFile.model_validate(table)
    except ValidationError as error:
        raise RigFileError(complaints(error.errors()), where=where) from error
