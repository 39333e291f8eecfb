"""Protections: each trips its own limits at once and lets go past a hysteresis (SUP-3, SUP-10)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supervisor.decisions import Fault
from supervisor.figures import Band, PackFigures
from supervisor.known import Known
from supervisor.readings import AgedArray
from supervisor.timers import OFF, Trip, lasting

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Protections:
    """What has tripped."""

    over_voltage: Trip = OFF
    under_voltage: Trip = OFF
    hot_to_charge: Trip = OFF
    cold_to_charge: Trip = OFF
    hot_to_discharge: Trip = OFF
    cold_to_discharge: Trip = OFF
    over_charge: Trip = OFF
    over_discharge: Trip = OFF
    over_charge_s: float = 0.0
    """For so long more than the over-current has flowed, in either direction."""
    over_discharge_s: float = 0.0

    @property
    def forbid_charge(self) -> bool:
        """At least one of those that bring the charge limit to zero is on."""
        return (
            self.over_voltage.on
            or self.hot_to_charge.on
            or self.cold_to_charge.on
            or self.over_charge.on
        )

    @property
    def forbid_discharge(self) -> bool:
        """At least one of those that bring the discharge limit to zero is on."""
        return (
            self.under_voltage.on
            or self.hot_to_discharge.on
            or self.cold_to_discharge.on
            or self.over_discharge.on
        )

    @property
    def faults(self) -> frozenset[Fault]:
        """By name."""
        tripped = {
            Fault.OVER_VOLTAGE: self.over_voltage.on,
            Fault.UNDER_VOLTAGE: self.under_voltage.on,
            Fault.OVER_CURRENT: self.over_charge.on or self.over_discharge.on,
            Fault.OVER_TEMPERATURE: self.hot_to_charge.on or self.hot_to_discharge.on,
            Fault.UNDER_TEMPERATURE: self.cold_to_charge.on or self.cold_to_discharge.on,
        }
        return frozenset(fault for fault, on in tripped.items() if on)


def protect(
    figures: PackFigures, state: Protections, known: Known, elapsed_s: float
) -> Protections:
    """What has tripped after these readings; values too old neither trip nor release."""
    hold_s, currents = figures.protection.hold_s, figures.currents
    cells_V = in_time(known.cells, figures.ages.cell_voltages_s)
    heat_C = in_time(known.temperatures, figures.ages.temperatures_s)
    charging_C, discharging_C = figures.temperatures.charging_C, figures.temperatures.discharging_C
    current_A = known.current_A if known.current.age_s <= figures.ages.current_s else math.nan
    over_charge_s = lasting(
        state.over_charge_s, elapsed_s, is_so=current_A > currents.over_charge_A
    )
    over_discharge_s = lasting(
        state.over_discharge_s, elapsed_s, is_so=-current_A > currents.over_discharge_A
    )

    def above(trip: Trip, values: Values, band: Band) -> Trip:
        beyond, returned = (
            _any(values, np.greater, band.high),
            _all(values, np.less, band.high - band.hysteresis),
        )
        return trip.after(elapsed_s, beyond=beyond, returned=returned, hold_s=hold_s)

    def below(trip: Trip, values: Values, band: Band) -> Trip:
        beyond, returned = (
            _any(values, np.less, band.low),
            _all(values, np.greater, band.low + band.hysteresis),
        )
        return trip.after(elapsed_s, beyond=beyond, returned=returned, hold_s=hold_s)

    def too_much(trip: Trip, for_s: float, magnitude_A: float, limit_A: float) -> Trip:
        return trip.after(
            elapsed_s,
            beyond=for_s >= currents.over_current_s,
            returned=magnitude_A < limit_A,
            hold_s=hold_s,
        )

    return Protections(
        over_voltage=above(state.over_voltage, cells_V, figures.cell.voltage_V),
        under_voltage=below(state.under_voltage, cells_V, figures.cell.voltage_V),
        hot_to_charge=above(state.hot_to_charge, heat_C, charging_C),
        cold_to_charge=below(state.cold_to_charge, heat_C, charging_C),
        hot_to_discharge=above(state.hot_to_discharge, heat_C, discharging_C),
        cold_to_discharge=below(state.cold_to_discharge, heat_C, discharging_C),
        over_charge=too_much(state.over_charge, over_charge_s, current_A, currents.charge_A),
        over_discharge=too_much(
            state.over_discharge, over_discharge_s, -current_A, currents.discharge_A
        ),
        over_charge_s=over_charge_s,
        over_discharge_s=over_discharge_s,
    )


def in_time(told: AgedArray, allowed_s: float) -> Values:
    """The values that are known and not too old."""
    return told.values[np.isfinite(told.values) & (told.ages_s <= allowed_s)]


def _any(values: Values, compare: Callable[[Values, float], NDArray[np.bool_]], end: float) -> bool:
    return bool(compare(values, end).any())


def _all(values: Values, compare: Callable[[Values, float], NDArray[np.bool_]], end: float) -> bool:
    return values.size > 0 and bool(compare(values, end).all())
