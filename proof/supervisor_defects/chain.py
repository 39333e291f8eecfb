"""Defects in watching the chain: status, alarms, retries, count, sleep (SUP-4, SUP-7 to SUP-9)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from typing_extensions import override

from proof.defective import Defective
from supervisor.chainwatch import BLEEDING, ENABLED, HIGH, LOW, Status, status_of
from supervisor.decisions import Decision, EnableBleeding, Fault, RepeatStatus
from supervisor.figures import PackFigures
from supervisor.readings import AgedArray, PackReadings, StatusAnswer

STATUS = "test_21_supervisor_status.py"
CHAIN = "test_22_supervisor_chain.py"


class DeafToHighAlarms(Defective):
    """Does not look at x bit 2."""

    breaks = ("SUP-7", "CHG-1")
    caught_by = f"{STATUS}::test_a_high_alarm_brings_the_charge_down"
    shown_by = "high_alarm.safe_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        return replace(readings, status=_without(readings.status, HIGH))


class DeafToLowAlarms(Defective):
    """Does not look at x bit 0."""

    breaks = ("SUP-7",)
    caught_by = f"{STATUS}::test_a_low_alarm_brings_the_discharge_down"
    shown_by = "low_alarm.safe_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        return replace(readings, status=_without(readings.status, LOW))


def _alarm_of_all(answer: StatusAnswer) -> Status:
    """High and low by y instead of x."""
    status, every = status_of(answer), answer.every_module
    if every is None or not status.good:
        return status
    return replace(status, low=bool(every & LOW), high=bool(every & HIGH))


class WantsAllModulesAlarmed(Defective):
    """Takes a high alarm for one only when every module has it (y for x)."""

    breaks = ("SUP-7", "CHG-1")
    caught_by = f"{STATUS}::test_a_high_alarm_brings_the_charge_down"
    shown_by = "high_alarm.safe_after"
    replaces = ("supervisor.chainwatch.status_of", _alarm_of_all)


class WantsAllModulesLow(Defective):
    """Takes a low alarm for one only when every module has it (y for x)."""

    breaks = ("SUP-7",)
    caught_by = f"{STATUS}::test_a_low_alarm_brings_the_discharge_down"
    shown_by = "low_alarm.safe_after"
    replaces = ("supervisor.chainwatch.status_of", _alarm_of_all)


def _all_bleed_for_some(answer: StatusAnswer) -> Status:
    status = status_of(answer)
    return replace(status, all_bleed=status.some_bleed)


class TakesSomeBleedingForAll(Defective):
    """Takes one bleeding cell for all of them (x for y)."""

    breaks = ("SUP-7", "CHG-3", "CHG-8")
    caught_by = f"{STATUS}::test_a_high_alarm_in_the_voltage_loop_brings_the_voltage_down"
    shown_by = "supervisor.charging_departures"
    replaces = ("supervisor.chainwatch.status_of", _all_bleed_for_some)


class BlindToTheChain(Defective):
    """Goes on with what it knew when nothing comes back any more."""

    breaks = ("SUP-4", "SUP-7")
    caught_by = f"{CHAIN}::test_a_chain_broken_anywhere_leaves_no_limit"
    shown_by = "chain_broken.safe_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        cells, status = readings.cell_voltages_V, readings.status
        known_V = np.where(np.isnan(cells.values), 3.9, cells.values)
        if status.any_module is None:
            status = StatusAnswer(ENABLED, ENABLED)
        return replace(
            readings,
            status=replace(status, age_s=0.1),
            cell_voltages_V=AgedArray(known_V, np.full(self.figures.cells, 0.1)),
            module_count=self.figures.cells,
        )


class KeepsLimitsOnALostChain(Defective):
    """Names a lost chain, and allows what it allowed before."""

    breaks = ("SUP-4",)
    caught_by = f"{CHAIN}::test_a_chain_broken_anywhere_leaves_no_limit"
    shown_by = "chain_broken.safe_after"

    def __init__(self, figures: PackFigures) -> None:
        super().__init__(figures)
        self._allowed = (0.0, 0.0)

    @override
    def said(self, decision: Decision) -> Decision:
        if decision.charge_limit_A > 0:
            self._allowed = decision.charge_limit_A, decision.discharge_limit_A
        charge_A, discharge_A = self._allowed
        return replace(decision, charge_limit_A=charge_A, discharge_limit_A=discharge_A)


class NeverEnables(Defective):
    """Leaves bleeding disabled where y bit 3 is clear."""

    breaks = ("SUP-7",)
    caught_by = f"{STATUS}::test_bleeding_found_disabled_is_enabled"
    shown_by = "bleeding_disabled.safe_after"

    @override
    def said(self, decision: Decision) -> Decision:
        kept = tuple(each for each in decision.requests if not isinstance(each, EnableBleeding))
        return replace(decision, requests=kept)


class NeverCounts(Defective):
    """Takes the number of modules from the pack's figures, and none from the chain."""

    breaks = ("SUP-8", "SUP-4")
    caught_by = f"{CHAIN}::test_a_module_that_is_gone_leaves_no_limit"
    shown_by = "count_changed.named_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        return replace(readings, module_count=self.figures.cells)


class CountsOnlyAtTheStart(Defective):
    """Counts the modules once, and not again."""

    breaks = ("SUP-8", "SUP-4")
    caught_by = f"{CHAIN}::test_a_module_that_is_gone_leaves_no_limit"
    shown_by = "count_changed.named_after"

    def __init__(self, figures: PackFigures) -> None:
        super().__init__(figures)
        self._count: int | None = None

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        self._count = readings.module_count if self._count is None else self._count
        return replace(readings, module_count=self._count)


