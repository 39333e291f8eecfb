"""The rig file's ``[simulation]`` table: what the simulated bench is made of.

A module's figures stand here and are never taken from the product file, so that a wrong
product file shows. A figure with a spread is drawn for each module from the bench's seed,
evenly within figure ± spread; ``[simulation.modules.3]`` states other figures for one module.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from rigs.simulation.complaints import in_table
from rigs.simulation.modules.memory import InitialSettings
from rigs.simulation.modules.thermometer import Sensor
from rigs.simulation.pack.table import IncidentTable, PackTable
from rigs.table import Fraction, NotNegative, Positive, Table


class ShippedTable(Table):
    """A module that was calibrated, and given its thresholds in mV."""

    calibrated_at_V: Positive = 4.2
    off_mV: float = 0.0
    """How much it reads too high there."""
    bleeding_mV: Positive
    low_mV: Positive
    high_mV: Positive

    def settings(self, code: float) -> InitialSettings:
        """What stands in the EEPROM of a module that answers ``code`` in the mean there."""
        constant = round(code * (self.calibrated_at_V * 1000 + self.off_mV))
        return InitialSettings(
            constant,
            bleeding_code=round(constant / self.bleeding_mV),
            low_code=round(constant / self.low_mV),
            high_code=round(constant / self.high_mV),
        )


class ModuleTable(Table):
    """One simulated module; times in s, fractions of their figure where no unit stands."""

    reference_V: Positive = 1.2325
    reference_spread: Fraction = 0.008
    offset_spread_codes: NotNegative = 0.5
    noise_codes: NotNegative = 0.4
    clock_spread: Fraction = 0.015
    processing_s: Positive = 0.00145
    processing_spread: Fraction = 0.07
    eeprom_byte_s: Positive = 0.005
    watchdog_s: Positive = 2.3
    watchdog_spread: Fraction = 0.1
    power_up_s: Positive = 0.072
    to_sleep_s: NotNegative = 0.001
    brown_out_V: Positive = 2.1
    bleeder_ohm: Positive = 10.0
    bleeder_spread: Fraction = 0.01
    pwm_period_s: NotNegative = 0.0
    pwm_duty: Annotated[float, Field(gt=0, le=1)] = 1.0
    asleep_A: NotNegative = 7.6e-6
    """At 4.2 V; with the watchdog's share a mean of 8 µA there and of 3 µA at 3.3 V (*author*)."""
    asleep_spread: Fraction = 0.05
    asleep_efold_V: Positive = 0.84
    """For each so much more the current asleep is e times as large."""
    active_A: NotNegative = 0.9e-3
    watchdog_A: NotNegative = 0.6e-3
    hysteresis_codes: Annotated[int, Field(ge=0)] = 0
    half_duplex: bool = True
    equality_counts: bool = True
    measures_on_watchdog: bool = True
    samples_with_bleed_off: bool = True
    thermometer: bool = False
    warmer_K: float = 0.0
    """How far its place is above the bench's ``ambient_C``."""
    temperature_spread_K: NotNegative = 0.5
    """Its thermometer is off by so much at most."""
    temperature_noise_K: NotNegative = 0.05
    bleeding_warms_K: NotNegative = 15.0
    warming_s: Positive = 60.0
    sensor: Annotated[Sensor, Field(strict=False)] = Sensor.WHOLE
    alarm: str = ""
    """What it sends beyond H or L on a watchdog wake, ``{status}`` in it the bits; nothing if empty."""
    constant: Annotated[int, Field(ge=0, le=0xFFFFFF)] = 0x800000
    bleeding_code: Annotated[int, Field(ge=0, le=0xFFF)] = 0x7CD
    low_code: Annotated[int, Field(ge=0, le=0xFFF)] = 0xAEC
    high_code: Annotated[int, Field(ge=0, le=0xFFF)] = 0x7B6
    ships: ShippedTable | None = None
    """As it leaves the factory: its own constant instead of the four figures above."""
    defects: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @property
    def initial_settings(self) -> InitialSettings:
        """What stands in the EEPROM at first."""
        return InitialSettings(self.constant, self.bleeding_code, self.low_code, self.high_code)


class PortTable(Table):
    """The host's serial adapter, times in s."""

    write_latency_s: NotNegative = 0.0
    latency_timer_s: NotNegative = 0.0


class InstrumentTable(Table):
    """What stands behind a resource, where it is not what its role says."""

    model: str | None = None
    silent: bool = False


class UnitTable(Table):
    """The simulated unit at the host port or on CAN, where it is not sound."""

    defects: Annotated[tuple[str, ...], Field(strict=False)] = ()


class SimulationTable(Table):
    """The whole ``[simulation]`` table."""

    seed: Annotated[int, Field(ge=0)]
    date: datetime
    modules_present: Annotated[int, Field(gt=0, le=256)] | None = None
    """Modules on the chain, where they are not as many as the rig file states."""
    ambient_C: float = 23.0
    port: PortTable = PortTable()
    module: ModuleTable = ModuleTable()
    modules: dict[Annotated[int, Field(strict=False)], dict[str, Any]] = Field(default_factory=dict)
    """What is otherwise with one module, by position; TOML's keys are texts."""
    instruments: dict[str, InstrumentTable] = Field(default_factory=dict)
    unit: UnitTable = UnitTable()
    pack: PackTable = PackTable()
    """Of the topology of that name."""
    incidents: Annotated[tuple[IncidentTable, ...], Field(strict=False)] = ()
    """What befalls the pack, and when."""

    @model_validator(mode="after")
    def _date_has_a_time_zone(self) -> Self:
        if self.date.tzinfo is None:
            raise ValueError("date wants a time zone, such as 2026-01-31T08:00:00Z")
        return self

    @model_validator(mode="after")
    def _exceptions_are_modules(self) -> Self:
        """Complaints name the module's own table, not the one that all modules share."""
        for position in self.modules:
            try:
                self.module_at(position)
            except ValidationError as error:
                raise in_table("modules", position, error) from error
        return self

    def module_at(self, position: int) -> ModuleTable:
        """The figures of the module at ``position`` (1 is next to the controller)."""
        return ModuleTable.model_validate(self.module.model_dump() | self.modules.get(position, {}))

    @property
    def start(self) -> datetime:
        """The bench's date when virtual time begins, in UTC."""
        return self.date.astimezone(UTC)
