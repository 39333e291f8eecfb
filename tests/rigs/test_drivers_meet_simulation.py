"""Every driver against the simulated instrument of its family: both were written from the manual."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from drivers.catalogue import OpenInstrument, open_instrument
from drivers.datasheet import load_datasheet
from drivers.roles import (
    AcAmmeter,
    AcVoltmeter,
    Ammeter,
    CurrentDigitizer,
    CurrentTrain,
    Multiplexer,
    OverCurrentProtection,
    OverVoltageProtection,
    Supply,
    Thermometer,
    Voltmeter,
)
from quantities import Clock, Purpose
from quantities.errors import Overload
from rigs.simulation.instruments import Connections, simulated_models
from rigs.simulation.kernel import VirtualClock
from tests.rigs.simulation.bus import Bus
from tests.rigs.simulation.waveforms import Load, Loaded, Pulses, Relays, Settling, Shunts, Steady

SHEETS = {
    model: sheet
    for model in simulated_models()
    if not (sheet := load_datasheet(model)).model.idealised
}
SUPPLIES = [model for model, sheet in SHEETS.items() if sheet.outputs]
MULTIPLEXERS = [model for model, sheet in SHEETS.items() if sheet.relays]
METERS = [model for model, sheet in SHEETS.items() if sheet.dc_current]

COLD_LOAD_ohm, SHORT_ohm = 10.0, 1.0


@pytest.fixture
def bus() -> Iterator[Bus]:
    """Closed at the end of the test."""
    made = Bus()
    yield made
    made.manager.close()


@pytest.fixture
def clock(bus: Bus) -> Clock:
    """The bus's own virtual time."""
    return VirtualClock(bus.kernel, start=datetime(2026, 7, 1, tzinfo=UTC))


def opened(model: str, bus: Bus, clock: Clock, connections: Connections) -> OpenInstrument:
    return open_instrument(model, bus.connect(model, connections), clock)


# -- supplies ----------------------------------------------------------------------------------


@pytest.fixture(params=SUPPLIES)
def feed(request: pytest.FixtureRequest, bus: Bus, clock: Clock) -> tuple[Supply, Loaded]:
    """A supply at 3.7 V and at most 1 A into 10 Ω, its last output."""
    terminals = Loaded(bus.kernel, ohm=COLD_LOAD_ohm)
    wired = Connections(terminals={SHEETS[request.param].outputs[-1].channel: terminals})
    instrument = opened(request.param, bus, clock, wired)
    supply = instrument.part(Supply, list(instrument.parts)[-1])
    supply.set_voltage(3.7)
    supply.set_current_limit(1.0)
    supply.set_output(on=True)
    return supply, terminals


def test_a_supply_gives_what_was_set_and_reads_it_back(feed: tuple[Supply, Loaded]):
    supply, terminals = feed
    assert terminals.driven[-1] == {"voltage_V": 3.7, "limit_A": 1.0, "on": True}
    assert float(supply.output_voltage().value) == pytest.approx(3.7, abs=0.002)
    assert float(supply.output_current().value) == pytest.approx(0.37, abs=0.002)
    assert supply.clear_errors() == []


def test_a_supply_tells_constant_current(feed: tuple[Supply, Loaded]):
    supply, terminals = feed
    assert not supply.in_current_limit()
    terminals.ohm = SHORT_ohm
    assert supply.in_current_limit()
    supply.set_output(on=False)
    assert not supply.in_current_limit()


def test_a_supply_switches_off_and_stays_off_when_set(feed: tuple[Supply, Loaded]):
    supply, terminals = feed
    supply.make_safe()
    supply.set_voltage(2.0)
    assert terminals.driven[-1]["on"] is False
    supply.set_output(on=True)
    assert terminals.driven[-1] == {"voltage_V": 2.0, "limit_A": 1.0, "on": True}


def test_a_protection_that_was_set_trips(feed: tuple[Supply, Loaded]):
    supply, terminals = feed
    if not isinstance(supply, OverVoltageProtection):
        pytest.skip("has no programmable over-voltage protection")
    if supply.identity.model == "N5769A":
        pytest.skip("refuses a voltage above its protection, and a protection of a few volts")
    supply.set_over_voltage_protection(4.0)
    assert not supply.over_voltage_tripped()
    supply.set_voltage(4.5)
    assert supply.over_voltage_tripped()
    assert terminals.driven[-1]["on"] is False


def test_a_protection_from_over_current_trips_in_current_limit(
    feed: tuple[Supply, Loaded], clock: Clock
):
    supply, terminals = feed
    if not isinstance(supply, OverCurrentProtection):
        pytest.skip("has no programmable over-current protection")
    supply.set_over_current_protection(on=True)
    clock.wait(1.0, Purpose.SETTLING)
    assert not supply.over_current_tripped()
    terminals.ohm = SHORT_ohm
    assert supply.over_current_tripped()
    assert terminals.driven[-1]["on"] is False


# -- meters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", METERS)
def test_a_meter_reads_voltage_with_the_input_that_it_states(model: str, bus: Bus, clock: Clock):
    load = Load()
    wired = Connections(voltage=Steady(1.5), load=load)
    meter = opened(model, bus, clock, wired).part(Voltmeter)
    for range_V in (1.5, 5.0, 50.0):
        reading = meter.dc_voltage(range_V=range_V, power_line_cycles=1)
        assert float(reading.value) == pytest.approx(1.5, abs=1e-6)
        assert load.ohm == meter.input_resistance_ohm(range_V=range_V)
    assert meter.clear_errors() == []


