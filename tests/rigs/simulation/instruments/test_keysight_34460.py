from __future__ import annotations

import math
from itertools import pairwise

import pytest
import pyvisa
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.instruments import Connections
from rigs.simulation.instruments.figures import datasheet
from tests.rigs.simulation.bus import NO_ERROR, Bus
from tests.rigs.simulation.waveforms import Load, Pulses, Settling, Shunts, Steady

MODEL = "keysight-34461a"


@pytest.mark.parametrize("model", ["34460a", "34461a"])
def test_each_model_names_itself(bus: Bus, model: str) -> None:
    fields = bus.connect(f"keysight-{model}").query("*IDN?").split(",")
    assert fields[:3] == ["Keysight Technologies", model.upper(), "SN1"]


@pytest.mark.parametrize("cycles", [1, 10, 100])
@pytest.mark.parametrize(
    "waveform",
    [
        Steady(3.7),
        Pulses(level=4.2, period_ns=1_234_567, duty=0.3),
        Settling(end=4.2, time_constant_ns=80_000_000),
    ],
)
def test_a_reading_equals_the_integral_over_its_aperture(
    bus: Bus, waveform: Steady | Pulses | Settling, cycles: int
) -> None:
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    meter.write("CONF:VOLT:DC 10")
    meter.write(f"VOLT:NPLC {cycles}")
    reading = float(meter.query("READ?"))
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == cycles * 20_000_000
    integral = waveform.integral(end_ns, 1) - waveform.integral(start_ns, 1)
    assert reading == pytest.approx(integral / (end_ns - start_ns), rel=1e-8)
    assert waveform.observers == 0


def test_the_aperture_follows_the_line_frequency(bus: Bus) -> None:
    waveform = Steady(1.0)
    meter = bus.connect(MODEL, Connections(voltage=waveform), line_frequency_Hz=60.0)
    meter.query("MEAS:VOLT:DC? 1")
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == round(10 / 60 * 1e9)


@pytest.mark.parametrize(("cycles", "aperture_ns"), [(0.02, 300_000), (0.2, 3_000_000)])
def test_apertures_below_one_cycle_do_not(bus: Bus, cycles: float, aperture_ns: int) -> None:
    waveform = Steady(1.0)
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    meter.write("CONF:VOLT:DC 1")
    meter.write(f"VOLT:NPLC {cycles}")
    meter.query("READ?")
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == aperture_ns


@pytest.mark.parametrize(("autozero", "conversions"), [("ON", 2), ("OFF", 1)])
def test_autozero_doubles_the_time(bus: Bus, autozero: str, conversions: int) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    meter.write("CONF:VOLT:DC 1")
    meter.write(f"VOLT:ZERO:AUTO {autozero}")
    meter.query("*OPC?")
    before_ns = bus.kernel.now_ns
    meter.query("READ?")
    assert bus.kernel.now_ns - before_ns == 200_000_000 * conversions + 1_500_000 + 1_200_000


@pytest.mark.parametrize("command", ["CONF:VOLT:DC", "MEAS:VOLT:DC?"])
def test_configure_and_measure_reset_integration_range_and_triggering(
    bus: Bus, command: str
) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    meter.write("CONF:VOLT:DC 1")
    meter.write("VOLT:NPLC 100;RANG 1;ZERO:AUTO OFF;:SAMP:COUN 5;:TRIG:DEL 1")
    meter.write(command)
    if command.endswith("?"):
        meter.read()
    assert meter.query("VOLT:NPLC?;RANG:AUTO?;:VOLT:ZERO:AUTO?") == "+1.00000000E+01;1;1"
    assert meter.query("SAMP:COUN?;:TRIG:DEL:AUTO?") == "+1.00000000E+00;1"
    assert meter.query("SYST:ERR?") == NO_ERROR


@pytest.mark.parametrize(
    ("range_", "resolution", "cycles"),
    [("10", "1E-5", 10), ("10", "2E-5", 10), ("10", "3E-6", 100), ("1", "1E-4", 0.02)],
)
def test_a_resolution_asks_for_the_shortest_integration_that_gives_it(
    bus: Bus, range_: str, resolution: str, cycles: float
) -> None:
    meter = bus.connect(MODEL)
    meter.write(f"CONF:VOLT:DC {range_},{resolution}")
    assert float(meter.query("VOLT:NPLC?")) == cycles
    assert meter.query("SYST:ERR?") == NO_ERROR


