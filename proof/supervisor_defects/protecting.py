"""Defects of protection: what is ignored, what lasts for ever, what comes back too soon (SUP-10)."""

from __future__ import annotations

from dataclasses import replace

from typing_extensions import override

from proof.defective import Defective
from supervisor.decisions import Decision
from supervisor.figures import Band, PackFigures

PROTECTION = "test_24_supervisor_protection.py"
FAR = 1e6


class IgnoresOverTemperature(Defective):
    """Charges and discharges cells however hot they are."""

    breaks = ("SUP-3", "SUP-10")
    caught_by = f"{PROTECTION}::test_over_temperature_ends_everything"
    shown_by = "over_temperature.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        heat = figures.temperatures
        return replace(
            figures,
            temperatures=replace(
                heat,
                charging_C=replace(heat.charging_C, high=FAR),
                discharging_C=replace(heat.discharging_C, high=FAR),
            ),
        )


class IgnoresUnderTemperature(Defective):
    """Charges and discharges cells however cold they are."""

    breaks = ("SUP-3", "SUP-10")
    caught_by = f"{PROTECTION}::test_under_temperature_ends_everything"
    shown_by = "under_temperature.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        heat = figures.temperatures
        return replace(
            figures,
            temperatures=replace(
                heat,
                charging_C=replace(heat.charging_C, low=-FAR),
                discharging_C=replace(heat.discharging_C, low=-FAR),
            ),
        )


class ChargesOnlyByTemperature(Defective):
    """Ends charging of a pack that is too hot, and lets it be discharged."""

    breaks = ("SUP-3", "SUP-10")
    caught_by = f"{PROTECTION}::test_over_temperature_ends_everything"
    shown_by = "over_temperature.safe_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        heat = figures.temperatures
        discharging_C = Band(-FAR, FAR, 0.0)
        return replace(figures, temperatures=replace(heat, discharging_C=discharging_C))


class IgnoresOverVoltage(Defective):
    """Charges on above a cell's greatest voltage, alarms aside."""

    breaks = ("SUP-10",)
    caught_by = f"{PROTECTION}::test_over_voltage_ends_charging"
    shown_by = "over_voltage.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _with_voltages(figures, replace(figures.cell.voltage_V, high=FAR))


class IgnoresUnderVoltage(Defective):
    """Discharges on below a cell's least voltage, alarms aside."""

    breaks = ("SUP-10",)
    caught_by = f"{PROTECTION}::test_under_voltage_ends_discharging"
    shown_by = "under_voltage.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _with_voltages(figures, replace(figures.cell.voltage_V, low=-FAR))


class IgnoresOverCurrent(Defective):
    """Takes any current for one that the pack bears."""

    breaks = ("SUP-10",)
    caught_by = f"{PROTECTION}::test_over_current_opens_the_contactor"
    shown_by = "over_current.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        currents = replace(figures.currents, over_charge_A=FAR, over_discharge_A=FAR)
        return replace(figures, currents=currents)


class NoticesOverCurrentLate(Defective):
    """Lets over-current last for half a minute before it calls it so."""

    breaks = ("SUP-10",)
    caught_by = f"{PROTECTION}::test_over_current_opens_the_contactor"
    shown_by = "over_current.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return replace(figures, currents=replace(figures.currents, over_current_s=30.0))


class KeepsTheContactorClosed(Defective):
    """Publishes a limit of zero, and does not open the contactor where it is not kept."""

    breaks = ("SUP-10",)
    caught_by = f"{PROTECTION}::test_over_current_opens_the_contactor"
    shown_by = "over_current.safe_after"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, contactor_closed=True)


def _with_voltages(figures: PackFigures, voltage_V: Band) -> PackFigures:
    return replace(figures, cell=replace(figures.cell, voltage_V=voltage_V))


class LatchesForEver(Defective):
    """Never lets go of a protection."""

    breaks = ("SUP-10",)
    caught_by = f"{PROTECTION}::test_a_protection_lets_go_past_its_hysteresis"
    shown_by = "protection_released.safe_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return replace(figures, protection=replace(figures.protection, hold_s=FAR))


class HasNoHysteresis(Defective):
    """Lets go of a protection as soon as its limit is crossed again."""

    breaks = ("SUP-10",)
    caught_by = f"{PROTECTION}::test_a_protection_lets_go_past_its_hysteresis"
    shown_by = "protection_released.safe_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        heat = figures.temperatures
        return replace(
            figures,
            temperatures=replace(
                heat,
                charging_C=replace(heat.charging_C, hysteresis=0.0),
                discharging_C=replace(heat.discharging_C, hysteresis=0.0),
            ),
            protection=replace(figures.protection, hold_s=0.0),
        )
