"""What is on terminals that nothing is connected to."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.simulation.signals import Signal


class Unconnected:
    """Terminals with nothing on them: the voltage is what is set, and no current flows."""

    def __init__(self) -> None:
        self._voltage = Constant(0.0)
        self._current = Constant(0.0)

    def drive(
        self,
        *,
        voltage_V: float,
        current_limit_A: float,  # noqa: ARG002 - without a load nothing limits
        on: bool,
        time_constant_s: float,  # noqa: ARG002 - nothing watches it settle
        time_ns: int,  # noqa: ARG002 - as above
    ) -> None:
        """Stand at the voltage that is set."""
        self._voltage = Constant(voltage_V if on else 0.0)

    @property
    def voltage(self) -> Signal:
        """At the terminals."""
        return self._voltage

    @property
    def current(self) -> Signal:
        """None."""
        return self._current

    def in_current_limit(self, time_ns: int) -> bool:  # noqa: ARG002 - at no time
        """Never."""
        return False


class UnconnectedSink:
    """A load's terminals with nothing on them: no voltage, and no current."""

    def sink(self, current_A: float, time_ns: int) -> None:
        """Nothing is there to be drawn."""

    @property
    def voltage(self) -> Signal:
        """None."""
        return Constant(0.0)

    @property
    def current(self) -> Signal:
        """None."""
        return Constant(0.0)


@dataclass(frozen=True)
class Constant:
    """A signal that does not change."""

    level: float

    def value(self, time_ns: int) -> float:  # noqa: ARG002 - at any time
        """The level."""
        return self.level

    def mean(self, start_ns: int, end_ns: int) -> float:  # noqa: ARG002 - over any interval
        """The level."""
        return self.level

    def mean_square(self, start_ns: int, end_ns: int) -> float:  # noqa: ARG002 - as above
        """The level's square."""
        return self.level**2

    def observe(self) -> None:
        """There is no history to keep."""

    def release(self) -> None:
        """There is no history to keep."""
