"""How fast a chain can be asked, and which module it is that cannot follow (TIM-1, TIM-2).

Half duplex modules are deaf while they work: a message that reaches one before it has sent the
last one on is lost, there and nowhere else. So the least spacing at which nothing is lost tells
the processing of the slowest module, and in which half of the chain it sits follows from where
the messages become longer. Only enquiries are sent, since left-over characters of lost messages
can make a message of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting, SettingMessage, address_of
from drivers.chain.stopwatch import PASSED_ON, Times
from drivers.chain.timing import Exchange, Order
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose, Reading
from rigs.procedures.rounds import SlowModule
from rigs.procedures.timing import ChainTimes

COMMANDS = (*PASSED_ON, "U", "V", "W")
LOSSES = 4
"""After so many rounds in which something was lost, enough is known."""
TRIALS = 3
"""A spacing is safe if in so many rounds nothing is lost."""
RESOLUTION_s = 0.000_2
MOST = 4
"""Farther above the product's figures no safe spacing is looked for."""
RECURS = 2
"""Once can be a message on its way through another module."""
GOLDEN = (math.sqrt(5) - 1) / 2
EVERY_BYTE = 0x010101
"""Changes each of the three bytes of K by its lowest bit, so that all of them are written."""
PORT_LEAVES_s = 0.002
"""A port's latency, shared out over so many writes, may leave this much."""
COUNTED = Exchange(6, 6)
"""The characters of the count between modules."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The spacings that were tried, and whether everything came back; the least that is safe."""

    order: Order
    tried_s: tuple[float, ...]
    safe: tuple[bool, ...]
    figure_s: float
    least: Reading

    @property
    def margin(self) -> Reading:
        """How much less than the product's figures allow would do."""
        least = self.least
        return Reading(
            self.figure_s - np.asarray(least.value),
            least.unit,
            least.standard_uncertainty,
            instrument=least.instrument,
            time_ns=least.time_ns,
        )


