"""The rig: opens every role of a rig file, checks it, and makes it safe whatever happened."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import partial
from typing import cast

from drivers.catalogue import OpenInstrument
from drivers.chain.port import SerialPort, open_port
from drivers.datasheet import Output
from drivers.roles import Ammeter, Instrument, Load, Relay, Supply, Voltmeter
from drivers.shunt import Shunt, ShuntAmmeter
from quantities import Clock, WallClock
from quantities.errors import CellrigError, HostSlept, RigError, RigFileError, UsageError
from rigs.benches import simulated_bench
from rigs.ending import SAFE_ORDER, attempt, switch_off
from rigs.guarding import Safekeeping
from rigs.opening import Instruments, check_calibration, kept
from rigs.pack_ratings import check_ratings
from rigs.protection import Maxima, lacking, limit, protect_pack
from rigs.rig_file import RigFile, Topology
from rigs.rig_tables import InstrumentTable, PackAmmeterTable
from rigs.roles import PROTOCOLS, Roles


class Rig(Roles):
    """An open rig. ``clock`` is the wall's, or the simulated bench's."""

    def __init__(self, file: RigFile, maxima: Maxima, *, wait_s: float = 0.0) -> None:
        """Open all roles; raises ``RigFileError`` for what the file itself gets wrong.

        Raises ``RigBusy`` if another run has the rig for longer than ``wait_s``, and ``RigError``
        if there is no guard to be had. Then, or whatever else interrupts it, all that was opened
        is safe and closed again.
        """
        super().__init__(file)
        self.maxima = maxima
        self.bench = simulated_bench(file)
        self.clock: Clock = self.bench.clock if self.bench else WallClock()
        self.unprotected: list[str] = []
        self.closed = False
        self._safe = False
        self._instruments = Instruments(file, self.bench, self.clock)
        self._port: SerialPort | RigError | None = None
        self._to_switch_off: dict[str, Supply | Load | Relay] = {}
        self._rating_A = math.inf
        self._pack = maxima.pack if file.topology is Topology.PACK else None
        if file.topology is Topology.PACK and self._pack is None:
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

    # -- limits ----------------------------------------------------------------------------------

    @property
    def current_limit_A(self) -> float:
        """What the supply may deliver: every module's maximum, if it can and the file lets it."""
        stated_A = self.file.wiring.current_limit_A or math.inf
        return min(stated_A, self._rating_A, self.file.chain.modules * self.maxima.current_A)

    @property
    def two_modules_A(self) -> float:
        """What an ammeter bears from the start: a module that bleeds, and one that does unasked."""
        return 2 * self.maxima.current_A

    def protect(self) -> None:
        """Limit what the supply may do to the modules: current, and where it can trip, voltage."""
        self._limit(self.supply)

    def _limit(self, supply: Supply) -> None:
        limit(supply, voltage_V=self.maxima.voltage_V, current_A=self.current_limit_A)

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

    def _open_role(self, name: str, table: InstrumentTable) -> Instrument:
        part = self._part(self._instruments.opened(table), name, table)
        check_calibration(table, self.clock.date().date(), where=f"[{name}]")
        return part

    def _part(self, instrument: OpenInstrument, name: str, table: InstrumentTable) -> Instrument:
        """The instrument's driver in this role, protected before it is used."""
        where = f"[{name}] in the rig file of {self.file.name!r}"
        shunt, sheet, channel = shunt_in(table), instrument.sheet, table.channel
        try:
            part = instrument.part(Voltmeter if shunt else PROTOCOLS[name], channel)
        except UsageError as error:
            raise RigFileError(error.what, where=where, expected=error.expected) from error
        if self._pack:
            check_ratings(sheet, name, self._pack, channel=channel, shunt=shunt, where=where)
        if name in SAFE_ORDER:
            self._to_switch_off[name] = cast("Supply | Load | Relay", part)
        if name == "supply":
            self._feed_by(cast("Supply", part), sheet.output(channel))
        elif name == "charger" and self._pack:
            protect_pack(cast("Supply", part), sheet.output(channel), self._pack, self.file)
        elif name == "ammeter":  # a small range would starve a panel whose feed leads through it
            cast("Ammeter", part).dc_current(range_A=self.two_modules_A, power_line_cycles=1)
        return ShuntAmmeter(cast("Voltmeter", part), shunt) if shunt else part

    def _feed_by(self, supply: Supply, output: Output) -> None:
        """Off, with protections from the product's absolute maxima; what lacks goes on record."""
        self._rating_A = output.greatest_current_A
        supply.set_output(on=False)
        self._limit(supply)
        self.unprotected += lacking(supply, output, self.maxima, self.file)


def shunt_in(table: InstrumentTable) -> Shunt | None:
    """The shunt that a voltmeter measures a pack's current by, if it does."""
    stated = table.shunt if isinstance(table, PackAmmeterTable) else None
    return Shunt(stated.ohm, stated.greatest_A, stated.tolerance_percent) if stated else None
