"""What a product file says of a pack of its modules, and of the supervisor that watches it.

Currents into the pack are positive; limits and maxima are magnitudes.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from products.table import Positive, Table

Part = Annotated[float, Field(gt=0, lt=1)]
Rising = Annotated[tuple[float, ...], Field(strict=False, min_length=2)]


class Periods(Table):
    """How often the supervisor is told."""

    fast_s: Positive
    slow_s: Positive

    @model_validator(mode="after")
    def _slow_is_slow(self) -> Self:
        if self.slow_s < self.fast_s:
            raise ValueError("slow_s wants to be at least fast_s")
        return self


class AllowedAges(Table):
    """How old each reading may become, retries included (SUP-4)."""

    current_s: Positive
    pack_voltage_s: Positive
    cell_voltages_s: Positive
    temperatures_s: Positive
    status_s: Positive
    module_count_s: Positive = 3600.0


class Band(Table):
    """A range that is entered again only ``hysteresis`` inside its ends."""

    low: float
    high: float
    hysteresis: Positive

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.high - self.low <= 2 * self.hysteresis:
            raise ValueError("low and high want to be more than twice the hysteresis apart")
        return self


class Currents(Table):
    """What the pack bears (SUP-7, SUP-10)."""

    charge_A: Positive
    discharge_A: Positive
    over_charge_A: Positive
    over_discharge_A: Positive
    over_current_s: Positive = 2.0
    alarm_fall: Part = 0.5
    recovery_s: Positive = 60.0

    @model_validator(mode="after")
    def _over_is_over(self) -> Self:
        if self.over_charge_A <= self.charge_A or self.over_discharge_A <= self.discharge_A:
            raise ValueError(
                "over_charge_A wants to be above charge_A, over_discharge_A above discharge_A"
            )
        return self


class ChargerMaxima(Table):
    """What the charger can do."""

    voltage_V: Positive
    current_A: Positive


class Cells(Table):
    """What each cell bears and is like; the modules' thresholds stand in ``[settings]``."""

    voltage_V: Band
    plausible_low_V: Positive = 1.3
    plausible_high_V: Positive = 5.5
    resistance_ohm: Positive
    untrue_V: Positive = 0.040


class Temperatures(Table):
    """Between which temperatures the pack may be charged and discharged (SUP-3, SUP-10)."""

    sensors: Annotated[int, Field(ge=0, le=256)]
    charging_C: Band
    discharging_C: Band


class Charging(Table):
    """The fast charging procedure (CHG)."""

    current_step_A: Positive
    current_fall: Part = 0.5
    time_constant_least_s: Positive = 10.0
    time_constant_greatest_s: Positive = 60.0
    time_constant_growth: Annotated[float, Field(gt=1)] = 1.5
    top_current_A: Positive | None = None
    """Without it, the balance current."""
    voltage_rise_V: Positive
    voltage_fall_V: Positive
    alarm_voltage_fall_V: Positive
    done_s: Positive
    start_after_s: Annotated[float, Field(ge=0)] = 10.0
    again_below: Part = 0.95
    charger_answers_s: Positive = 30.0

    @model_validator(mode="after")
    def _time_constant_grows(self) -> Self:
        if self.time_constant_least_s > self.time_constant_greatest_s:
            raise ValueError("time_constant_least_s is above time_constant_greatest_s")
        return self


class PackVoltage(Table):
    """How pack voltage and the sum of the cells may differ (SUP-2)."""

    tolerance_V: Positive
    lasting_s: Positive


class CurrentSensor(Table):
    """How a current sensor's faults are told (SUP-1)."""

    zero_A: Positive
    step_A: Positive
    noticed_after: Annotated[int, Field(ge=1)] = 3

    @model_validator(mode="after")
    def _a_step_is_not_nothing(self) -> Self:
        if self.step_A <= self.zero_A:
            raise ValueError("step_A wants to be above zero_A")
        return self


class Balancing(Table):
    """Bleeding single cells at rest, and naming weak ones (SUP-5)."""

    spread_V: Positive = 0.030
    release_V: Positive = 0.010
    above_V: Positive
    rest_s: Positive = 600.0
    writes_a_day: Annotated[int, Field(ge=0)] = 20
    weak_resistance: Annotated[float, Field(gt=1)] = 1.6
    weak_capacity: Part = 0.85

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.release_V >= self.spread_V:
            raise ValueError("release_V wants to be below spread_V")
        return self


class Charge(Table):
    """State of charge (SUP-11)."""

    rated_As: Positive
    ocv_V: Rising
    ocv_charge: Rising
    rest_A: Positive
    rest_s: Positive = 30.0

    @model_validator(mode="after")
    def _curve_rises(self) -> Self:
        if len(self.ocv_V) != len(self.ocv_charge):
            raise ValueError("ocv_V and ocv_charge want as many points each")
        for name, points in (("ocv_V", self.ocv_V), ("ocv_charge", self.ocv_charge)):
            if any(later <= earlier for earlier, later in pairwise(points)):
                raise ValueError(f"{name} wants to rise from point to point")
        if (self.ocv_charge[0], self.ocv_charge[-1]) != (0, 1):
            raise ValueError("ocv_charge wants to go from 0 to 1")
        return self


