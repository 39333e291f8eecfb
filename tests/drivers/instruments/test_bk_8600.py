from __future__ import annotations

from drivers.roles import Load
from quantities import Clock
from tests.drivers.scripted import Wire, checked, opened


def test_an_8614_is_set_on_the_range_that_holds_the_current_and_measures(wire: Wire, clock: Clock):
    load = opened("bk-8614", wire, clock).part(Load)
    wire.expect(
        *checked("CURR:RANG 24", "CURR 10.0000", "INP ON"),
        ("MEAS:VOLT?", "61.2345"),
        ("MEAS:CURR?", "10.0012"),
        "INP OFF",
    )
    load.set_current(10.0)
    load.set_input(on=True)
    assert load.input_voltage().value == 61.2345
    assert load.input_current().value == 10.0012
    load.make_safe()
