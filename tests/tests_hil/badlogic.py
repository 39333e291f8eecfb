"""Supervisors with a defect each: the reference, told something else or saying something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from supervisor.decisions import ChargerSetting, Decision, EnableBleeding, Phase
from supervisor.figures import PackFigures
from supervisor.readings import AgedArray, PackReadings, StatusAnswer
from supervisor.reference import ReferenceSupervisor

HIGH, ENABLED = 4, 8


class Defective:
    """A reference supervisor with something between it and the pack."""

    def __init__(self, figures: PackFigures) -> None:
        self.figures = figures
        self._sound = ReferenceSupervisor(figures)

    def step(self, readings: PackReadings) -> Decision:
        return self.said(self._sound.step(self.told(readings)))

    def told(self, readings: PackReadings) -> PackReadings:
        return readings

    def said(self, decision: Decision) -> Decision:
        return decision


class BlindToTheChain(Defective):
    """Goes on with what it knew when nothing comes back."""

    def told(self, readings: PackReadings) -> PackReadings:
        cells = readings.cell_voltages_V
        known = np.where(np.isnan(cells.values), 3.9, cells.values)
        status = readings.status
        if status.any_module is None:
            status = StatusAnswer(ENABLED, ENABLED, 0.1)
        return replace(
            readings,
            status=replace(status, age_s=0.1),
            cell_voltages_V=AgedArray(known, np.full(self.figures.cells, 0.1)),
            module_count=self.figures.cells,
        )


class DeafToHighAlarms(Defective):
    """Does not look at x bit 2."""

    def told(self, readings: PackReadings) -> PackReadings:
        status = readings.status
        if status.any_module is None or status.every_module is None:
            return readings
        low = replace(
            status, any_module=status.any_module & ~HIGH, every_module=status.every_module & ~HIGH
        )
        return replace(readings, status=low)


class NeverEnables(Defective):
    """Leaves bleeding disabled."""

    def said(self, decision: Decision) -> Decision:
        kept = tuple(each for each in decision.requests if not isinstance(each, EnableBleeding))
        return replace(decision, requests=kept)


class NamesNothing(Defective):
    """Acts, and keeps why to itself."""

    def said(self, decision: Decision) -> Decision:
        return replace(decision, report=replace(decision.report, faults=frozenset()))


class DoneTooSoon(Defective):
    """Takes the voltage loop for the end of charging."""

    def said(self, decision: Decision) -> Decision:
        if decision.report.phase is not Phase.VOLTAGE:
            return decision
        report = replace(decision.report, phase=Phase.DONE)
        return replace(decision, report=report, charger=ChargerSetting())


class AsksForTooMuch(Defective):
    """Charges with a tenth more than the charger may give."""

    def said(self, decision: Decision) -> Decision:
        charger = ChargerSetting(
            on=True,
            voltage_V=self.figures.charger.voltage_V,
            current_A=1.1 * self.figures.charger.current_A,
        )
        return replace(decision, charger=charger)


class Raises(Defective):
    """Cannot bear to be told of a high temperature."""

    def told(self, readings: PackReadings) -> PackReadings:
        if np.nanmax(readings.temperatures_C.values) > 60.0:
            raise OverflowError("too hot")
        return readings
