"""What a product file says: the limits, figures and options that its modules must meet."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from products.files import read_tables
from products.pack import Pack
from products.procedures import Accuracy, Calibration, Power, Sleep, Thresholds
from products.table import Clauses, Positive, Table
from quantities.errors import ProductFileError
from quantities.tables import complaints


def _exact(value: object) -> object:
    if not isinstance(value, bool | int | str):
        raise ValueError("a truth value, a whole number or a text is due")  # noqa: TRY004 - what pydantic turns into a complaint
    return value


class DecisionRule(StrEnum):
    """How a value near its limit is decided (ILAC-G8:09/2019)."""

    SIMPLE_ACCEPTANCE = "simple-acceptance"
    """A value within its limits passes, whatever its uncertainty (4.2.1)."""
    GUARDED_ACCEPTANCE = "guarded-acceptance"
    """A value passes only within its limits less the expanded uncertainty (4.2.2)."""


class Decision(Table):
    """The decision rule, and when the rig is good enough to decide."""

    rule: Annotated[DecisionRule, Field(strict=False)] = DecisionRule.SIMPLE_ACCEPTANCE
    coverage_probability: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    least_test_uncertainty_ratio: Positive = 4.0


class Limit(Table):
    """What a measured value must meet: an interval in ``unit``, or one exact value."""

    unit: str = ""
    low: float | None = None
    high: float | None = None
    equals: Annotated[bool | int | str, BeforeValidator(_exact)] | None = None
    clauses: Clauses = ()
    note: str = ""

    @model_validator(mode="after")
    def _judges_something(self) -> Self:
        interval = self.low is not None or self.high is not None
        if interval == (self.equals is not None):
            raise ValueError("state low and/or high, or equals")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class AbsoluteMaxima(Table):
    """What must never be exceeded at one module's terminals."""

    voltage_V: Positive
    current_A: Positive


class Operating(Table):
    """Voltages at which modules are powered."""

    minimum_V: Positive
    resting_V: Positive
    """Between tests: neither bleeding nor alarmed."""


class Timing(Table):
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
    polling_s: Positive = 60.0
    """For so long all modules are asked without a pause (TIM-2)."""
    slowest_baud: Positive = 9200.0
    """What a module with an exact oscillator receives (MSG-1): from here"""
    fastest_baud: Positive = 10050.0
    """… to here."""


class Settings(Table):
    """Thresholds to ship with, in mV; a module stores ``round(K / mV)``."""

    bleeding_mV: Annotated[int, Field(gt=0)]
    low_mV: Annotated[int, Field(gt=0)]
    high_mV: Annotated[int, Field(gt=0)]


class PulseWidth(Table):
    """How a PWM bypass is pulsed while it bleeds (BLD-2)."""

    duty: Annotated[float, Field(gt=0, lt=1)]
    frequency_Hz: Positive


class Bleeder(Table):
    """The bypass: a resistor across the cell, on all the time or pulsed."""

    resistor_ohm: Positive
    pulse_width: PulseWidth | None = None

    def mean_current_A(self, volts: float) -> float:
        """At a cell voltage, over whole periods of a pulsed bypass."""
        duty = 1.0 if self.pulse_width is None else self.pulse_width.duty
        return duty * volts / self.resistor_ohm


class Options(Table):
    """What a module may do or not; a test for what it lacks is *not applicable*."""

    measures_on_watchdog: bool = True
    """THR-1, THR-6"""
    equality_counts: bool = True
    """THR-2, THR-3: a code equal to the threshold's is at it"""
    hysteresis_codes: Annotated[int, Field(ge=0)] = 0
    """THR-2, BLD-4: bleeding stops so many codes below its threshold"""
    torn_constant: bool = True
    """PWR-1: K may be lost when power is, while it is written; reading it back shows it"""
    surplus_digits_store: bool = False
    """MSG-11: a setting command with surplus digits stores the first of them"""
    temperature: bool = False
    """TMP-1 … TMP-3"""
    unsolicited_alarms: bool = False
    """ALM-1"""


