from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import AcAmmeter, AcVoltmeter, Ammeter, CurrentTrain, Voltmeter
from quantities import Clock
from quantities.errors import Overload
from tests.drivers.scripted import Wire, checked, opened


@pytest.fixture
def siglent(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("siglent-sdm3065x", wire, clock)


def test_an_sdm3065x_measures_voltage_with_open_input_and_autozero(
    siglent: OpenInstrument, wire: Wire
):
    wire.expect(
        *checked("CONF:VOLT:DC 20V", "VOLT:DC:NPLC 1", "VOLT:DC:AZ ON", "VOLT:DC:IMP 10G"),
        ("READ?", "+4.20000000E+00"),
        *checked("CONF:VOLT:DC 200V", "VOLT:DC:NPLC 10", "VOLT:DC:AZ ON"),
        ("READ?", "+6.00000000E+01"),
    )
    voltmeter = siglent.part(Voltmeter)
    assert voltmeter.dc_voltage(range_V=5.0, power_line_cycles=1).value == 4.2
    assert voltmeter.dc_voltage(range_V=60.0, power_line_cycles=10).value == 60.0


@pytest.mark.parametrize(
    ("range_A", "name"),
    [(150e-6, "200uA"), (1e-3, "2mA"), (0.1, "200mA"), (1.0, "2A"), (5.0, "10A")],
)
def test_ranges_are_named_with_their_unit(
    siglent: OpenInstrument, wire: Wire, range_A: float, name: str
):
    wire.expect(
        *checked(f"CONF:CURR:DC {name}", "CURR:DC:NPLC 0.05", "CURR:DC:AZ ON"),
        ("READ?", "+1.00000000E-06"),
    )
    assert siglent.part(Ammeter).dc_current(range_A=range_A, power_line_cycles=0.02).value == 1e-6


def test_filters_are_named_in_hertz(siglent: OpenInstrument, wire: Wire):
    wire.expect(
        *checked("CONF:CURR:AC 2A", "CURR:AC:BAND 20HZ"),
        ("READ?", "+2.00000000E-01"),
        *checked("CONF:VOLT:AC 200mV", "VOLT:AC:BAND 200HZ"),
        ("READ?", "+1.00000000E-02"),
    )
    assert siglent.part(AcAmmeter).ac_current(range_A=0.5, lowest_Hz=100).value == 0.2
    assert siglent.part(AcVoltmeter).ac_voltage(range_V=0.1, lowest_Hz=1000).value == 0.01


def test_beyond_ten_percent_over_the_range_is_an_overload(siglent: OpenInstrument, wire: Wire):
    wire.expect(
        *checked("CONF:CURR:DC 2mA", "CURR:DC:NPLC 1", "CURR:DC:AZ ON"), ("READ?", "+2.3E-03")
    )
    with pytest.raises(Overload, match=r"beyond the 0.002 A range"):
        siglent.part(Ammeter).dc_current(range_A=2e-3, power_line_cycles=1)


def test_an_sdm3065x_takes_no_train_of_readings(siglent: OpenInstrument):
    assert not isinstance(siglent.part(Ammeter), CurrentTrain)