def test_a_resolution_without_a_range_is_a_conflict(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    meter.write("CONF:VOLT:DC AUTO,1E-5")
    assert meter.query("SYST:ERR?") == '-221,"Settings conflict"'


def test_the_configuration_can_be_asked_for(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    meter.write("CONF:CURR:DC 1,MIN")
    assert meter.query("CONF?") == '"CURR +1.00000000E+00,+3.00000000E-07"'
    assert meter.query("FUNC?") == '"CURR"'
    meter.write('FUNC "VOLT:DC"')
    assert meter.query("FUNC?") == '"VOLT"'
    meter.write('FUNC "RES"')
    assert meter.query("SYST:ERR?") == '-224,"Illegal parameter value"'


def test_a_range_is_the_smallest_that_holds_the_value(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    for value, full_scale in (("5", 10), ("10", 10), ("10.1", 100), ("MIN", 0.1), ("MAX", 1000)):
        meter.write(f"VOLT:RANG {value}")
        assert float(meter.query("VOLT:RANG?")) == full_scale
    assert meter.query("VOLT:RANG:AUTO?") == "0"
    meter.write("VOLT:RANG 2000")
    assert meter.query("SYST:ERR?") == '-222,"Data out of range"'


@pytest.mark.parametrize("level", [12.1, -12.1])
def test_beyond_a_fifth_over_the_range_is_overload(bus: Bus, level: float) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(level)))
    sign = "+" if level > 0 else "-"
    assert meter.query("MEAS:VOLT:DC? 10") == f"{sign}9.90000000E+37"
    assert float(meter.query("MEAS:VOLT:DC? 100")) == level


@given(level=st.floats(-1000, 1000).filter(lambda level: abs(level) > 1e-4))
def test_autorange_finds_the_range_that_shows_the_most_digits(level: float) -> None:
    bus = Bus()
    meter = bus.connect(MODEL, Connections(voltage=Steady(level)))
    assert float(meter.query("MEAS:VOLT:DC?")) == pytest.approx(level, rel=1e-8)
    full_scale = float(meter.query("VOLT:RANG?"))
    assert abs(level) <= 1.2 * full_scale
    assert abs(level) >= 0.1 * full_scale or full_scale == 0.1
    bus.manager.close()


def test_several_samples_follow_one_another_without_gap_but_the_trigger_delay(bus: Bus) -> None:
    waveform = Steady(1.0)
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    meter.write("CONF:VOLT:DC 1")
    meter.write("SAMP:COUN 3;:VOLT:ZERO:AUTO OFF")
    assert meter.query("READ?") == ",".join(["+1.00000000E+00"] * 3)
    starts = [start_ns for start_ns, _ in waveform.windows]
    assert [b - a for a, b in pairwise(starts)] == [201_500_000] * 2


def test_a_trigger_from_the_bus_starts_what_was_initiated(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    meter.write("CONF:VOLT:DC 1;:TRIG:SOUR BUS;:INIT")
    bus.wait(1)
    assert meter.query("DATA:POIN?") == "+0"
    meter.write("*TRG")
    assert meter.query("FETC?") == "+1.00000000E+00"
    assert meter.query("DATA:POIN?") == "+1"


def test_operation_complete_waits_for_what_was_initiated(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    meter.write("CONF:VOLT:DC 1;:SAMP:COUN 5;:INIT")
    before_ns = bus.kernel.now_ns
    assert meter.query("*OPC?") == "1"
    assert bus.kernel.now_ns - before_ns > 2_000_000_000
    assert meter.query("DATA:POIN?") == "+5"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("FETC?", '-230,"Data stale"'),
        ("TRIG:SOUR BUS;:READ?", '-214,"Trigger deadlock"'),
        ("TRIG:SOUR BUS;:INIT;:INIT", '-213,"Init ignored"'),
        ("*TRG", '-211,"Trigger ignored"'),
        ("TRIG:SOUR EXT;:INIT;*TRG", '-211,"Trigger ignored"'),
    ],
)
def test_the_trigger_system_complains_as_the_guide_says(bus: Bus, message: str, error: str) -> None:
    meter = bus.connect(MODEL)
    meter.write(message)
    assert meter.query("SYST:ERR?") == error


def test_an_abort_keeps_the_meter_usable(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    meter.write("CONF:VOLT:DC 1;:TRIG:SOUR EXT;:INIT")
    meter.write("ABOR")
    assert meter.query("*OPC?") == "1"
    assert float(meter.query("MEAS:VOLT:DC? 1")) == 1


def test_a_reading_that_waits_for_an_external_trigger_times_out(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    meter.write("TRIG:SOUR EXT")
    with pytest.raises(pyvisa.errors.VisaIOError):
        meter.query("READ?")


def test_memory_overwrites_the_oldest_readings(bus: Bus) -> None:
    meter = bus.connect("keysight-34460a", Connections(voltage=Steady(1.0)))
    meter.write("CONF:VOLT:DC 1;:VOLT:NPLC 0.02;ZERO:AUTO OFF;:SAMP:COUN 1100;:INIT;*WAI")
    assert meter.query("DATA:POIN?") == "+1000"


def test_ac_volts_are_the_rms_with_the_mean_taken_out(bus: Bus) -> None:
    waveform = Pulses(level=2.0, period_ns=1_000_000, duty=0.2)
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    reading = float(meter.query("MEAS:VOLT:AC? 10"))
    assert reading == pytest.approx(math.sqrt(0.2 * 0.8) * 2.0, rel=1e-8)
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == 625_000_000


def test_a_slower_filter_takes_longer(bus: Bus) -> None:
    waveform = Pulses(level=0.4, period_ns=5_000_000, duty=0.5)
    meter = bus.connect(MODEL, Connections(current=waveform))
    meter.write("CONF:CURR:AC 1")
    meter.write("CURR:AC:BAND 15")
    assert float(meter.query("CURR:AC:BAND?")) == 3
    assert float(meter.query("READ?")) == pytest.approx(0.2, rel=1e-8)
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == 1_660_000_000


def test_voltage_and_current_terminals_are_separate(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(4.0), current=Steady(0.2)))
    assert float(meter.query("MEAS:VOLT:DC? 10")) == 4.0
    assert float(meter.query("MEAS:CURR:DC? 1")) == 0.2


def test_unconnected_terminals_read_zero(bus: Bus) -> None:
    assert float(bus.connect(MODEL).query("MEAS:CURR:DC? 1")) == 0


def test_a_current_range_decides_the_burden_and_its_change_opens_the_path(bus: Bus) -> None:
    shunts = Shunts()
    meter = bus.connect(MODEL, Connections(current=Steady(0.02), burden=shunts))
    assert shunts.ohms == [pytest.approx(2.0 / 3.0)]
    assert shunts.interruptions == []
    meter.write("CONF:CURR:DC 0.1")
    assert meter.query("*OPC?") == "1"
    assert shunts.ohms[1:] == [pytest.approx(5.0)]
    assert len(shunts.interruptions) == 1
    meter.query("READ?")
    meter.write("CONF:CURR:DC 0.1")
    meter.query("READ?")
    assert len(shunts.interruptions) == 1


def test_autorange_opens_the_current_path_at_every_step(bus: Bus) -> None:
    shunts = Shunts()
    meter = bus.connect(MODEL, Connections(current=Steady(0.002), burden=shunts))
    assert float(meter.query("MEAS:CURR:DC?")) == pytest.approx(0.002)
    assert shunts.ohms == [pytest.approx(ohm) for ohm in (2 / 3, 0.7, 5, 5)]
    assert len(shunts.interruptions) == 3


def test_measuring_voltage_leaves_the_current_path_alone(bus: Bus) -> None:
    shunts = Shunts()
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0), burden=shunts))
    meter.query("MEAS:VOLT:DC?")
    assert len(shunts.ohms) == 1
    assert shunts.interruptions == []


