"""One simulated bench: virtual time, the circuit, the modules, the host's port.

Several benches live side by side in one process; they share nothing.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TypeVar

import numpy as np
from typing_extensions import override

from quantities.errors import RigFileError
from rigs.simulation import protocol_sim
from rigs.simulation.canunit import CanUnit
from rigs.simulation.centralunit import CentralUnit, UnitFigures
from rigs.simulation.chain import connect, connect_unit
from rigs.simulation.circuit import ModuleFeed, PanelCircuit
from rigs.simulation.defects import DEFECTS
from rigs.simulation.defects_can import CAN_DEFECTS
from rigs.simulation.defects_unit import UNIT_DEFECTS
from rigs.simulation.host import HostPort, PortModel
from rigs.simulation.instruments import Connections, ScpiInstrument, build
from rigs.simulation.instruments.unconnected import Constant
from rigs.simulation.kernel import Kernel, VirtualClock
from rigs.simulation.modules.adc import Converter
from rigs.simulation.modules.feed import Feed
from rigs.simulation.modules.figures import ModuleFigures, nanoseconds
from rigs.simulation.modules.module import Module
from rigs.simulation.modules.thermometer import SensorRelays
from rigs.simulation.probes import (
    PanelAmmeter,
    PanelRelays,
    PanelSignal,
    PanelSource,
    PanelVoltmeter,
    bus_voltage,
    metered_current,
    total_current,
)
from rigs.simulation.table import InstrumentTable, SimulationTable
from rigs.simulation.visa import SimulatedVisaLibrary
from supervisor.decisions import Supervisor

_benches = count(1)

Fitted = TypeVar("Fitted", CentralUnit, CanUnit)


@dataclass(frozen=True, slots=True)
class InstrumentPlace:
    """What the rig file says of one role: which model is to answer where."""

    role: str
    model: str
    resource: str
    channel: int | None = None
    channels: Sequence[int] = ()
    """Of a multiplexer: the channel of each module, by position, if not its own order."""


class Bench(ABC):
    """What all simulated benches have: time, modules on a chain, the host's port, instruments."""

    def __init__(self, table: SimulationTable, *, modules: int) -> None:
        self.name = f"bench-{next(_benches)}"
        self.table = table
        self.kernel = Kernel()
        self.clock = VirtualClock(self.kernel, table.start)
        self.host = HostPort(
            self.kernel,
            PortModel(
                nanoseconds(table.port.write_latency_s), nanoseconds(table.port.latency_timer_s)
            ),
        )
        self.unit: CentralUnit | None = None
        self.can_unit: CanUnit | None = None
        self.port_url = protocol_sim.offer(self.name, self.host)
        present = table.modules_present or modules
        self._figures = [
            ModuleFigures(table.module_at(position), self.generator(f"module {position}"))
            for position in range(1, present + 1)
        ]
        self.modules: list[Module] = []
        self.instruments: dict[str, ScpiInstrument] = {}
        """By resource."""

    def fit_unit(self, logic: Supervisor, *, period_s: float, scan_s: float) -> CentralUnit:
        """Put a unit with this logic between host and chain, and switch it on.

        Raises ``RigFileError`` for a period that the wire cannot keep, or an unknown defect.
        """
        figures = UnitFigures(
            modules=len(self.modules),
            period_ns=nanoseconds(period_s),
            periods_a_scan=max(1, round(scan_s / period_s)),
        )
        try:
            self.unit = CentralUnit(self.kernel, figures, logic)
        except ValueError as error:
            raise RigFileError(str(error), where="the unit's control period") from error
        for spoil in self._unit_defects(UNIT_DEFECTS):
            spoil(self.unit)
        connect_unit(self.kernel, self.host, self.unit, self.modules)
        self.unit.start()
        return self.unit

    def fit_can_unit(self, logic: Supervisor, *, dbc: Path, period_s: float) -> CanUnit:
        """Put a unit with this logic on a CAN bus; raises ``RigFileError`` for an unknown defect."""
        unit = self.can_unit = CanUnit(self.kernel, logic, dbc, nanoseconds(period_s))
        for spoil in self._unit_defects(CAN_DEFECTS):
            spoil(unit)
        return unit

    def _unit_defects(
        self, known: Mapping[str, Callable[[Fitted], None]]
    ) -> list[Callable[[Fitted], None]]:
        """Those that the table names, of a kind of unit."""
        for name in self.table.unit.defects:
            if name not in known:
                raise RigFileError(
                    f"unknown defect {name!r}",
                    where="[simulation.unit] defects",
                    expected=", ".join(sorted(known)),
                )
        return [known[name] for name in self.table.unit.defects]

    def generator(self, part: str) -> np.random.Generator:
        """The random numbers of one part: from the seed and the part's name alone."""
        return np.random.default_rng([self.table.seed, zlib.crc32(part.encode())])

    def _put_on_chain(
        self, figures: ModuleFigures, feed: Feed, converter: type[Converter] = Converter
    ) -> None:
        """Build the next module of the chain."""
        module = figures.build(self.kernel, feed, converter)
        figures.fit_options(module, self.table.ambient_C)
        self.modules.append(module)

    def _close_chain(self) -> None:
        """Wire all modules, and give them the defects that they have."""
        connect(self.kernel, self.host, self.modules)
        for position, (module, figures) in enumerate(
            zip(self.modules, self._figures, strict=True), start=1
        ):
            self._spoil(position, module, figures.table.defects)

    def _offer_instruments(self, places: Sequence[InstrumentPlace]) -> None:
        """One instrument for each resource, wired for all roles that it plays."""
        by_resource: dict[str, list[InstrumentPlace]] = {}
        for place in places:
            by_resource.setdefault(place.resource, []).append(place)
        for resource, roles in by_resource.items():
            other = self.table.instruments.get(resource, InstrumentTable())
            instrument = self.instruments[resource] = build(
                other.model or roles[0].model,
                serial_number=f"SIM{zlib.crc32(resource.encode()) % 100_000_000:08d}",
                kernel=self.kernel,
                generator=self.generator(f"instrument {resource}"),
                connections=self._connections(roles),
            )
            instrument.silent = other.silent
        self.visa_library = SimulatedVisaLibrary.for_bench(self.kernel, self.instruments)

    def _connections(self, roles: Sequence[InstrumentPlace]) -> Connections:
        """Where the terminals of an instrument with these roles are wired to."""
        wired = Connections()
        for place in roles:
            if place.role == "loopback" and place.channel:
                wired = replace(wired, contacts={**wired.contacts, place.channel: self.host})
            else:
                wired = self._connect(place, wired)
        return wired

    @abstractmethod
    def _connect(self, place: InstrumentPlace, wired: Connections) -> Connections:
        """The connections with those of one more role, which not all benches have."""

    def _spoil(self, position: int, module: Module, defects: tuple[str, ...]) -> None:
        for name in defects:
            if name not in DEFECTS:
                raise RigFileError(
                    f"unknown defect {name!r}",
                    where=f"[simulation.modules.{position}] defects",
                    expected=", ".join(sorted(DEFECTS)),
                )
            DEFECTS[name](module, self.generator(f"defect {name} {position}"))


