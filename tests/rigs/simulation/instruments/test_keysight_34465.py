from __future__ import annotations

from itertools import pairwise

import pytest

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import NO_ERROR, Bus
from tests.rigs.simulation.waveforms import Pulses

MODELS = ["keysight-34465a", "keysight-34470a"]


@pytest.mark.parametrize("model", MODELS)
def test_samples_are_as_far_apart_as_the_timer_says(bus: Bus, model: str) -> None:
    pulses = Pulses(level=0.4, period_ns=1_000_000, duty=0.25)
    meter = bus.connect(model, Connections(current=pulses))
    for line in ("CONF:CURR:DC 1", "CURR:DC:APER 200E-6", "CURR:DC:ZERO:AUTO OFF", "TRIG:DEL 0"):
        meter.write(line)
    for line in ("SAMP:SOUR TIM", "SAMP:TIM 250E-6", "SAMP:COUN 8", "INIT"):
        meter.write(line)
    meter.query("DATA:REM? 8,WAIT")
    starts_ns = [start_ns for start_ns, _ in pulses.windows]
    assert {b - a for a, b in pairwise(starts_ns)} == {250_000}
    assert {end_ns - start_ns for start_ns, end_ns in pulses.windows} == {200_000}
    assert meter.query("SYST:ERR?") == NO_ERROR


def test_without_the_timer_samples_follow_at_once(bus: Bus) -> None:
    meter = bus.connect(MODELS[0])
    assert float(meter.query("SAMP:TIM?")) == 1.0
    for line in ("CONF:CURR:DC 1", "SAMP:TIM 0.5", "SAMP:COUN 3"):
        meter.write(line)
    before_ns = bus.kernel.now_ns
    meter.query("READ?")
    assert bus.kernel.now_ns - before_ns < 1_300_000_000  # autozero, 10 cycles, three times


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (["CURR:APER 100E-6"], -222),
        (["CONF:CURR:DC 1", "SAMP:TIM 1E-3"], -221),
        (["SAMP:TIM 100E-6"], -222),
    ],
)
def test_what_wants_an_option_or_takes_too_long_is_refused(
    bus: Bus, lines: list[str], error: int
) -> None:
    meter = bus.connect(MODELS[0])
    for line in lines:
        meter.write(line)
    assert meter.query("SYST:ERR?").startswith(f"{error},")


def test_an_aperture_ends_with_the_next_cycles(bus: Bus) -> None:
    meter = bus.connect(MODELS[0])
    for line in ("CONF:CURR:DC 1", "CURR:APER 5E-3"):
        meter.write(line)
    assert float(meter.query("CURR:APER?")) == 5e-3
    meter.write("CURR:NPLC 1")
    assert float(meter.query("CURR:APER?")) == 0.02


def test_a_34461a_has_neither_aperture_nor_timer(bus: Bus) -> None:
    meter = bus.connect("keysight-34461a")
    for line in ("CURR:APER 1E-3", "SAMP:SOUR TIM"):
        meter.write(line)
        assert meter.query("SYST:ERR?") == '-113,"Undefined header"'
