"""The rig: opens every role of a rig file, checks it, and makes it safe whatever happened.

A role that fails to open does not stop the others: its error is kept and raised to whoever
asks for the role, so that it blocks those tests only.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

from typing_extensions import TypeForm

from drivers.catalogue import OpenInstrument
from drivers.chain.port import SerialPort, open_port
from drivers.datasheet import DataSheet, Output
from drivers.roles import (
    Ammeter,
    Identity,
    Instrument,
    Load,
    Multiplexer,
    OverCurrentProtection,
    OverVoltageProtection,
    Relay,
    ScanningThermometer,
    Supply,
    Thermometer,
    Voltmeter,
)
from drivers.shunt import Shunt, ShuntAmmeter
from quantities import Clock, WallClock
from quantities.errors import CellrigError, HostSlept, RigError, RigFileError, UsageError
from rigs.ending import SAFE_ORDER, attempt, switch_off
from rigs.guarding import Safekeeping
from rigs.opening import Instruments, check_calibration, kept
from rigs.pack_ratings import PackMaxima, check_ratings
from rigs.rig_file import RigFile, Topology
from rigs.rig_tables import InstrumentTable, MultiplexerTable, PackAmmeterTable, ThermometersTable
from rigs.simulation.bench import Bench, InstrumentPlace, SimulatedBench
from rigs.simulation.pack.bench import PackBench

Role = TypeVar("Role")


@dataclass(frozen=True, slots=True)
class Maxima:
    """What one module's terminals must never see, and of a pack what its own must not."""

    voltage_V: float
    current_A: float
    pack: PackMaxima | None = None


@dataclass(frozen=True, slots=True)
class OpenedRole:
    """An instrument in its role."""

    name: str
    identity: Identity
    table: InstrumentTable


