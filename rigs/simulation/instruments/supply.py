"""One output of a supply: what is set, how far off it is, and the protections that switch it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.figures import LinearError, draw_error
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.kernel import Kernel
from rigs.simulation.signals import Signal, SourceTerminals

TIME_CONSTANTS_TO_SETTLE = 14
"""An exponential is then within a millionth of its end."""

PROTECTION_ns = 1_000_000
"""Over-voltage protection looks this often while the output heads beyond its level."""


class Output:
    """One output. ``figures`` is its table in the data sheet, ``ideal`` leaves out all errors.

    An over-voltage level of None means that the instrument has no such protection.
    """

    def __init__(
        self,
        *,
        figures: Mapping[str, Any],
        terminals: SourceTerminals,
        kernel: Kernel,
        generator: np.random.Generator,
        ideal: bool,
    ) -> None:
        self.greatest_voltage_V: float = figures["greatest_voltage_V"]
        self.greatest_current_A: float = figures["greatest_current_A"]
        self.greatest_over_voltage_V: float | None = figures.get("greatest_over_voltage_V")
        self._terminals = terminals
        self._kernel = kernel
        self._settling_s: float = figures["settling_s"]
        self._settled_ns = 0
        self._errors = {
            name: LinearError() if ideal else draw_error(figures[name], generator)
            for name in (
                "voltage_setting",
                "current_setting",
                "voltage_readback",
                "current_readback",
            )
        }
        self.reset()

    def reset(self) -> None:
        """Everything as ``*RST`` leaves it: off, at zero volts, protections at their defaults."""
        self.on = False
        self.voltage_V = 0.0
        self.current_limit_A = self.greatest_current_A
        self.over_voltage_V = self.greatest_over_voltage_V
        self.over_current_enabled = False
        self.over_voltage_tripped = self.over_current_tripped = False
        self.apply()

    @property
    def live(self) -> bool:
        """Whether the output drives its terminals."""
        return self.on and not self.tripped

    @property
    def tripped(self) -> bool:
        """Whether a protection keeps the output off."""
        return self.over_voltage_tripped or self.over_current_tripped

    def apply(self) -> None:
        """Let the terminals follow what is set now, and watch them until they have settled."""
        now_ns = self._kernel.now_ns
        self._settled_ns = now_ns + round(self._settling_s * NANOSECONDS_PER_SECOND)
        self._drive()
        self._kernel.at(now_ns, self._watch)

    def _watch(self, time_ns: int) -> None:
        self.check_protections()
        if self.live and time_ns < self._settled_ns:
            closely = self.over_voltage_V is not None and self._true_voltage_V > self.over_voltage_V
            next_ns = time_ns + PROTECTION_ns if closely else self._settled_ns
            self._kernel.at(min(next_ns, self._settled_ns), self._watch)

    @property
    def _true_voltage_V(self) -> float:
        return max(0.0, self._errors["voltage_setting"].of(self.voltage_V))

    def _drive(self) -> None:
        self._terminals.drive(
            voltage_V=self._true_voltage_V,
            current_limit_A=max(0.0, self._errors["current_setting"].of(self.current_limit_A)),
            on=self.live,
            time_constant_s=self._settling_s / TIME_CONSTANTS_TO_SETTLE,
            time_ns=self._kernel.now_ns,
        )

    def check_protections(self) -> None:
        """Switch off if the terminals are above the level, or in current limit once settled."""
        if not self.live:
            return
        now_ns = self._kernel.now_ns
        if self.over_voltage_V is not None:
            self.over_voltage_tripped = self._terminals.voltage.value(now_ns) > self.over_voltage_V
        if self.over_current_enabled and now_ns >= self._settled_ns:
            self.over_current_tripped = self._terminals.in_current_limit(now_ns)
        if self.tripped:
            self._drive()

    def trip(self) -> None:
        """Over-voltage protection trips, whatever the voltage is."""
        self.over_voltage_tripped = True
        self._drive()

    def clear_protection(self) -> None:
        """Forget the trips; the output comes back as it was set."""
        self.over_voltage_tripped = self.over_current_tripped = False
        self.apply()

    def in_current_limit(self) -> bool:
        """Whether the output is on and in constant current."""
        self.check_protections()
        return self.live and self._terminals.in_current_limit(self._kernel.now_ns)

    def read_voltage(self, aperture_s: float) -> Measurement:
        """What the supply's own voltmeter shows, in V."""
        return self._read(self._terminals.voltage, "voltage_readback", aperture_s)

    def read_current(self, aperture_s: float) -> Measurement:
        """What the supply's own ammeter shows, in A."""
        return self._read(self._terminals.current, "current_readback", aperture_s)

    def _read(self, signal: Signal, error: str, aperture_s: float) -> Measurement:
        start_ns = self._kernel.now_ns
        signal.observe()
        try:
            yield start_ns + round(aperture_s * NANOSECONDS_PER_SECOND)
            return self._errors[error].of(signal.mean(start_ns, self._kernel.now_ns))
        finally:
            signal.release()
