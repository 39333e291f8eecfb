"""What a product file says: the limits, figures and options that its modules must meet."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from quantities.errors import ProductFileError
from quantities.tables import complaints, read_toml

Positive = Annotated[float, Field(gt=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DecisionRule(StrEnum):
    """How a value near its limit is decided (ILAC-G8:09/2019)."""

    SIMPLE_ACCEPTANCE = "simple-acceptance"
    """A value within its limits passes, whatever its uncertainty (4.2.1)."""
    GUARDED_ACCEPTANCE = "guarded-acceptance"
    """A value passes only within its limits less the expanded uncertainty (4.2.2)."""


class Decision(_Table):
    """The decision rule, and when the rig is good enough to decide."""

    rule: DecisionRule = DecisionRule.SIMPLE_ACCEPTANCE
    coverage_probability: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    least_test_uncertainty_ratio: Positive = 4.0


class Limit(_Table):
    """What a measured value must meet: an interval in ``unit``, or one exact value."""

    unit: str = ""
    low: float | None = None
    high: float | None = None
    equals: bool | int | str | None = None
    clauses: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _judges_something(self) -> Self:
        interval = self.low is not None or self.high is not None
        if interval == (self.equals is not None):
            raise ValueError("state low and/or high, or equals")
        if any(bound is not None and not math.isfinite(bound) for bound in (self.low, self.high)):
            raise ValueError("low and high are finite numbers")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class AbsoluteMaxima(_Table):
    """What must never be exceeded at one module's terminals."""

    voltage_V: Positive
    current_A: Positive


class Operating(_Table):
    """Voltages at which modules are powered."""

    minimum_V: Positive
    resting_V: Positive
    """Between tests: neither bleeding nor alarmed."""


class Timing(_Table):
    """Figures that pacing and time-outs rest on."""

    processing_s: Positive
    """From a CR to the first bit of what the module sends, at most."""
    eeprom_byte_s: Positive = 0.006
    """What each EEPROM byte that changes adds, at most."""
    watchdog_shortest_s: Positive
    watchdog_longest_s: Positive
    power_up_s: Positive = 0.150
    """Deaf after power-up for this long, at most."""
    clock_tolerance: Annotated[float, Field(ge=0, lt=0.05)] = 0.025
    """Of a module's oscillator, as a fraction."""


class Settings(_Table):
    """Thresholds to ship with, in mV; a module stores ``round(K / mV)``."""

    bleeding_mV: Annotated[int, Field(gt=0)]
    low_mV: Annotated[int, Field(gt=0)]
    high_mV: Annotated[int, Field(gt=0)]


class Calibration(_Table):
    """How the constant K is found (CAL-1)."""

    point_V: Annotated[float, Field(gt=0, lt=5.5)]
    """The highest expected cell voltage."""
    readings: Annotated[int, Field(ge=16)] = 64


class Accuracy(_Table):
    """Where and how accuracy is measured (CAL-2)."""

    points_V: Annotated[tuple[Positive, ...], Field(min_length=8)]
    as_found_points_V: Annotated[tuple[Positive, ...], Field(min_length=2)]
    readings: Annotated[int, Field(ge=16)] = 16


class PulseWidth(_Table):
    """How a PWM bypass is pulsed while it bleeds (BLD-2)."""

    duty: Annotated[float, Field(gt=0, lt=1)]
    frequency_Hz: Positive


class Bleeder(_Table):
    """The bypass: a resistor across the cell, on all the time or pulsed."""

    resistor_ohm: Positive
    pulse_width: PulseWidth | None = None


class Sleep(_Table):
    """Where and when standby current is measured (SLP-1, SLP-3)."""

    voltage_V: Positive
    within_s: Positive
    """Asleep again this long after the last message, at most."""


class Options(_Table):
    """What a module may do or not; a test for what it lacks is *not applicable*."""

    measures_on_watchdog: bool = True
    """THR-1, THR-6"""
    equality_counts: bool = True
    """THR-2, THR-3: a code equal to the threshold's is at it"""
    hysteresis_codes: Annotated[int, Field(ge=0)] = 0
    """THR-2, BLD-4: bleeding stops so many codes below its threshold"""
    surplus_digits_store: bool = False
    """MSG-11: a setting command with surplus digits stores the first of them"""
    temperature: bool = False
    """TMP-1 … TMP-3"""
    unsolicited_alarms: bool = False
    """ALM-1"""


class Required(_Table):
    """The clauses that a module never ships without: left out or not applicable, it is blocked."""

    eol: tuple[str, ...] = ()
    qualification: tuple[str, ...] = ()


class Product(_Table):
    """One product: everything by which its modules are judged."""

    name: str
    part_number: str
    revision: str
    absolute_maxima: AbsoluteMaxima
    operating: Operating
    decision: Decision = Decision()
    timing: Timing
    settings: Settings
    calibration: Calibration
    accuracy: Accuracy
    bleeder: Bleeder
    sleep: Sleep
    options: Options = Options()
    required: Required = Required()
    limits: dict[str, Limit]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        """Nothing that the tests set may exceed the absolute maxima, thresholds stand in order."""
        settings, points = self.settings, self.accuracy.points_V
        if not settings.low_mV < settings.bleeding_mV < settings.high_mV:
            raise ValueError("[settings] wants low_mV < bleeding_mV < high_mV")
        highest_V = max(*points, self.calibration.point_V, self.operating.resting_V)
        if highest_V >= self.absolute_maxima.voltage_V:
            raise ValueError(
                f"{highest_V} V is to be set, but [absolute_maxima] voltage_V is "
                f"{self.absolute_maxima.voltage_V}"
            )
        if self.timing.watchdog_shortest_s > self.timing.watchdog_longest_s:
            raise ValueError("[timing] wants watchdog_shortest_s <= watchdog_longest_s")
        return self


def load_product(path: Path) -> Product:
    """Read and check a product file (TOML).

    Raises ``ProductFileError`` naming the file, the key and what was expected.
    """
    try:
        return Product.model_validate(read_toml(path, ProductFileError))
    except ValidationError as error:
        raise ProductFileError(complaints(error.errors()), where=str(path)) from error
