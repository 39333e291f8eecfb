from __future__ import annotations

import pytest

from drivers.roles import Load
from quantities import Clock, Purpose
from quantities.errors import InstrumentError
from tests.drivers.scripted import Wire, checked, opened


@pytest.fixture
def load(wire: Wire, clock: Clock) -> Load:
    return opened("rigol-dl3031", wire, clock).part(Load)


def test_a_current_goes_on_the_smallest_range_that_holds_it(load: Load, wire: Wire):
    wire.expect(
        *checked(":SOUR:CURR:RANG 6", ":SOUR:CURR:LEV:IMM 2.5000"),
        *checked(":SOUR:CURR:LEV:IMM 6.0000"),
        *checked(":SOUR:CURR:RANG 60", ":SOUR:CURR:LEV:IMM 6.5000"),
    )
    for amperes in (2.5, 6.0, 6.5):
        load.set_current(amperes)


@pytest.mark.parametrize("amperes", [-0.1, 60.1, float("nan")])
def test_what_it_cannot_take_is_not_sent(load: Load, amperes: float):
    with pytest.raises(InstrumentError, match="0 to 60 A"):
        load.set_current(amperes)


def test_it_is_given_time_to_settle_once_it_is_on(load: Load, wire: Wire, clock: Clock):
    def settling_ns() -> int:
        return clock.ledger()[Purpose.SETTLING]

    wire.expect(*checked(":SOUR:CURR:RANG 6", ":SOUR:CURR:LEV:IMM 1.0000", ":SOUR:INP:STAT ON"))
    wire.expect(*checked(":SOUR:CURR:LEV:IMM 2.0000"))
    load.set_current(1.0)
    assert settling_ns() == 0
    load.set_input(on=True)
    load.set_current(2.0)
    assert settling_ns() == 200_000_000


def test_it_reads_itself_back(load: Load, wire: Wire):
    wire.expect((":MEAS:VOLT?", "61.234"), (":MEAS:CURR?", "2.501"))
    voltage, current = load.input_voltage(), load.input_current()
    assert (voltage.value, voltage.unit) == (61.234, "V")
    assert (current.value, current.unit) == (2.501, "A")
    assert current.standard_uncertainty == pytest.approx((0.0025 + 0.06) / 3**0.5, rel=1e-3)


def test_making_safe_only_switches_off(load: Load, wire: Wire):
    wire.expect(":SOUR:INP:STAT OFF")
    load.make_safe()