class Rig:
    """An open rig. ``clock`` is the wall's, or the simulated bench's."""

    def __init__(self, file: RigFile, maxima: Maxima, *, wait_s: float = 0.0) -> None:
        """Open all roles; raises ``RigFileError`` for what the file itself gets wrong.

        Raises ``RigBusy`` if another run has the rig for longer than ``wait_s``, and ``RigError``
        if there is no guard to be had. Then, or whatever else interrupts it, all that was opened
        is safe and closed again.
        """
        self.file = file
        self.maxima = maxima
        self.bench = simulated_bench(file)
        self.clock: Clock = self.bench.clock if self.bench else WallClock()
        self.unprotected: list[str] = []
        self.closed = False
        self._safe = False
        self._instruments = Instruments(file, self.bench, self.clock)
        self._roles: dict[str, Instrument | RigError] = {}
        self._port: SerialPort | RigError | None = None
        self._to_switch_off: dict[str, Supply | Load | Relay] = {}
        self._rating_A = math.inf
        if file.topology is Topology.PACK and maxima.pack is None:
            raise RigFileError(
                "is a pack's, whose greatest voltage and currents are not stated",
                where=f"rig file of {file.name!r}",
                remedy="name the pack's file too",
            )
        self.keeping = None if self.bench else Safekeeping(file, self.clock, wait_s)
        try:
            for name, table in file.instruments().items():
                self._roles[name] = kept(partial(self._open_role, name, table))
            if self.keeping:
                self.keeping.guard.wait_ready()
                self.unprotected += [
                    f"the {role} has no communication watchdog: it stays as it is if this computer "
                    "loses its power or its network"
                    for role in self._to_switch_off
                ]
        except BaseException:
            self.close()
            raise

    # -- roles -----------------------------------------------------------------------------------

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

    @property
    def chain_port(self) -> SerialPort:
        """The chain's serial port, opened when first asked for; raises ``PortError``.

        With a unit between rig and chain it is the unit's host port.
        """
        if self._port is None:
            table = self.file.host_port or self.file.chain
            url = self.bench.port_url if self.bench else str(table.port)
            self._port = kept(partial(open_port, url))
        if isinstance(self._port, RigError):
            raise self._port
        return self._port

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

    @property
    def current_limit_A(self) -> float:
        """What the supply may deliver: every module's maximum, if it can and the file lets it."""
        stated_A = self.file.wiring.current_limit_A or math.inf
        return min(stated_A, self._rating_A, self.file.chain.modules * self.maxima.current_A)

    @property
    def two_A(self) -> float:
        """What an ammeter bears from the start: a module that bleeds, and one that does unasked."""
        return 2 * self.maxima.current_A

    def protect(self) -> None:
        """Limit what the supply may do to the modules: current, and where it can trip, voltage."""
        self._limit(self.supply)

    # -- the end ---------------------------------------------------------------------------------

    def make_safe(self) -> list[CellrigError]:
        """Switch off in ``SAFE_ORDER``: the supply; of a pack load, charger, then the contactor.

        Never raises, and goes on whatever fails: what went wrong is logged and handed out.
        """
        errors: list[CellrigError] = []
        with suppress(HostSlept):  # becoming safe is the answer to that
            self.clock.check_awake()
        for role in SAFE_ORDER:
            if part := self._to_switch_off.get(role):
                off = partial(switch_off, part, role)
                errors += attempt(
                    f"switching the {role} off", off, f"switch the {role} off by hand"
                )
        return errors

    def close(self) -> list[CellrigError]:
        """Make safe and let go of everything. Never raises: errors are logged and handed out."""
        errors = self.disconnect()
        self.dismiss_guard()
        return errors

    def disconnect(self) -> list[CellrigError]:
        """Make safe and close all connections, as ``close`` does; the guard stands by still."""
        self.closed = True
        errors = self.make_safe()
        self._safe = not errors
        for resource, close in self._instruments.closings():
            errors += attempt(f"closing {resource}", close)
        if self._port is not None and not isinstance(self._port, RigError):
            errors += attempt("closing the chain's port", self._port.close)
        return errors

    def dismiss_guard(self) -> None:
        """Let the guard go after ``disconnect``; what is not safe stays in its hands."""
        if self.keeping:
            self.keeping.end(safe=self._safe)

    def check_guard(self) -> None:
        """Raise ``RigError`` unless something makes a real rig safe should this process end."""
        if self.keeping:
            self.keeping.guard.check()

    # -- opening ---------------------------------------------------------------------------------

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

    def _open_role(self, name: str, table: InstrumentTable) -> Instrument:
        part = self._part(self._instruments.opened(table), name, table)
        check_calibration(table, self.clock.date().date(), where=f"[{name}]")
        return part

    def _part(self, instrument: OpenInstrument, name: str, table: InstrumentTable) -> Instrument:
        """The instrument's driver in this role; the supply's is protected before it is used."""
        where = f"[{name}] in the rig file of {self.file.name!r}"
        shunt = shunt_in(table)
        try:
            part = instrument.part(Voltmeter if shunt else PROTOCOLS[name], table.channel)
        except UsageError as error:
            raise RigFileError(error.what, where=where, expected=error.expected) from error
        if self.maxima.pack is not None and self.file.topology is Topology.PACK:
            check_ratings(instrument.sheet, name, self.maxima.pack, shunt=shunt, where=where)
            self._prepare(instrument.sheet, name, part, self.maxima.pack)
        elif name == "supply":
            supply = self._to_switch_off[name] = cast("Supply", part)
            outputs = instrument.sheet.outputs  # without a channel there is but one
            rating = next((o for o in outputs if o.channel == table.channel), outputs[0])
            self._rating_A = rating.greatest_current_A
            self._protect(supply, rating.greatest_voltage_V)
        elif name == "ammeter":  # a small range would starve a panel whose feed leads through it
            cast("Ammeter", part).dc_current(range_A=self.two_A, power_line_cycles=1)
        return ShuntAmmeter(cast("Voltmeter", part), shunt) if shunt else part

    def _prepare(self, sheet: DataSheet, name: str, part: Instrument, pack: PackMaxima) -> None:
        """What plays a role at a pack is protected before the first volt."""
        if name in SAFE_ORDER:
            self._to_switch_off[name] = cast("Supply | Load | Relay", part)
        if name == "charger":
            self._protect_pack(cast("Supply", part), sheet.outputs[0], pack)

    def _protect_pack(self, charger: Supply, output: Output, pack: PackMaxima) -> None:
        """Constant current is how a pack is charged, so reaching the limit must not trip."""
        charger.set_output(on=False)
        stated_A = self.file.wiring.current_limit_A or math.inf
        charger.set_current_limit(min(stated_A, pack.charge_A))
        if isinstance(charger, OverCurrentProtection):
            charger.set_over_current_protection(on=False)
        if isinstance(charger, OverVoltageProtection):
            # Nearer to it the charger could not be set to the pack's greatest voltage.
            distance = 1 + output.over_voltage_distance_percent / 100
            charger.set_over_voltage_protection(pack.voltage_V * distance)
        elif output.greatest_voltage_V > pack.voltage_V:
            raise RigFileError(
                f"can deliver {output.greatest_voltage_V:g} V and has no programmable "
                "over-voltage protection",
                where=f"[charger] in the rig file of {self.file.name!r}",
                expected=f"at most the pack's {pack.voltage_V:g} V, or a charger that trips",
            )

    def _protect(self, supply: Supply, rating_V: float) -> None:
        """Protections from the product's absolute maxima, before the first volt, or what lacks."""
        supply.set_output(on=False)
        self._limit(supply)
        if not isinstance(supply, OverVoltageProtection) and rating_V > self.maxima.voltage_V:
            self._go_without_over_voltage_protection(rating_V)
        if not isinstance(supply, OverCurrentProtection):
            self.unprotected.append("the supply has no programmable over-current protection")

    def _limit(self, supply: Supply) -> None:
        supply.set_current_limit(self.current_limit_A)
        if isinstance(supply, OverVoltageProtection):
            supply.set_over_voltage_protection(self.maxima.voltage_V)
        if isinstance(supply, OverCurrentProtection):
            supply.set_over_current_protection(on=True)

    def _go_without_over_voltage_protection(self, rating_V: float) -> None:
        """Put on record that nothing but the voltage set protects the modules, if that is taken."""
        lacking = "no programmable over-voltage protection"
        if self.file.supply is None or not self.file.supply.accept_no_ovp:
            raise RigFileError(
                f"can deliver {rating_V:g} V and has {lacking}",
                where=f"[supply] in the rig file of {self.file.name!r}",
                expected=f"at most the module's absolute maximum of {self.maxima.voltage_V:g} V, "
                "or a supply that trips",
                remedy="take such a supply, or accept the danger with accept_no_ovp = true",
            )
        self.unprotected.append(f"the supply has {lacking}, and accept_no_ovp accepts that")


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


def shunt_in(table: InstrumentTable | None) -> Shunt | None:
    """The shunt that a voltmeter measures a pack's current by, if it does."""
    stated = table.shunt if isinstance(table, PackAmmeterTable) else None
    return Shunt(stated.ohm, stated.greatest_A, stated.tolerance_percent) if stated else None


def simulated_bench(file: RigFile) -> Bench | None:
    """The bench that the file simulates, if it does."""
    if file.simulation is None:
        return None
    places = [
        InstrumentPlace(
            role,
            table.model,
            table.resource,
            table.channel,
            table.channels if isinstance(table, MultiplexerTable | ThermometersTable) else (),
        )
        for role, table in file.instruments().items()
    ]
    if file.topology is Topology.PACK:
        shunt = shunt_in(file.pack_ammeter)
        return PackBench(
            file.simulation,
            modules=file.chain.modules,
            places=places,
            positions=file.thermometers.positions if file.thermometers else (),
            shunt_ohm=shunt.ohm if shunt else 0.0,
        )
    return SimulatedBench(
        file.simulation,
        modules=file.chain.modules,
        supply_lead_ohm=file.wiring.supply_lead_ohm,
        places=places,
    )
