from __future__ import annotations

import math

import pytest
import pyvisa

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus
from tests.rigs.simulation.waveforms import Load, Pulses, Settling, Shunts, Steady

MODEL = "rigol-dm3068"


def test_it_names_itself(bus: Bus) -> None:
    fields = bus.connect(MODEL).query("*IDN?").split(",")
    assert fields[:3] == ["Rigol Technologies", "DM3068", "SN1"]


@pytest.mark.parametrize(("rate", "aperture_ns"), [("F", 8e6), ("M", 50e6), ("S", 400e6)])
@pytest.mark.parametrize(
    "waveform",
    [
        Steady(3.7),
        Pulses(level=4.2, period_ns=1_234_567, duty=0.3),
        Settling(end=4.2, time_constant_ns=80_000_000),
    ],
)
def test_a_reading_equals_the_integral_over_its_rates_period(
    bus: Bus, waveform: Steady | Pulses | Settling, rate: str, aperture_ns: float
) -> None:
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    meter.write(":MEAS:VOLT:DC 2")
    meter.write(f":RATE:VOLT:DC {rate}")
    reading = float(meter.query(":MEAS:VOLT:DC?"))
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == aperture_ns
    integral = waveform.integral(end_ns, 1) - waveform.integral(start_ns, 1)
    assert reading == pytest.approx(integral / aperture_ns, rel=1e-6)
    assert meter.query(":RATE:VOLT:DC?") == rate


def test_readings_are_in_lower_case(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(-1.2345)))
    assert meter.query(":MEASure:VOLTage:DC?") == "-1.234500e+00"


def test_ranges_are_counted_from_zero_and_overload_is_a_number(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(3.7)))
    meter.write(":MEAS:VOLT:DC 1")
    assert meter.query(":MEAS:VOLT:DC:RANG?") == "1"
    assert meter.query(":MEAS:VOLT:DC?") == "9.900000e+37"
    for word, index in (("MIN", "0"), ("MAX", "4"), ("DEF", "2")):
        meter.write(f":MEAS:VOLT:DC {word}")
        assert meter.query(":MEAS:VOLT:DC:RANG?") == index


def test_autorange_is_one_mode_for_the_function_in_use(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(3.7)))
    meter.write(":MEAS:VOLT:DC 4")
    meter.write(":MEAS AUTO")
    assert float(meter.query(":MEAS:VOLT:DC?")) == pytest.approx(3.7)
    assert meter.query(":MEAS:VOLT:DC:RANG?") == "2"


def test_a_function_must_be_chosen_before_it_is_asked(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(3.7), current=Steady(0.02)))
    meter.timeout = 1000
    assert meter.query(":FUNC?") == "DCV"
    with pytest.raises(pyvisa.errors.VisaIOError):
        meter.query(":MEAS:CURR:DC?")
    meter.write(":FUNC:CURR:DC")
    assert meter.query(":FUNC?") == "DCI"
    assert float(meter.query(":MEAS:CURR:DC?")) == pytest.approx(0.02)


def test_ac_is_the_rms_with_the_mean_taken_out(bus: Bus) -> None:
    waveform = Pulses(level=0.4, period_ns=1_000_000, duty=0.5)
    meter = bus.connect(MODEL, Connections(current=waveform))
    meter.write(":FUNC:CURR:AC")
    meter.write(":MEAS:CURR:AC 2")
    assert float(meter.query(":MEAS:CURR:AC?")) == pytest.approx(math.sqrt(0.25) * 0.4)


def test_a_current_range_decides_the_burden_and_never_opens_the_path(bus: Bus) -> None:
    shunts = Shunts()
    meter = bus.connect(MODEL, Connections(current=Steady(0.02), burden=shunts))
    meter.write(":FUNC:CURR:DC")
    meter.write(":MEAS:CURR:DC 3")
    assert meter.query(":MEAS:CURR:DC:RANG?") == "3"
    assert (shunts.ohms[0], shunts.ohms[-1]) == (pytest.approx(0.06), pytest.approx(2.5))
    assert shunts.interruptions == []


