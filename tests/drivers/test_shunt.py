"""A pack's current by a shunt: what it is worth, and what the shunt bears."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import cast

import pytest

from drivers.roles import Identity, Voltmeter
from drivers.shunt import Shunt, ShuntAmmeter
from quantities import Reading
from quantities.errors import InstrumentError, Overload

SHUNT = Shunt(ohm=0.01, greatest_A=20.0, tolerance_percent=0.5)


@dataclass
class ShowsVolts:
    """A voltmeter that shows this, and the ranges that it was asked for."""

    volts: float
    ranges_V: list[float] = field(default_factory=list)
    identity: Identity = field(default_factory=lambda: Identity("Maker", "M", "1", "1.0"))

    def dc_voltage(self, *, range_V: float, power_line_cycles: float) -> Reading:
        assert power_line_cycles == 1
        self.ranges_V.append(range_V)
        return Reading(self.volts, "V", 0.0001)


def by_shunt(volts: float, range_A: float = 20.0) -> Reading:
    ammeter = ShuntAmmeter(cast("Voltmeter", ShowsVolts(volts)), SHUNT)
    return ammeter.dc_current(range_A=range_A, power_line_cycles=1)


@pytest.mark.parametrize("amperes", [20.0, 0.0, -20.0])
def test_a_current_has_its_sign_and_both_uncertainties(amperes: float):
    reading = by_shunt(amperes * SHUNT.ohm)
    assert (reading.value, reading.unit) == (pytest.approx(amperes), "A")
    of_shunt = amperes * 0.005 / math.sqrt(3)
    assert reading.standard_uncertainty == pytest.approx(math.hypot(0.01, of_shunt))


@pytest.mark.parametrize("amperes", [20.01, -20.01])
def test_more_than_the_shunt_bears_is_an_overload_whichever_way_it_flows(amperes: float):
    with pytest.raises(Overload, match="more than the shunt bears"):
        by_shunt(amperes * SHUNT.ohm)


@pytest.mark.parametrize("range_A", [20.01, -1.0, math.nan])
def test_a_range_that_the_shunt_does_not_bear_is_refused(range_A: float):
    with pytest.raises(InstrumentError, match="no range holds"):
        by_shunt(0.0, range_A)


def test_the_voltmeter_gets_the_range_that_the_shunt_drops():
    voltmeter = ShowsVolts(0.05)
    ammeter = ShuntAmmeter(cast("Voltmeter", voltmeter), SHUNT)
    ammeter.dc_current(range_A=10.0, power_line_cycles=1)
    assert voltmeter.ranges_V == [pytest.approx(0.1)]
