from __future__ import annotations

import numpy as np
import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import Ammeter, CurrentDigitizer
from quantities import Clock
from quantities.errors import InstrumentError
from tests.drivers.scripted import Wire, checked, opened


@pytest.fixture
def keysight(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-34465a", wire, clock)


SAMPLES = [
    *checked("CONF:CURR:DC 1", "CURR:DC:APER 0.0002", "CURR:DC:ZERO:AUTO ONCE", "TRIG:DEL 0"),
    *checked("SAMP:SOUR TIM", "SAMP:TIM 0.0005", "SAMP:COUN 4"),
]


def test_a_34465a_samples_by_its_timer(keysight: OpenInstrument, wire: Wire, clock: Clock):
    meter = keysight.part(CurrentDigitizer)
    wire.expect(*SAMPLES, "INIT", ("DATA:POIN?", "+0"), ("DATA:REM? 2,WAIT", "0.4,0.0"))
    begun_ns = clock.now()
    meter.start_dc_current_samples(range_A=0.5, rate_Hz=2000.0, count=4)
    train = meter.dc_current_train(2)
    assert np.array_equal(train.readings.value, [0.4, 0.0])
    assert (train.start_ns, train.aperture_s, train.interval_s) == (begun_ns, 2e-4, 5e-4)
    wire.expect(("DATA:POIN?", "+2"), ("DATA:REM? 2,WAIT", "0.4,0.0"))
    rest = meter.dc_current_train(2)
    assert rest.start_ns - begun_ns == 1_000_000
    # 0.1 % of 0.4 A and 0.01 % of range; 5 µV over 0.1 Ω and 0.03 % of range; limits are for k = 2
    assert np.asarray(rest.readings.standard_uncertainty)[0] == pytest.approx(
        (0.4e-3 + 0.1e-3 + 50e-6 + 0.3e-3) / 2
    )


def test_zero_is_measured_once_for_samples_of_one_kind(keysight: OpenInstrument, wire: Wire):
    meter = keysight.part(CurrentDigitizer)
    wire.expect(*SAMPLES, "INIT", "ABOR", "INIT")
    for _ in range(2):
        meter.start_dc_current_samples(range_A=0.5, rate_Hz=2000.0, count=4)


def test_it_is_an_ammeter_like_its_siblings(keysight: OpenInstrument, wire: Wire):
    wire.expect(
        *checked("CONF:CURR:DC 1", "CURR:DC:NPLC 1", "CURR:DC:ZERO:AUTO ON"), ("READ?", "+0.42")
    )
    assert keysight.part(Ammeter).dc_current(range_A=0.5, power_line_cycles=1).value == 0.42


@pytest.mark.parametrize("rate_Hz", [-1.0, 5000.0])
def test_a_rate_beyond_what_it_can_is_refused(keysight: OpenInstrument, rate_Hz: float):
    meter = keysight.part(CurrentDigitizer)
    assert meter.greatest_current_rate_Hz == 3000
    with pytest.raises(InstrumentError, match="at most 3000"):
        meter.start_dc_current_samples(range_A=0.5, rate_Hz=rate_Hz, count=2)
