from __future__ import annotations

import math

import pytest
from pyvisa.resources import MessageBasedResource

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus
from tests.rigs.simulation.waveforms import Load, Pulses, Settling, Steady

MODEL = "keithley-dmm6500"


def say(meter: MessageBasedResource, *lines: str) -> None:
    for line in lines:
        meter.write(line)


def test_it_names_itself_with_the_word_model_and_speaks_scpi(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    assert meter.query("*IDN?").split(",")[:2] == ["KEITHLEY INSTRUMENTS", "MODEL DMM6500"]
    assert meter.query("*LANG?") == "SCPI"
    assert meter.query("SYST:LFR?") == "50"


def test_errors_come_with_a_time(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    assert meter.query("SYST:ERR?") == '0,"No error;0;0 0"'
    meter.write("CONF:VOLT:DC 10")
    assert meter.query("SYST:ERR?").startswith('-113,"Undefined header;1;20')


@pytest.mark.parametrize("cycles", [0.0005, 0.01, 0.3, 12])
def test_any_number_of_cycles_up_to_twelve_is_an_aperture(bus: Bus, cycles: float) -> None:
    waveform = Settling(end=4.2, time_constant_ns=8e7)
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    say(meter, "VOLT:RANG 10", f"VOLT:NPLC {cycles}", "VOLT:AZER OFF")
    reading = float(meter.query("READ?"))
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == cycles * 20_000_000
    integral = waveform.integral(end_ns, 1) - waveform.integral(start_ns, 1)
    assert reading == pytest.approx(integral / (end_ns - start_ns), abs=1e-8)
    assert float(meter.query("VOLT:NPLC?")) == cycles


@pytest.mark.parametrize(("line_frequency_Hz", "most"), [(50.0, 12), (60.0, 15)])
def test_the_most_cycles_depend_on_the_line(
    bus: Bus, line_frequency_Hz: float, most: float
) -> None:
    meter = bus.connect(MODEL, line_frequency_Hz=line_frequency_Hz)
    say(meter, f"VOLT:NPLC {most}")
    assert meter.query("SYST:ERR?").startswith("0,")
    say(meter, f"VOLT:NPLC {most + 0.1}")
    assert meter.query("SYST:ERR?").startswith("-222,")


def test_a_function_keeps_its_settings_while_another_is_used(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.5), current=Steady(0.02)))
    say(meter, "VOLT:RANG 10", "VOLT:NPLC 5", 'FUNC "CURR"', "CURR:RANG 0.1")
    assert float(meter.query("READ?")) == pytest.approx(0.02)
    say(meter, 'FUNC "VOLT:DC"')
    assert meter.query("VOLT:RANG?;NPLC?") == "10;5"
    assert float(meter.query("READ?")) == pytest.approx(1.5)
    say(meter, "*RST")
    assert meter.query("VOLT:NPLC?;AZER?") == "1;1"


@pytest.mark.parametrize(
    ("settings", "ohm"),
    [
        (["VOLT:RANG 10"], 10e6),
        (["VOLT:RANG 10", "VOLT:INP AUTO"], 10e9),
        (["VOLT:RANG 100", "VOLT:INP AUTO"], 10e6),
        (['FUNC "VOLT:AC"'], 1e6),
    ],
)
def test_a_voltmeter_is_a_load_for_what_it_measures(
    bus: Bus, settings: list[str], ohm: float
) -> None:
    load = Load()
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0), load=load))
    say(meter, *settings)
    meter.query("READ?")
    assert load.ohm == ohm


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("CURR:RANG 20", -222),
        ("CURR:AC:DET:BAND 20", -224),
        ('FUNC "RES"', -224),
        ("VOLT:INP 10G", -224),
        ('TRIG:LOAD "DurationLoop",1', -224),
        ("DIG:CURR:SRAT 100", -222),
        ("INIT", -213),
        ('TRAC:DATA? 1,1,"defbuffer1",READ', -222),
    ],
)
def test_what_it_cannot_do_is_refused(bus: Bus, line: str, error: int) -> None:
    meter = bus.connect(MODEL)
    say(meter, line)
    assert meter.query("SYST:ERR?").startswith(f"{error},")


def test_a_train_lands_in_the_buffer_with_its_times(bus: Bus) -> None:
    ramp = Settling(end=0.02, time_constant_ns=1e9)
    meter = bus.connect(MODEL, Connections(current=ramp))
    say(meter, 'FUNC "CURR"', "CURR:RANG 0.1", "CURR:NPLC 1", "CURR:AZER OFF", "AZER:ONCE")
    say(meter, 'TRIG:LOAD "SimpleLoop",5,0,"defbuffer1"', "INIT")
    bus.wait(0.095)
    assert meter.query('TRAC:ACT? "defbuffer1"') == "2"
    meter.query("*OPC?")
    assert meter.query('TRAC:ACT? "defbuffer1"') == "5"
    numbers = [float(n) for n in meter.query('TRAC:DATA? 2,3,"defbuffer1",READ,REL').split(",")]
    assert numbers[1::2] == [pytest.approx(0.02), pytest.approx(0.04)]
    assert numbers[0] < numbers[2] < 0.02


def test_nothing_is_set_while_a_train_runs(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(current=Steady(0.02)))
    say(meter, 'FUNC "CURR"', "CURR:RANG 0.1", 'TRIG:LOAD "SimpleLoop",1000', "INIT")
    say(meter, "CURR:NPLC 5")
    assert meter.query("SYST:ERR?").startswith("-221,")
    say(meter, "INIT")
    assert meter.query("SYST:ERR?").startswith("-213,")
    say(meter, "ABOR", "CURR:NPLC 5")
    assert meter.query("SYST:ERR?").startswith("0,")


def test_the_digitizer_samples_at_its_rate(bus: Bus) -> None:
    pulses = Pulses(level=0.4, period_ns=1_000_000, duty=0.25)
    meter = bus.connect(MODEL, Connections(current=pulses))
    say(meter, 'DIG:FUNC "CURR"', "DIG:CURR:RANG 1", "DIG:CURR:SRAT 20000", "DIG:COUN 40")
    say(meter, 'TRIG:LOAD "SimpleLoop",1,0,"defbuffer1"', "INIT")
    meter.query("*OPC?")
    numbers = [float(n) for n in meter.query('TRAC:DATA? 1,40,"defbuffer1",READ,REL').split(",")]
    assert numbers[-1] == pytest.approx(39 / 20000)
    assert math.fsum(numbers[::2]) / 40 == pytest.approx(0.1)
    say(meter, "READ?")
    assert meter.query("SYST:ERR?").startswith("-221,")
