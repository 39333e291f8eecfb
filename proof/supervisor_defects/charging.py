"""Defects of the fast charging procedure (CHG), and towards its charger."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from typing_extensions import override

from proof.defective import Defective
from supervisor.chainwatch import BLEEDING
from supervisor.charging import Charging, Seen, advance_charging
from supervisor.decisions import ChargerSetting, Decision, Phase
from supervisor.figures import PackFigures
from supervisor.readings import PackReadings

CHARGE = "test_20_supervisor_charging.py"
TO_THE_END = f"{CHARGE}::test_an_imbalanced_pack_is_charged_to_the_end"
HIGH_ALARM = "test_21_supervisor_status.py::test_a_high_alarm_brings_the_charge_down"
HIGH_ALARM_LATE = (
    "test_21_supervisor_status.py::test_a_high_alarm_in_the_voltage_loop_brings_the_voltage_down"
)
AGAIN = "test_21_supervisor_status.py::test_high_alarms_again_and_again_make_charging_slower"
SHORT_CHARGE = "test_22_supervisor_chain.py::test_one_inconsistent_status_is_asked_for_again"
DEPARTURES = "supervisor.charging_departures"


def _deaf_in_voltage_loop(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    if state.phase is Phase.VOLTAGE:
        seen = replace(seen, status=replace(seen.status, high=False))
    return advance_charging(figures, state, seen)


class DoneWithTheCurrentLoop(Defective):
    """Takes the begin of the voltage loop for the end of charging."""

    breaks = ("CHG-6", "CHG-8")
    caught_by = TO_THE_END
    shown_by = "charging.codes"

    @override
    def said(self, decision: Decision) -> Decision:
        if decision.report.phase is not Phase.VOLTAGE:
            return decision
        report = replace(decision.report, phase=Phase.DONE)
        return replace(decision, report=report, charger=ChargerSetting())


class NeverDone(Defective):
    """Goes on in the voltage loop for ever."""

    breaks = ("CHG-6",)
    caught_by = TO_THE_END
    shown_by = "charging.time_s"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _charging(figures, done_s=math.inf)


class IgnoresTheChargersTrip(Defective):
    """Does not notice that its charger gives nothing."""

    breaks = ("SUP-10",)
    caught_by = f"{CHARGE}::test_a_charger_that_trips_is_noticed"
    shown_by = "supply_trips.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _charging(figures, charger_answers_s=math.inf)


def _charging(figures: PackFigures, **changed: Any) -> PackFigures:
    return replace(figures, charging=replace(figures.charging, **changed))


class TimeConstantNeverGrows(Defective):
    """Leaves the time constant as it is after an alarm, and after all cells bled."""

    breaks = ("CHG-1", "CHG-2")
    caught_by = HIGH_ALARM
    shown_by = DEPARTURES

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _charging(figures, time_constant_growth=1.0)


class TimeConstantGrowsWithoutBound(Defective):
    """Knows no greatest time constant."""

    breaks = ("CHG-1", "CHG-2")
    caught_by = AGAIN
    shown_by = DEPARTURES

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _charging(figures, time_constant_greatest_s=math.inf)


class BeginsWithTheLongestTimeConstant(Defective):
    """Starts with the greatest time constant instead of the least."""

    breaks = ("CHG-4",)
    caught_by = SHORT_CHARGE
    shown_by = DEPARTURES

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _charging(figures, time_constant_least_s=figures.charging.time_constant_greatest_s)


class NeverRaisesTheCurrent(Defective):
    """Charges with its first step of current and no more."""

    breaks = ("CHG-4",)
    caught_by = HIGH_ALARM
    shown_by = DEPARTURES

    @override
    def said(self, decision: Decision) -> Decision:
        charger = decision.charger
        current_A = min(charger.current_A, self.figures.charging.current_step_A)
        return replace(decision, charger=replace(charger, current_A=current_A))


class RaisesTheCurrentEveryPeriod(Defective):
    """Does not wait for a time constant before the next step."""

    breaks = ("CHG-4",)
    caught_by = SHORT_CHARGE
    shown_by = DEPARTURES

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _charging(figures, time_constant_least_s=0.0)


def _blind_to_some(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    none_bleeds = replace(seen.status, some_bleed=False)
    return advance_charging(figures, state, replace(seen, status=none_bleeds))


class RaisesTheCurrentWhileCellsBleed(Defective):
    """Goes on raising the current while some cells bleed."""

    breaks = ("CHG-3",)
    caught_by = TO_THE_END
    shown_by = DEPARTURES
    replaces = ("supervisor.reference.advance_charging", _blind_to_some)


def _blind_to_all(figures: PackFigures, state: Charging, seen: Seen) -> Charging:
    if state.phase is Phase.CURRENT:
        seen = replace(seen, status=replace(seen.status, all_bleed=False))
    return advance_charging(figures, state, seen)


class HoldsWhileAllBleed(Defective):
    """In the current loop takes all cells bleeding for some of them."""

    breaks = ("CHG-2",)
    caught_by = TO_THE_END
    shown_by = DEPARTURES
    replaces = ("supervisor.reference.advance_charging", _blind_to_all)


def _stays(_figures: PackFigures, state: Charging, _seen: Seen) -> Charging:
    return state


class NeverEntersTheVoltageLoop(Defective):
    """Stays in the current loop below the balance current."""

    breaks = ("CHG-5", "CHG-6")
    caught_by = HIGH_ALARM_LATE
    shown_by = DEPARTURES
    replaces = ("supervisor.charging._to_voltage", _stays)


class EntersTheVoltageLoopEarly(Defective):
    """Changes to the voltage loop at the first alarm, whatever the current is."""

    breaks = ("CHG-5", "CHG-1")
    caught_by = HIGH_ALARM
    shown_by = DEPARTURES

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return replace(figures, cell=replace(figures.cell, bleed_A=figures.charger.current_A))


class DoneAtOnce(Defective):
    """Is done as soon as all cells bleed in the voltage loop."""

    breaks = ("CHG-6", "CHG-8")
    caught_by = TO_THE_END
    shown_by = DEPARTURES

    def __init__(self, figures: PackFigures) -> None:
        super().__init__(figures)
        self._all_bleed = False

    @override
    def said(self, decision: Decision) -> Decision:
        if decision.report.phase is not Phase.VOLTAGE or not self._all_bleed:
            return decision
        report = replace(decision.report, phase=Phase.DONE)
        return replace(decision, report=report, charger=ChargerSetting())

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        self._all_bleed = bool((readings.status.every_module or 0) & BLEEDING)
        return readings


class DeafToHighAlarmsInTheVoltageLoop(Defective):
    """Leaves the charger's voltage as it is in a high alarm."""

    breaks = ("CHG-5",)
    caught_by = HIGH_ALARM_LATE
    shown_by = "high_alarm.safe_after"
    replaces = ("supervisor.reference.advance_charging", _deaf_in_voltage_loop)
