"""Standby current: a module that nobody speaks to, with ``d`` in force, at the product's voltage.

The ammeter stands on a range above what an awake module draws, so that a wake does not overload
it, and takes readings that follow each other without a gap: base current and wakes are seen in
one recording. A message beforehand starts every watchdog afresh.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from drivers.roles import CurrentTrain
from quantities import NANOSECONDS_PER_SECOND, Purpose, Reading
from quantities.errors import Overload, RigError
from rigs.feed import MeteredFeed, greatest
from rigs.panel import VOLTMETER_RANGE_V, Panel
from rigs.procedures.standbycurrent import Recording, Standby, standby_of
from rigs.rig import Rig

Seen = TypeVar("Seen")

LINE_CYCLE, SHORTEST_CYCLE_S, LONGEST_CYCLE_S = 1.0, 1 / 60, 1 / 50

FAST_CYCLES, FASTEST_READING_s = 0.02, 1e-3
QUIET_S = 0.02
"""Before a message whose effect is looked for."""

COUNT_CHARACTERS = 6
"""``A00@`` with its LF and CR (MSG-4)."""
SHORTEST_CHARACTERS = 3
"""``d`` likewise: the message that keeps the line busy, and modules awake, least."""

LARGER_RANGES = (10.0, 100.0)
"""Tried in turn where a module overloads the range that it should not."""

GROWTH = math.log(8 / 3) / math.log(4.2 / 3.3)
"""Standby current grows with this power of the voltage (*author*: 8 µA at 4.2 V, 3 µA at 3.3 V)."""

INPUT_TOLERANCE = 0.02
"""Of a voltmeter's input resistance."""


@dataclass(frozen=True, slots=True)
class StandbyFigures:
    """The product's figures that sleep is measured by."""

    voltage_V: float
    within_s: float
    awake_A: float
    most_A: float
    """One module's mean, at most."""
    watchdog_shortest_s: float
    watchdog_longest_s: float


