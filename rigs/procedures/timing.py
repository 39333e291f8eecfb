"""What the times of messages tell of a chain and of each module in it (TIM-1, TIM-3, MSG-1).

The chain stores and forwards, so a message of Lq characters that module k of n turns into an
answer of La takes, with c the time of a character and p the processing:

    T(k) = (Lq − 1)·c_host + Σ(i < k) (p_i + Lq·c_i) + Σ(i ≥ k) (p_i + La·c_i) + Δ_k

where Δ_k is by how much module k takes longer to answer than to pass on. A message that all pass
on has La = Lq and no Δ. Two commands that are answered alike, and differ in the length of the
answer alone, tell the characters from k on: T(k) of one less that of the other. From one
position to the next that differs by c_k, and what then is left of T(k) beyond the count is Δ_k.

A port hands over what it received up to its latency late, never early, so the earliest of many
times is the best. That is late by no more than what the latency leaves beside the spread of
all of them. docs/methods/timing.md says more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import Addressed, Setting, SettingMessage
from drivers.chain.stopwatch import PASSED_ON
from drivers.chain.timing import Order, exchange_of
from quantities import Quantity, Reading
from quantities.reading import as_quantity, in_quadrature
from rigs.procedures.rounds import Rounds

Seconds = NDArray[np.float64]

SHORTER, LONGER = "V", "W"
"""Enquiries whose answers differ in length and are made alike."""
WRITE = SettingMessage(1, Setting.CALIBRATION, 0)
"""For its length: K in six digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Earliest:
    """The earliest times, and by how much those that differ alike by the port may still differ."""

    value: Seconds
    uncertainty: Seconds

    def __sub__(self, other: Earliest) -> Earliest:
        """What is constant of the port's latency cancels."""
        return Earliest(self.value - other.value, np.hypot(self.uncertainty, other.uncertainty))

    def times(self, factor: float) -> Earliest:
        """Scaled."""
        return Earliest(self.value * factor, self.uncertainty * factor)