class SimulatedBench(Bench):
    """A panel of simulated modules with its host port."""

    def __init__(
        self,
        table: SimulationTable,
        *,
        modules: int,
        supply_lead_ohm: float,
        places: Sequence[InstrumentPlace] = (),
    ) -> None:
        super().__init__(table, modules=modules)
        self.panel = PanelCircuit(
            self.kernel,
            lead_ohm=supply_lead_ohm,
            branches=[figures.branch() for figures in self._figures],
        )
        for position, figures in enumerate(self._figures, start=1):
            feed = ModuleFeed(
                self.panel,
                position,
                samples_with_bleed_off=figures.table.samples_with_bleed_off,
            )
            self.panel.feeds.append(feed)
            self._put_on_chain(figures, feed)
        self.panel.modules = self.modules
        self._close_chain()
        roles = {place.role for place in places}
        if "ammeter" in roles and "multiplexer" not in roles:
            self.panel.meter_whole_feed()
        self._offer_instruments(places)

    @override
    def _connect(self, place: InstrumentPlace, wired: Connections) -> Connections:
        panel = self.panel
        if place.role == "supply":
            wired = replace(wired, terminals={place.channel or 1: PanelSource(panel)})
        elif place.role == "voltmeter":
            voltage = PanelSignal(panel, bus_voltage)
            wired = replace(wired, voltage=voltage, load=PanelVoltmeter(panel))
        elif place.role == "ammeter":
            scale = total_current if panel.whole_feed_is_metered else metered_current
            current = PanelSignal(panel, scale, electronics="metered")
            wired = replace(wired, current=current, burden=PanelAmmeter(panel))
        elif place.role == "multiplexer":
            wired = replace(wired, relays=PanelRelays(panel), channels=place.channels)
        elif place.role == "thermometer" and place.channel:
            temperature = Constant(self.table.ambient_C)
            wired = replace(wired, temperatures={place.channel: temperature})
        elif place.role == "sensor_relays":
            sensors = [module.thermometer for module in panel.modules]
            wired = replace(wired, relays=SensorRelays(sensors), channels=place.channels)
        return wired
