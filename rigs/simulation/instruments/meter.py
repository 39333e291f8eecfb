"""One input of a multimeter: what it sees, in which range, how far off, and over how long."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.figures import LinearError, draw_error
from rigs.simulation.instruments.procedure import Measurement
from rigs.simulation.kernel import Kernel
from rigs.simulation.signals import InputLoad, RangeBurden, Signal

OVERLOAD = 9.9e37
"""What a reading beyond the range is, with the signal's sign (SCPI-99 volume 1, 7.2.1.4)."""

DOWN = 0.1
"""Autorange goes up above the range's greatest reading, down below this share of full scale."""


@dataclass(frozen=True)
class MeterRange:
    """One range of this specimen; full scale and greatest reading in the input's unit."""

    full_scale: float
    greatest: float
    burden_ohm: float
    input_ohm: float
    """As high as the range's input can be."""
    error: LinearError

    @classmethod
    def of_specimen(
        cls, figures: Mapping[str, Any], generator: np.random.Generator, *, ideal: bool
    ) -> MeterRange:
        """A range from its table in the data sheet, its error drawn from the generator."""
        full_scale: float = figures["full_scale"]
        return cls(
            full_scale=full_scale,
            greatest=figures["greatest"],
            burden_ohm=figures.get("burden_V", 0.0) / full_scale,
            input_ohm=figures.get("input_resistance_ohm", math.inf),
            error=LinearError() if ideal else draw_error(figures, generator, full_scale=full_scale),
        )


ORDINARY_INPUT_ohm, AC_INPUT_ohm = 10e6, 1e6
"""Of a voltmeter on DC where nothing higher is chosen, and on AC."""


class Input:
    """Terminals of a meter with the signal on them; for current, with the shunts in its path.

    ``interruption_s`` is how long a change of range opens the current path, zero if it does
    not. ``ideal`` leaves out errors, noise and rounding.
    """

    def __init__(
        self,
        *,
        figures: Mapping[str, Any],
        ac_figures: Mapping[str, Any],
        signal: Signal,
        load: InputLoad | None = None,
        burden: RangeBurden | None = None,
        interruption_s: float = 0.0,
        kernel: Kernel,
        generator: np.random.Generator,
        ideal: bool,
    ) -> None:
        self.ranges = tuple(
            MeterRange.of_specimen(table, generator, ideal=ideal) for table in figures["ranges"]
        )
        # Drawn apart, so that a specimen's DC errors do not depend on its AC ranges.
        apart = generator.spawn(1)[0]
        self._ac_errors = {
            table["full_scale"]: draw_error(table, apart, full_scale=table["full_scale"])
            for table in ac_figures["ranges"]
        }
        self.range = self.ranges[-1]
        self._signal = signal
        self._load = load
        self._burden = burden
        self._interruption_ns = round(interruption_s * NANOSECONDS_PER_SECOND)
        self._kernel = kernel
        self._generator = generator
        self._ideal = ideal
        if burden is not None:
            burden.set_burden(self.range.burden_ohm, kernel.now_ns)

    def range_for(self, value: float) -> MeterRange | None:
        """The smallest range whose full scale holds the value, if there is one."""
        return next((r for r in self.ranges if abs(value) <= r.full_scale), None)

    def switch_to(self, meter_range: MeterRange) -> None:
        """Put this range into the path."""
        if meter_range is self.range:
            return
        self.range = meter_range
        if self._burden is not None:
            now_ns = self._kernel.now_ns
            self._burden.set_burden(meter_range.burden_ohm, now_ns)
            if self._interruption_ns:
                self._burden.interrupt(self._interruption_ns, now_ns)

    def fitting_range(self) -> MeterRange:
        """The range that autorange would go to next for what is on the terminals now."""
        index = self.ranges.index(self.range)
        level = abs(self._signal.value(self._kernel.now_ns))
        if level > self.range.greatest and index + 1 < len(self.ranges):
            return self.ranges[index + 1]
        if level < DOWN * self.range.full_scale and index:
            return self.ranges[index - 1]
        return self.range

    def load(self, ohm: float) -> None:
        """Lie across the terminals with this resistance."""
        if self._load is not None:
            self._load.set_load(ohm, self._kernel.now_ns)

    def read_dc(self, aperture_s: float, resolution: float) -> Measurement:
        """Mean over the aperture, off by this specimen's error, rounded to the resolution."""
        return self._read(aperture_s, resolution, ac=False)

    def read_ac(self, window_s: float, resolution: float) -> Measurement:
        """Root mean square over the window with the mean taken out, as an AC-coupled meter."""
        return self._read(window_s, resolution, ac=True)

    def _read(self, window_s: float, resolution: float, *, ac: bool) -> Measurement:
        start_ns = self._kernel.now_ns
        self._signal.observe()
        try:
            yield start_ns + round(window_s * NANOSECONDS_PER_SECOND)
            end_ns = self._kernel.now_ns
            value = self._signal.mean(start_ns, end_ns)
            if ac:
                square = self._signal.mean_square(start_ns, end_ns)
                value = math.sqrt(max(0.0, square - value**2))
        finally:
            self._signal.release()
        if abs(value) > self.range.greatest:
            return math.copysign(OVERLOAD, value)
        if self._ideal:
            return value
        error = self.range.error
        if ac:
            error = self._ac_errors.get(self.range.full_scale, LinearError())
        shown = error.of(value) + float(self._generator.normal(0.0, resolution / 2))
        return round(shown / resolution) * resolution
