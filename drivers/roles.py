"""What a role of the rig can be asked to do; one small protocol each.

A driver promises by its methods what its instrument can do. What an instrument lacks, its
driver does not define: callers ask for the capability (``isinstance(supply, OverVoltageProtection)``)
instead of meeting a stub.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from quantities import Reading


@dataclass(frozen=True, slots=True)
class Identity:
    """The four fields of ``*IDN?``."""

    manufacturer: str
    model: str
    serial_number: str
    firmware: str

    def __str__(self) -> str:
        """Model and serial number, as reports name an instrument."""
        return f"{self.model} {self.serial_number}"


@runtime_checkable
class Instrument(Protocol):
    """What every instrument can be asked."""

    @property
    def identity(self) -> Identity:
        """What answered ``*IDN?`` at opening."""

    def clear_errors(self) -> list[str]:
        """Empty the error queue and hand out what was in it."""


@runtime_checkable
class Recoverable(Protocol):
    """An instrument that can be connected to anew."""

    def recover(self) -> None:
        """Connect anew; raises ``WrongInstrument`` if another one answers there now."""


@runtime_checkable
class Supply(Instrument, Protocol):
    """One output of a programmable supply."""

    def set_voltage(self, volts: float) -> None:
        """Set the output voltage, and wait until it has settled if the output is on."""

    def set_current_limit(self, amperes: float) -> None:
        """Set the current at which constant voltage ends."""

    def set_output(self, *, on: bool) -> None:
        """Switch the output, and wait until it has settled."""

    def output_voltage(self) -> Reading:
        """The supply's own voltmeter, in V."""

    def output_current(self) -> Reading:
        """The supply's own ammeter, in A."""

    def in_current_limit(self) -> bool:
        """Whether the output is in constant current instead of constant voltage."""

    def make_safe(self) -> None:
        """Output off; does not look at the error queue and can be repeated."""


@runtime_checkable
class OverVoltageProtection(Protocol):
    """A supply that switches itself off above a voltage."""

    def set_over_voltage_protection(self, volts: float) -> None:
        """Trip above this voltage."""

    def over_voltage_tripped(self) -> bool:
        """Whether the protection has switched the output off."""


@runtime_checkable
class OverCurrentProtection(Protocol):
    """A supply that switches itself off when it reaches its current limit."""

    def set_over_current_protection(self, *, on: bool) -> None:
        """Whether reaching the current limit switches the output off."""

    def over_current_tripped(self) -> bool:
        """Whether the protection has switched the output off."""


@runtime_checkable
class Voltmeter(Instrument, Protocol):
    """A multimeter that measures voltage."""

    def dc_voltage(self, *, range_V: float, power_line_cycles: float) -> Reading:
        """One reading in V. Raises ``Overload`` beyond the range."""

    def input_resistance_ohm(self, *, range_V: float) -> float:
        """What the voltmeter itself is across its terminals."""


@runtime_checkable
class AcVoltmeter(Protocol):
    """A multimeter that measures alternating voltage."""

    def ac_voltage(self, *, range_V: float, lowest_Hz: float) -> Reading:
        """True rms in V without the direct part, of frequencies from ``lowest_Hz`` up."""


@runtime_checkable
class Ammeter(Instrument, Protocol):
    """A multimeter that measures current."""

    def dc_current(self, *, range_A: float, power_line_cycles: float) -> Reading:
        """One reading in A. Raises ``Overload`` beyond the range."""

    def burden_resistance(self, *, range_A: float) -> Reading:
        """What the ammeter itself puts into the circuit on this range, in Ω."""


@runtime_checkable
class AcAmmeter(Protocol):
    """A multimeter that measures alternating current."""

    def ac_current(self, *, range_A: float, lowest_Hz: float) -> Reading:
        """True rms in A without the direct part, of frequencies from ``lowest_Hz`` up."""


@dataclass(frozen=True, slots=True, eq=False)
class Train:
    """Readings that a meter took by itself, one after another.

    ``readings`` is an array in order of time, not by position. Its standard uncertainty is what
    they have in common; noise is apart and shows in their scatter.
    """

    readings: Reading
    start_ns: int
    """On the bench clock, when the first aperture began."""
    aperture_s: float
    interval_s: float
    """From one aperture's begin to the next one's; what lies between apertures is dead time."""
    interval_uncertainty_s: float
    """Standard uncertainty of the interval."""


@runtime_checkable
class CurrentTrain(Protocol):
    """An ammeter that takes a train of readings by itself, whatever else goes on meanwhile."""

    def start_dc_current_train(
        self, *, range_A: float, power_line_cycles: float, count: int
    ) -> None:
        """Begin to take ``count`` readings, as fast as the aperture lets them follow."""

    def dc_current_train(self, count: int) -> Train:
        """Wait for the next ``count`` readings; raises ``Overload`` if one is beyond the range."""


@runtime_checkable
class CurrentDigitizer(CurrentTrain, Protocol):
    """An ammeter that can also take its train at a rate that is stated beforehand."""

    @property
    def greatest_current_rate_Hz(self) -> float:
        """How many readings a second it can take at most."""

    def start_dc_current_samples(self, *, range_A: float, rate_Hz: float, count: int) -> None:
        """Begin to take ``count`` readings, ``rate_Hz`` a second; they are fetched as a train."""


@runtime_checkable
class Thermometer(Instrument, Protocol):
    """A probe at the modules, and what reads it."""

    def temperature(self) -> Reading:
        """One reading in K."""


@runtime_checkable
class ScanningThermometer(Instrument, Protocol):
    """Many sensors, and what reads them one after another."""

    def temperatures(self, channels: Sequence[int]) -> Reading:
        """One reading of each channel in K, in the order of ``channels``; NaN where a sensor fails.

        Open, shorted, or beyond what the sensor can be: there is no telling them apart for certain.
        """


@runtime_checkable
class Load(Instrument, Protocol):
    """An electronic load that takes a constant current."""

    def set_current(self, amperes: float) -> None:
        """Set the current that it takes, and wait until it has settled if the input is on."""

    def set_input(self, *, on: bool) -> None:
        """Switch the input, and wait until it has settled."""

    def input_voltage(self) -> Reading:
        """The load's own voltmeter, in V."""

    def input_current(self) -> Reading:
        """The load's own ammeter, in A; 0 while the input is off."""

    def make_safe(self) -> None:
        """Input off; does not look at the error queue and can be repeated."""


@runtime_checkable
class Relay(Instrument, Protocol):
    """One relay, whatever others of its instrument do."""

    def close_contact(self) -> None:
        """Close it, and wait for the contact."""

    def open_contact(self) -> None:
        """Open it, and wait for the contact."""


@runtime_checkable
class Multiplexer(Instrument, Protocol):
    """Relays that put one module's feed through the ammeter, make before break."""

    @property
    def channels(self) -> tuple[int, ...]:
        """Every channel that there is, as the instrument numbers them, in order."""

    def select(self, channel: int) -> None:
        """Close this channel, then open whichever was closed before."""

    def release(self) -> None:
        """Open every channel."""
