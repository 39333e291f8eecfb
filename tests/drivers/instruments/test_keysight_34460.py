from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import Ammeter, Voltmeter
from quantities import Clock
from tests.drivers.scripted import Wire, checked, opened


@pytest.fixture
def keysight(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-34461a", wire, clock)


def test_a_34461a_measures_voltage_with_open_input_and_autozero(
    keysight: OpenInstrument, wire: Wire
):
    wire.expect(
        *checked("CONF:VOLT:DC 10", "VOLT:DC:NPLC 10", "VOLT:DC:ZERO:AUTO ON"),
        *checked("VOLT:DC:IMP:AUTO ON"),
        ("READ?", "+4.20000000E+00"),
    )
    reading = keysight.part(Voltmeter).dc_voltage(range_V=5.0, power_line_cycles=10)
    assert (reading.value, reading.unit) == (4.2, "V")
    assert reading.standard_uncertainty == pytest.approx(98.5e-6)
    assert reading.instrument == "34461A MY53000001"


def test_a_34461a_does_not_ask_for_an_open_input_where_there_is_none(
    keysight: OpenInstrument, wire: Wire
):
    wire.expect(
        *checked("CONF:VOLT:DC 100", "VOLT:DC:NPLC 10", "VOLT:DC:ZERO:AUTO ON"), ("READ?", "60")
    )
    assert keysight.part(Voltmeter).dc_voltage(range_V=60.0, power_line_cycles=10).value == 60.0


def test_a_34461a_measures_current(keysight: OpenInstrument, wire: Wire):
    wire.expect(
        *checked("CONF:CURR:DC 0.0001", "CURR:DC:NPLC 100", "CURR:DC:ZERO:AUTO ON"),
        ("READ?", "+8.00000000E-06"),
    )
    reading = keysight.part(Ammeter).dc_current(range_A=50e-6, power_line_cycles=100)
    assert (reading.value, reading.unit) == (8e-6, "A")
    assert reading.standard_uncertainty == pytest.approx(14.5e-9)