class Pacing:
    """Sends at given times and finds out what came of it. Every method raises as ``Chain`` does."""

    def __init__(self, chain: Chain, clock: Clock) -> None:
        self._chain = chain
        self._clock = clock
        self._timing = chain.timing
        self._rounds = 0

    def count(self, rounds: int) -> ChainTimes:
        """The count alone, so many times; a module that makes it too late is looked for."""
        times = self._times([self._round(("@",)) for _ in range(rounds)])
        hop = times.hop()
        most_s = self._timing.processing_s + self._timing.wire_s(COUNTED.query_characters) * (
            1 + self._timing.clock_tolerance
        )
        if np.min(np.asarray(hop.value) - 2 * np.asarray(hop.standard_uncertainty)) > most_s:
            self._blame_whoever_passes_on_slowly(times)
        return times

    def poll(self, *, seconds: float, rounds: int) -> ChainTimes:
        """Ask all modules without a pause for so long, and for so many rounds at least.

        At the spacing of the product's figures, from the far and from the near end in turn. Ends
        early where losses recur; a time that is missing then is taken with nothing else on its way.
        """
        end_ns = self._clock.now() + round(seconds * NANOSECONDS_PER_SECOND)
        polled: list[Times] = []
        while len(polled) < rounds or self._clock.now() < end_ns:
            order = Order.NEAR_END_FIRST if len(polled) % 2 else Order.FAR_END_FIRST
            polled.append(self._round(COMMANDS, order))
            if sum(not each.complete for each in polled) >= LOSSES:
                break
        times = self._times(polled)
        for command, position in times.missing():
            times.fill(command, position, self._alone(command, position))
        if not times.complete:
            self._blame(times)
        return times

    def store(self, constants: NDArray[np.float64]) -> NDArray[np.float64]:
        """Store another constant in every module, then this one again, and time each answer.

        ``constants`` are by position; NaN stores none. Each time every byte changes, and so
        often that the port's latency leaves little uncertain; rows are rounds.
        """
        known = ~np.isnan(constants)
        found = np.where(known, constants, 0).astype(int)
        times = max(1, math.ceil(self._timing.port_latency_s / PORT_LEAVES_s))
        rounds = [found ^ EVERY_BYTE, found] * times
        return np.array([self._store(values, known) for values in rounds])

    @property
    def orders(self) -> tuple[Order, ...]:
        """In which orders a chain of this length can be asked."""
        both = Order.FAR_END_FIRST, Order.NEAR_END_FIRST
        return both if self._chain.modules > 1 else both[:1]

    # -- the least spacing -------------------------------------------------------------------------

    def fastest(self, order: Order) -> Search:
        """Search for the least spacing of ``U`` at which every answer comes, in this order."""
        figure_s = self._timing.spacing_s(Exchange(6, 10), order)
        tried: dict[float, bool] = {}

        def is_safe(spacing_s: float) -> bool:
            # A chain of one has nobody else to ask.
            commands = ("U", "V") if self._chain.modules == 1 else ("U",)
            stopwatch = self._chain.stopwatch
            tried[spacing_s] = all(
                stopwatch.poll(commands, order, spacing_s=spacing_s).complete for _ in range(TRIALS)
            )
            return tried[spacing_s]

        least_s = bisect(is_safe, figure_s / 2, figure_s, RESOLUTION_s)
        if least_s is None:
            least_s = bisect(is_safe, figure_s, MOST * figure_s, RESOLUTION_s)
        least = Reading(
            math.nan if least_s is None else least_s,
            "s",
            RESOLUTION_s / math.sqrt(12),
            instrument="serial port",
            time_ns=self._clock.now(),
        )
        return Search(order, tuple(tried), tuple(tried.values()), figure_s, least)

    # -- who is to blame ---------------------------------------------------------------------------

    def _blame(self, times: ChainTimes) -> None:
        """Find the module that loses messages, or makes others lose theirs.

        It is silent itself, it answers late again and again, it is slow to answer at all times,
        or it is slow to pass on. More than one of a kind leaves it open.
        """
        slow_s = self._timing.processing_s + self._timing.port_latency_s
        late = times.late(slow_s)
        answering = np.max([np.asarray(times.processing(c).value) for c in ("U", "V", "W")], axis=0)
        suspects = (
            np.unique([position for _, position in times.missing()]),
            np.flatnonzero(late) + 1,
            np.flatnonzero(answering - np.min(answering) > slow_s) + 1,
        )
        for found in suspects:
            if found.size == 1 and (found is not suspects[1] or late[found[0] - 1] >= RECURS):
                times.culprit = int(found[0])
            if found.size:
                return
        self._blame_whoever_passes_on_slowly(times)

    def _blame_whoever_passes_on_slowly(self, times: ChainTimes) -> None:
        if self._chain.modules == 1:
            times.culprit = 1
            return
        times.slow = self._slowest()
        times.culprit = times.slow.position if times.slow else None

    def _slowest(self) -> SlowModule | None:
        """The module that takes longer to pass on than the product's figure, if one does.

        ``L`` to position j and behind it ``L`` to j − 1: a module before j passes on two queries,
        one from j on answers or passes on answers, which needs three characters more. At a
        spacing in between, the slowest module loses messages as long as j is not beyond it.
        """
        modules, timing = self._chain.modules, self._timing
        character_s, tolerance = timing.wire_s(1), timing.clock_tolerance
        counted_s = timing.wire_s(COUNTED.query_characters + COUNTED.answer_characters)
        longest_s = self._alone("@", 1)
        pair = self._chain.stopwatch.pair

        def both_pass(spacing_s: float) -> bool:
            return pair(("@", 1), ("L", modules), spacing_s)

        least_s = bisect(both_pass, counted_s * (1 - tolerance), longest_s, RESOLUTION_s)
        if least_s is None or least_s - counted_s * (1 + tolerance) <= timing.processing_s:
            return None
        below, beyond = 1, modules + 1
        while beyond - below > 1:
            middle = (below + beyond) // 2
            if pair(("L", middle), ("L", middle - 1), least_s + 1.5 * character_s):
                beyond = middle
            else:
                below = middle
        if below == 1:
            counted_s -= character_s  # the controller sends no LF
        uncertainty_s = math.hypot(RESOLUTION_s / 2, tolerance * counted_s) / math.sqrt(3)
        return SlowModule(below, least_s - counted_s, uncertainty_s)

    # -- parts -------------------------------------------------------------------------------------

    def _round(self, commands: tuple[str, ...], order: Order = Order.FAR_END_FIRST) -> Times:
        self._wait_within_the_latency()
        return self._chain.stopwatch.poll(commands, order)

    def _store(self, constants: NDArray[np.int64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
        self._wait_within_the_latency()
        return self._chain.stopwatch.tell(
            lambda position: SettingMessage(
                address_of(position), Setting.CALIBRATION, int(constants[position - 1])
            ),
            {int(index) + 1 for index in np.flatnonzero(known)},
        )

    def _wait_within_the_latency(self) -> None:
        """Begin anywhere within the port's latency, evenly over many rounds."""
        self._rounds += 1
        share = self._rounds * GOLDEN % 1.0
        self._clock.wait(share * self._timing.port_latency_s, Purpose.SETTLING)

    def _alone(self, command: str, position: int) -> float:
        """The time of one message with nothing else on its way."""
        if command in PASSED_ON:
            return float(self._chain.stopwatch.poll((command,)).elapsed_s[command][0])
        return self._chain.stopwatch.ask(command, position)

    def _times(self, rounds: list[Times]) -> ChainTimes:
        return ChainTimes(rounds, self._timing, self._chain.modules)


def bisect(
    holds: Callable[[float], bool], low: float, high: float, resolution: float
) -> float | None:
    """The least value, to the resolution, at which something holds; None if not even at ``high``."""
    if not holds(high):
        return None
    while high - low > resolution:
        middle = (low + high) / 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
