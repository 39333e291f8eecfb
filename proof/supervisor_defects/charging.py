"""Defects of the fast charging procedure (CHG), and in what is counted of it (SUP-1, SUP-11)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from typing_extensions import override

from proof.defective import Defective
from supervisor.charging import Charging, Seen
from supervisor.decisions import ChargerSetting, Decision, Phase
from supervisor.figures import PackFigures

CHARGE = "test_20_supervisor_charging.py"
TO_THE_END = f"{CHARGE}::test_an_imbalanced_pack_is_charged_to_the_end"
HIGH_ALARM = "test_21_supervisor_status.py::test_a_high_alarm_brings_the_charge_down"


def _never_to_voltage(_figures: PackFigures, state: Charging, _seen: Seen) -> Charging:
    return state


class NeverEntersTheVoltageLoop(Defective):
    """Stays in the current loop below the balance current."""

    breaks = ("CHG-6", "CHG-8")
    caught_by = TO_THE_END
    shown_by = "charging.time_s"
    replaces = ("supervisor.charging._to_voltage", _never_to_voltage)


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


class KeepsQuietAboutFaults(Defective):
    """Acts on what it notices, and keeps its name to itself."""

    breaks = ("SUP-2",)
    caught_by = "test_23_supervisor_sensors.py::test_a_pack_voltage_that_is_off_is_named"
    shown_by = "pack_voltage_off.named_after"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, report=replace(decision.report, faults=frozenset()))


def _charging(figures: PackFigures, **changed: Any) -> PackFigures:
    return replace(figures, charging=replace(figures.charging, **changed))