@given(seed=st.integers(0, 2**32), level=st.floats(0, 10))
def test_a_specimen_reads_within_its_data_sheet(seed: int, level: float) -> None:
    bus = Bus()
    meter = bus.connect(MODEL, Connections(voltage=Steady(level)), seed=seed, ideal=False)
    reading = float(meter.query("MEAS:VOLT:DC? 10"))
    [ten_volts] = [r for r in datasheet(MODEL)["dc_voltage"]["ranges"] if r["full_scale"] == 10]
    [year] = [limit for limit in ten_volts["within"] if limit["days"] == 365]
    limit_V = (year["reading_percent"] * level + year["range_percent"] * 10) / 100
    noise_and_rounding_V = 6 * 5e-6 + 5e-6
    assert abs(reading - level) <= limit_V + noise_and_rounding_V
    assert round(reading / 10e-6) * 10e-6 == pytest.approx(reading, abs=1e-9)
    bus.manager.close()


def test_the_seed_alone_decides_a_specimen_and_its_noise() -> None:
    readings = []
    for seed in (5, 5, 6):
        bus = Bus()
        meter = bus.connect(MODEL, Connections(voltage=Steady(4.2)), seed=seed, ideal=False)
        meter.write("CONF:VOLT:DC 10;:SAMP:COUN 4")
        readings.append(meter.query("READ?"))
        bus.manager.close()
    assert readings[0] == readings[1]
    assert readings[0] != readings[2]
    assert len(set(readings[0].split(","))) > 1


