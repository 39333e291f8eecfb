"""What a supervisor is constructed with: the figures of the pack that it watches.

Currents into the pack are positive; limits and maxima are magnitudes. All of it is data: the pack
file states it (``[pack]``), the supervisor holds only behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Periods:
    """How often the supervisor is told."""

    fast_s: float
    """Status, current, pack voltage, charger: the control period."""
    slow_s: float
    """Cell voltages and temperatures."""


@dataclass(frozen=True, slots=True)
class AllowedAges:
    """How old each reading may become, retries included, before the limits are zero (SUP-4)."""

    current_s: float
    pack_voltage_s: float
    cell_voltages_s: float
    temperatures_s: float
    status_s: float
    module_count_s: float


@dataclass(frozen=True, slots=True)
class Band:
    """A range that is left at its ends and entered again only ``hysteresis`` inside them."""

    low: float
    high: float
    hysteresis: float


@dataclass(frozen=True, slots=True)
class Currents:
    """What the pack bears, and when more than that is over-current (SUP-10)."""

    charge_A: float
    discharge_A: float
    over_charge_A: float
    over_discharge_A: float
    over_current_s: float
    """For so long, at least."""
    alarm_fall: float
    """An alarm multiplies the limit concerned by this (SUP-7) …"""
    recovery_s: float
    """… and without one it is back after this long."""


@dataclass(frozen=True, slots=True)
class ChargerMaxima:
    """What the charger can do."""

    voltage_V: float
    current_A: float


@dataclass(frozen=True, slots=True)
class Cells:
    """What each cell bears, and what its module is set to."""

    voltage_V: Band
    """Beyond it lies over- and under-voltage (SUP-10)."""
    plausible_low_V: float
    """No module reads less …"""
    plausible_high_V: float
    """… or more; beyond, an answer is taken for none."""
    low_alarm_V: float
    bleeding_V: float
    high_alarm_V: float
    bleed_A: float
    """Mean bypass current at the bleeding threshold: the balance current."""
    resistance_ohm: float
    """Typical, with its lead, after the slow period."""
    untrue_V: float
    """A voltage may contradict the status of its own module by so much."""


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Between which temperatures the pack may be charged and discharged (SUP-3, SUP-10)."""

    sensors: int
    """None are watched if it is 0."""
    charging_C: Band
    discharging_C: Band


@dataclass(frozen=True, slots=True)
class Charging:
    """The fast charging procedure (CHG)."""

    current_step_A: float
    current_fall: float
    """CHG-1 and CHG-2 multiply the current by this."""
    time_constant_least_s: float
    time_constant_greatest_s: float
    time_constant_growth: float
    top_current_A: float
    """The charger's current limit in the voltage loop."""
    voltage_rise_V: float
    """CHG-7, whole pack"""
    voltage_fall_V: float
    """CHG-6, whole pack"""
    alarm_voltage_fall_V: float
    """CHG-5, whole pack"""
    done_s: float
    """CHG-6: all bleeding for so long."""
    start_after_s: float
    """Nothing must have been drawn from the pack for so long."""
    again_below: float
    """State of charge from which a full pack is charged again."""
    charger_answers_s: float
    """A charger that is on delivers within this time, or is at fault; it is tried again after
    twice this time."""


@dataclass(frozen=True, slots=True)
class PackVoltage:
    """How pack voltage and the sum of the cells may differ (SUP-2)."""

    tolerance_V: float
    lasting_s: float


@dataclass(frozen=True, slots=True)
class CurrentSensor:
    """How a current sensor's faults are told (SUP-1)."""

    zero_A: float
    """Nothing less counts as a current."""
    step_A: float
    """The smallest step that must show in the cells' voltages."""
    noticed_after: int
    """So many readings of the cells in a row must contradict the sensor."""


@dataclass(frozen=True, slots=True)
class Balancing:
    """Bleeding single cells by their modules' thresholds at rest, and naming weak ones (SUP-5)."""

    spread_V: float
    """A cell so far above the lowest is bled …"""
    release_V: float
    """… until it is no farther than this above it."""
    above_V: float
    """Only cells above this voltage tell by it how full they are."""
    rest_s: float
    """For so long no current must have flowed."""
    writes_a_day: int
    """Threshold writes (EEPROM), of all modules together."""
    weak_resistance: float
    """Weak: a resistance of so many times the median …"""
    weak_capacity: float
    """… or a capacity below this part of it."""


@dataclass(frozen=True, slots=True)
class Charge:
    """State of charge (SUP-11)."""

    rated_As: float
    ocv_V: tuple[float, ...]
    """A cell's voltage at rest, rising, at …"""
    ocv_charge: tuple[float, ...]
    """… these states of charge, 0 to 1."""
    rest_A: float
    """Below this current a cell's voltage tells its state of charge …"""
    rest_s: float
    """… after this time."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What happens when limits are not kept, and how long a protection stays."""

    hold_s: float
    """A limit that a protection brought to zero stays there at least so long."""
    contactor_after_s: float
    """A current that flows against a limit of zero for so long opens the contactor …"""
    close_again_s: float
    """… and after this it is tried again, if only the other limit allows a current."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """When the chain is left to sleep (SUP-9)."""

    after_s: float
    """Without current and without being charged; infinite: never."""
    for_s: float
    """Then it is polled again."""


@dataclass(frozen=True, slots=True)
class PackFigures:
    """All that a supervisor knows of its pack before the first reading."""

    cells: int
    periods: Periods
    ages: AllowedAges
    retries: int
    """So often a poll is repeated within one period."""
    currents: Currents
    charger: ChargerMaxima
    cell: Cells
    temperatures: Temperatures
    charging: Charging
    pack_voltage: PackVoltage
    current_sensor: CurrentSensor
    balancing: Balancing
    charge: Charge
    protection: Protection
    sleep: Sleep
