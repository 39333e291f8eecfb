"""Defects in what is made of sensors: current, pack voltage, temperatures (SUP-1 to SUP-3)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from typing_extensions import override

from proof.defective import Defective
from supervisor.decisions import Decision, Fault
from supervisor.figures import CurrentSensor, PackFigures, PackVoltage
from supervisor.readings import Aged, AgedArray, PackReadings

SENSORS = "test_23_supervisor_sensors.py"
PROTECTION = "test_24_supervisor_protection.py"


class ReversedCurrent(Defective):
    """Takes a charging current for a discharging one, and the other way round."""

    breaks = ("SUP-1",)
    caught_by = f"{SENSORS}::test_a_dead_current_sensor_is_named"
    shown_by = "supervisor.false_faults"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        current = readings.current_A
        return replace(readings, current_A=Aged(-current.value, current.age_s))


class MissesDeadCurrentSensor(Defective):
    """Takes a current sensor that reads nothing for a pack at rest."""

    breaks = ("SUP-1",)
    caught_by = f"{SENSORS}::test_a_dead_current_sensor_is_named"
    shown_by = "current_sensor_dead.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _with_patience(figures)


class MissesStuckCurrentSensor(Defective):
    """Takes a current sensor that stands still for a steady current."""

    breaks = ("SUP-1",)
    caught_by = f"{SENSORS}::test_a_stuck_current_sensor_is_named"
    shown_by = "current_sensor_stuck.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _with_patience(figures)


class MissesReversedCurrentSensor(Defective):
    """Believes a current sensor whatever the cells' voltages say of the direction."""

    breaks = ("SUP-1",)
    caught_by = f"{SENSORS}::test_a_reversed_current_sensor_is_named"
    shown_by = "current_sensor_reversed.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return _with_patience(figures)


class CallsEveryCurrentSensorDead(Defective):
    """Notices that the current sensor is wrong, and names any such fault as a dead one."""

    breaks = ("SUP-1",)
    caught_by = f"{SENSORS}::test_a_reversed_current_sensor_is_named"
    shown_by = "current_sensor_reversed.named_after"

    @override
    def said(self, decision: Decision) -> Decision:
        wrong = {Fault.CURRENT_SENSOR_STUCK, Fault.CURRENT_SENSOR_REVERSED}
        report = decision.report
        faults = frozenset(
            Fault.CURRENT_SENSOR_DEAD if fault in wrong else fault for fault in report.faults
        )
        return replace(decision, report=replace(report, faults=faults))


class IgnoresPackVoltage(Defective):
    """Never compares pack voltage with its cells."""

    breaks = ("SUP-2",)
    caught_by = f"{SENSORS}::test_a_pack_voltage_that_is_off_is_named"
    shown_by = "pack_voltage_off.named_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        cells_V = float(np.nansum(readings.cell_voltages_V.values))
        return replace(readings, pack_voltage_V=Aged(cells_V, readings.pack_voltage_V.age_s))


class ToleratesAnyPackVoltage(Defective):
    """Takes the tolerance between pack voltage and cells for one of each cell."""

    breaks = ("SUP-2",)
    caught_by = f"{SENSORS}::test_a_pack_voltage_that_is_off_is_named"
    shown_by = "pack_voltage_off.named_after"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        stated = figures.pack_voltage
        generous = PackVoltage(figures.cells * stated.tolerance_V, stated.lasting_s)
        return replace(figures, pack_voltage=generous)


class AveragesFailedSensors(Defective):
    """Takes a thermistor that is open or shorted for one at −40 °C in the average."""

    breaks = ("SUP-3",)
    caught_by = f"{SENSORS}::test_a_failed_temperature_sensor_is_named_and_not_averaged[open]"
    shown_by = "temperature_sensor_open.average_C"

    def __init__(self, figures: PackFigures) -> None:
        super().__init__(figures)
        self._average_C = float("nan")

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        filled_C = np.nan_to_num(readings.temperatures_C.values, nan=-40.0)
        self._average_C = float(filled_C.mean())
        return readings

    @override
    def said(self, decision: Decision) -> Decision:
        report = replace(decision.report, average_temperature_C=self._average_C)
        return replace(decision, report=report)


class TakesFailedSensorsForAverage(Defective):
    """Fills in the average of the others where a thermistor does not answer."""

    breaks = ("SUP-3",)
    caught_by = f"{SENSORS}::test_a_failed_temperature_sensor_is_named_and_not_averaged[shorted]"
    shown_by = "temperature_sensor_shorted.named_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        told_C, ages_s = readings.temperatures_C.values, readings.temperatures_C.ages_s
        unread = np.isnan(told_C)
        filled_C = np.where(unread, np.nanmean(told_C), told_C)
        filled = AgedArray(filled_C, np.where(unread, np.nanmin(ages_s), ages_s))
        return replace(readings, temperatures_C=filled)


class ReactsToTheAverageTemperature(Defective):
    """Watches the pack's mean temperature, and no single cell's."""

    breaks = ("SUP-3", "SUP-10")
    caught_by = f"{PROTECTION}::test_over_temperature_ends_everything"
    shown_by = "over_temperature.named_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        told = readings.temperatures_C
        mean_C = np.full_like(told.values, np.nanmean(told.values))
        return replace(readings, temperatures_C=AgedArray(mean_C, told.ages_s))


class RaisesOnNoNumber(Defective):
    """Falls over a temperature that there is none of."""

    breaks = ("SUP-3", "SUP-4")
    caught_by = f"{SENSORS}::test_a_failed_temperature_sensor_is_named_and_not_averaged[open]"
    shown_by = "raised ValueError"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        for temperature_C in readings.temperatures_C.values.tolist():
            round(temperature_C)
        return readings


def _with_patience(figures: PackFigures) -> PackFigures:
    """A current sensor has to be contradicted for hours."""
    sensor = figures.current_sensor
    return replace(
        figures,
        current_sensor=CurrentSensor(sensor.zero_A, sensor.step_A, noticed_after=10_000),
    )
