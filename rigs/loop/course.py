"""What a recording says of a supervisor: when it named a fault, when it allowed nothing more.

Times are in s from an event to the first period from which on it was so, and stayed so until the
recording's end. What never came took at least as long as was watched: that time is the answer, so
whoever judges watches for longer than is allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rigs.loop.procedure import departures
from rigs.loop.recording import FAULTS, Recording, fault_bits
from supervisor.decisions import Fault
from supervisor.figures import PackFigures

ENABLED = 8
"""Bit 3 of a status digit (CMD-U2)."""


@dataclass(frozen=True, slots=True)
class Course:
    """One recording, and the figures of its pack."""

    recording: Recording
    figures: PackFigures

    # -- times -----------------------------------------------------------------------------------

    def named_after_s(self, fault: Fault, since_s: float) -> float:
        """Until the fault was named for the first time."""
        periods = self._since(since_s)
        named = periods["faults"] & fault_bits(frozenset({fault})) != 0
        return self._first(periods, named, since_s)

    def weak_after_s(self, position: int, since_s: float) -> float:
        """Until the cell was named as weak for the first time."""
        named = (
            time_s
            for time_s, positions in self.recording.weak_cells
            if position in positions and time_s >= since_s
        )
        return next(named, self._end_s) - since_s

    def no_charge_after_s(self, since_s: float) -> float:
        """Until no charging was allowed any more."""
        return self._for_good("charge_limit_A", since_s)

    def no_discharge_after_s(self, since_s: float) -> float:
        """Until no discharging was allowed any more."""
        return self._for_good("discharge_limit_A", since_s)

    def less_than_after_s(self, quantity: str, bound: float, since_s: float) -> float:
        """Until a column of the recording first was below this."""
        periods = self._since(since_s)
        return self._first(periods, periods[quantity] < bound, since_s)

    def more_than_after_s(self, quantity: str, bound: float, since_s: float) -> float:
        """Until a column of the recording first was above this."""
        periods = self._since(since_s)
        return self._first(periods, periods[quantity] > bound, since_s)

    def at_rest_after_s(self, since_s: float) -> float:
        """Until the meter showed for good that no current flowed; NaN shows nothing."""
        periods = self._since(since_s)
        rests = np.abs(periods["current_A"]) <= self.figures.current_sensor.zero_A
        return self._settled(periods, rests, since_s)

    def watched_s(self, since_s: float) -> float:
        """For how long something could be seen."""
        return self._end_s - since_s

    # -- values ----------------------------------------------------------------------------------

    def before(self, quantity: str, time_s: float) -> float:
        """A column of the recording in the last period before this."""
        return float(self._until(time_s)[quantity][-1])

    def highest_V(self, since_s: float = 0.0) -> float:
        """Of all cells: the true voltage where it is known, else what the modules told."""
        true_V = self._since(since_s)["true_high_V"]
        return float(np.nanmax(self._told_V(since_s) if np.isnan(true_V).all() else true_V))

    def lowest_V(self, since_s: float = 0.0) -> float:
        """As ``highest_V``."""
        true_V = self._since(since_s)["true_low_V"]
        return float(np.nanmin(self._told_V(since_s) if np.isnan(true_V).all() else true_V))

    # -- always ----------------------------------------------------------------------------------

    def late_s(self, until_s: float = math.inf) -> float:
        """How far the latest period overran that began before."""
        periods = self._until(until_s)
        return float(periods["late_s"].max(initial=0.0))

    def stale_limits(self) -> int:
        """Periods in which something was allowed though a reading was too old for it (SUP-4)."""
        periods, ages = self.recording.periods, self.figures.ages
        allowed = (periods["charge_limit_A"] > 0) | (periods["discharge_limit_A"] > 0)
        stale = (
            (periods["status_age_s"] > ages.status_s)
            | (periods["current_age_s"] > ages.current_s)
            | (periods["voltage_age_s"] > ages.pack_voltage_s)
            | (periods["cells_age_s"] > ages.cell_voltages_s)
        )
        return int(np.count_nonzero(allowed & stale))

    def charged_against_limit(self) -> int:
        """Periods in which the charger was told to give more than was published (SUP-4)."""
        periods = self.recording.periods
        told = np.where(periods["charger_on"], periods["charger_current_A"], 0)
        return int(np.count_nonzero(told > periods["charge_limit_A"] + 1e-4))

    def faults(self, until_s: float = math.inf) -> tuple[Fault, ...]:
        """What was named in periods that began before."""
        bits = int(np.bitwise_or.reduce(self._until(until_s)["faults"], initial=0))
        return tuple(fault for index, fault in enumerate(FAULTS) if bits >> index & 1)

    def weak_cells(self, until_s: float = math.inf) -> set[int]:
        """Positions that were named as weak before."""
        named = (at for time_s, at in self.recording.weak_cells if time_s < until_s)
        return {position for positions in named for position in positions}

    def needless_enables(self) -> int:
        """How many ``e`` more were sent than there were periods that showed bleeding disabled."""
        sent = sum(what.startswith("e sent") for _, what in self.recording.events)
        disabled = self.recording.periods["every_module"] & ENABLED == 0
        return max(0, sent - int(np.count_nonzero(disabled)))

    def charging_departures(self) -> list[str]:
        """What of the fast charging procedure was not kept to, in words."""
        return departures(self.recording, self.figures)

    def phases(self) -> list[int]:
        """The phases of charging in their order, each once when it began."""
        phases = self.recording.periods["phase"].tolist()
        return [phases[0], *(after for before, after in pairwise(phases) if before != after)]

    # -- below -----------------------------------------------------------------------------------

    @property
    def _end_s(self) -> float:
        return float(self.recording.periods["time_s"][-1]) + self.figures.periods.fast_s

    def _since(self, since_s: float) -> NDArray[np.void]:
        periods = self.recording.periods
        return periods[periods["time_s"] >= since_s]

    def _told_V(self, since_s: float) -> NDArray[np.float32]:
        recording = self.recording
        return recording.cell_voltages_V[recording.cell_times_s >= since_s]

    def _until(self, until_s: float) -> NDArray[np.void]:
        periods = self.recording.periods
        return periods[periods["time_s"] < until_s]

    def _first(self, periods: NDArray[np.void], so: NDArray[Any], since_s: float) -> float:
        found = np.flatnonzero(so)
        first_s = float(periods["time_s"][found[0]]) if found.size else self._end_s
        return first_s - since_s

    def _for_good(self, limit: str, since_s: float) -> float:
        periods = self._since(since_s)
        return self._settled(periods, periods[limit] == 0, since_s)

    def _settled(self, periods: NDArray[np.void], so: NDArray[Any], since_s: float) -> float:
        """Until it was so for good."""
        otherwise = np.flatnonzero(~so)
        if not otherwise.size:
            return 0.0
        if otherwise[-1] == len(periods) - 1:
            return self._end_s - since_s
        return float(periods["time_s"][otherwise[-1] + 1]) - since_s
