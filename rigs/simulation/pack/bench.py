"""The simulated bench of a pack: cells with modules, charger, load, contactor, meters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from typing_extensions import override

from quantities.errors import RigFileError
from rigs.simulation.bench import Bench, InstrumentPlace
from rigs.simulation.instruments import Connections
from rigs.simulation.modules.adc import MovingConverter
from rigs.simulation.modules.module import Module
from rigs.simulation.pack.cells import CellFigures, Cells, CellState
from rigs.simulation.pack.chemistry import CURVES
from rigs.simulation.pack.circuit import PackCircuit
from rigs.simulation.pack.feed import CellFeed
from rigs.simulation.pack.incidents import Incidents
from rigs.simulation.pack.probes import (
    CellTemperature,
    PackAmmeter,
    PackContactor,
    PackSignal,
    PackSink,
    PackSource,
    Plug,
    Scaled,
    pack_current,
    pack_voltage,
)
from rigs.simulation.pack.table import CellTable, PackTable
from rigs.simulation.table import SimulationTable

SECONDS_PER_HOUR = 3600.0


class PackBench(Bench):
    """A pack of simulated cells, each with a simulated module.

    ``positions`` are the cells that the temperature sensors are at, in the order of their channels;
    ``shunt_ohm`` is what a voltmeter measures the pack's current across, 0 if an ammeter does.
    """

    def __init__(
        self,
        table: SimulationTable,
        *,
        modules: int,
        places: Sequence[InstrumentPlace] = (),
        positions: Sequence[int] = (),
        shunt_ohm: float = 0.0,
    ) -> None:
        super().__init__(table, modules=modules)
        pack = table.pack
        count = len(self._figures)
        cells = [
            CellDraw(pack.cell_at(position), self.generator(f"cell {position}"))
            for position in range(1, count + 1)
        ]
        self.circuit = PackCircuit(
            self.kernel,
            cells=Cells(_figures(cells, pack)),
            state=_first_state(cells, table.ambient_C),
            bleeders=[figures.branch().bleeder for figures in self._figures],
            lead_ohm=pack.lead_ohm + shunt_ohm,
            cell_lead_ohm=pack.cell_lead_ohm,
        )
        for position, figures in enumerate(self._figures, start=1):
            sampled = figures.table.samples_with_bleed_off
            feed = CellFeed(self.circuit, position, samples_with_bleed_off=sampled)
            self._put_on_chain(figures, feed, MovingConverter)
        self._close_chain()
        self._brown_out_V = [figures.table.brown_out_V for figures in self._figures]
        self._looking_at_power = False
        self.pack_voltage = Plug(PackSignal(self.circuit, pack_voltage))
        self.pack_current = Plug(PackSignal(self.circuit, pack_current))
        self.sensors: Mapping[int, Plug] = {
            position: Plug(CellTemperature(self.circuit, position - 1)) for position in positions
        }
        """By the position of the cell that they are at."""
        self._sensor_places = positions
        self._shunt_ohm = shunt_ohm
        self._offer_instruments(places)
        self._power_modules(0)
        self.circuit.powers = self._look_at_power
        self.incidents = Incidents(self)
        for planned in table.incidents:
            self.incidents.plan(
                planned.what,
                begins_s=planned.begins_s,
                ends_s=planned.ends_s,
                **planned.figures,
            )

    def module(self, position: int) -> Module:
        """The module at ``position``; raises ``RigFileError`` if there is none."""
        if not 1 <= position <= len(self.modules):
            raise RigFileError(
                f"there is no module at position {position}",
                where="[[simulation.incidents]]",
                expected=f"1 to {len(self.modules)}",
            )
        return self.modules[position - 1]

    def sensor(self, position: int) -> Plug:
        """The temperature sensor at the cell at ``position``; raises ``RigFileError``."""
        if position not in self.sensors:
            raise RigFileError(
                f"there is no temperature sensor at the cell at position {position}",
                where="[[simulation.incidents]]",
                expected=", ".join(map(str, sorted(self.sensors))),
            )
        return self.sensors[position]

    @override
    def _connect(self, place: InstrumentPlace, wired: Connections) -> Connections:
        circuit = self.circuit
        if place.role == "charger":
            wired = replace(wired, terminals={place.channel or 1: PackSource(circuit)})
        elif place.role == "load":
            wired = replace(wired, sink=PackSink(circuit))
        elif place.role == "contactor" and place.channel:
            contacts = {**wired.contacts, place.channel: PackContactor(circuit)}
            wired = replace(wired, contacts=contacts)
        elif place.role == "pack_voltmeter":
            wired = replace(wired, voltage=self.pack_voltage)
        elif place.role == "pack_ammeter" and self._shunt_ohm:
            wired = replace(wired, voltage=Scaled(self.pack_current, self._shunt_ohm))
        elif place.role == "pack_ammeter":
            wired = replace(wired, current=self.pack_current, burden=PackAmmeter(circuit))
        elif place.role == "thermometers":
            sensors = [self.sensors[position] for position in self._sensor_places]
            wired = replace(wired, thermistors=dict(zip(place.channels, sensors, strict=True)))
        return wired

    # -- power of the modules --------------------------------------------------------------------

    def _look_at_power(self, lowest_V: float) -> None:
        """Some module may have too little: look once what is being done now has been done."""
        low = lowest_V < max(self._brown_out_V) or not all(m.powered for m in self.modules)
        if low and not self._looking_at_power:
            self._looking_at_power = True
            self.kernel.at(self.kernel.now_ns, self._power_modules)

    def _power_modules(self, time_ns: int) -> None:
        """Power modules up and down by their cells' voltages."""
        self._looking_at_power = False
        for index, module in enumerate(self.modules):
            enough = self.circuit.cell_V(index, time_ns) >= self._brown_out_V[index]
            if enough is not module.powered:
                (module.power_up if enough else module.power_down)(time_ns)