class ChainTimes(Rounds):
    """What many rounds tell."""

    def hop(self) -> Reading:
        """What each module adds to the way of a message that all pass on (TIM-3), by position.

        It is known for the chain as a whole, so each module has the mean, unless one is known to
        be slow.
        """
        hop_s, port_s = self._hop("@")
        return self._reading(
            self._shared_out(hop_s, "@"), port=port_s, module=self._slow_uncertainty_s
        )

    def clock_error(self) -> Reading:
        """By how much the characters that each module sends are too short, in % (MSG-1).

        Positive for an oscillator that is fast.
        """
        characters, nominal_s = self._character(), self.timing.wire_s(1)
        return self._reading(
            100 * (nominal_s / characters.value - 1),
            port=100 * characters.uncertainty / nominal_s,
            unit="%",
        )

    def processing(self, command: str) -> Reading:
        """From CR to the first bit of what each module sends, at the slowest in all rounds.

        Passing on is known for the chain as a whole, so each module has its mean; that one has
        more and another less of it is in the uncertainty.
        """
        passed_on = command if command in PASSED_ON else "@"
        hop_s, port_s = self._hop(passed_on)
        characters = exchange_of(PASSED_ON[passed_on]).query_characters
        wires_s = characters * float(np.mean(self._character().value))
        turning = Earliest(np.zeros(self.modules), np.zeros(self.modules))
        if command not in PASSED_ON:
            turning = self._turning(command)
        passing_s = self._shared_out(hop_s, passed_on) - wires_s
        return self._reading(
            passing_s + turning.value + self._slowest(self.elapsed_s[command]),
            port=in_quadrature(
                port_s, turning.uncertainty, characters * self._character_spread_s()
            ),
            module=self._spread_s(hop_s - wires_s),
        )

    def processing_of_write(self, elapsed_s: Seconds) -> Reading:
        """The same of the command that stores K, from its times: rows are rounds."""
        characters = exchange_of(WRITE).query_characters
        wires_s = self.timing.wire_s(characters - 1) + characters * np.sum(self._character().value)
        hop_s, port_s = self._hop("@")
        counted_s = exchange_of(PASSED_ON["@"]).query_characters * self._character().value
        passing_s = self._shared_out(hop_s, "@") - np.mean(counted_s)
        others_s = float(np.sum(passing_s)) - passing_s
        way = self._absolute(elapsed_s)
        return self._reading(
            way.value + self._slowest(elapsed_s) - wires_s - others_s,
            port=in_quadrature(self.modules * port_s, way.uncertainty),
            module=self._spread_s(float(np.mean(passing_s))),
        )

    # -- parts -------------------------------------------------------------------------------------

    def _earliest(self, command: str) -> Earliest:
        """Of N delays that are even within the latency the least is late by latency / N."""
        return self._least(self.elapsed_s[command])

    def _least(self, times: Seconds) -> Earliest:
        count = np.maximum(1, (~np.isnan(times)).sum(axis=0))
        return Earliest(np.fmin.reduce(times), self.timing.port_latency_s / count)

    def _absolute(self, times: Seconds) -> Earliest:
        """The same less what the port may be late by at all times, and with what it leaves open.

        Its latency leaves it no more than the spread does not take. A receiver may leave out half
        of the last stop bit.
        """
        least = self._least(times)
        spread_s = np.fmax.reduce(times) - least.value
        constant_s = np.maximum(0.0, self.timing.port_latency_s - spread_s)
        half_stop_bit_s = self.timing.wire_s(1) / 20
        open_s = np.hypot(constant_s, half_stop_bit_s) / math.sqrt(12)
        return Earliest(least.value - constant_s / 2, np.hypot(least.uncertainty, open_s))

    def _hop(self, command: str) -> tuple[float, float]:
        """The mean of all modules, and its standard uncertainty, the port's."""
        way = self._absolute(self.elapsed_s[command])
        host_s = self.timing.wire_s(exchange_of(PASSED_ON[command]).query_characters - 1)
        hop_s = (float(way.value[0]) - host_s) / self.modules
        return hop_s, float(way.uncertainty[0]) / self.modules

    def _shared_out(self, hop_s: float, command: str) -> Seconds:
        """The mean by position; a slow module has its own, the others share what it leaves."""
        shared = np.full(self.modules, hop_s)
        if self.slow is not None and self.modules > 1:
            characters = exchange_of(PASSED_ON[command]).query_characters
            own_s = self.timing.wire_s(characters) + self.slow.processing_s
            shared[:] = (self.modules * hop_s - own_s) / (self.modules - 1)
            shared[self.slow.position - 1] = own_s
        return shared

    def _behind(self) -> Earliest:
        """The time of one character of each module from a position on, added up, by position."""
        shorter, longer = (
            exchange_of(Addressed(1, command)).answer_characters for command in (SHORTER, LONGER)
        )
        return (self._earliest(LONGER) - self._earliest(SHORTER)).times(1 / (longer - shorter))

    def _character(self) -> Earliest:
        """The time of a character that each module sends; the nominal one if it was not measured."""
        if LONGER not in self.elapsed_s:
            nominal_s = np.full(self.modules, self.timing.wire_s(1))
            return Earliest(nominal_s, np.zeros(self.modules))
        behind = self._behind()
        return behind - Earliest(
            np.append(behind.value[1:], 0.0), np.append(behind.uncertainty[1:], 0.0)
        )

    def _character_spread_s(self) -> float:
        """Standard uncertainty of a character's time where it was not measured: the tolerance."""
        if LONGER in self.elapsed_s:
            return 0.0
        return self.timing.clock_tolerance * self.timing.wire_s(1) / math.sqrt(3)

    @property
    def _slow_uncertainty_s(self) -> float:
        return self.slow.uncertainty_s if self.slow else 0.0

    def _turning(self, command: str) -> Earliest:
        """By how much each module takes longer to answer than to pass on."""
        exchange = exchange_of(Addressed(1, command))
        longer = exchange.answer_characters - exchange.query_characters
        return self._earliest(command) - self._earliest("@") - self._behind().times(longer)

    def _slowest(self, times: Seconds) -> Seconds:
        """By how much the latest was later than the earliest, beyond what the port explains."""
        spread_s = np.fmax.reduce(times) - np.fmin.reduce(times)
        return np.asarray(np.maximum(0.0, spread_s - self.timing.port_latency_s), np.float64)

    def _spread_s(self, passing_s: float) -> float:
        """Standard uncertainty of a module's own share of all the passing on.

        While nothing is lost at the spacing of the product's figures, but by a module that is known,
        none takes more than that leaves it; otherwise one module may have all of it.
        """
        if self.modules == 1:
            return 0.0
        if self.slow is not None:
            return self.slow.uncertainty_s
        exchange = exchange_of(Addressed(1, "U"))
        busy_s = self.timing.wire_s(exchange.query_characters + exchange.answer_characters)
        spacing_s = self.timing.spacing_s(exchange, Order.FAR_END_FIRST)
        left_s = spacing_s - busy_s * (1 - self.timing.clock_tolerance)
        known = self.complete or self.culprit is not None
        return (left_s if known else self.modules * abs(passing_s)) / math.sqrt(12)

    def _reading(
        self, value: Quantity, *, port: Quantity, module: float = 0.0, unit: str = "s"
    ) -> Reading:
        """With the port's share of the uncertainty, and what is the modules' own."""
        return Reading(
            value=as_quantity(value),
            unit=unit,
            standard_uncertainty=in_quadrature(port, module),
            system_uncertainty=as_quantity(port),
            instrument="serial port",
        )
