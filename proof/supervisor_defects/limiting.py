"""Defects in the limits as they are decided: exceeded, exchanged, in another unit (SUP-4)."""

from __future__ import annotations

import math
from dataclasses import replace

from typing_extensions import override

from proof.defective import Defective
from supervisor.decisions import ChargerSetting, Decision

STATUS = "test_21_supervisor_status.py"
CHAIN = "test_22_supervisor_chain.py"
SENSORS = "test_23_supervisor_sensors.py"
PROTECTION = "test_24_supervisor_protection.py"


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


class AsksForNaN(Defective):
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
