from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import Ammeter, Voltmeter
from quantities import Clock
from quantities.errors import InstrumentError, InstrumentReported, InstrumentTimeout, Overload
from tests.drivers.scripted import NO_ERROR, TIME_OUT, Wire, checked, opened


@pytest.fixture
def keysight(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-34461a", wire, clock)


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


def test_settings_are_sent_anew_after_an_answer_was_lost(keysight: OpenInstrument, wire: Wire):
    ammeter = keysight.part(Ammeter)
    settings = checked("CONF:CURR:DC 1", "CURR:DC:NPLC 10", "CURR:DC:ZERO:AUTO ON")
    wire.expect(*settings, ("READ?", TIME_OUT), *settings, ("READ?", "0.4"))
    with pytest.raises(InstrumentTimeout):
        ammeter.dc_current(range_A=1.0, power_line_cycles=10)
    assert ammeter.dc_current(range_A=1.0, power_line_cycles=10).value == 0.4


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
