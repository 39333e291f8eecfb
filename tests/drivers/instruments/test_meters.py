from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import Ammeter, Voltmeter
from quantities import Clock, Purpose
from quantities.errors import InstrumentError, InstrumentReported, Overload
from tests.drivers.scripted import NO_ERROR, Wire, checked, opened


@pytest.fixture
def keysight(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-34461a", wire, clock)


@pytest.fixture
def rigol(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("rigol-dm3068", wire, clock)


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


def test_settings_are_sent_only_when_they_change(keysight: OpenInstrument, wire: Wire):
    ammeter = keysight.part(Ammeter)
    one_ampere = checked("CONF:CURR:DC 1", "CURR:DC:NPLC 10", "CURR:DC:ZERO:AUTO ON")
    wire.expect(
        *one_ampere,
        ("READ?", "0.4"),
        ("READ?", "0.5"),
        *checked("CONF:CURR:DC 3", "CURR:DC:NPLC 10", "CURR:DC:ZERO:AUTO ON"),
        ("READ?", "2"),
        *one_ampere,
        ("READ?", "0.6"),
    )
    values = [
        ammeter.dc_current(range_A=range_A, power_line_cycles=10).value
        for range_A in (1.0, 0.7, 3.0, 1.0)
    ]
    assert values == [0.4, 0.5, 2.0, 0.6]


def test_settings_are_sent_anew_after_one_was_refused(keysight: OpenInstrument, wire: Wire):
    voltmeter = keysight.part(Voltmeter)
    wire.expect(
        *checked("CONF:VOLT:DC 10"),
        "VOLT:DC:NPLC 10",
        ("SYST:ERR?", '-224,"Illegal parameter value"'),
        ("SYST:ERR?", NO_ERROR),
        *checked("CONF:VOLT:DC 10", "VOLT:DC:NPLC 10", "VOLT:DC:ZERO:AUTO ON"),
        *checked("VOLT:DC:IMP:AUTO ON"),
        ("READ?", "1"),
    )
    with pytest.raises(InstrumentReported, match="Illegal parameter value"):
        voltmeter.dc_voltage(range_V=10.0, power_line_cycles=10)
    assert voltmeter.dc_voltage(range_V=10.0, power_line_cycles=10).value == 1.0


def test_a_long_aperture_is_waited_for(keysight: OpenInstrument, wire: Wire):
    wire.expect(
        *checked("CONF:VOLT:DC 100", "VOLT:DC:NPLC 100", "VOLT:DC:ZERO:AUTO ON"), ("READ?", "1")
    )
    keysight.part(Voltmeter).dc_voltage(range_V=100.0, power_line_cycles=100)
    assert wire.longest_timeout_ms == pytest.approx(5000 + 2 * 100 / 50 * 1000)


@pytest.mark.parametrize("answer", ["+9.90000000E+37", "-9.90000000E+37", "12.001"])
def test_a_reading_beyond_the_range_is_an_overload_and_no_value(
    keysight: OpenInstrument, wire: Wire, answer: str
):
    wire.expect(
        *checked("CONF:VOLT:DC 10", "VOLT:DC:NPLC 1", "VOLT:DC:ZERO:AUTO ON"),
        *checked("VOLT:DC:IMP:AUTO ON"),
        ("READ?", answer),
    )
    with pytest.raises(Overload, match=r"beyond the 10 V range.*at most 12 V"):
        keysight.part(Voltmeter).dc_voltage(range_V=10.0, power_line_cycles=1)


def test_a_range_or_aperture_that_is_not_there_is_refused_before_anything_is_sent(
    keysight: OpenInstrument,
):
    with pytest.raises(InstrumentError, match="no range holds 10 A"):
        keysight.part(Ammeter).dc_current(range_A=10.0, power_line_cycles=10)
    with pytest.raises(InstrumentError, match="200 power-line cycles"):
        keysight.part(Ammeter).dc_current(range_A=1.0, power_line_cycles=200)


def test_a_dm3068_is_set_by_indices_and_rates(rigol: OpenInstrument, wire: Wire):
    wire.expect(
        *checked(":FUNC:VOLT:DC", ":MEAS:VOLT:DC 1", ":RATE:VOLT:DC M", ":MEAS:VOLT:DC:IMP 10G"),
        (":MEAS:VOLT:DC?", "1.234500e+00"),
        *checked(":FUNC:VOLT:DC", ":MEAS:VOLT:DC 2", ":RATE:VOLT:DC S", ":MEAS:VOLT:DC:IMP 10M"),
        (":MEAS:VOLT:DC?", "4.200000e+00"),
        *checked(":FUNC:CURR:DC", ":MEAS:CURR:DC 3", ":RATE:CURR:DC F"),
        (":MEAS:CURR:DC?", "1.000000e-01"),
    )
    voltmeter, ammeter = rigol.part(Voltmeter), rigol.part(Ammeter)
    assert voltmeter.dc_voltage(range_V=2.0, power_line_cycles=1).value == 1.2345
    assert voltmeter.dc_voltage(range_V=5.0, power_line_cycles=10).value == 4.2
    assert ammeter.dc_current(range_A=0.2, power_line_cycles=0.4).value == 0.1


def test_a_dm3068_answers_with_a_value_that_began_after_the_question(
    rigol: OpenInstrument, wire: Wire, clock: Clock
):
    wire.expect(
        *checked(":FUNC:CURR:DC", ":MEAS:CURR:DC 4", ":RATE:CURR:DC S"),
        (":MEAS:CURR:DC?", "1.000000e+00"),
    )
    rigol.part(Ammeter).dc_current(range_A=1.0, power_line_cycles=20)
    assert clock.ledger()[Purpose.APERTURE] == 2 * 400_000_000
