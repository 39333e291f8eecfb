"""A supervisor at work, as the loop recorded it: what is kept, and whether it can be drawn.

The kind of series that ``rigs.loop.series`` writes. Whatever in a store is not such a series is
none, so that an old or a foreign record never breaks a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reports.entries import SeriesRecord

KIND = "supervision"

LOW, BLEEDING, HIGH, ENABLED = 1, 2, 4, 8
"""The bits of a status digit (CHN-1)."""
NO_ANSWER = -1

Span: TypeAlias = tuple[float, float]
"""From when to when, in s."""
Numbers: TypeAlias = list[float | None]


class Supervision(BaseModel):
    """What happened at one pack, times in s since the loop's start."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    kind: str = Field(pattern=f"^{KIND}$")
    cells: int
    low_alarm_V: float
    bleeding_V: float
    high_alarm_V: float
    time_s: list[float] = Field(min_length=2)
    current_A: Numbers
    charge_limit_A: Numbers
    discharge_limit_A: Numbers
    state_of_charge: Numbers
    any_module: list[int]
    every_module: list[int]
    charger_on: list[bool]
    contactor_closed: list[bool]
    phases: list[tuple[float, str]]
    faults: dict[str, list[Span]]
    cell_time_s: list[float]
    cell_voltage_V: list[Numbers]
    true_low_V: Numbers
    true_high_V: Numbers
    weak_cells: list[tuple[float, list[int]]]
    events: list[tuple[float, str]]

    @model_validator(mode="after")
    def _columns_are_as_long_as_time(self) -> Self:
        for name in (
            *("current_A", "charge_limit_A", "discharge_limit_A", "state_of_charge"),
            *("any_module", "every_module", "charger_on", "contactor_closed"),
            *("true_low_V", "true_high_V"),
        ):
            if len(getattr(self, name)) != len(self.time_s):
                raise ValueError(f"{name} is not as long as time_s")
        if len(self.cell_voltage_V) != len(self.cell_time_s) or any(
            len(row) != self.cells for row in self.cell_voltage_V
        ):
            raise ValueError("cell_voltage_V wants a row of all cells for each of cell_time_s")
        return self

    @classmethod
    def from_json(cls, data: object) -> Supervision | None:
        """What was stored, or None if the series is something else."""
        if not isinstance(data, Mapping) or data.get("kind") != KIND:
            return None
        try:
            return cls.model_validate(data)
        except ValidationError:
            return None

    @property
    def end_s(self) -> float:
        """When the last period was told."""
        return self.time_s[-1]

    @property
    def voltages_V(self) -> NDArray[np.float64]:
        """Of all cells, shape (readings, cells); NaN where none answered."""
        return numbers(cell for row in self.cell_voltage_V for cell in row).reshape(-1, self.cells)

    def states(self) -> Iterable[tuple[str, list[Span]]]:
        """What the chain's status showed and what was switched, each with its spans."""
        x, y = np.array(self.any_module), np.array(self.every_module)
        answered = (x != NO_ANSWER) & (y != NO_ANSWER)
        for name, present in (
            ("high alarm", answered & (x & HIGH > 0)),
            ("low alarm", answered & (x & LOW > 0)),
            ("all bleed", answered & (y & BLEEDING > 0)),
            ("some bleed", answered & (x & BLEEDING > 0) & (y & BLEEDING == 0)),
            ("bleeding off", answered & (y & ENABLED == 0)),
            ("no answer", ~answered),
            ("charger on", np.array(self.charger_on)),
            ("contactor open", ~np.array(self.contactor_closed)),
        ):
            if present.any():
                yield name, self._spans(present)

    def loops(self) -> Iterable[tuple[str, list[Span]]]:
        """Where charging stood, each phase that there was with its spans."""
        ends = [*(begin for begin, _ in self.phases[1:]), self.end_s]
        spans: dict[str, list[Span]] = {}
        for (begin, phase), end in zip(self.phases, ends, strict=True):
            spans.setdefault(phase, []).append((begin, end))
        return spans.items()

    def _spans(self, present: NDArray[np.bool_]) -> list[Span]:
        """A state lasts from the period that showed it to the next one, if there is one."""
        found: list[Span] = []
        ends = [*self.time_s[1:], self.end_s]
        for begin, end, there in zip(self.time_s, ends, present, strict=True):
            if there and found and found[-1][1] == begin:
                found[-1] = (found[-1][0], end)
            elif there:
                found.append((begin, end))
        return found


def numbers(values: Iterable[float | None]) -> NDArray[np.float64]:
    """NaN for what is unknown."""
    return np.array([np.nan if value is None else value for value in values], np.float64)


@dataclass(frozen=True, slots=True)
class NamedSupervision:
    """A recording with the name that it was stored under, less its kind."""

    name: str
    course: Supervision


def supervisions(series: Iterable[SeriesRecord]) -> list[NamedSupervision]:
    """All recordings on record, in the order in which they were made."""
    return [
        NamedSupervision(entry.name.removeprefix(f"{KIND}."), course)
        for entry in series
        if (course := Supervision.from_json(entry.data)) is not None
    ]