class CellDraw:
    """One cell's own figures, drawn once."""

    def __init__(self, table: CellTable, generator: np.random.Generator) -> None:
        def within(spread: float) -> float:
            return float(generator.uniform(-spread, spread))

        self.table = table
        self.capacity_As = (
            table.capacity_Ah * SECONDS_PER_HOUR * (1 + within(table.capacity_spread))
        )
        charge = table.initial_charge + within(table.initial_charge_spread)
        self.charge_As = min(max(charge, 0.0), 1.0) * self.capacity_As
        self.resistance = 1 + within(table.resistance_spread)


def _figures(cells: Sequence[CellDraw], pack: PackTable) -> CellFigures:
    tables = [cell.table for cell in cells]
    resistance = np.array([cell.resistance for cell in cells])

    def stated(name: str) -> np.ndarray:
        return np.array([getattr(table, name) for table in tables])

    return CellFigures(
        curve=CURVES[pack.chemistry],
        capacity_As=np.array([cell.capacity_As for cell in cells]),
        resistance_ohm=resistance * stated("resistance_ohm"),
        fast_ohm=resistance * stated("fast_ohm"),
        fast_s=stated("fast_s"),
        slow_ohm=resistance * stated("slow_ohm"),
        slow_s=stated("slow_s"),
        self_discharge_A=stated("self_discharge_A"),
        heat_capacity_J_per_K=stated("heat_capacity_J_per_K"),
        thermal_ohm_K_per_W=stated("thermal_ohm_K_per_W"),
        bleeder_heats=stated("bleeder_heats"),
    )


def _first_state(cells: Sequence[CellDraw], ambient_C: float) -> CellState:
    """At rest, and as warm as the bench."""
    rest = np.zeros(len(cells))
    return CellState(
        charge_As=np.array([cell.charge_As for cell in cells]),
        fast_V=rest,
        slow_V=rest,
        temperature_C=rest + ambient_C,
        ambient_C=rest + ambient_C,
    )
