"""The bench that a rig file simulates."""

from __future__ import annotations

from rigs.rig_file import RigFile, Topology
from rigs.rig_tables import MultiplexerTable, ThermometersTable
from rigs.simulation.bench import Bench, InstrumentPlace, SimulatedBench
from rigs.simulation.pack.bench import PackBench


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
        shunt = file.pack_ammeter and file.pack_ammeter.shunt
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
