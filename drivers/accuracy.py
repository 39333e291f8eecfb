"""How wrong a reading may be: the maker's error limits, and the uncertainty that follows.

A data sheet states limits of error by range, by time since calibration and within a band of
temperature around the temperature of calibration. ``half_width`` adds them up as the data
sheet says; dividing by the coverage gives the standard uncertainty. Without a stated coverage
the limits bound a rectangular distribution, whose standard deviation is half-width / √3
(JCGM 100:2008, 4.3.7); a stated coverage factor k means half-width / k (4.3.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from quantities import Quantity
from quantities.errors import CalibrationOverdue
from quantities.reading import as_quantity

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Table(BaseModel):
    """A table of a data sheet: unknown keys refused, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a data sheet's figures depend on; the default is the ordinary yearly calibration."""

    days_since_calibration: float = 365.0
    kelvin_from_calibration: float = 5.0
    """How far the ambient may be from the temperature at which it was calibrated."""


class ErrorLimit(Table):
    """± (percent of reading + percent of range + an absolute part in the reading's unit)."""

    reading_percent: NotNegative = 0.0
    range_percent: NotNegative = 0.0
    absolute: NotNegative = 0.0

    def half_width(self, value: Quantity, full_scale: float) -> Quantity:
        """The limit at ``value`` on the range ``full_scale``, in their unit."""
        of_reading = np.abs(value) * self.reading_percent / 100
        return as_quantity(of_reading + full_scale * self.range_percent / 100 + self.absolute)


class SpecifiedInterval(ErrorLimit):
    """The limit within ``days`` of calibration and ``kelvin`` of its temperature."""

    days: Positive
    kelvin: Positive


class Accuracy(Table):
    """The limits of error of one function on one range."""

    within: Annotated[tuple[SpecifiedInterval, ...], Field(min_length=1)]
    per_kelvin: ErrorLimit = ErrorLimit()
    """What each kelvin outside the interval's band adds."""

    @model_validator(mode="after")
    def _shortest_first(self) -> Self:
        days = [interval.days for interval in self.within]
        if days != sorted(set(days)):
            raise ValueError("state the intervals of calibration from the shortest to the longest")
        return self

    def half_width(
        self, value: Quantity, *, full_scale: float = 0.0, conditions: Conditions
    ) -> Quantity:
        """Limit of error by the shortest interval that holds the age of the calibration.

        Raises ``CalibrationOverdue`` if the data sheet states nothing for so old a calibration.
        """
        interval = self._interval(conditions.days_since_calibration)
        outside_K = max(0.0, conditions.kelvin_from_calibration - interval.kelvin)
        return as_quantity(
            interval.half_width(value, full_scale)
            + outside_K * self.per_kelvin.half_width(value, full_scale)
        )

    def _interval(self, days: float) -> SpecifiedInterval:
        for interval in self.within:
            if days <= interval.days:
                return interval
        raise CalibrationOverdue(
            f"calibrated {days:g} days ago",
            expected=f"at most {self.within[-1].days:g} days, the data sheet's longest interval",
            remedy="calibrate the instrument, or correct the date in the rig file",
        )


def standard_uncertainty(half_width: Quantity, coverage_factor: float | None) -> Quantity:
    """Standard uncertainty of limits ± ``half_width``; without a coverage factor, rectangular."""
    return half_width / (math.sqrt(3) if coverage_factor is None else coverage_factor)
