"""Defects in the limits as they are decided: exceeded, exchanged, in another unit (SUP-4)."""

from __future__ import annotations

import math
from dataclasses import replace

from typing_extensions import override

from proof.defective import Defective
from supervisor.decisions import ChargerSetting, Decision, Fault
from supervisor.figures import PackFigures

STATUS = "test_21_supervisor_status.py"
CHAIN = "test_22_supervisor_chain.py"
SENSORS = "test_23_supervisor_sensors.py"
PROTECTION = "test_24_supervisor_protection.py"
NOTHING: frozenset[Fault] = frozenset()


class AsksForTooMuch(Defective):
    """Charges with a tenth more than the charger may give."""

    breaks = ("SUP-4", "SUP-10")
    caught_by = f"{PROTECTION}::test_over_voltage_ends_charging"
    shown_by = "asked for a charger current"

    @override
    def said(self, decision: Decision) -> Decision:
        charger = ChargerSetting(
            on=True,
            voltage_V=self.figures.charger.voltage_V,
            current_A=1.1 * self.figures.charger.current_A,
        )
        return replace(decision, charger=charger)


class AsksForNoNumber(Defective):
    """Publishes no number as the limit of a pack that it knows nothing of."""

    breaks = ("SUP-4",)
    caught_by = f"{CHAIN}::test_a_chain_broken_anywhere_leaves_no_limit"
    shown_by = "asked for a charge limit of nan A"

    @override
    def said(self, decision: Decision) -> Decision:
        known = decision.charge_limit_A > 0
        return decision if known else replace(decision, charge_limit_A=math.nan)


class SwapsLimits(Defective):
    """Publishes the limit of charge as that of discharge, and the other way round."""

    breaks = ("SUP-4", "SUP-10")
    caught_by = f"{PROTECTION}::test_over_voltage_ends_charging"
    shown_by = "asked for a charge limit of 10 A"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(
            decision,
            charge_limit_A=decision.discharge_limit_A,
            discharge_limit_A=decision.charge_limit_A,
        )


class PublishesTheLesserLimit(Defective):
    """Publishes one limit for both directions, the greater of the two."""

    breaks = ("SUP-4", "SUP-10")
    caught_by = f"{PROTECTION}::test_over_voltage_ends_charging"
    shown_by = "over_voltage.safe_after"

    @override
    def said(self, decision: Decision) -> Decision:
        limit_A = max(decision.charge_limit_A, decision.discharge_limit_A)
        return replace(
            decision,
            charge_limit_A=min(limit_A, self.figures.currents.charge_A),
            discharge_limit_A=limit_A,
        )


class PublishesMilliamperes(Defective):
    """Publishes both limits in mA."""

    breaks = ("SUP-4",)
    caught_by = f"{CHAIN}::test_a_module_that_is_gone_leaves_no_limit"
    shown_by = "asked for a charge limit of 5000 A"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(
            decision,
            charge_limit_A=1000 * decision.charge_limit_A,
            discharge_limit_A=1000 * decision.discharge_limit_A,
        )


class ChargesAgainstItsLimit(Defective):
    """Has the charger give more than it publishes."""

    breaks = ("SUP-4",)
    caught_by = f"{CHAIN}::test_a_module_that_is_gone_leaves_no_limit"
    shown_by = "supervisor.charged_against_limit"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, charge_limit_A=decision.charge_limit_A / 20)


class CutsLimitsLate(Defective):
    """Believes that each reading may grow three times as old as it may."""

    breaks = ("SUP-4",)
    caught_by = f"{CHAIN}::test_a_module_that_never_answers_leaves_no_limit"
    shown_by = "supervisor.stale_limits"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        ages = figures.ages
        return replace(
            figures,
            ages=replace(
                ages,
                current_s=3 * ages.current_s,
                pack_voltage_s=3 * ages.pack_voltage_s,
                cell_voltages_s=3 * ages.cell_voltages_s,
                temperatures_s=3 * ages.temperatures_s,
                status_s=3 * ages.status_s,
            ),
        )


class NamesFaultsAndAllows(Defective):
    """Names the faults of sensors, and leaves the limits as they are."""

    breaks = ("SUP-4",)
    caught_by = f"{SENSORS}::test_a_failed_temperature_sensor_is_named_and_not_averaged[open]"
    shown_by = "temperature_sensor_open.safe_after"
    replaces = ("supervisor.limits.UNSAFE", NOTHING)


class KeepsQuiet(Defective):
    """Acts on what it notices, and keeps its name to itself."""

    breaks = ("SUP-2",)
    caught_by = f"{SENSORS}::test_a_pack_voltage_that_is_off_is_named"
    shown_by = "pack_voltage_off.named_after"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, report=replace(decision.report, faults=NOTHING))