class Protection(Table):
    """What happens when limits are not kept, and how long a protection stays."""

    hold_s: Positive = 10.0
    contactor_after_s: Positive = 5.0
    close_again_s: Positive = 600.0


class PackSleep(Table):
    """When the chain is left to sleep (SUP-9)."""

    after_s: Positive | None = None
    """Without it, never."""
    for_s: Positive = 600.0


class ScenarioName(StrEnum):
    """The scenarios in which a supervisor is tested, as the pack file names them."""

    CHARGING = "charging"
    WEAK_CELL_CAPACITY = "weak_cell_capacity"
    WEAK_CELL_RESISTANCE = "weak_cell_resistance"
    HIGH_ALARM = "high_alarm"
    LOW_ALARM = "low_alarm"
    BLEEDING_DISABLED = "bleeding_disabled"
    CHAIN_BROKEN = "chain_broken"
    MODULE_GARBAGE = "module_garbage"
    MODULE_LATE = "module_late"
    MODULE_SILENT = "module_silent"
    COUNT_CHANGED = "count_changed"
    STATUS_INCONSISTENT = "status_inconsistent"
    CURRENT_SENSOR_DEAD = "current_sensor_dead"
    CURRENT_SENSOR_STUCK = "current_sensor_stuck"
    CURRENT_SENSOR_REVERSED = "current_sensor_reversed"
    PACK_VOLTAGE_OFF = "pack_voltage_off"
    MODULE_MISCALIBRATED = "module_miscalibrated"
    OVER_TEMPERATURE = "over_temperature"
    UNDER_TEMPERATURE = "under_temperature"
    TEMPERATURE_SENSOR_OPEN = "temperature_sensor_open"
    TEMPERATURE_SENSOR_SHORTED = "temperature_sensor_shorted"
    SUPPLY_TRIPS = "supply_trips"
    SUPERVISOR_SILENT = "supervisor_silent"
    CAN_BUS_OFF = "can_bus_off"
    OVER_VOLTAGE = "over_voltage"
    UNDER_VOLTAGE = "under_voltage"
    OVER_CURRENT = "over_current"
    PROTECTION_RELEASED = "protection_released"
    STATE_OF_CHARGE = "state_of_charge"
    BALANCING_AT_REST = "balancing_at_rest"


class Scenario(Table):
    """What must come of one scenario."""

    stays_safe_within_s: Positive
    """The pack is safe by then: the limits concerned are at zero, or the cells back in range."""
    named_within_s: Positive | None = None
    """The fault has been named by then; without it, it need not be."""
    tolerances: dict[str, float] = Field(default_factory=dict)
    """By name, with its unit: what the scenario's own figures are judged within."""


class Pack(Table):
    """A pack of this product's modules, on cells in series, and the supervisor that watches it."""

    cells: Annotated[int, Field(ge=1, le=256)]
    periods: Periods
    ages: AllowedAges
    retries: Annotated[int, Field(ge=0, le=9)] = 2
    currents: Currents
    charger: ChargerMaxima
    cell: Cells
    temperatures: Temperatures
    charging: Charging
    pack_voltage: PackVoltage
    current_sensor: CurrentSensor
    balancing: Balancing
    charge: Charge
    protection: Protection = Protection()
    sleep: PackSleep = PackSleep()
    scenarios: dict[Annotated[ScenarioName, Field(strict=False)], Scenario] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _ages_outlast_periods(self) -> Self:
        for name, age_s, period_s in (
            ("current_s", self.ages.current_s, self.periods.fast_s),
            ("pack_voltage_s", self.ages.pack_voltage_s, self.periods.fast_s),
            ("status_s", self.ages.status_s, self.periods.fast_s),
            ("cell_voltages_s", self.ages.cell_voltages_s, self.periods.slow_s),
            ("temperatures_s", self.ages.temperatures_s, self.periods.slow_s),
        ):
            if age_s <= period_s:
                raise ValueError(
                    f"[pack.ages] {name} {age_s:g} allows no reading to be read in time: "
                    f"its period is {period_s:g} s"
                )
        return self

    @model_validator(mode="after")
    def _sensors_have_cells(self) -> Self:
        if self.temperatures.sensors > self.cells:
            raise ValueError("[pack.temperatures] sensors are more than cells")
        return self

    def contradictions(
        self, *, low_V: float, bleeding_V: float, high_V: float, bleed_A: float
    ) -> str:
        """How the pack contradicts its modules' thresholds and bypass; empty if it does not."""
        limits = self.cell.voltage_V
        if not limits.low < low_V or not high_V < limits.high:
            return (
                f"[pack.cell.voltage_V] low {limits.low:g} and high {limits.high:g} want to be "
                f"outside the alarms of [settings], {low_V:g} and {high_V:g} V"
            )
        if self.charger.voltage_V < self.cells * bleeding_V:
            return (
                f"[pack.charger] voltage_V {self.charger.voltage_V:g} fills no pack: {self.cells} "
                f"cells bleed from {self.cells * bleeding_V:g} V"
            )
        if self.charging.current_step_A < bleed_A:
            return (
                f"[pack.charging] current_step_A {self.charging.current_step_A:g} wants to be at "
                f"least the balance current, {bleed_A:.3g} A: below it the voltage loop begins"
            )
        return ""
