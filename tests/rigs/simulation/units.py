"""A unit between host and chain of a small bench, with logic that does as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from rigs.simulation.centralunit import CentralUnit, Sensors, UnitFigures
from rigs.simulation.chain import connect_unit
from supervisor.decisions import Decision
from supervisor.readings import PackReadings
from tests.rigs.simulation.panels import MS, Panel


@dataclass
class Told:
    """Logic that keeps what it is told, and answers what it was given."""

    answers: list[Decision] = field(default_factory=list)
    always: Decision = field(default_factory=Decision)
    readings: list[PackReadings] = field(default_factory=list)

    def step(self, readings: PackReadings) -> Decision:
        self.readings.append(readings)
        return self.answers.pop(0) if self.answers else self.always


class UnitOnPanel(Panel):
    """A panel whose chain hangs on a unit; the port is the unit's host port."""

    def __init__(
        self,
        modules: int = 4,
        *,
        logic: Told | None = None,
        sensors: Sensors | None = None,
        period_ns: int = 400 * MS,
        volts: float = 3.7,
    ) -> None:
        super().__init__(modules, volts=volts)
        self.logic = logic or Told()
        figures = UnitFigures(modules, period_ns)
        self.unit = CentralUnit(self.kernel, figures, self.logic, sensors)
        connect_unit(self.kernel, self.bench.host, self.unit, self.modules)
        self.unit.start()