def test_reset_forgets_everything(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    meter.write("CONF:CURR:AC 1;:SAMP:COUN 3")
    meter.write("*RST")
    assert meter.query("FUNC?;:SAMP:COUN?") == '"VOLT";+1.00000000E+00'
    meter.write("FETC?")
    assert meter.query("SYST:ERR?") == '-230,"Data stale"'


@pytest.mark.parametrize(
    ("setting", "question", "answer"),
    [
        ("VOLT:IMP:AUTO ON", "VOLT:IMP:AUTO?", "1"),
        ("VOLT:ZERO:AUTO OFF", "SENS:VOLT:DC:ZERO:AUTO?", "0"),
        ("CURR:NPLC 0.5", "CURR:NPLC?", "+1.00000000E+00"),
        ("VOLT:NPLC MAX", "VOLT:NPLC? MAX", "+1.00000000E+02"),
        ("VOLT:RANG 10;RES 9E-5", "VOLT:RES?", "+3.00000000E-05"),
        ("VOLT:RANG 10", "VOLT:RES? MIN", "+3.00000000E-06"),
        ("TRIG:DEL 0.5", "TRIG:DEL?;DEL:AUTO?", "+5.00000000E-01;0"),
        ("TRIG:DEL:AUTO OFF", "TRIG:DEL?", "+1.50000000E-03"),
        ("TRIG:COUN 7", "TRIG:COUN?", "+7.00000000E+00"),
        ("TRIG:SOUR EXT", "TRIG:SOUR?", "EXT"),
        ("CURR:AC:BAND MAX", "CURR:AC:BAND? MIN", "+3.00000000E+00"),
        ("SYST:PRES", "ROUT:TERM?", "FRON"),
    ],
)
def test_settings_read_back(bus: Bus, setting: str, question: str, answer: str) -> None:
    meter = bus.connect(MODEL)
    meter.write(setting)
    assert meter.query(question) == answer
    assert meter.query("SYST:ERR?") == NO_ERROR


@pytest.mark.parametrize("setting", ["VOLT:NPLC 1000", "SAMP:COUN 0", "VOLT:AC:BAND 1"])
def test_settings_beyond_their_limits_are_out_of_range(bus: Bus, setting: str) -> None:
    meter = bus.connect(MODEL)
    meter.write(setting)
    assert meter.query("SYST:ERR?") == '-222,"Data out of range"'


def test_autorange_once_stays_where_it_found_the_signal(bus: Bus) -> None:
    waveform = Steady(0.5)
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    meter.write("VOLT:RANG:AUTO ONCE")
    assert meter.query("VOLT:RANG?;RANG:AUTO?") == "+1.00000000E+00;0"
    waveform.level = 5.0
    assert float(meter.query("READ?")) == 9.9e37


def test_another_identity_can_stand_behind_the_resource(bus: Bus) -> None:
    meter = bus.connect(MODEL, identity="Somebody,Else,0,1")
    assert meter.query("*IDN?") == "Somebody,Else,0,1"


def test_zero_can_be_measured_once_and_then_no_more(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    meter.write("CONF:VOLT:DC 1")
    meter.query("*OPC?")
    before_ns = bus.kernel.now_ns
    meter.write("VOLT:ZERO:AUTO ONCE")
    assert meter.query("VOLT:ZERO:AUTO?") == "0"
    assert bus.kernel.now_ns - before_ns == pytest.approx(200_000_000, rel=0.05)
    meter.write("VOLT:ZERO:AUTO ON")
    assert meter.query("VOLT:ZERO:AUTO?;:SYST:ERR?") == f"1;{NO_ERROR}"


@pytest.mark.parametrize(
    ("model", "cycles", "interval_ns"),
    [
        ("keysight-34461a", 0.02, 1_000_000),
        ("keysight-34461a", 0.2, 3_333_333),
        ("keysight-34461a", 1, 20_000_000),
        ("keysight-34460a", 0.02, 3_333_333),
    ],
)
def test_readings_follow_no_faster_than_the_meter_can(
    bus: Bus, model: str, cycles: float, interval_ns: int
) -> None:
    waveform = Steady(1e-6)
    meter = bus.connect(model, Connections(current=waveform))
    meter.write(f"CONF:CURR:DC 1E-3;:CURR:NPLC {cycles};ZERO:AUTO OFF;:TRIG:DEL 0;:SAMP:COUN 5")
    meter.query("READ?")
    starts_ns = [start_ns for start_ns, _ in waveform.windows]
    assert {later - earlier for earlier, later in pairwise(starts_ns)} == {interval_ns}


@pytest.mark.parametrize(
    ("settings", "ohm"),
    [
        ("CONF:VOLT:DC 10", 10e6),
        ("CONF:VOLT:DC 10;:VOLT:IMP:AUTO ON", 10e9),
        ("CONF:VOLT:DC 100;:VOLT:IMP:AUTO ON", 10e6),
        ("CONF:VOLT:AC 10", 1e6),
    ],
)
def test_a_voltmeter_is_a_load_for_what_it_measures(bus: Bus, settings: str, ohm: float) -> None:
    load = Load()
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0), load=load))
    meter.write(settings)
    meter.query("READ?")
    assert load.ohm == ohm


