"""One simulated bench: virtual time, the circuit, the modules, the host's port.

Several benches live side by side in one process; they share nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from quantities import NANOSECONDS_PER_SECOND
from quantities.errors import RigFileError
from rigs.simulation import protocol_sim
from rigs.simulation.centralunit import CentralUnit, UnitFigures
from rigs.simulation.chain import connect, connect_unit
from rigs.simulation.circuit import ModuleFeed, PanelCircuit
from rigs.simulation.defects import DEFECTS
from rigs.simulation.defects_unit import UNIT_DEFECTS
from rigs.simulation.epoch import Bleeder, Branch
from rigs.simulation.host import HostPort, PortModel
from rigs.simulation.instruments import Connections, ScpiInstrument, build
from rigs.simulation.instruments.unconnected import Constant
from rigs.simulation.kernel import Kernel, VirtualClock
from rigs.simulation.modules.adc import Converter
from rigs.simulation.modules.alarm import Alarm
from rigs.simulation.modules.consumption import Consumption
from rigs.simulation.modules.eeprom import Eeprom
from rigs.simulation.modules.module import Module
from rigs.simulation.modules.receiver import Receiver
from rigs.simulation.modules.thermometer import ICE_POINT_K, SensorRelays, Thermometer
from rigs.simulation.modules.traits import Traits
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
from rigs.simulation.table import InstrumentTable, ModuleTable, SimulationTable
from rigs.simulation.visa import SimulatedVisaLibrary
from supervisor.decisions import Supervisor

_benches = count(1)


def nanoseconds(seconds: float) -> int:
    """A time of the table on the kernel's clock."""
    return round(seconds * NANOSECONDS_PER_SECOND)


@dataclass(frozen=True, slots=True)
class InstrumentPlace:
    """What the rig file says of one role: which model is to answer where."""

    role: str
    model: str
    resource: str
    channel: int | None = None
    channels: Sequence[int] = ()
    """Of a multiplexer: the channel of each module, by position, if not its own order."""


class SimulatedBench:
    """A panel of simulated modules with its host port."""

    def __init__(
        self,
        table: SimulationTable,
        *,
        modules: int,
        supply_lead_ohm: float,
        places: Sequence[InstrumentPlace] = (),
    ) -> None:
        self.name = f"bench-{next(_benches)}"
        self.table = table
        self.kernel = Kernel()
        self.clock = VirtualClock(self.kernel, table.start)
        present = table.modules_present or modules
        tables = [table.module_at(position) for position in range(1, present + 1)]
        figures = [
            ModuleFigures(each, self.generator(f"module {position}"))
            for position, each in enumerate(tables, start=1)
        ]
        self.panel = PanelCircuit(
            self.kernel,
            lead_ohm=supply_lead_ohm,
            branches=[figure.branch() for figure in figures],
        )
        self.host = HostPort(
            self.kernel,
            PortModel(
                nanoseconds(table.port.write_latency_s), nanoseconds(table.port.latency_timer_s)
            ),
        )
        for position, figure in enumerate(figures, start=1):
            feed = ModuleFeed(
                self.panel,
                position,
                samples_with_bleed_off=figure.table.samples_with_bleed_off,
            )
            self.panel.feeds.append(feed)
            module = figure.build(self.kernel, feed)
            figure.fit_options(module, table.ambient_C)
            self.panel.modules.append(module)
        connect(self.kernel, self.host, self.panel.modules)
        for position, module in enumerate(self.panel.modules, start=1):
            self._spoil(position, module, tables[position - 1].defects)
        self.unit: CentralUnit | None = None
        self.port_url = protocol_sim.offer(self.name, self.host)
        self.instruments = self._instruments(places)
        self.visa_library = SimulatedVisaLibrary.for_bench(self.kernel, self.instruments)

    def fit_unit(self, logic: Supervisor, *, period_s: float, scan_s: float) -> CentralUnit:
        """Put a unit with this logic between host and chain, and switch it on.

        Raises ``RigFileError`` for a period that the wire cannot keep, or an unknown defect.
        """
        figures = UnitFigures(
            modules=len(self.panel.modules),
            period_ns=nanoseconds(period_s),
            periods_a_scan=max(1, round(scan_s / period_s)),
        )
        try:
            self.unit = CentralUnit(self.kernel, figures, logic)
        except ValueError as error:
            raise RigFileError(str(error), where="the unit's control period") from error
        for name in self.table.unit.defects:
            if name not in UNIT_DEFECTS:
                raise RigFileError(
                    f"unknown defect {name!r}",
                    where="[simulation.unit] defects",
                    expected=", ".join(sorted(UNIT_DEFECTS)),
                )
            UNIT_DEFECTS[name](self.unit)
        connect_unit(self.kernel, self.host, self.unit, self.panel.modules)
        self.unit.start()
        return self.unit

    def generator(self, part: str) -> np.random.Generator:
        """The random numbers of one part: from the seed and the part's name alone."""
        return np.random.default_rng([self.table.seed, zlib.crc32(part.encode())])

    def _instruments(self, places: Sequence[InstrumentPlace]) -> dict[str, ScpiInstrument]:
        """One instrument for each resource, wired for all roles that it plays."""
        metered = any(place.role == "ammeter" for place in places)
        multiplexed = any(place.role == "multiplexer" for place in places)
        if metered and not multiplexed:
            self.panel.meter_whole_feed()
        by_resource: dict[str, list[InstrumentPlace]] = {}
        for place in places:
            by_resource.setdefault(place.resource, []).append(place)
        instruments = {}
        for resource, roles in by_resource.items():
            other = self.table.instruments.get(resource, InstrumentTable())
            instrument = instruments[resource] = build(
                other.model or roles[0].model,
                serial_number=f"SIM{zlib.crc32(resource.encode()) % 100_000_000:08d}",
                kernel=self.kernel,
                generator=self.generator(f"instrument {resource}"),
                connections=self._connections(roles),
            )
            instrument.silent = other.silent
        return instruments

    def _connections(self, roles: Sequence[InstrumentPlace]) -> Connections:
        """Where the terminals of an instrument with these roles are wired to."""
        panel, wired = self.panel, Connections()
        for place in roles:
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
            elif place.role == "loopback" and place.channel:
                wired = replace(wired, contacts={place.channel: self.host})
            elif place.role == "thermometer" and place.channel:
                temperature = Constant(self.table.ambient_C)
                wired = replace(wired, temperatures={place.channel: temperature})
            elif place.role == "sensor_relays":
                sensors = [module.thermometer for module in panel.modules]
                wired = replace(wired, relays=SensorRelays(sensors), channels=place.channels)
        return wired

    def _spoil(self, position: int, module: Module, defects: tuple[str, ...]) -> None:
        for name in defects:
            if name not in DEFECTS:
                raise RigFileError(
                    f"unknown defect {name!r}",
                    where=f"[simulation.modules.{position}] defects",
                    expected=", ".join(sorted(DEFECTS)),
                )
            DEFECTS[name](module, self.generator(f"defect {name} {position}"))


