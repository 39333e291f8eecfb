from __future__ import annotations

import numpy as np
import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import AcAmmeter, AcVoltmeter, Ammeter, CurrentTrain, Voltmeter
from quantities import Clock, Purpose
from quantities.errors import InstrumentError, InstrumentTimeout, Overload
from tests.drivers.scripted import TIME_OUT, Wire, checked, opened


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


def test_a_34461a_measures_true_rms_through_the_filter_that_passes_the_frequency(
    keysight: OpenInstrument, wire: Wire
):
    wire.expect(
        *checked("CONF:CURR:AC 1", "CURR:AC:BAND 20"),
        ("READ?", "+2.00000000E-01"),
        *checked("CONF:VOLT:AC 0.1", "VOLT:AC:BAND 200"),
        ("READ?", "+1.00000000E-02"),
    )
    current = keysight.part(AcAmmeter).ac_current(range_A=0.5, lowest_Hz=100)
    assert (current.value, current.unit) == (0.2, "A")
    assert current.standard_uncertainty == pytest.approx((0.2 * 0.008 + 0.001) / 2)
    voltage = keysight.part(AcVoltmeter).ac_voltage(range_V=0.05, lowest_Hz=1000)
    assert (voltage.value, voltage.unit) == (0.01, "V")


def test_a_34461a_states_what_it_is_in_a_circuit(keysight: OpenInstrument):
    burden = keysight.part(Ammeter).burden_resistance(range_A=0.9e-3)
    assert (burden.value, burden.unit) == (pytest.approx(105.0), "Ω")
    assert burden.standard_uncertainty == pytest.approx(5 / np.sqrt(3))
    voltmeter = keysight.part(Voltmeter)
    assert voltmeter.input_resistance_ohm(range_V=5.0) == 10e9
    assert voltmeter.input_resistance_ohm(range_V=50.0) == 10e6


TRAIN = checked(
    "CONF:CURR:DC 0.001", "CURR:DC:NPLC 1", "CURR:DC:ZERO:AUTO ONCE", "TRIG:DEL 0", "SAMP:COUN 8"
)
READINGS = "+8.0E-06,+7.0E-06,+5.1E-05,+8.0E-06"
FOUR = "DATA:REM? 4,WAIT"


def start(train: CurrentTrain) -> None:
    train.start_dc_current_train(range_A=1e-3, power_line_cycles=1, count=8)


def test_a_train_runs_by_itself_and_is_fetched_in_pieces(
    keysight: OpenInstrument, wire: Wire, clock: Clock
):
    meter = keysight.part(CurrentTrain)
    wire.expect(*TRAIN, "INIT", ("DATA:POIN?", "+3"), (FOUR, READINGS))
    begun_ns = clock.now()
    start(meter)
    clock.wait(0.084, Purpose.WIRE)
    train = meter.dc_current_train(4)
    assert np.array_equal(train.readings.value, [8e-6, 7e-6, 51e-6, 8e-6])
    assert train.readings.unit == "A"
    # 0.05 % of reading and 0.006 % of range, and 5 µV of drift over 100 Ω; the limits are for k = 2
    assert np.asarray(train.readings.standard_uncertainty)[0] == pytest.approx(
        (8e-6 * 5e-4 + 60e-9 + 50e-9) / 2
    )
    assert (train.start_ns, train.aperture_s) == (begun_ns, 0.02)
    assert train.interval_s == pytest.approx((0.020 + 0.021) / 2)
    assert train.interval_uncertainty_s == pytest.approx(0.0005 / np.sqrt(3))
    clock.wait(0.084, Purpose.WIRE)
    wire.expect(("DATA:POIN?", "+0"), (FOUR, READINGS))
    rest = meter.dc_current_train(4)
    assert rest.start_ns - begun_ns == pytest.approx(4 * rest.interval_s * 1e9)
    with pytest.raises(InstrumentError, match="asked for 1 readings of 0 that are left"):
        meter.dc_current_train(1)


def test_zero_is_measured_once_for_trains_of_one_kind(keysight: OpenInstrument, wire: Wire):
    meter = keysight.part(CurrentTrain)
    wire.expect(*TRAIN, "INIT", "ABOR", "INIT")
    start(meter)
    start(meter)


def test_readings_that_were_there_before_they_were_asked_for_tell_little_of_the_pace(
    keysight: OpenInstrument, wire: Wire, clock: Clock
):
    meter = keysight.part(CurrentTrain)
    wire.expect(*TRAIN, "INIT", ("DATA:POIN?", "+8"), (FOUR, READINGS))
    start(meter)
    clock.wait(0.4, Purpose.WIRE)
    train = meter.dc_current_train(4)
    assert train.interval_s == pytest.approx((0.02 + 0.4 / 8) / 2)
    assert train.interval_uncertainty_s == pytest.approx((0.4 / 8 - 0.02) / 2 / np.sqrt(3))


def test_a_train_at_60_Hz_is_known_by_its_pace(keysight: OpenInstrument, wire: Wire, clock: Clock):
    meter = keysight.part(CurrentTrain)
    wire.expect(*TRAIN, "INIT", ("DATA:POIN?", "+3"), (FOUR, READINGS))
    start(meter)
    clock.wait(0.068, Purpose.WIRE)
    assert meter.dc_current_train(4).aperture_s == pytest.approx(1 / 60)


def test_zero_is_measured_again_after_ten_minutes(
    keysight: OpenInstrument, wire: Wire, clock: Clock
):
    meter = keysight.part(CurrentTrain)
    wire.expect(*TRAIN, "INIT", "ABOR", *TRAIN, "INIT")
    start(meter)
    clock.wait(601, Purpose.IDLE)
    start(meter)


def test_a_single_overload_in_a_train_is_an_overload(keysight: OpenInstrument, wire: Wire):
    meter = keysight.part(CurrentTrain)
    wire.expect(*TRAIN, "INIT", ("DATA:POIN?", "+0"), (FOUR, "1E-6,9.9E+37,1E-6,1E-6"))
    start(meter)
    with pytest.raises(Overload, match=r"beyond the 0.001 A range"):
        meter.dc_current_train(4)


@pytest.mark.parametrize("answer", ["1E-6,2E-6", "1E-6,,1E-6,1E-6", "nan,1,1,1"])
def test_what_is_no_train_is_refused(keysight: OpenInstrument, wire: Wire, answer: str):
    meter = keysight.part(CurrentTrain)
    with pytest.raises(InstrumentError, match="of 0 that are left"):
        meter.dc_current_train(4)
    wire.expect(*TRAIN, "INIT", ("DATA:POIN?", "+0"), (FOUR, answer))
    start(meter)
    with pytest.raises(InstrumentError, match="4 numbers"):
        meter.dc_current_train(4)


def test_a_train_is_configured_anew_after_its_answer_was_lost(keysight: OpenInstrument, wire: Wire):
    meter = keysight.part(CurrentTrain)
    wire.expect(*TRAIN, "INIT", ("DATA:POIN?", "+0"), (FOUR, TIME_OUT))
    start(meter)
    with pytest.raises(InstrumentTimeout):
        meter.dc_current_train(4)
    wire.expect("ABOR", *TRAIN, "INIT")
    start(meter)
