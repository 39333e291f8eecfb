from __future__ import annotations

import pytest

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus
from tests.rigs.simulation.waveforms import Load, Pulses, Settling, Shunts, Steady

MODEL = "siglent-sdm3065x"


@pytest.mark.parametrize("cycles", [0.005, 0.05, 0.5, 1, 10, 100])
@pytest.mark.parametrize(
    "waveform",
    [Pulses(level=4.2, period_ns=1_234_567, duty=0.3), Settling(end=4.2, time_constant_ns=8e7)],
)
def test_a_reading_equals_the_integral_over_its_aperture(
    bus: Bus, waveform: Pulses | Settling, cycles: float
) -> None:
    meter = bus.connect(MODEL, Connections(voltage=waveform))
    meter.write("CONF:VOLT:DC 20V")
    meter.write(f"VOLT:DC:NPLC {cycles}")
    reading = float(meter.query("READ?"))
    start_ns, end_ns = waveform.windows[-1]
    assert end_ns - start_ns == cycles * 20_000_000
    integral = waveform.integral(end_ns, 1) - waveform.integral(start_ns, 1)
    assert reading == pytest.approx(integral / (end_ns - start_ns), abs=1e-8)


def test_configuring_brings_the_function_to_its_defaults(bus: Bus) -> None:
    meter = bus.connect(MODEL)
    for line in ("CONF:VOLT:DC 2V", "VOLT:DC:NPLC 1", "VOLT:DC:AZ OFF", "VOLT:DC:IMP 10G"):
        meter.write(line)
    assert meter.query("VOLT:DC:NPLC?;AZ?;IMP?") == "+1.00000000E+00;0;10G"
    meter.write("CONF:VOLT:DC 20V")
    assert meter.query("VOLT:DC:NPLC?;AZ?;IMP?") == "+1.00000000E+01;1;10M"
    assert meter.query("VOLT:DC:RANG?") == "+2.00000000E+01"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("VOLT:DC:NPLC 0.2", -224),
        ("VOLT:DC:ZERO:AUTO ON", -113),
        ("VOLT:DC:IMP:AUTO ON", -113),
        ("CURR:AC:BAND 30HZ", -224),
        ("CONF:CURR:DC 20A", -222),
        ("CONF:VOLT:DC 2A", -131),
    ],
)
def test_what_others_say_is_refused(bus: Bus, line: str, error: int) -> None:
    meter = bus.connect(MODEL)
    meter.write(line)
    assert meter.query("SYST:ERR?").startswith(f"{error},")
    assert meter.query("SYST:ERR?") == '0,"No error"'


def test_ten_gigaohms_are_to_be_had_up_to_20_V(bus: Bus) -> None:
    load = Load()
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0), load=load))
    for line in ("CONF:VOLT:DC 20V", "VOLT:DC:IMP 10G"):
        meter.write(line)
    meter.query("READ?")
    assert load.ohm == 10e9
    for line in ("CONF:VOLT:DC 200V", "VOLT:DC:IMP 10G"):
        meter.write(line)
    assert meter.query("SYST:ERR?") == '-221,"Settings conflict"'
    meter.query("READ?")
    assert load.ohm == 10e6


def test_autozero_takes_as_long_again(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(1.0)))
    times_ns = []
    for state in ("OFF", "ON"):
        for line in ("CONF:VOLT:DC 2V", "VOLT:DC:NPLC 10", f"VOLT:DC:AZ {state}"):
            meter.write(line)
        bus.wait(0.1)
        before_ns = bus.kernel.now_ns
        meter.query("READ?")
        times_ns.append(bus.kernel.now_ns - before_ns)
    assert times_ns[1] - times_ns[0] == 200_000_000


def test_samples_come_in_one_answer(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(current=Steady(0.02)))
    for line in ("CONF:CURR:DC 20mA", "SAMP:COUN 3"):
        meter.write(line)
    assert meter.query("SAMP:COUN?") == "3"
    assert meter.query("READ?") == ",".join(["+2.00000000E-02"] * 3)
    assert meter.query("MEAS:CURR:DC? 200mA") == "+2.00000000E-02"


def test_autorange_and_overload(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(3.7)))
    meter.write("CONF:VOLT:DC AUTO")
    assert float(meter.query("READ?")) == pytest.approx(3.7)
    assert meter.query("VOLT:DC:RANG?") == "+2.00000000E+01"
    meter.write("VOLT:DC:RANG MIN")
    assert meter.query("READ?") == "+9.90000000E+37"


def test_a_current_range_decides_the_burden_and_never_opens_the_path(bus: Bus) -> None:
    shunts = Shunts()
    meter = bus.connect(MODEL, Connections(current=Steady(0.02), burden=shunts))
    meter.write("CONF:CURR:DC 20mA")
    meter.query("READ?")
    assert (shunts.ohms[0], shunts.ohms[-1]) == (pytest.approx(0.1), pytest.approx(15.0))
    assert shunts.interruptions == []


def test_a_specimen_is_off_but_within_its_data_sheet(bus: Bus) -> None:
    meter = bus.connect(MODEL, Connections(voltage=Steady(3.7)), ideal=False)
    meter.write("CONF:VOLT:DC 20V")
    error_V = abs(float(meter.query("READ?")) - 3.7)
    assert 0 < error_V < 3.7 * 0.004e-2 + 20 * 0.0004e-2 + 20 * 1e-6