@pytest.mark.parametrize("question", ["CONF?", ":VOLT:NPLC?", ":RESO:VOLT:DC?", "READ?"])
def test_what_is_not_of_its_command_set_stays_without_answer(bus: Bus, question: str) -> None:
    meter = bus.connect(MODEL)
    meter.timeout = 500
    with pytest.raises(pyvisa.errors.VisaIOError):
        meter.query(question)
    assert meter.query("SYST:ERR?") == '-113,"Undefined header"'
    assert meter.query("SYST:ERR?") == '0,"No error"'


def test_it_speaks_its_own_command_set(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    meter.write("CMDSET RIGOL")
    assert meter.query("CMDSET?") == "RIGOL"
    meter.write("CMDSET AGILENT")
    assert meter.query("SYST:ERR?") == '-224,"Illegal parameter value"'


def test_ten_gigaohms_are_to_be_had_on_the_two_smallest_ranges_only(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    meter.write(":MEAS:VOLT:DC 1")
    meter.write(":MEAS:VOLT:DC:IMPE 10G")
    assert meter.query(":MEAS:VOLT:DC:IMPE?") == "10G"
    meter.write("*RST")
    assert meter.query(":MEAS:VOLT:DC:IMPE?") == "10M"
    meter.write(":MEAS:VOLT:DC 2")
    meter.write(":MEAS:VOLT:DC:IMPE 10G")
    assert meter.query("SYST:ERR?") == '-221,"Settings conflict"'
    assert meter.query(":MEAS:VOLT:DC:IMPEDANCE?") == "10M"


def test_the_latest_reading_may_have_begun_before_the_question(bus: Bus) -> None:
    waveform = Settling(end=4.2, time_constant_ns=80_000_000)
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    meter.write(":MEAS:VOLT:DC 2")
    bus.wait(0.45)
    assert meter.query(":MEAS?") == "TRUE"
    asked_ns = bus.kernel.now_ns
    first = float(meter.query(":MEAS:VOLT:DC?"))
    start_ns, end_ns = waveform.windows[-1]
    assert start_ns < end_ns < asked_ns
    assert first < 4.2 * 0.95
    bus.wait(0.8)
    assert float(meter.query(":MEAS:VOLT:DC?")) == pytest.approx(4.2, rel=1e-3)
    assert waveform.observers == 1


def test_a_new_setting_begins_a_new_conversion(bus: Bus) -> None:
    waveform = Steady(1.0)
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    bus.wait(2)
    meter.write(":MEAS:VOLT:DC 1")
    assert meter.query(":MEAS?") == "FALSE"
    before_ns = bus.kernel.now_ns
    meter.query(":MEAS:VOLT:DC?")
    assert bus.kernel.now_ns - before_ns > 390_000_000


def test_a_question_that_waits_can_be_followed_by_a_setting(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.5), current=Steady(0.02)))
    answer = meter.query(":MEAS:VOLT:DC 1;DC?;:FUNC:CURR:DC;:MEAS:CURR:DC?")
    assert [float(part) for part in answer.split(";")] == [1.5, pytest.approx(0.02)]


def test_a_specimen_is_off_but_within_its_data_sheet(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(3.7)), ideal=False)
    meter.write(":MEAS:VOLT:DC 2")
    readings = set()
    for _ in range(5):
        bus.wait(0.4)
        readings.add(float(meter.query(":MEAS:VOLT:DC?")))
    assert readings != {3.7}
    assert max(abs(reading - 3.7) for reading in readings) < 20 * 0.0045 / 100 + 50e-6


@pytest.mark.parametrize(
    ("settings", "ohm"),
    [
        ([":MEAS:VOLT:DC 2"], 10e6),
        ([":MEAS:VOLT:DC 1", ":MEAS:VOLT:DC:IMPEDANCE 10G"], 10e9),
        ([":FUNC:VOLT:AC"], 1e6),
    ],
)
def test_a_voltmeter_is_a_load_for_what_it_measures(
    bus: Bus, settings: list[str], ohm: float
) -> None:
    load = Load()
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0), load=load))
    for setting in settings:
        meter.write(setting)
    bus.wait(2.0)
    assert load.ohm == ohm
