"""Measurement functions of the Keysight Truevolt multimeters, and how their settings hang together.

After the Keysight Truevolt Series Operating and Service Guide, 34460-90901, part "SCPI
Programming Reference"; page numbers are those of the edition for 34460A/61A/65A/70A.
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

POWER_LINE_CYCLES = (0.02, 0.2, 1.0, 10.0, 100.0)

SHORT_APERTURES_s: Mapping[float, float] = {0.02: 0.3e-3, 0.2: 3e-3}
"""Apertures below one cycle do not follow the line frequency (page 452)."""

RESOLUTIONS: Mapping[str, Mapping[float, float]] = {
    "keysight-34460a": {0.02: 300e-6, 0.2: 100e-6, 1.0: 30e-6, 10.0: 10e-6, 100.0: 3e-6},
    "keysight-34461a": {0.02: 100e-6, 0.2: 10e-6, 1.0: 3e-6, 10.0: 1e-6, 100.0: 0.3e-6},
    "keysight-34465a": {0.02: 30e-6, 0.2: 3e-6, 1.0: 1e-6, 10.0: 0.3e-6, 100.0: 0.1e-6},
    "keysight-34470a": {0.02: 30e-6, 0.2: 3e-6, 1.0: 0.3e-6, 10.0: 0.1e-6, 100.0: 0.03e-6},
    "idealised-meter": {0.02: 100e-6, 0.2: 10e-6, 1.0: 3e-6, 10.0: 1e-6, 100.0: 0.3e-6},
}
"""Resolution as a share of the range, by power-line cycles (page 452)."""

FASTEST_READING_s: Mapping[str, Mapping[float, float]] = {
    "keysight-34460a": {0.02: 1 / 300, 0.2: 1 / 300},
    "keysight-34461a": {0.02: 1 / 1000, 0.2: 1 / 300},
    "keysight-34465a": {},
    "keysight-34470a": {},
    "idealised-meter": {0.02: 1 / 1000, 0.2: 1 / 300},
}
"""From one reading to the next at least: 300 and 1000 a second, else as fast as it integrates."""

AC_WINDOW_s: Mapping[str, Mapping[float, float]] = {
    "V": {3.0: 2.5, 20.0: 0.625, 200.0: 0.025},
    "A": {3.0: 1.66, 20.0: 0.25, 200.0: 0.025},
}
"""How long a reading takes to settle, by the bandwidth of the filter in Hz (pages 320 and 373)."""

AC_RESOLUTION = 1e-6
"""AC readings have 6½ digits whatever the filter."""

RANGE_CHANGE_s = 0.01
"""What one step of autorange takes; our assumption, the guide does not say."""


@dataclass
class Function:
    """One measurement function with its settings; a range of None is autorange."""

    name: str
    unit: str
    terminals: Input
    ac: bool
    model: str
    line_frequency_Hz: float
    fixed_range: MeterRange | None = None
    power_line_cycles: float = 10.0
    autozero: bool = True
    impedance_auto: bool = False
    bandwidth_Hz: float = 20.0
    chosen_aperture_s: float | None = None
    """In place of power-line cycles, where the model can."""

    def __post_init__(self) -> None:
        self.resolutions = RESOLUTIONS[self.model]

    def preset(self) -> None:
        """Everything as ``*RST``, ``CONFigure`` and ``MEASure?`` leave it."""
        self.fixed_range = None
        self.power_line_cycles = 10.0
        self.autozero = True
        self.impedance_auto = False
        self.bandwidth_Hz = 20.0
        self.chosen_aperture_s = None

    @property
    def range(self) -> MeterRange:
        """The range that is fixed, or that autorange stands at."""
        return self.fixed_range or self.terminals.range

    def choose_range(self, value: Number) -> None:
        """Fix the smallest range that holds the value; error -222 if none does."""
        smallest, largest = self.terminals.ranges[0], self.terminals.ranges[-1]
        meant = within(
            value,
            minimum=-largest.full_scale,
            maximum=largest.full_scale,
            default=largest.full_scale,
        )
        self.fixed_range = smallest if value == "MIN" else self.terminals.range_for(meant)

    def range_or_limit(self, limit: str | None) -> float:
        """Full scale of the range in use, or of the smallest or largest."""
        ranges = self.terminals.ranges
        return {"MIN": ranges[0], "MAX": ranges[-1]}.get(limit or "", self.range).full_scale

    def choose_cycles(self, value: Number) -> None:
        """Integrate over at least as many power-line cycles."""
        cycles = within(value, minimum=0.02, maximum=100.0, default=10.0)
        self.power_line_cycles = next(c for c in POWER_LINE_CYCLES if c >= cycles)
        self.chosen_aperture_s = None

    def cycles_or_limit(self, limit: str | None) -> float:
        """Power-line cycles as set, or the fewest, most or default ones."""
        limits = {"MIN": 0.02, "MAX": 100.0, "DEF": 10.0}
        return limits[limit] if limit else self.power_line_cycles

    def choose_resolution(self, value: Number) -> None:
        """Integrate as long as this resolution needs; error -221 in autorange."""
        if self.fixed_range is None:
            raise ScpiError(-221)
        full_scale = self.fixed_range.full_scale
        meant = within(
            value,
            minimum=self.resolutions[100.0] * full_scale,
            maximum=self.resolutions[0.02] * full_scale,
            default=self.resolutions[10.0] * full_scale,
        )
        self.power_line_cycles = next(
            cycles
            for cycles in POWER_LINE_CYCLES
            if self.resolutions[cycles] * full_scale <= meant * (1 + 1e-9)
        )

    def resolution_or_limit(self, limit: str | None) -> float:
        """Resolution as set, or the finest, coarsest or default one of the range."""
        cycles = {"MIN": 100.0, "MAX": 0.02, "DEF": 10.0}
        share = self.resolutions[cycles[limit] if limit else self.power_line_cycles]
        return share * self.range.full_scale

    def choose_bandwidth(self, value: Number) -> None:
        """The fastest filter that passes the lowest frequency expected, in Hz."""
        lowest_Hz = within(value, minimum=3.0, maximum=300e3, default=20.0)
        self.bandwidth_Hz = max(b for b in AC_WINDOW_s[self.unit] if b <= lowest_Hz)

    def bandwidth_or_limit(self, limit: str | None) -> float:
        """The filter's bandwidth as set, or the lowest, highest or default one, in Hz."""
        limits = {"MIN": 3.0, "MAX": 200.0, "DEF": 20.0}
        return limits[limit] if limit else self.bandwidth_Hz

    @property
    def resolution(self) -> float:
        """In the function's unit, with the settings as they are."""
        share = AC_RESOLUTION if self.ac else self.resolutions[self.power_line_cycles]
        return share * self.range.full_scale

    @property
    def automatic_delay_s(self) -> float:
        """From trigger to reading, as the 34401A's (User's Guide 34401-90004, page 83)."""
        if self.ac:
            return 0.0
        if self.power_line_cycles < 1:
            return 1e-3
        return 1.5e-3 if self.unit == "V" else 2e-3

    def sample(self, kernel: Kernel) -> Measurement:
        """One reading: find the range, integrate, and with autozero integrate zero as long."""
        yield from self._settle_range(kernel)
        self.terminals.load(self._input_ohm)
        if self.ac:
            window_s = AC_WINDOW_s[self.unit][self.bandwidth_Hz]
            return (yield from self.terminals.read_ac(window_s, self.resolution))
        next_s = FASTEST_READING_s[self.model].get(self.power_line_cycles, 0.0)
        next_ns = kernel.now_ns + round(next_s * NANOSECONDS_PER_SECOND)
        reading = yield from self.terminals.read_dc(self.aperture_s, self.resolution)
        if self.autozero:
            yield from self.measure_zero(kernel)
        yield next_ns
        return reading

    @property
    def _input_ohm(self) -> float:
        if self.ac:
            return AC_INPUT_ohm
        return self.range.input_ohm if self.impedance_auto else ORDINARY_INPUT_ohm

    @property
    def aperture_s(self) -> float:
        """How long a DC reading integrates."""
        if self.chosen_aperture_s is not None:
            return self.chosen_aperture_s
        return SHORT_APERTURES_s.get(
            self.power_line_cycles, self.power_line_cycles / self.line_frequency_Hz
        )

    def measure_zero(self, kernel: Kernel) -> Activity:
        """Integrate with the input disconnected; what is connected outside stays so."""
        yield kernel.now_ns + round(self.aperture_s * NANOSECONDS_PER_SECOND)

    def _settle_range(self, kernel: Kernel) -> Activity:
        if self.fixed_range is not None:
            self.terminals.switch_to(self.fixed_range)
            return
        while (fitting := self.terminals.fitting_range()) is not self.terminals.range:
            self.terminals.switch_to(fitting)
            yield kernel.now_ns + round(RANGE_CHANGE_s * NANOSECONDS_PER_SECOND)
