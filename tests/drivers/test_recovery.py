"""Instruments that lose an answer, reboot or are replaced while a run needs them."""

from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import Supply, Voltmeter
from quantities import Clock
from quantities.errors import InstrumentError, InstrumentTimeout, WrongInstrument
from tests.drivers.scripted import OPENINGS, TIME_OUT, Exchange, Wire, checked, opened

SETTINGS = checked(
    "CONF:VOLT:DC 10", "VOLT:DC:NPLC 10", "VOLT:DC:ZERO:AUTO ON", "VOLT:DC:IMP:AUTO ON"
)
METER = OPENINGS["keysight-34461a"][0]
OTHER_METER = ("*IDN?", METER[1].replace("MY53000001", "MY53000002"))  # type: ignore[union-attr]
SUPPLY = OPENINGS["keysight-e36312a"][0]


@pytest.fixture
def voltmeter(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-34461a", wire, clock)


def read(instrument: OpenInstrument) -> float:
    reading = instrument.part(Voltmeter).dc_voltage(range_V=10.0, power_line_cycles=10)
    return float(reading.value)


@pytest.mark.parametrize("answer", [TIME_OUT, '+0,"No error"', ""])
def test_a_voltage_is_taken_once_more_with_all_settings_sent_anew(
    voltmeter: OpenInstrument, wire: Wire, answer: str | Exception
):
    wire.expect(*SETTINGS, ("READ?", answer), METER, *SETTINGS, ("READ?", "4.2"))
    assert read(voltmeter) == 4.2
    assert wire.cleared


def test_it_is_not_taken_a_third_time(voltmeter: OpenInstrument, wire: Wire):
    lost: list[Exchange] = [*SETTINGS, ("READ?", TIME_OUT)]
    wire.expect(*lost, METER, *lost)
    with pytest.raises(InstrumentTimeout):
        read(voltmeter)


def test_another_meter_in_its_place_blocks(voltmeter: OpenInstrument, wire: Wire):
    wire.expect(*SETTINGS, ("READ?", TIME_OUT), OTHER_METER)
    with pytest.raises(WrongInstrument, match=r"MY53000002.*MY53000001"):
        read(voltmeter)


def test_a_meter_that_is_gone_blocks(voltmeter: OpenInstrument, wire: Wire):
    wire.expect(*SETTINGS, ("READ?", "1.0"))
    read(voltmeter)
    wire.dead = True
    with pytest.raises(InstrumentError, match="resynchronising failed"):
        read(voltmeter)


def test_what_a_supply_measures_is_asked_once_more(wire: Wire, clock: Clock):
    supply = opened("keysight-e36312a", wire, clock).part(Supply, 1)
    wire.expect(("MEAS:VOLT? (@1)", TIME_OUT), SUPPLY, ("MEAS:VOLT? (@1)", "3.7"))
    assert supply.output_voltage().value == 3.7


def test_what_a_supply_is_told_is_not_told_twice(wire: Wire, clock: Clock):
    supply = opened("keysight-e36312a", wire, clock).part(Supply, 1)
    wire.expect("VOLT 3.7,(@1)", ("SYST:ERR?", TIME_OUT))
    with pytest.raises(InstrumentTimeout):
        supply.set_voltage(3.7)