def test_specimens_differ_in_their_ac_errors_within_the_data_sheet(bus: Bus) -> None:
    sheet = datasheet(MODEL)["ac_current"]["ranges"][4]
    within = sheet["within"][0]
    limit = 0.4 * within["reading_percent"] / 100 + within["range_percent"] / 100
    errors = []
    for seed in range(8):
        pulses = Pulses(level=0.8, period_ns=10_000_000, duty=0.5)
        meter = bus.connect(MODEL, Connections(current=pulses), seed=seed, ideal=False)
        errors.append(float(meter.query("MEAS:CURR:AC? 1")) - 0.4)
        meter.close()
    assert max(map(abs, errors)) < limit + 1e-5
    assert max(errors) - min(errors) > limit / 4


def test_readings_can_be_removed_while_the_train_goes_on(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(current=Steady(1e-6)))
    meter.write("CONF:CURR:DC 1E-3;:CURR:NPLC 1;ZERO:AUTO OFF;:TRIG:DEL 0;:SAMP:COUN 5")
    meter.write("INIT")
    assert meter.query("DATA:REM? 3,WAIT").count("E-06") == 3
    assert bus.kernel.now_ns == pytest.approx(60_000_000, rel=0.1)
    assert meter.query("DATA:POIN?") == "+0"
    meter.write("DATA:REM? 2")
    assert meter.query("SYST:ERR?") == '-222,"Data out of range"'
    assert meter.query("DATA:REM? 2,WAIT").count("E-06") == 2
    meter.write("DATA:REM? 1,WAIT")
    assert meter.query("SYST:ERR?") == '-222,"Data out of range"'


def test_the_front_panel_is_remembered_and_a_reset_lights_it(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    meter.write("DISP OFF;:DISP:TEXT 'HELLO';:SYST:BEEP;:SYST:BEEP:STAT OFF")
    assert meter.query("DISP?;:DISP:TEXT?;:SYST:BEEP:STAT?") == '0;"HELLO";0'
    meter.write("DISP:TEXT:CLE")
    assert meter.query("DISP:TEXT?") == '""'
    meter.write("*RST")
    assert meter.query("DISP?;:SYST:BEEP:STAT?;:SYST:ERR?") == '1;0;+0,"No error"'