class StandbyMeter:
    """Measures sleeping modules; ``finish`` when it is done."""

    def __init__(
        self,
        rig: Rig,
        panel: Panel,
        feed: MeteredFeed,
        ammeter: CurrentTrain,
        figures: StandbyFigures,
    ) -> None:
        self.sees_one = feed.switched or panel.modules == 1
        self._rig, self._panel, self._chain = rig, panel, panel.chain
        self._feed, self._ammeter, self._figures = feed, ammeter, figures
        self.recording: Recording | None = None
        """The latest, as the ammeter took it."""
        self._range_A = 0.0
        self._volts = 0.0

    def finish(self) -> None:
        """Leave an ammeter that stays in the modules' feed on a range that bears bleeding."""
        self._feed.bypass()
        if not self._feed.switched:
            self._feed.set_range(self._feed.ordinary_A)

    # -- what is seen ----------------------------------------------------------------------------

    def standby(self, position: int, *, periods: int) -> Standby:
        """Base current, wakes and mean of one module over so many watchdog periods."""
        return self._on_a_range_that_holds(lambda: self._standby(position, periods))

    def panel_sum(self) -> Reading:
        """Mean current of the whole panel over one of the longest periods, in A.

        It stands for each of its modules, so it raises ``RigError`` unless it is below what one
        of them may draw.
        """
        total = self._on_a_range_that_holds(self._panel_sum)
        if float(total.value) > self._figures.most_A:
            raise RigError(
                f"the panel draws {float(total.value) * 1e6:.1f} µA, and which module how much "
                "cannot be told",
                where="[ammeter]",
                expected=f"less than {self._figures.most_A * 1e6:g} µA, one module's limit",
                remedy="add a [multiplexer], or test the modules one by one",
            )
        return total

    def time_to_sleep(self, position: int) -> Reading:
        """How long after a message the module falls asleep, in s.

        It is awake from the message's first bit on; what it received, worked on and sent is
        taken off. Raises ``RigError`` if the message does not show.
        """
        return self._on_a_range_that_holds(lambda: self._time_to_sleep(position))

    def _standby(self, position: int, periods: int) -> Standby:
        figures, clock = self._figures, self._rig.clock
        self._chain.disable_bleeding()
        since_ns = clock.now()
        self._feed.lead(position)
        asleep_ns = since_ns + round(figures.within_s * NANOSECONDS_PER_SECOND)
        clock.wait_until(asleep_ns, Purpose.SETTLING)
        before_any = math.floor(figures.watchdog_shortest_s / LONGEST_CYCLE_S)
        longest_s = (periods + 1) * figures.watchdog_longest_s
        afterwards = math.ceil(longest_s / SHORTEST_CYCLE_S) - before_any
        self._start(LINE_CYCLE, before_any + afterwards)
        wanted = 1 if periods == 1 else periods + 1
        trains = [self._ammeter.dc_current_train(before_any)]
        for _ in range(afterwards):
            trains.append(self._ammeter.dc_current_train(1))  # not to outlast the wake by much
            recording = self.recording = Recording.of(trains, since_ns)
            if len(recording.wakes) >= wanted:
                break
        asleep_s, asleep_uncertainty_s = self._fell_asleep(position)
        return standby_of(
            self._without_voltmeter(recording),
            asleep_s=asleep_s,
            asleep_uncertainty_s=asleep_uncertainty_s,
            relative=self._relative_uncertainty(recording.base_A),
        )

    def _panel_sum(self) -> Reading:
        figures, clock = self._figures, self._rig.clock
        self._chain.count()
        since_ns = clock.now()
        clock.wait(figures.within_s, Purpose.SETTLING)
        readings = math.ceil(figures.watchdog_longest_s / SHORTEST_CYCLE_S)
        self._start(LINE_CYCLE, readings)
        recording = Recording.of([self._ammeter.dc_current_train(readings)], since_ns)
        recording = self._without_voltmeter(recording)
        mean_A = float(np.mean(recording.values_A))
        scatter_A = float(np.std(recording.values_A, ddof=1)) / math.sqrt(readings)
        relative = self._relative_uncertainty(mean_A)
        return recording.reading(mean_A, "A", recording.common_A, scatter_A, relative * mean_A)

    def _time_to_sleep(self, position: int) -> Reading:
        timing, clock = self._chain.timing, self._rig.clock
        self._feed.lead(position)
        message_s = (
            self._panel.modules * self._hop_s(COUNT_CHARACTERS) + 10 * self._figures.within_s
        )
        readings = math.ceil((QUIET_S + message_s) / FASTEST_READING_s)
        self._start(FAST_CYCLES, readings)
        since_ns = clock.now()
        clock.wait(QUIET_S, Purpose.SETTLING)
        self._chain.count()
        recording = Recording.of([self._ammeter.dc_current_train(readings)], since_ns)
        self.recording = recording
        if np.max(recording.values_A) < self._figures.awake_A / 10:
            raise RigError(
                f"a message does not show in the current of module {position}",
                where="[ammeter]",
                expected=f"up to {self._figures.awake_A:g} A while it is awake",
                remedy="check that the module's feed leads through the ammeter",
            )
        received = COUNT_CHARACTERS - (position == 1)  # the host sends no LF
        wire_s = timing.wire_s(received + COUNT_CHARACTERS)
        return recording.reading(
            recording.longest_rise_s - wire_s - timing.processing_s / 2,
            "s",
            recording.interval_s / math.sqrt(6),
            wire_s * timing.clock_tolerance / math.sqrt(3),
            timing.processing_s / 2 / math.sqrt(3),
            recording.longest_rise_s * recording.interval_uncertainty_s / recording.interval_s,
        )

    # -- conditions ------------------------------------------------------------------------------

    def _on_a_range_that_holds(self, look: Callable[[], Seen]) -> Seen:
        """Look on the range above an awake module, and on larger ones if that is overloaded."""
        awake_A = self._figures.awake_A
        for larger in LARGER_RANGES:
            try:
                self._settle(awake_A)
                return look()
            except Overload:
                awake_A = self._figures.awake_A * larger
        self._settle(awake_A)
        return look()

    def _settle(self, range_A: float) -> None:
        """The ammeter on its range, ``d`` in force, the voltage at the product's."""
        if range_A == self._range_A:
            return
        self._panel.rest()
        self._feed.set_range(range_A)
        self._range_A = range_A
        self._chain.disable_bleeding()
        self._panel.set_voltage(self._figures.voltage_V)
        self._volts = float(self._panel.terminal_voltage().value)

    def _start(self, power_line_cycles: float, count: int) -> None:
        self._ammeter.start_dc_current_train(
            range_A=self._range_A, power_line_cycles=power_line_cycles, count=count
        )

    def _hop_s(self, characters: int) -> float:
        """What such a message spends in one module and on the wire behind it, in the middle."""
        timing = self._chain.timing
        return timing.wire_s(characters) + timing.processing_s / 2

    def _fell_asleep(self, position: int) -> tuple[float, float]:
        """When a module had sent the ``d`` on, seen from its arrival at the host, with its u."""
        timing, hops = self._chain.timing, self._panel.modules - position
        late_s = timing.port_latency_s / 2
        wire_s = timing.wire_s(SHORTEST_CHARACTERS)
        spread_s = timing.processing_s / 2 + wire_s * timing.clock_tolerance
        asleep_s = -hops * self._hop_s(SHORTEST_CHARACTERS) - late_s
        return asleep_s, (hops * spread_s + late_s) / math.sqrt(3)

    def _without_voltmeter(self, recording: Recording) -> Recording:
        """Less what a voltmeter takes that lies behind the ammeter."""
        if self._feed.switched:
            return recording
        volts, ohm = self._figures.voltage_V, self._rig.voltmeter.input_resistance_ohm
        taken_A = volts / ohm(range_V=VOLTMETER_RANGE_V)
        return recording.less(taken_A, INPUT_TOLERANCE * taken_A)

    def _relative_uncertainty(self, drawn_A: float) -> float:
        """Of a current, by how far the module's voltage is from what was meant, at most."""
        burden_V = drawn_A * greatest(self._feed.burden(self._range_A))
        off_V = abs(self._volts - self._figures.voltage_V) + burden_V
        return GROWTH * off_V / self._figures.voltage_V / math.sqrt(3)
