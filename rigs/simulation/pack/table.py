"""The rig file's ``[simulation.pack]`` table: what the simulated cells are.

A figure with a spread is drawn for each cell from the bench's seed, evenly within figure ± spread;
``[simulation.pack.cells.7]`` states other figures for one cell.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from rigs.simulation.complaints import in_table
from rigs.simulation.pack.chemistry import Chemistry
from rigs.table import Fraction, NotNegative, Positive, Table


class CellTable(Table):
    """One cell: an equivalent circuit of a resistance and two RC pairs, and a lumped thermal mass."""

    capacity_Ah: Positive = 5.0
    capacity_spread: Fraction = 0.01
    initial_charge: Annotated[float, Field(ge=0, le=1)] = 0.5
    """State of charge at first."""
    initial_charge_spread: Fraction = 0.01
    """Absolute, in states of charge."""
    resistance_ohm: Positive = 0.012
    resistance_spread: Fraction = 0.05
    """Of this and of the RC pairs' resistances, by one factor."""
    fast_ohm: Positive = 0.006
    fast_s: Positive = 12.0
    slow_ohm: Positive = 0.008
    slow_s: Positive = 240.0
    self_discharge_A: NotNegative = 0.0002
    """Of the cell, and of its module's electronics asleep."""
    heat_capacity_J_per_K: Positive = 95.0
    """105 g of 900 J/(kg K)."""
    thermal_ohm_K_per_W: Positive = 6.0
    bleeder_heats: Annotated[float, Field(ge=0, le=1)] = 0.2
    """How much of the bleeder's heat goes into its cell; the rest goes to the air."""


class PackTable(Table):
    """The whole pack."""

    chemistry: Annotated[Chemistry, Field(strict=False)] = Chemistry.LIPO
    cell: CellTable = CellTable()
    cells: dict[Annotated[int, Field(strict=False)], dict[str, Any]] = Field(default_factory=dict)
    """What is otherwise with one cell, by position; TOML's keys are texts."""
    lead_ohm: NotNegative = 0.010
    """From charger and load to the pack: cables, contactor."""
    cell_lead_ohm: NotNegative = 0.010
    """From each cell to its module, both ways together: what bleeding flows through."""

    @model_validator(mode="after")
    def _exceptions_are_cells(self) -> Self:
        for position in self.cells:
            try:
                self.cell_at(position)
            except ValidationError as error:
                raise in_table("cells", position, error) from error
        return self

    def cell_at(self, position: int) -> CellTable:
        """The figures of the cell at ``position`` (1 is next to the controller)."""
        return CellTable.model_validate(self.cell.model_dump() | self.cells.get(position, {}))


class IncidentTable(Table):
    """One incident (``incidents.py``): what, when on the bench's clock, and what describes it."""

    what: str
    begins_s: NotNegative
    ends_s: NotNegative | None = None
    """Without it, never."""
    position: Annotated[int, Field(ge=0, le=256)] | None = None
    late_s: Positive | None = None
    millivolts: float | None = None
    percent: float | None = None
    celsius: float | None = None
    capacity: Positive | None = None
    resistance: Positive | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    @property
    def figures(self) -> dict[str, float]:
        """What is stated of the incident itself."""
        return self.model_dump(exclude={"what", "begins_s", "ends_s"}, exclude_none=True)
