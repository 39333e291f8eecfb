from __future__ import annotations

import math

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import Supply
from quantities import Clock, Purpose
from quantities.errors import InstrumentError, InstrumentTimeout
from tests.drivers.scripted import TIME_OUT, Wire, checked, opened

SECOND_ns = 1_000_000_000


@pytest.fixture
def keysight(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-e36312a", wire, clock)


@pytest.fixture
def siglent(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("siglent-spd3303x", wire, clock)


def test_a_reading_names_its_instrument_and_its_time(
    keysight: OpenInstrument, wire: Wire, clock: Clock
):
    clock.wait(2.0, Purpose.IDLE)
    wire.expect(("MEAS:VOLT? (@3)", "0"))
    reading = keysight.part(Supply, 3).output_voltage()
    assert reading.instrument == "E36312A MY59000001"
    assert reading.time_ns == clock.now() == 2 * SECOND_ns
    assert reading.degrees_of_freedom == math.inf


def test_a_supply_settles_only_while_its_output_is_on(
    keysight: OpenInstrument, wire: Wire, clock: Clock
):
    supply = keysight.part(Supply, 1)
    settled: list[int] = []
    wire.expect(*checked("VOLT 1,(@1)", "OUTP ON,(@1)", "VOLT 2,(@1)"))
    for act in (
        lambda: supply.set_voltage(1.0),
        lambda: supply.set_output(on=True),
        lambda: supply.set_voltage(2.0),
    ):
        before_ns = clock.ledger()[Purpose.SETTLING]
        act()
        settled.append(clock.ledger()[Purpose.SETTLING] - before_ns)
    assert settled == [0, 0.4 * SECOND_ns, 0.4 * SECOND_ns]


@pytest.mark.parametrize("volts", [-0.1, 6.19, 25.0, math.nan, math.inf])
def test_a_voltage_beyond_the_rating_is_refused_before_anything_is_sent(
    keysight: OpenInstrument, volts: float
):
    with pytest.raises(InstrumentError, match=r"output 1 cannot be set to .* 0 to 6.18 V"):
        keysight.part(Supply, 1).set_voltage(volts)


def test_a_current_beyond_the_rating_is_refused_before_anything_is_sent(
    siglent: OpenInstrument,
):
    with pytest.raises(InstrumentError, match=r"cannot be set to 3.3 A.*0 to 3.2 A"):
        siglent.part(Supply, 1).set_current_limit(3.3)


def test_making_safe_asks_nothing_and_can_be_repeated(keysight: OpenInstrument, wire: Wire):
    supply = keysight.part(Supply, 1)
    wire.expect("OUTP OFF,(@1)", "OUTP OFF,(@1)")
    supply.make_safe()
    supply.make_safe()


def test_a_supply_made_safe_counts_as_off(keysight: OpenInstrument, wire: Wire, clock: Clock):
    supply = keysight.part(Supply, 1)
    wire.expect(*checked("OUTP ON,(@1)"), "OUTP OFF,(@1)", *checked("VOLT 1,(@1)"))
    supply.set_output(on=True)
    supply.make_safe()
    settled_ns = clock.ledger()[Purpose.SETTLING]
    supply.set_voltage(1.0)
    assert clock.ledger()[Purpose.SETTLING] == settled_ns


@pytest.mark.parametrize("model", ["keysight-e36312a", "siglent-spd3303x"])
def test_making_a_dead_supply_safe_is_an_instrument_error_and_nothing_else(
    model: str, wire: Wire, clock: Clock
):
    supply = opened(model, wire, clock).part(Supply, 1)
    wire.dead = True
    with pytest.raises(InstrumentError, match="OUTP"):
        supply.make_safe()


def test_a_supply_that_falls_silent_is_a_time_out(keysight: OpenInstrument, wire: Wire):
    wire.expect(("MEAS:VOLT? (@1)", TIME_OUT), ("*IDN?", TIME_OUT))
    with pytest.raises(InstrumentTimeout, match=r"\*IDN\?"):
        keysight.part(Supply, 1).output_voltage()
