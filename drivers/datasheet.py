"""What a maker's data sheet says of one model, read from ``datasheets/<model>.toml``.

The file's name is the model's name in rig files; ``[model] family`` names the driver in
``drivers/instruments``. Figures stand here and behaviour in the driver, so that a simulated
instrument can read the same figures and yet be written independently.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from drivers.accuracy import (
    Accuracy,
    Conditions,
    ErrorLimit,
    NotNegative,
    Positive,
    Table,
    standard_uncertainty,
)
from quantities import Quantity
from quantities.errors import InstrumentError, UsageError
from quantities.reading import in_quadrature
from quantities.tables import complaints, read_toml

FOLDER = Path(__file__).parent / "datasheets"


class Model(Table):
    """Which instrument it is, and the document that the figures come from."""

    family: str
    identity: re.Pattern[str]
    """Regular expression that the answer to ``*IDN?`` begins with."""
    document: str
    coverage_factor: Positive | None = None
    """Of every limit of error in the document; where it states none, they are rectangular."""
    write_gap_s: NotNegative = 0.0
    """The least time from one line sent to the next that the instrument needs."""
    read_gap_s: NotNegative = 0.0
    """The least time from a query to reading its answer."""
    idealised: bool = False
    """Nobody makes it: it speaks its family's commands on simulated benches alone."""
    note: str = ""


class Aperture(ErrorLimit):
    """An integration time, and the noise that it adds to the limit of error."""

    power_line_cycles: Positive
    duration_s: Positive | None = None
    """Where it does not follow the line's frequency."""


class Filter(ErrorLimit):
    """A filter of an AC function, and what it adds at the lowest frequency that it is meant for."""

    lowest_Hz: Positive
    settling_s: Positive
    """From a change of what is measured until a reading shows it."""


class Range(Accuracy):
    """One range of a meter; figures in the function's unit."""

    full_scale: Positive
    greatest: Positive
    """The largest reading before overload."""
    input_resistance_ohm: Positive | None = None
    """Of a voltmeter, with its high-impedance input where it has one."""
    shunt_ohm: Positive | None = None
    """Of an ammeter: the current shunt alone."""
    burden_V: Positive | None = None
    """Of an ammeter: voltage across its terminals at full scale, at most (shunt, fuse, wiring)."""

    @property
    def high_impedance(self) -> bool:
        """Whether the input can be left open, far above the usual 10 MΩ."""
        return (self.input_resistance_ohm or 0.0) > 1e9


class RangedFunction(Table):
    """What every function of a meter has: ranges."""

    unit: str
    document: str
    ranges: Annotated[tuple[Range, ...], Field(min_length=1)]
    note: str = ""

    def range_for(self, value: float) -> Range:
        """The smallest range that holds ``value``, in the function's unit."""
        for candidate in self.ranges:
            if abs(value) <= candidate.full_scale:
                return candidate
        raise InstrumentError(
            f"no range holds {value:g} {self.unit}",
            expected=f"at most {self.ranges[-1].full_scale:g} {self.unit}",
        )


class Digitizer(ErrorLimit):
    """What samples instead of integrating, and the noise that it adds to the limit of error."""

    document: str
    greatest_rate_Hz: Positive


class MeterFunction(RangedFunction):
    """A DC function: it integrates over an aperture."""

    apertures: Annotated[tuple[Aperture, ...], Field(min_length=1)]
    zero_drift_V: NotNegative = 0.0
    """How far the amplifier's zero may have gone ten minutes after its last measurement."""
    digitizer: Digitizer | None = None

    def aperture_for(self, power_line_cycles: float) -> Aperture:
        """The shortest aperture of at least ``power_line_cycles``."""
        for candidate in self.apertures:
            if power_line_cycles <= candidate.power_line_cycles:
                return candidate
        raise InstrumentError(
            f"cannot integrate over {power_line_cycles:g} power-line cycles",
            expected=f"at most {self.apertures[-1].power_line_cycles:g}",
        )


class AcFunction(RangedFunction):
    """An AC function: true rms of the alternating part, through a filter."""

    filters: Annotated[tuple[Filter, ...], Field(min_length=1)]
    """The fastest first."""

    def filter_for(self, lowest_Hz: float) -> Filter:
        """The fastest filter that passes ``lowest_Hz``."""
        for candidate in self.filters:
            if candidate.lowest_Hz <= lowest_Hz:
                return candidate
        raise InstrumentError(
            f"cannot measure {lowest_Hz:g} Hz",
            expected=f"at least {self.filters[-1].lowest_Hz:g} Hz",
        )


