"""A supervisor at a pack: what the pack is used for, what befalls it, and what came of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from quantities import Clock
from rigs.adapters.protocol import Logic
from rigs.loop.application import Application, Stretch
from rigs.loop.chainpoll import ChainPoll
from rigs.loop.course import Course
from rigs.loop.loop import Loop
from rigs.loop.stage import Stage
from rigs.loop.surroundings import Surroundings
from supervisor.decisions import Phase
from supervisor.figures import PackFigures

LONGEST_USE_S = 1e9
LONGEST_CHARGE_S = 4 * 3600.0


class Supervision:
    """From the logic's start to the pack made safe, one scenario.

    ``stage`` is there on a simulated bench alone. What an application or an incident begins goes
    on until the next one; ``watch`` lets time pass.
    """

    def __init__(
        self,
        logic: Logic,
        surroundings: Surroundings,
        chain: Chain,
        clock: Clock,
        figures: PackFigures,
        stage: Stage | None,
    ) -> None:
        self.figures = figures
        self.since_s = 0.0
        """When the latest incident began, since the loop's start."""
        self.weak: set[int] = set()
        """Positions of cells that are weak."""
        self._chain = chain
        self._stage = stage
        self._thresholds = chain.read_settings(Setting.BLEEDING)
        chain.enable_bleeding()
        chain.once.voltages()  # what was latched before belongs to no scenario
        chain.once.general_status()
        self._constants = chain.read_settings(Setting.CALIBRATION)
        poll = ChainPoll(chain.once, clock, self._constants)
        truth = stage.voltages_V if stage else None
        self.loop = Loop(logic, surroundings, poll, clock, figures, truth=truth)

    @property
    def course(self) -> Course:
        """What has come of it so far."""
        return Course(self.loop.recording, self.figures)

    # -- use -------------------------------------------------------------------------------------

    def charge(self, seconds: float) -> None:
        """The charger is plugged in, for as long as it takes."""
        self.loop.apply(Application(charging=True))
        self.loop.run(seconds)

    def draw(self, amperes: float, seconds: float, *, obedient: bool = True) -> None:
        """An application wants this current for good."""
        self.loop.apply(Application([Stretch(LONGEST_USE_S, amperes)], obedient=obedient))
        self.loop.run(seconds)

    def draw_in_steps(self, amperes: Sequence[float], each_s: float, seconds: float) -> None:
        """An application wants these currents in turn, over and over."""
        turns = int(seconds / (each_s * len(amperes))) + 1
        self.loop.apply(Application([Stretch(each_s, wanted) for wanted in amperes] * turns))
        self.loop.run(seconds)

    def draw_to_the_end(self, amperes: float, at_most_s: float = LONGEST_USE_S) -> float:
        """An application draws until it is allowed nothing; how long that took, in s."""
        begin_s = self.loop.elapsed_s
        self.loop.apply(Application([Stretch(LONGEST_USE_S, amperes)]))
        while self.loop.elapsed_s - begin_s < at_most_s:
            self.loop.step()
            if self.loop.decision.discharge_limit_A == 0.0:
                break
        return self.loop.elapsed_s - begin_s

    def rest(self, seconds: float) -> None:
        """Nobody wants anything."""
        self.loop.apply(Application())
        self.loop.run(seconds)

    def watch(self, seconds: float) -> None:
        """Whatever is going on goes on."""
        self.loop.run(seconds)

    def charge_to_the_end(self, at_most_s: float = LONGEST_CHARGE_S) -> float:
        """Charge until the supervisor says that it is done; how long that took, in s."""
        return self._charge_until(Phase.DONE, at_most_s)

    def charge_to_the_voltage_loop(self, at_most_s: float = LONGEST_CHARGE_S) -> float:
        """Charge until it steers the charger's voltage; how long that took, in s."""
        return self._charge_until(Phase.VOLTAGE, at_most_s)

    def _charge_until(self, phase: Phase, at_most_s: float) -> float:
        begin_s = self.loop.elapsed_s
        self.loop.apply(Application(charging=True))
        while self.loop.elapsed_s - begin_s < at_most_s:
            self.loop.step()
            if self.loop.decision.report.phase is phase:
                break
        return self.loop.elapsed_s - begin_s

    # -- what befalls it -------------------------------------------------------------------------

    def happens(self, incident: str, **figures: float) -> None:
        """From now on, as the bench's incidents know it; times count from here."""
        self._staged.befall(incident, **figures)
        self._mark(_said(incident, figures))

    def has_been(self, incident: str, **figures: float) -> None:
        """It was so before the supervisor began to watch."""
        self._staged.befall(incident, **figures)
        self.loop.mark(_said(incident, figures))

    def is_weak(self, position: int, *, capacity: float = 1.0, resistance: float = 1.0) -> None:
        """A cell has always had this part of its capacity and so many times its resistance."""
        self.weak.add(position)
        self.has_been("weak-cell", position=position, capacity=capacity, resistance=resistance)

    def marks(self, text: str) -> None:
        """Something begins that the loop itself does; times count from here."""
        self._mark(text)

    def cell_is_at(self, position: int, charge: float) -> None:
        """A cell is suddenly at another state of charge; times count from here."""
        self._staged.set_charge(position, charge)
        self._mark(f"cell {position} at a charge of {charge:.3g}")

    def bleeding_is_disabled(self) -> None:
        """Somebody sends ``d``; times count from here."""
        self._chain.disable_bleeding()
        self._mark("d sent")

    def supervisor_is_silent(self, seconds: float) -> None:
        """Nobody watches or polls for so long; times count from when it is back."""
        self.loop.pause(seconds)
        self.since_s = self.loop.elapsed_s

    def is_over(self) -> None:
        """The latest incident is over."""
        self._staged.mend()
        self._mark("over")

    def average_temperature_C(self) -> float:
        """What the supervisor reports."""
        return self.loop.decision.report.average_temperature_C

    # -- cells -----------------------------------------------------------------------------------

    def last_voltages_V(self, readings: int) -> NDArray[np.float64]:
        """What modules told, by position: the mean of so many readings before the end."""
        return np.asarray(np.mean(self.loop.recording.cell_voltages_V[-readings:], axis=0))

    def above_bleeding_V(self, readings: int) -> NDArray[np.float64]:
        """How far each cell truly was above the bleeding threshold then, by position.

        By what its module told where nobody knows the truth.
        """
        true_V = np.mean(self.loop.recording.cell_truths_V[-readings:], axis=0)
        known_V = np.where(np.isnan(true_V), self.last_voltages_V(readings), true_V)
        return np.asarray(known_V - self.figures.cell.bleeding_V)

    def above_high_alarm_V(self) -> float:
        """How far any cell ever was above the high alarm."""
        return self.course.highest_V() - self.figures.cell.high_alarm_V

    def charge_error(self) -> float:
        """How far the reported state of charge is from the mean of the cells' true ones."""
        reported = self.loop.decision.report.state_of_charge
        return abs(reported - float(np.mean(self._staged.charges())))

    def health_error(self) -> float:
        """How far the reported state of health is from the weakest cell's true capacity."""
        true_part = float(np.min(self._staged.capacities_As())) / self.figures.charge.rated_As
        return abs(self.loop.decision.report.state_of_health - true_part)

    def charge_error_when_empty(self) -> float:
        """How far the reported state of charge is from the emptiest cell's true one."""
        reported = self.loop.decision.report.state_of_charge
        return abs(reported - float(np.min(self._staged.charges())))

    def true_voltages_V(self) -> NDArray[np.float64]:
        """Of all cells, now."""
        return self._staged.voltages_V()

    def spread_V(self) -> float:
        """From the lowest cell to the highest, now."""
        return float(np.ptp(self._staged.voltages_V()))

    def thresholds_left(self) -> int:
        """How many modules have another bleeding threshold than in the beginning."""
        now = self._chain.read_settings(Setting.BLEEDING)
        return int(np.count_nonzero(now != self._thresholds))

    def codes_from_bleeding(self, readings: int) -> NDArray[np.float64]:
        """How far each cell was from its module's threshold then, in codes; below it positive."""
        millivolts = 1000 * self.last_voltages_V(readings)
        return np.asarray(self._constants / millivolts - self._thresholds)

    # -- the end ---------------------------------------------------------------------------------

    def end(self) -> None:
        """Make safe, undo what befell the pack, and give modules the thresholds that they had."""
        self.loop.make_safe()
        if self._stage:
            self._stage.clear()
        self._chain.resynchronise()
        if self.loop.thresholds_written:
            changed = self._chain.read_settings(Setting.BLEEDING) != self._thresholds
            self._chain.write_settings(
                Setting.BLEEDING, np.where(changed, self._thresholds, np.nan)
            )

    @property
    def _staged(self) -> Stage:
        if self._stage is None:
            raise ValueError("a real pack cannot be told what befalls it")
        return self._stage

    def _mark(self, text: str) -> None:
        self.loop.mark(text)
        self.since_s = self.loop.elapsed_s


def _said(incident: str, figures: Mapping[str, float]) -> str:
    """An incident in words: ``chain broken at 7``."""
    place = f" at {figures['position']:g}" if "position" in figures else ""
    return incident.replace("-", " ") + place
