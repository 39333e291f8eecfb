"""The limits that are published at all times, and the contactor (SUP-4, SUP-7, SUP-10)."""

from __future__ import annotations

from dataclasses import dataclass

from supervisor.decisions import Fault
from supervisor.figures import PackFigures
from supervisor.known import Known
from supervisor.timers import lasting

LEAST_PART = 0.02
"""An alarm that lasts brings a limit to zero once it is below this part of the pack's."""
SENSOR_FAULTS = frozenset(
    {Fault.CURRENT_SENSOR_DEAD, Fault.CURRENT_SENSOR_STUCK, Fault.CURRENT_SENSOR_REVERSED}
)
UNSAFE = SENSOR_FAULTS | {
    Fault.PACK_VOLTAGE_DIFFERS,
    Fault.PACK_VOLTAGE_UNREAD,
    Fault.WRONG_CELL_COUNT,
    Fault.CELLS_UNREAD,
    Fault.CELL_UNTRUE,
    Fault.TEMPERATURE_SENSOR,
    Fault.TEMPERATURES_UNREAD,
}
"""With one of these nobody knows what the pack bears: both limits are zero."""


def unread_faults(figures: PackFigures, known: Known) -> frozenset[Fault]:
    """Readings that are older than they may be (SUP-4)."""
    ages = figures.ages
    old_sensors = known.temperatures.ages_s > ages.temperatures_s
    too_old = {
        Fault.CURRENT_SENSOR_DEAD: known.current.age_s > ages.current_s,
        Fault.PACK_VOLTAGE_UNREAD: known.pack_voltage.age_s > ages.pack_voltage_s,
        Fault.CELLS_UNREAD: bool((known.cells.ages_s > ages.cell_voltages_s).any()),
        Fault.TEMPERATURES_UNREAD: old_sensors.size > 0 and bool(old_sensors.all()),
        Fault.TEMPERATURE_SENSOR: bool(old_sensors.any()) and not bool(old_sensors.all()),
    }
    return frozenset(fault for fault, is_too_old in too_old.items() if is_too_old)


@dataclass(frozen=True, slots=True)
class Alarms:
    """What alarms have left of each limit, 0 to 1."""

    charge_part: float = 1.0
    discharge_part: float = 1.0


def after_poll(
    figures: PackFigures, state: Alarms, elapsed_s: float, *, high: bool, low: bool
) -> Alarms:
    """Less of a limit with its alarm, and gradually more again without (SUP-7)."""

    def part_after(part: float, *, alarm: bool) -> float:
        if alarm:
            less = part * figures.currents.alarm_fall
            return less if less >= LEAST_PART else 0.0
        return min(part + elapsed_s / figures.currents.recovery_s, 1.0)

    return Alarms(
        part_after(state.charge_part, alarm=high), part_after(state.discharge_part, alarm=low)
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """In amperes, never negative and never above the pack's."""

    charge_A: float = 0.0
    discharge_A: float = 0.0


def limits(
    figures: PackFigures,
    alarms: Alarms,
    *,
    faults: frozenset[Fault],
    chain_known: bool,
    forbid_charge: bool,
    forbid_discharge: bool,
) -> Limits:
    """What the pack bears now."""
    if faults & UNSAFE or not chain_known:
        return Limits()
    currents = figures.currents
    return Limits(
        0.0 if forbid_charge else currents.charge_A * alarms.charge_part,
        0.0 if forbid_discharge else currents.discharge_A * alarms.discharge_part,
    )


@dataclass(frozen=True, slots=True)
class Contactor:
    """Closed once the pack may be used; open where a limit of zero is not kept."""

    closed: bool = False
    defied_s: float = 0.0
    """For so long a limit of zero has not been kept, as far as is known."""
    opened_for_discharge: bool = False
    opened_for_charge: bool = False
    open_s: float = 0.0


def contactor(
    figures: PackFigures,
    state: Contactor,
    allowed: Limits,
    known: Known,
    faults: frozenset[Fault],
    elapsed_s: float,
) -> Contactor:
    """Open where current flows against a limit of zero, or may and nobody could tell."""
    if not state.closed:
        return _still_open(figures, state, allowed, elapsed_s)
    blind = bool(faults & SENSOR_FAULTS)
    zero_A = figures.current_sensor.zero_A
    into = allowed.charge_A == 0 and (blind or known.current_A > zero_A)
    out_of = allowed.discharge_A == 0 and (blind or known.current_A < -zero_A)
    defied_s = lasting(state.defied_s, elapsed_s, is_so=into or out_of)
    if defied_s >= figures.protection.contactor_after_s:
        return Contactor(opened_for_discharge=out_of, opened_for_charge=into)
    return Contactor(closed=True, defied_s=defied_s)


def _still_open(
    figures: PackFigures, state: Contactor, allowed: Limits, elapsed_s: float
) -> Contactor:
    """Closed by the limit that was not kept, when it is back; by the other one only after long."""
    open_s = state.open_s + elapsed_s
    kept_again = (not state.opened_for_charge or allowed.charge_A > 0) and (
        not state.opened_for_discharge or allowed.discharge_A > 0
    )
    usable = allowed.charge_A > 0 or allowed.discharge_A > 0
    if usable and (kept_again or open_s >= figures.protection.close_again_s):
        return Contactor(closed=True)
    return Contactor(
        opened_for_discharge=state.opened_for_discharge,
        opened_for_charge=state.opened_for_charge,
        open_s=open_s,
    )
