"""Measurement functions of the Keithley DMM6500, each with settings of its own.

After the Reference Manual DMM6500-901-01, section "SCPI command reference", SENSe1 subsystem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.meter import AC_INPUT_ohm, Input, MeterRange, ORDINARY_INPUT_ohm
from rigs.simulation.instruments.parameters import Number, within
from rigs.simulation.instruments.procedure import Activity, Measurement
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import ScpiError

FEWEST_CYCLES = 0.0005
MOST_CYCLES: Mapping[float, float] = {50.0: 12.0, 60.0: 15.0}
"""By the line's frequency in Hz."""

COARSEST = 20e-6
"""Resolution as a share of the range at the shortest aperture; finer in proportion to its root."""

DETECTORS_s: Mapping[float, float] = {3.0: 3.3, 30.0: 0.35, 300.0: 0.035}
"""How long an AC reading takes, by the detector's bandwidth; our assumption."""

AC_RESOLUTION = 1e-6
RANGE_CHANGE_s = 0.02
"""What one step of autorange takes; our assumption."""


@dataclass
class Setup:
    """One measurement function and its own settings; a range of None is autorange."""

    terminals: Input
    ac: bool
    chosen: MeterRange | None = None
    cycles: float = 1.0
    autozero: bool = True
    open_input: bool = False
    detector_Hz: float = 3.0

    def preset(self) -> None:
        """As ``*RST`` leaves it."""
        self.chosen, self.cycles, self.autozero = None, 1.0, True
        self.open_input, self.detector_Hz = False, 3.0

    def choose_range(self, value: Number) -> None:
        """The smallest range that holds the value; error -222 if there is none."""
        ranges = self.terminals.ranges
        limits = {"MIN": ranges[0].full_scale, "MAX": ranges[-1].full_scale}
        meant = limits.get(value) if isinstance(value, str) else value
        chosen = None if meant is None else self.terminals.range_for(meant)
        if chosen is None:
            raise ScpiError(-222)
        self.chosen = chosen

    def choose_cycles(self, value: Number, line_frequency_Hz: float) -> None:
        """Any number up to 12 or 15, as the line's frequency has it."""
        most = MOST_CYCLES[line_frequency_Hz]
        self.cycles = within(value, minimum=FEWEST_CYCLES, maximum=most, default=1.0)

    def choose_detector(self, value: Number) -> None:
        """One of three bandwidths, in Hz."""
        bandwidth_Hz = within(value, minimum=3.0, maximum=300.0, default=3.0)
        if bandwidth_Hz not in DETECTORS_s:
            raise ScpiError(-224)
        self.detector_Hz = bandwidth_Hz

    def find_range(self, kernel: Kernel) -> Activity:
        """Switch to the range that was chosen, or that autorange comes to."""
        if self.chosen is not None:
            self.terminals.switch_to(self.chosen)
            return
        while (fitting := self.terminals.fitting_range()) is not self.terminals.range:
            self.terminals.switch_to(fitting)
            yield kernel.now_ns + round(RANGE_CHANGE_s * NANOSECONDS_PER_SECOND)

    def measure(self, kernel: Kernel, line_frequency_Hz: float) -> Measurement:
        """One reading on the range that is in use, and with autozero a reference and zero."""
        terminals, full_scale = self.terminals, self.terminals.range.full_scale
        if self.ac:
            terminals.load(AC_INPUT_ohm)
            window_s = DETECTORS_s[self.detector_Hz]
            return (yield from terminals.read_ac(window_s, AC_RESOLUTION * full_scale))
        terminals.load(terminals.range.input_ohm if self.open_input else ORDINARY_INPUT_ohm)
        aperture_s = self.cycles / line_frequency_Hz
        resolution = COARSEST * (FEWEST_CYCLES / self.cycles) ** 0.5
        value = yield from terminals.read_dc(aperture_s, resolution * full_scale)
        if self.autozero:
            yield kernel.now_ns + round(2 * aperture_s * NANOSECONDS_PER_SECOND)
        return value


@dataclass
class Sampling:
    """The digitizer of currents."""

    terminals: Input
    chosen: MeterRange
    rate_Hz: float = 1000.0
    count: int = 1
