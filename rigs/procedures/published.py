"""What a unit publishes on CAN, against what it is told (SUP-4, SUP-6)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np

from drivers.can import Published
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose, Reading
from quantities.errors import SupervisorError
from rigs.adapters.can import CanLogic
from rigs.adapters.protocol import Observation, Shown
from supervisor.figures import PackFigures
from supervisor.readings import Aged, AgedArray, PackReadings, StatusAnswer

SETTLED_PERIODS = 20
"""After so many periods of a pack at rest a supervisor knows all that it rests its limits on."""
ENABLED = 8
CONSTANT = 0x4BD000
MIDDLE_V = 3.75
TEMPERATURE_C = 25.0


class BrokenBus(Protocol):
    """How the rig shorts the bus, and takes the short away again."""

    def short(self) -> None:
        """From now on nothing passes."""

    def mend(self) -> None:
        """From now on everything does."""


class PublishedWatch:
    """Measures one unit at its CAN bus.

    A simulated one is told readings in its sensors' place; all but ``longest_gap`` rests on that.
    """

    def __init__(self, logic: CanLogic, clock: Clock, figures: PackFigures) -> None:
        self._logic = logic
        self._clock = clock
        self._figures = figures

    # -- values ----------------------------------------------------------------------------------

    def worst_value(self) -> float:
        """The greatest difference of a published value from the one told, in its signal's steps.

        Infinite where nothing, or "not available", is published of a value that was told.
        """
        return max(self._difference(readings) for readings in self._conditions())

    def limit_shares(self) -> tuple[float, float]:
        """Limits of charge and discharge of a healthy pack at rest, of those in the pack file."""
        shown = self._rest(SETTLED_PERIODS)
        currents, decision = self._figures.currents, shown.decision
        return (
            decision.charge_limit_A / currents.charge_A,
            decision.discharge_limit_A / currents.discharge_A,
        )

    # -- times -----------------------------------------------------------------------------------

    def longest_gap(self, duration_s: float) -> Reading:
        """The longest time without new limits, whose counter goes on.

        As long as the whole duration if they never come.
        """
        self._rest(SETTLED_PERIODS)
        begun_ns = fresh_ns = self._clock.now()
        gaps_ns, counter = [0], math.nan
        while self._clock.now() - begun_ns < duration_s * NANOSECONDS_PER_SECOND:
            self._step(self._readings())
            known = self._logic.frames.known("limits")
            if "counter" in known and known["counter"].value != counter:
                counter = known["counter"].value
                gaps_ns.append(known["counter"].time_ns - fresh_ns)
                fresh_ns = known["counter"].time_ns
        gaps_ns.append(self._clock.now() - fresh_ns)
        return self._seconds(max(gaps_ns))

    def time_to_zero(self, patience_s: float) -> Reading:
        """How soon both limits are zero when its sensors have fallen silent (SUP-4).

        Raises ``SupervisorError`` if they are not within ``patience_s``, or were zero before.
        """
        before = self._rest(SETTLED_PERIODS).decision
        if before.charge_limit_A == before.discharge_limit_A == 0:
            raise SupervisorError(
                "allows a healthy pack at rest nothing", where="[can]", expected="limits (SUP-4)"
            )
        begun_ns = self._clock.now()
        while (elapsed_ns := self._clock.now() - begun_ns) < patience_s * NANOSECONDS_PER_SECOND:
            decision = self._logic.shown().decision
            if decision.charge_limit_A == decision.discharge_limit_A == 0:
                return self._seconds(elapsed_ns)
            self._wait_a_period()
        raise SupervisorError(
            f"allows {decision.charge_limit_A:g} A and {decision.discharge_limit_A:g} A "
            f"{patience_s:g} s after its last reading",
            where="[can]",
            expected="both limits zero (SUP-4)",
        )

    def bus_off_and_back(
        self, bus: BrokenBus, *, off_s: float, patience_s: float
    ) -> tuple[Reading, Reading]:
        """How soon old limits are unheard on a shorted bus, and new ones heard afterwards (SUP-6).

        Raises ``SupervisorError`` if new ones do not come within ``patience_s``.
        """
        self._rest(SETTLED_PERIODS)
        bus.short()
        begun_ns = self._clock.now()
        unheard_ns = None
        while self._clock.now() - begun_ns < off_s * NANOSECONDS_PER_SECOND:
            unheard = Observation.LIMITS in self._step(self._readings()).unheard
            if unheard and unheard_ns is None:
                unheard_ns = self._clock.now()
        bus.mend()
        begun_again_ns = self._clock.now()
        while Observation.LIMITS in self._step(self._readings()).unheard:
            if self._clock.now() - begun_again_ns > patience_s * NANOSECONDS_PER_SECOND:
                raise SupervisorError(
                    f"publishes no limits {patience_s:g} s after the bus was mended",
                    where="[can]",
                    expected="frames again (SUP-6)",
                )
        lost_ns = math.inf if unheard_ns is None else unheard_ns - begun_ns
        return self._seconds(lost_ns), self._seconds(self._clock.now() - begun_again_ns)

    # -- below -----------------------------------------------------------------------------------

    def _step(self, readings: PackReadings) -> Shown:
        """A period: a real unit's lasts until its limits come, one that is told has to be waited."""
        shown = self._logic.step(readings)
        if self._logic.declared.stimuli:
            self._wait_a_period()
        return shown

    def _rest(self, periods: int) -> Shown:
        for _ in range(periods):
            shown = self._step(self._readings())
        return shown

    def _wait_a_period(self) -> None:
        self._clock.wait(self._figures.periods.fast_s, Purpose.IDLE)

    def _seconds(self, nanoseconds: float) -> Reading:
        """Looked at once a period, so a time is known to within one."""
        period_s = self._figures.periods.fast_s
        return Reading(
            value=nanoseconds / NANOSECONDS_PER_SECOND,
            unit="s",
            standard_uncertainty=period_s / math.sqrt(12),
            instrument="CAN bus",
            time_ns=self._clock.now(),
        )

    def _conditions(self) -> Iterator[PackReadings]:
        """Ends and middles of what a pack shows, cells and sensors each another."""
        charge_A = self._figures.currents.charge_A
        for current_A, volts, temperature_C in (
            (0.0, MIDDLE_V, TEMPERATURE_C),
            (charge_A, 4.1, 40.0),
            (-self._figures.currents.discharge_A, 3.3, -10.0),
            (0.3 * charge_A, 3.6, 0.0),
        ):
            yield self._readings(current_A, volts, temperature_C, apart=True)

    def _readings(
        self,
        current_A: float = 0.0,
        volts: float = MIDDLE_V,
        temperature_C: float = TEMPERATURE_C,
        *,
        apart: bool = False,
    ) -> PackReadings:
        """Fresh readings of a pack whose cells are alike, or 3 mV and 0.4 K apart."""
        cells, sensors = self._figures.cells, self._figures.temperatures.sensors
        cells_V = volts + 0.003 * np.arange(cells, dtype=np.float64) * apart
        return PackReadings(
            elapsed_s=self._figures.periods.fast_s,
            current_A=Aged(current_A, 0.0),
            pack_voltage_V=Aged(float(cells_V.sum()), 0.0),
            cell_voltages_V=AgedArray(cells_V, np.zeros(cells)),
            temperatures_C=AgedArray(
                temperature_C + 0.4 * np.arange(sensors, dtype=np.float64) * apart,
                np.zeros(sensors),
            ),
            status=StatusAnswer(ENABLED, ENABLED, 0.0),
            module_count=cells,
            constants=np.full(cells, float(CONSTANT)),
            latches=np.full(cells, ENABLED, np.uint8),
        )

    def _difference(self, readings: PackReadings) -> float:
        """The greatest difference of this period's values, in steps."""
        self._step(readings)
        cells_V, sensors_C = readings.cell_voltages_V.values, readings.temperatures_C.values
        return max(
            self._in_steps(
                "pack",
                {
                    "pack_voltage_V": readings.pack_voltage_V.value,
                    "current_A": readings.current_A.value,
                },
            ),
            self._in_steps(
                "cells",
                {
                    "lowest_cell_V": float(cells_V.min()),
                    "highest_cell_V": float(cells_V.max()),
                },
            ),
            self._in_steps("cell_voltages", _numbered("cell_{:03d}_V", cells_V)),
            self._in_steps("temperatures", _numbered("temperature_{:03d}_C", sensors_C)),
        )

    def _in_steps(self, message: str, told: Mapping[str, float]) -> float:
        described = self._logic.frames.database.get_message_by_name(message)
        known = self._logic.frames.known(message)
        differences = [0.0]
        for signal, value in told.items():
            published = known.get(signal, Published(math.nan, 0)).value
            difference = abs(published - value) / float(described.get_signal_by_name(signal).scale)
            differences.append(math.inf if math.isnan(difference) else difference)
        return max(differences)


def _numbered(name: str, values: np.ndarray) -> dict[str, float]:
    return {name.format(index): float(value) for index, value in enumerate(values, start=1)}
