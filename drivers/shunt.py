"""A shunt in a current, and the voltmeter across it: an ammeter for more than meters bear."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from drivers.roles import Identity, Voltmeter
from quantities import Reading
from quantities.errors import InstrumentError, Overload
from quantities.reading import in_quadrature


@dataclass(frozen=True, slots=True)
class Shunt:
    """A resistor of four terminals, as its certificate states it."""

    ohm: float
    greatest_A: float
    tolerance_percent: float
    """Limit of its error, temperature and ageing included."""

    @property
    def relative_uncertainty(self) -> float:
        """Standard uncertainty of the resistance, as a fraction: the limit is rectangular."""
        return self.tolerance_percent / 100 / math.sqrt(3)


class ShuntAmmeter:
    """As ``Ammeter``: what the voltmeter reads, over the shunt's resistance."""

    def __init__(self, voltmeter: Voltmeter, shunt: Shunt) -> None:
        self._voltmeter = voltmeter
        self._shunt = shunt
        self.identity: Identity = voltmeter.identity

    def clear_errors(self) -> list[str]:
        """Empty the voltmeter's error queue and hand out what was in it."""
        return self._voltmeter.clear_errors()

    def dc_current(self, *, range_A: float, power_line_cycles: float) -> Reading:
        """One reading in A. Raises ``Overload`` beyond the voltmeter's range or the shunt."""
        shunt = self._shunt
        if not 0 <= range_A <= shunt.greatest_A:
            raise InstrumentError(
                f"no range holds {range_A:g} A", expected=f"at most {shunt.greatest_A:g} A"
            )
        voltage = self._voltmeter.dc_voltage(
            range_V=range_A * shunt.ohm, power_line_cycles=power_line_cycles
        )
        amperes = float(voltage.value) / shunt.ohm
        if abs(amperes) > shunt.greatest_A:
            raise Overload(
                f"{amperes:g} A is more than the shunt bears",
                where=str(self.identity),
                expected=f"at most {shunt.greatest_A:g} A",
            )
        uncertainty_A = in_quadrature(
            float(voltage.standard_uncertainty) / shunt.ohm, amperes * shunt.relative_uncertainty
        )
        return replace(voltage, value=amperes, unit="A", standard_uncertainty=uncertainty_A)

    def burden_resistance(self, *, range_A: float) -> Reading:  # noqa: ARG002 - the same on all
        """The shunt, in Ω."""
        shunt = self._shunt
        return Reading(
            shunt.ohm,
            "Ω",
            shunt.ohm * shunt.relative_uncertainty,
            instrument=str(self.identity),
        )
