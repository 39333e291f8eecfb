"""How instruments see the circuit: a quantity at a place, over time.

Nothing outside the circuit knows whether a signal is constant, pulsed or exponential.
"""

from __future__ import annotations

from typing import Protocol


class Signal(Protocol):
    """A quantity at one place of the circuit, in V, A or Ω."""

    def value(self, time_ns: int) -> float:
        """The instantaneous value; ``time_ns`` is not after the present."""

    def mean(self, start_ns: int, end_ns: int) -> float:
        """The integral over the interval divided by its length."""

    def mean_square(self, start_ns: int, end_ns: int) -> float:
        """The integral of the square over the interval divided by its length."""

    def observe(self) -> None:
        """From now on keep the history that ``mean`` and ``mean_square`` need."""

    def release(self) -> None:
        """The history since ``observe`` is no longer needed."""


class SourceTerminals(Protocol):
    """Where a supply drives the circuit. Supplies call this; the circuit answers."""

    def drive(
        self,
        *,
        voltage_V: float,
        current_limit_A: float,
        on: bool,
        time_constant_s: float,
        time_ns: int,
    ) -> None:
        """From ``time_ns`` the source heads exponentially for these settings."""

    @property
    def voltage(self) -> Signal:
        """At the supply's output terminals."""

    @property
    def current(self) -> Signal:
        """Out of the supply's positive terminal."""

    def in_current_limit(self, time_ns: int) -> bool:
        """Whether the load now takes the voltage down from what is set."""


class SinkTerminals(Protocol):
    """Where an electronic load draws from the circuit. Loads call this; the circuit answers."""

    def sink(self, current_A: float, time_ns: int) -> None:
        """From ``time_ns`` this constant current is drawn, as long as there is voltage; 0 is off."""

    @property
    def voltage(self) -> Signal:
        """At the load's input terminals."""

    @property
    def current(self) -> Signal:
        """Into the load's positive terminal."""


class RangeBurden(Protocol):
    """Where an ammeter sits in the feed: its range decides its resistance."""

    def set_burden(self, ohm: float, time_ns: int) -> None:
        """From ``time_ns`` the ammeter has this resistance."""

    def interrupt(self, duration_ns: int, time_ns: int) -> None:
        """The current path opens for this long (a range change)."""


class InputLoad(Protocol):
    """Where a voltmeter's input lies across the circuit."""

    def set_load(self, ohm: float, time_ns: int) -> None:
        """From ``time_ns`` the input has this resistance."""


class Contact(Protocol):
    """A relay's contact in a line."""

    def set_closed(self, *, closed: bool) -> None:
        """From now on it is closed, or open."""


class FeedRelays(Protocol):
    """The relays that lead a module's feed through the ammeter, by position."""

    def set_path(self, position: int, *, through_ammeter: bool, time_ns: int) -> None:
        """Whether this module is fed through the ammeter or past it."""