class RunPurpose(StrEnum):
    """What a run is for, and so which clauses it must not leave out."""

    EOL = "eol"
    """End of line: every module that is produced."""
    QUALIFICATION = "qualification"


class Required(Table):
    """The clauses that a module never ships without: left out or not applicable, it is blocked."""

    eol: Clauses = ()
    qualification: Clauses = ()

    def clauses_for(self, purpose: RunPurpose) -> tuple[str, ...]:
        """Those that a run for this purpose must judge."""
        return {RunPurpose.EOL: self.eol, RunPurpose.QUALIFICATION: self.qualification}[purpose]


class Product(Table):
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
    thresholds: Thresholds = Thresholds()
    power: Power = Power()
    bleeder: Bleeder
    sleep: Sleep
    options: Options = Options()
    required: Required = Required()
    pack: Pack | None = None
    """Of packs of these modules; without it, supervisors are not tested."""
    limits: dict[str, Limit]

    @model_validator(mode="after")
    def _thresholds_stand_in_order(self) -> Self:
        settings, resting_mV = self.settings, self.operating.resting_V * 1000
        if not settings.low_mV < settings.bleeding_mV < settings.high_mV:
            raise ValueError("[settings] wants low_mV < bleeding_mV < high_mV")
        if not settings.low_mV < resting_mV < settings.bleeding_mV:
            raise ValueError("[operating] resting_V wants to be between low_mV and bleeding_mV")
        if self.timing.watchdog_shortest_s > self.timing.watchdog_longest_s:
            raise ValueError("[timing] wants watchdog_shortest_s <= watchdog_longest_s")
        return self

    @model_validator(mode="after")
    def _pack_fits_its_modules(self) -> Self:
        if self.pack is None:
            return self
        bleeding_V = self.settings.bleeding_mV / 1000
        contradiction = self.pack.contradictions(
            low_V=self.settings.low_mV / 1000,
            bleeding_V=bleeding_V,
            high_V=self.settings.high_mV / 1000,
            bleed_A=self.bleeder.mean_current_A(bleeding_V),
        )
        if contradiction:
            raise ValueError(contradiction)
        return self

    @model_validator(mode="after")
    def _modules_bear_what_is_set(self) -> Self:
        """Every voltage that a test sets keeps modules awake and below what destroys them."""
        lowest_V, highest_V = self.operating.minimum_V, self.absolute_maxima.voltage_V
        for key, voltages in self._voltages_set().items():
            for volts in voltages:
                if not lowest_V <= volts < highest_V:
                    raise ValueError(
                        f"{key} has {volts:g} V, which is not from [operating] minimum_V "
                        f"{lowest_V:g} to below [absolute_maxima] voltage_V {highest_V:g}"
                    )
        return self

    def _voltages_set(self) -> dict[str, tuple[float, ...]]:
        """By the key that states them."""
        return {
            "[operating] resting_V": (self.operating.resting_V,),
            "[settings] low_mV less [thresholds] beyond_mV": (
                (self.settings.low_mV - self.thresholds.beyond_mV) / 1000,
            ),
            "[settings] high_mV and [thresholds] beyond_mV": (
                (self.settings.high_mV + self.thresholds.beyond_mV) / 1000,
            ),
            "[calibration] point_V": (self.calibration.point_V,),
            "[accuracy] points_V": self.accuracy.points_V,
            "[accuracy] as_found_points_V": self.accuracy.as_found_points_V,
            "[sleep] voltage_V": (self.sleep.voltage_V,),
        }


def load_product(path: Path) -> Product:
    """Read and check a product file (TOML).

    Raises ``ProductFileError`` naming the file, the key and what was expected.
    """
    return parse_product(read_tables(path), where=str(path))


def parse_product(table: dict[str, Any], *, where: str) -> Product:
    """Check the tables of a product file; ``where`` names it in errors."""
    try:
        return Product.model_validate(table)
    except ValidationError as error:
        raise ProductFileError(complaints(error.errors()), where=where) from error