class Output(Table):
    """One output of a supply: what it can be set to, and how well it reads itself back."""

    channel: Annotated[int, Field(ge=1)]
    document: str
    greatest_voltage_V: Positive
    greatest_current_A: Positive
    greatest_over_voltage_V: Positive | None = None
    over_voltage_distance_percent: NotNegative = 0.0
    """How far over-voltage protection must stand above the voltage that is set, at least."""
    settling_s: Positive
    """From the command to within the setting's accuracy, loaded, margin included."""
    voltage_setting: Accuracy
    current_setting: Accuracy
    voltage_readback: Accuracy
    current_readback: Accuracy
    note: str = ""


class CurrentRange(Table):
    """One range of a load's constant current."""

    full_scale_A: Positive
    setting: Accuracy
    readback: Accuracy


class LoadInput(Table):
    """The input of an electronic load: what it bears, and how well it reads itself back."""

    document: str
    greatest_voltage_V: Positive
    greatest_power_W: Positive
    settling_s: Positive
    """From the command to within the setting's accuracy, margin included."""
    current_ranges: Annotated[tuple[CurrentRange, ...], Field(min_length=1)]
    """The smallest first."""
    voltage_readback: Accuracy
    note: str = ""

    @property
    def greatest_current_A(self) -> float:
        """The largest range."""
        return self.current_ranges[-1].full_scale_A

    def range_for(self, amperes: float) -> CurrentRange:
        """The smallest range that holds a current."""
        for candidate in self.current_ranges:
            if 0 <= amperes <= candidate.full_scale_A:
                return candidate
        raise InstrumentError(
            f"no range holds {amperes:g} A", expected=f"0 to {self.greatest_current_A:g} A"
        )


class Relays(Table):
    """The channels of a switch card, and how long its relays take."""

    document: str
    card: str
    """What the instrument calls the card in the slot."""
    channels: Annotated[int, Field(ge=1)]
    """Channels count from 1 to this."""
    switching_s: Positive
    """To close or to open, bounce included."""
    greatest_voltage_V: Positive
    greatest_current_A: Positive
    note: str = ""


class ProbeInput(Table):
    """What reads a temperature probe, and the probe that it is used with; in °C."""

    document: str
    card: str
    """What the instrument calls the card in the slot."""
    channels: Annotated[int, Field(ge=1)]
    """Channels count from 1 to this."""
    measuring_s: Positive
    accuracy: Accuracy
    """Of the instrument alone."""
    probe: str
    probe_error: ErrorLimit
    coldest_C: float = -200.0
    hottest_C: float = 850.0
    """What the probe is converted for; a reading beyond tells that it is open or shorted."""
    note: str = ""

    def uncertainty_K(self, celsius: Quantity, conditions: Conditions) -> Quantity:
        """Standard uncertainty of a reading: instrument and probe, both rectangular."""
        return in_quadrature(
            standard_uncertainty(self.accuracy.half_width(celsius, conditions=conditions), None),
            standard_uncertainty(self.probe_error.half_width(celsius, 0.0), None),
        )


class DataSheet(Table):
    """All figures of one model."""

    name: str
    model: Model
    dc_voltage: MeterFunction | None = None
    dc_current: MeterFunction | None = None
    ac_voltage: AcFunction | None = None
    ac_current: AcFunction | None = None
    outputs: tuple[Output, ...] = ()
    relays: Relays | None = None
    thermometer: ProbeInput | None = None
    thermistors: ProbeInput | None = None
    load: LoadInput | None = None

    def output(self, channel: int | None) -> Output:
        """The output of this channel; without a channel there is but one."""
        return next((each for each in self.outputs if each.channel == channel), self.outputs[0])

    def meter_uncertainty(
        self,
        value: Quantity,
        *,
        meter_range: Range,
        extra: ErrorLimit,
        conditions: Conditions,
    ) -> Quantity:
        """Standard uncertainty of a meter's reading, in its unit.

        ``extra`` is what comes on top of the range's own limit: an aperture's or a filter's.
        """
        half_width = meter_range.half_width(
            value, full_scale=meter_range.full_scale, conditions=conditions
        ) + extra.half_width(value, meter_range.full_scale)
        return standard_uncertainty(half_width, self.model.coverage_factor)

    def readback_uncertainty(
        self, value: Quantity, *, accuracy: Accuracy, conditions: Conditions
    ) -> Quantity:
        """Standard uncertainty of a supply's reading of its own output, in its unit."""
        return standard_uncertainty(
            accuracy.half_width(value, conditions=conditions), self.model.coverage_factor
        )


def known_models() -> list[str]:
    """The models that have a data sheet, by name."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_datasheet(model: str) -> DataSheet:
    """Read and check the data sheet of ``model``.

    Raises ``UsageError`` that lists the known models if there is none.
    """
    if model not in known_models():
        raise UsageError(
            f"no instrument model {model!r}", expected=f"one of {', '.join(known_models())}"
        )
    path = FOLDER / f"{model}.toml"
    tables = read_toml(path, UsageError)
    try:
        return DataSheet.model_validate({"name": model, **tables})
    except ValidationError as error:
        raise UsageError(complaints(error.errors()), where=str(path)) from error