@pytest.mark.parametrize("model", METERS)
def test_a_meter_reads_current_through_the_shunt_that_it_states(model: str, bus: Bus, clock: Clock):
    shunts = Shunts()
    wired = Connections(current=Steady(50e-6), burden=shunts)
    meter = opened(model, bus, clock, wired).part(Ammeter)
    for range_A in (1.0, 1e-3):
        reading = meter.dc_current(range_A=range_A, power_line_cycles=10)
        assert float(reading.value) == pytest.approx(50e-6, abs=range_A * 1e-6)
        assert shunts.ohms[-1] >= float(meter.burden_resistance(range_A=range_A).value)
    assert meter.clear_errors() == []


@pytest.mark.parametrize("model", METERS)
def test_a_meter_says_when_a_range_is_too_small(model: str, bus: Bus, clock: Clock):
    wired = Connections(voltage=Steady(70.0), current=Steady(0.05))
    instrument = opened(model, bus, clock, wired)
    with pytest.raises(Overload):
        instrument.part(Voltmeter).dc_voltage(range_V=10.0, power_line_cycles=1)
    with pytest.raises(Overload):
        instrument.part(Ammeter).dc_current(range_A=1e-3, power_line_cycles=1)
    reading = instrument.part(Ammeter).dc_current(range_A=0.1, power_line_cycles=1)
    assert float(reading.value) == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("model", METERS)
def test_a_meter_reads_the_alternating_part_of_pulses(model: str, bus: Bus, clock: Clock):
    pulses = Pulses(level=0.4, period_ns=1_000_000, duty=0.5)
    instrument = opened(model, bus, clock, Connections(voltage=pulses, current=pulses))
    current = instrument.part(AcAmmeter).ac_current(range_A=0.4, lowest_Hz=300)
    voltage = instrument.part(AcVoltmeter).ac_voltage(range_V=0.4, lowest_Hz=300)
    assert float(current.value) == pytest.approx(0.2, abs=1e-4)
    assert float(voltage.value) == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize("model", METERS)
def test_a_train_tells_when_each_reading_was_taken(model: str, bus: Bus, clock: Clock):
    ramp = Settling(end=1e-3, time_constant_ns=2e9)
    ammeter = opened(model, bus, clock, Connections(current=ramp)).part(Ammeter)
    if not isinstance(ammeter, CurrentTrain):
        pytest.skip("takes no trains")
    ammeter.start_dc_current_train(range_A=1e-3, power_line_cycles=1, count=30)
    for count in (10, 20):
        train = ammeter.dc_current_train(count)
        middles_ns = (
            train.start_ns + (np.arange(count) * train.interval_s + train.aperture_s / 2) * 1e9
        )
        expected_A = [ramp.value(time_ns) for time_ns in middles_ns]
        assert train.readings.value == pytest.approx(expected_A, abs=3e-6)
    assert ammeter.clear_errors() == []


@pytest.mark.parametrize("model", METERS)
def test_a_digitizer_sees_pulses_that_no_aperture_would_tell(model: str, bus: Bus, clock: Clock):
    pulses = Pulses(level=0.4, period_ns=1_370_000, duty=0.25)
    ammeter = opened(model, bus, clock, Connections(current=pulses)).part(Ammeter)
    if not isinstance(ammeter, CurrentDigitizer):
        pytest.skip("does not digitize")
    rate_Hz = min(20e3, ammeter.greatest_current_rate_Hz)
    ammeter.start_dc_current_samples(range_A=1.0, rate_Hz=rate_Hz, count=400)
    train = ammeter.dc_current_train(400)
    assert train.interval_s == pytest.approx(1 / rate_Hz, rel=2e-3)
    values = np.asarray(train.readings.value)
    assert np.mean(values > 0.2) == pytest.approx(0.25, abs=0.05)
    mean = ammeter.dc_current(range_A=1.0, power_line_cycles=10)
    assert float(mean.value) == pytest.approx(0.1, abs=1e-3)
    assert ammeter.clear_errors() == []


# -- multiplexers ------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MULTIPLEXERS)
def test_a_multiplexer_makes_before_it_breaks(model: str, bus: Bus, clock: Clock):
    relays = Relays()
    multiplexer = opened(model, bus, clock, Connections(relays=relays)).part(Multiplexer)
    first, second = multiplexer.channels[0], multiplexer.channels[20]
    multiplexer.select(first)
    multiplexer.select(second)
    multiplexer.release()
    paths = [(position, closed) for position, closed, _ in relays.changes]
    assert paths == [(1, True), (21, True), (1, False), (21, False)]
    assert multiplexer.clear_errors() == []


@pytest.mark.parametrize("model", MULTIPLEXERS)
def test_a_probe_is_read_in_kelvin(model: str, bus: Bus, clock: Clock):
    wired = Connections(temperatures={301: Steady(25.0)})
    probe = opened(model, bus, clock, wired).part(Thermometer, 301)
    assert float(probe.temperature().value) == pytest.approx(298.15)
