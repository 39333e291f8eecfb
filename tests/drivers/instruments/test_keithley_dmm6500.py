from __future__ import annotations

import numpy as np
import pytest

from drivers.catalogue import OpenInstrument, open_instrument
from drivers.roles import AcAmmeter, Ammeter, CurrentDigitizer, CurrentTrain, Voltmeter
from quantities import Clock
from quantities.errors import InstrumentError, InstrumentTimeout, Overload
from tests.drivers.scripted import OPENINGS, Exchange, Wire, checked, opened

BUFFER = '"defbuffer1"'
ACTUAL = f"TRAC:ACT? {BUFFER}"


@pytest.fixture
def keithley(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keithley-dmm6500", wire, clock)


def test_a_dmm6500_that_speaks_tsp_does_not_open(wire: Wire, clock: Clock):
    wire.expect(OPENINGS["keithley-dmm6500"][0], ("*LANG?", "TSP"))
    with pytest.raises(InstrumentError, match=r"command set TSP chosen; expected: SCPI"):
        open_instrument("keithley-dmm6500", wire.session, clock)


def test_a_dmm6500_sets_the_function_and_then_what_belongs_to_it(
    keithley: OpenInstrument, wire: Wire
):
    wire.expect(
        *checked('FUNC "VOLT:DC"', "VOLT:DC:RANG 10", "VOLT:DC:NPLC 1", "VOLT:DC:AZER ON"),
        *checked("VOLT:DC:INP AUTO"),
        ("READ?", "4.200000000E+00"),
        *checked('FUNC "CURR:AC"', "CURR:AC:RANG 1", "CURR:AC:DET:BAND 30"),
        ("READ?", "2.000000000E-01"),
    )
    reading = keithley.part(Voltmeter).dc_voltage(range_V=5.0, power_line_cycles=1)
    assert (reading.value, reading.unit) == (4.2, "V")
    assert keithley.part(AcAmmeter).ac_current(range_A=0.5, lowest_Hz=100).value == 0.2


def test_beyond_a_twentieth_over_the_largest_range_is_an_overload(
    keithley: OpenInstrument, wire: Wire
):
    wire.expect(
        *checked('FUNC "CURR:DC"', "CURR:DC:RANG 3", "CURR:DC:NPLC 1", "CURR:DC:AZER ON"),
        ("READ?", "9.900000000E+37"),
    )
    with pytest.raises(Overload, match="beyond the 3 A range"):
        keithley.part(Ammeter).dc_current(range_A=2.0, power_line_cycles=1)


TRAIN = [
    *checked('FUNC "CURR:DC"', "CURR:DC:RANG 0.001", "CURR:DC:NPLC 1", "CURR:DC:AZER OFF"),
    *checked(f'TRIG:LOAD "SimpleLoop",4,0,{BUFFER}'),
]
STARTED: list[Exchange] = [*checked("AZER:ONCE"), "INIT"]


def start(meter: CurrentTrain) -> None:
    meter.start_dc_current_train(range_A=1e-3, power_line_cycles=1, count=4)


def test_a_train_is_fetched_in_pieces_with_its_own_times(
    keithley: OpenInstrument, wire: Wire, clock: Clock
):
    meter = keithley.part(CurrentTrain)
    wire.expect(*TRAIN, *STARTED, (ACTUAL, "1"), (ACTUAL, "3"))
    wire.expect((f"TRAC:DATA? 1,3,{BUFFER},READ,REL", "8E-6,0,7E-6,0.0202,51E-6,0.0404"))
    start(meter)
    begun_ns = clock.now()
    train = meter.dc_current_train(3)
    assert np.array_equal(train.readings.value, [8e-6, 7e-6, 51e-6])
    assert clock.now() - begun_ns == 40_000_000  # two apertures, waited for at once
    assert (train.start_ns, train.aperture_s) == (begun_ns, 0.02)
    assert train.interval_s == pytest.approx(0.0202)
    assert train.interval_uncertainty_s < 2e-6
    wire.expect((ACTUAL, "4"), (f"TRAC:DATA? 4,4,{BUFFER},READ,REL", "9E-6,0.0606"))
    rest = meter.dc_current_train(1)
    assert rest.start_ns - begun_ns == pytest.approx(60_600_000)
    with pytest.raises(InstrumentError, match="asked for 1 readings of 0 that are left"):
        meter.dc_current_train(1)


def test_a_train_is_ended_before_anything_else_is_set(keithley: OpenInstrument, wire: Wire):
    wire.expect(*TRAIN, *STARTED, "ABOR", *STARTED, "ABOR")
    wire.expect(*checked('FUNC "CURR:DC"', "CURR:DC:RANG 0.001", "CURR:DC:NPLC 1"))
    wire.expect(*checked("CURR:DC:AZER ON"), ("READ?", "1E-6"))
    start(keithley.part(CurrentTrain))
    start(keithley.part(CurrentTrain))
    keithley.part(Ammeter).dc_current(range_A=1e-3, power_line_cycles=1)


def test_a_train_that_does_not_come_is_a_time_out(keithley: OpenInstrument, wire: Wire):
    meter = keithley.part(CurrentTrain)
    wire.expect(*TRAIN, *STARTED, *[(ACTUAL, "1")] * 87)
    start(meter)
    with pytest.raises(InstrumentTimeout, match=r"took 1 of 4 readings in 5.16 s"):
        meter.dc_current_train(4)


@pytest.mark.parametrize("answer", ["1E-6,0,1E-6", "1E-6,0,one,0.02", "1E-6,0,nan,0.02"])
def test_what_is_no_train_is_refused(keithley: OpenInstrument, wire: Wire, answer: str):
    meter = keithley.part(CurrentTrain)
    wire.expect(*TRAIN, *STARTED, (ACTUAL, "4"), (f"TRAC:DATA? 1,2,{BUFFER},READ,REL", answer))
    start(meter)
    with pytest.raises(InstrumentError, match="2 readings and their times"):
        meter.dc_current_train(2)


def test_a_single_overload_in_a_train_is_an_overload(keithley: OpenInstrument, wire: Wire):
    meter = keithley.part(CurrentTrain)
    wire.expect(*TRAIN, *STARTED, (ACTUAL, "4"))
    wire.expect((f"TRAC:DATA? 1,2,{BUFFER},READ,REL", "1E-6,0,9.9E+37,0.02"))
    start(meter)
    with pytest.raises(Overload, match=r"beyond the 0.001 A range"):
        meter.dc_current_train(2)


def test_a_dmm6500_digitizes_at_the_rate_that_was_asked_for(keithley: OpenInstrument, wire: Wire):
    meter = keithley.part(CurrentDigitizer)
    wire.expect(
        *checked('DIG:FUNC "CURR"', "DIG:CURR:RANG 1", "DIG:CURR:SRAT 20000"),
        *checked("DIG:CURR:APER AUTO", "DIG:COUN 2", f'TRIG:LOAD "SimpleLoop",1,0,{BUFFER}'),
        "INIT",
        (ACTUAL, "2"),
        (f"TRAC:DATA? 1,2,{BUFFER},READ,REL", "0.4,0,0.0,0.00005"),
    )
    meter.start_dc_current_samples(range_A=0.5, rate_Hz=20e3, count=2)
    train = meter.dc_current_train(2)
    assert train.aperture_s == train.interval_s == pytest.approx(50e-6)
    # 0.1 % of range and 0.1 % of reading, 0.02 % of range, and 20 µV over the least shunt
    assert np.asarray(train.readings.standard_uncertainty)[0] == pytest.approx(
        (0.4e-3 + 0.2e-3 + 1e-3 + 20e-6 / 0.075) / np.sqrt(3)
    )


@pytest.mark.parametrize("rate_Hz", [0.0, 2e6])
def test_a_rate_beyond_the_digitizers_is_refused(keithley: OpenInstrument, rate_Hz: float):
    meter = keithley.part(CurrentDigitizer)
    assert meter.greatest_current_rate_Hz == 1e6
    with pytest.raises(InstrumentError, match="at most 1e"):
        meter.start_dc_current_samples(range_A=0.5, rate_Hz=rate_Hz, count=2)