class ModuleFigures:
    """One module's own figures, drawn once; then the module made from them."""

    def __init__(self, table: ModuleTable, generator: np.random.Generator) -> None:
        def spread(fraction: float) -> float:
            return 1.0 + float(generator.uniform(-fraction, fraction))

        self.table = table
        self._generator = generator
        self._reference_V = table.reference_V * spread(table.reference_spread)
        self._offset_codes = table.offset_spread_codes * float(generator.uniform(-1.0, 1.0))
        self._bit_ns = NANOSECONDS_PER_SECOND / Receiver.NOMINAL_BAUD * spread(table.clock_spread)
        self._processing_s = table.processing_s * spread(table.processing_spread)
        self._watchdog_s = table.watchdog_s * spread(table.watchdog_spread)
        self._bleeder_ohm = table.bleeder_ohm * spread(table.bleeder_spread)
        asleep = generator.spawn(1)[0].uniform(-table.asleep_spread, table.asleep_spread)
        self._asleep_A = table.asleep_A * (1.0 + float(asleep))
        self._option_generator = generator.spawn(1)[0]

    def branch(self) -> Branch:
        """The module's place in the circuit."""
        table = self.table
        return Branch(
            Bleeder(self._bleeder_ohm, nanoseconds(table.pwm_period_s), table.pwm_duty),
            table.brown_out_V,
        )

    def fit_options(self, module: Module, ambient_C: float) -> None:
        """Give it what only some boards have."""
        table = self.table
        if table.thermometer:
            spread_K = table.temperature_spread_K
            module.thermometer = Thermometer(
                ambient_K=ambient_C + ICE_POINT_K + table.warmer_K,
                error_K=float(self._option_generator.uniform(-spread_K, spread_K)),
                noise_K=table.temperature_noise_K,
                rise_K=table.bleeding_warms_K,
                time_constant_ns=nanoseconds(table.warming_s),
                generator=self._option_generator,
                sensor=table.sensor,
            )
        if table.alarm:
            module.alarm = Alarm(table.alarm)

    def build(self, kernel: Kernel, feed: ModuleFeed) -> Module:
        """The module, unpowered."""
        table = self.table
        return Module(
            Traits(
                bit_ns=self._bit_ns,
                processing_ns=nanoseconds(self._processing_s),
                watchdog_ns=nanoseconds(self._watchdog_s),
                power_up_ns=nanoseconds(table.power_up_s),
                hysteresis_codes=table.hysteresis_codes,
                half_duplex=table.half_duplex,
                equality_counts=table.equality_counts,
                measures_on_watchdog=table.measures_on_watchdog,
            ),
            kernel=kernel,
            receiver=Receiver(self._bit_ns),
            converter=Converter(
                self._reference_V, table.noise_codes, self._offset_codes, self._generator
            ),
            eeprom=Eeprom(
                table.initial_settings.eeprom_contents(), nanoseconds(table.eeprom_byte_s)
            ),
            consumption=Consumption(
                asleep_A=self._asleep_A,
                efold_V=table.asleep_efold_V,
                active_A=table.active_A,
                watchdog_A=table.watchdog_A,
                to_sleep_ns=nanoseconds(table.to_sleep_s),
            ),
            feed=feed,
        )
