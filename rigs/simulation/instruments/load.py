"""The input of an electronic load in constant current: what is set, and how far off it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.figures import LinearError, draw_error
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.kernel import Kernel
from rigs.simulation.signals import Signal, SinkTerminals


@dataclass(frozen=True)
class CurrentRange:
    """One range of this specimen."""

    full_scale_A: float
    setting: LinearError
    readback: LinearError


class LoadInput:
    """The input. ``figures`` is its table in the data sheet, ``ideal`` leaves out all errors."""

    def __init__(
        self,
        *,
        figures: Mapping[str, Any],
        terminals: SinkTerminals,
        kernel: Kernel,
        generator: np.random.Generator,
        ideal: bool,
    ) -> None:
        def error(accuracy: Mapping[str, Any]) -> LinearError:
            return LinearError() if ideal else draw_error(accuracy, generator)

        self.greatest_power_W: float = figures["greatest_power_W"]
        self.ranges = tuple(
            CurrentRange(table["full_scale_A"], error(table["setting"]), error(table["readback"]))
            for table in figures["current_ranges"]
        )
        self._voltage_readback = error(figures["voltage_readback"])
        self._terminals = terminals
        self._kernel = kernel
        self.reset()

    def reset(self) -> None:
        """Off, on the largest range, at no current."""
        self.on = False
        self.range = self.ranges[-1]
        self.current_A = 0.0
        self.overpowered = False
        self.apply()

    def select(self, full_scale_A: float) -> None:
        """Go to the smallest range that holds this; what was set is cut down to it."""
        self.range = next(r for r in self.ranges if full_scale_A <= r.full_scale_A)
        self.current_A = min(self.current_A, self.range.full_scale_A)
        self.apply()

    def set_current(self, amperes: float) -> None:
        """Take this current, within the range."""
        self.current_A = amperes
        self.apply()

    def switch(self, *, on: bool) -> None:
        """On or off; switching on forgets that it was overpowered."""
        self.on = on
        self.overpowered = False
        self.apply()

    def apply(self) -> None:
        """Draw what is set now; switch off if that is more power than the input bears."""
        now_ns = self._kernel.now_ns
        true_A = max(0.0, self.range.setting.of(self.current_A)) if self.current_A else 0.0
        self._terminals.sink(true_A if self.on else 0.0, now_ns)
        if self.on and true_A * self._terminals.voltage.value(now_ns) > self.greatest_power_W:
            self.on, self.overpowered = False, True
            self._terminals.sink(0.0, now_ns)

    def read_voltage(self, aperture_s: float) -> Measurement:
        """What the load's own voltmeter shows, in V."""
        return self._read(self._terminals.voltage, self._voltage_readback, aperture_s)

    def read_current(self, aperture_s: float) -> Measurement:
        """What the load's own ammeter shows, in A; nothing while it is off."""
        readback = self.range.readback if self.on else LinearError()
        return self._read(self._terminals.current, readback, aperture_s)

    def _read(self, signal: Signal, error: LinearError, aperture_s: float) -> Measurement:
        start_ns = self._kernel.now_ns
        signal.observe()
        try:
            yield start_ns + round(aperture_s * NANOSECONDS_PER_SECOND)
            return error.of(signal.mean(start_ns, self._kernel.now_ns))
        finally:
            signal.release()