class TrustsOldCells(Defective):
    """Takes the cells' last voltages for new ones, however long ago they were read."""

    breaks = ("SUP-4", "SUP-8")
    caught_by = f"{CHAIN}::test_a_module_that_never_answers_leaves_no_limit"
    shown_by = "module_silent.safe_after"

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        cells = readings.cell_voltages_V
        known_V = np.where(np.isnan(cells.values), 3.9, cells.values)
        young_s = np.zeros(self.figures.cells)
        return replace(readings, cell_voltages_V=AgedArray(known_V, young_s))


class AllowsNothingAgain(Defective):
    """Takes a silence once for good, and allows nothing when the chain is back."""

    breaks = ("SUP-4", "SUP-9")
    caught_by = f"{STATUS}::test_a_supervisor_that_was_silent_for_a_minute_finds_its_chain"
    shown_by = "supervisor_silent.safe_after"

    def __init__(self, figures: PackFigures) -> None:
        super().__init__(figures)
        self._over = False

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        self._over |= readings.elapsed_s > 10 * self.figures.periods.fast_s
        return readings

    @override
    def said(self, decision: Decision) -> Decision:
        return Decision() if self._over else decision


def _without(status: StatusAnswer, bit: int) -> StatusAnswer:
    x, y = status.any_module, status.every_module
    if x is None or y is None:
        return status
    return replace(status, any_module=x & ~bit, every_module=y & ~bit)


def _lost_is_no_alarm(answer: StatusAnswer) -> Status:
    status = status_of(answer)
    return status if status.good else replace(status, low=False, high=False)


class ForgetsLostLatches(Defective):
    """Takes a lost or bad answer for one without alarms."""

    breaks = ("SUP-7",)
    caught_by = f"{CHAIN}::test_an_inconsistent_status_counts_as_alarm"
    shown_by = "high_alarm.safe_after"
    replaces = ("supervisor.chainwatch.status_of", _lost_is_no_alarm)


def _as_it_came(answer: StatusAnswer) -> Status:
    x, y = answer.any_module, answer.every_module
    if x is None or y is None:
        return Status()
    return Status(
        good=True,
        low=bool(x & LOW),
        high=bool(x & HIGH),
        some_bleed=bool(x & BLEEDING),
        all_bleed=bool(y & BLEEDING),
        bleeding_disabled=not y & ENABLED,
    )


class AcceptsInconsistentStatus(Defective):
    """Believes an answer in which a bit of y is none of x."""

    breaks = ("SUP-7",)
    caught_by = f"{CHAIN}::test_an_inconsistent_status_leaves_no_limit"
    shown_by = "status_inconsistent.named_after"
    replaces = ("supervisor.chainwatch.status_of", _as_it_came)

    @override
    def told(self, readings: PackReadings) -> PackReadings:
        status = readings.status
        age_s = status.age_s if status.any_module is None else 0.1
        return replace(readings, status=replace(status, age_s=age_s))


class NeverRepeatsAPoll(Defective):
    """Takes a first bad answer for a lost chain."""

    breaks = ("SUP-7",)
    caught_by = f"{CHAIN}::test_one_inconsistent_status_is_asked_for_again"
    shown_by = "supervisor.false_faults"

    @override
    def believed(self, figures: PackFigures) -> PackFigures:
        return replace(figures, retries=0)


class RepeatsPollsForEver(Defective):
    """Asks for a lost answer again and again, and never says that the chain is lost."""

    breaks = ("SUP-7",)
    caught_by = f"{CHAIN}::test_a_chain_broken_anywhere_leaves_no_limit"
    shown_by = "chain_broken.named_after"

    @override
    def said(self, decision: Decision) -> Decision:
        report = decision.report
        if Fault.COMMUNICATION not in report.faults:
            return decision
        return replace(
            decision,
            requests=(*decision.requests, RepeatStatus()),
            report=replace(report, faults=report.faults - {Fault.COMMUNICATION}),
        )


class EnablesEveryPeriod(Defective):
    """Sends e in every period, needed or not."""

    breaks = ("SUP-7",)
    caught_by = f"{CHAIN}::test_a_module_that_is_gone_leaves_no_limit"
    shown_by = "supervisor.needless_enables"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, requests=(*decision.requests, EnableBleeding()))


class ForgetsToPoll(Defective):
    """Stops polling once the pack is being charged, and its modules fall asleep."""

    breaks = ("SUP-9", "SUP-4")
    caught_by = f"{STATUS}::test_a_supervisor_that_was_silent_for_a_minute_finds_its_chain"
    shown_by = "supervisor.false_faults"

    @override
    def said(self, decision: Decision) -> Decision:
        return replace(decision, poll_chain=not decision.charger.on)


class KeepsLimitsWithAModuleGone(Defective):
    """Names a wrong count of cells, and allows what it allowed before."""

    breaks = ("SUP-4", "SUP-8")
    caught_by = f"{CHAIN}::test_a_module_that_is_gone_leaves_no_limit"
    shown_by = "count_changed.safe_after"

    @override
    def said(self, decision: Decision) -> Decision:
        if Fault.WRONG_CELL_COUNT not in decision.report.faults:
            return decision
        currents = self.figures.currents
        return replace(
            decision,
            charge_limit_A=currents.charge_A / 2,
            discharge_limit_A=currents.discharge_A / 2,
        )
