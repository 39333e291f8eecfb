from __future__ import annotations

import pytest

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus
from tests.rigs.simulation.waveforms import Loaded

MODEL = "keithley-2280s-32-6"


def test_it_names_itself_with_the_word_model(bus: Bus) -> None:
    fields = bus.connect(MODEL).query("*IDN?").split(",")
    assert fields[:3] == ["KEITHLEY INSTRUMENTS", "MODEL 2280S-32-6", "SN1"]


def test_a_reading_comes_with_its_unit_and_a_time(bus: Bus) -> None:
    supply = bus.connect(MODEL, Connections(terminals={1: Loaded(bus.kernel, ohm=10)}))
    for line in (":VOLT 3.7", ":CURR 1", ":OUTP ON"):
        supply.write(line)
    bus.wait(1)
    voltage, time = supply.query(":MEAS:VOLT?").split(",")
    assert (voltage, time[-1]) == ("+3.700000E+00V", "s")
    assert supply.query(":MEAS:CURR?").startswith("+3.700000E-01A,")


@pytest.mark.parametrize(("ohm", "mode"), [(10, "CV"), (1, "CC")])
def test_elements_that_were_asked_for_come_in_their_own_order(
    bus: Bus, ohm: float, mode: str
) -> None:
    supply = bus.connect(MODEL, Connections(terminals={1: Loaded(bus.kernel, ohm)}))
    supply.write(':FORM:ELEM "MODE,READ"')
    assert supply.query(":FORM:ELEM?") == "READ,MODE"
    assert supply.query(":MEAS:VOLT?") == "+0.000000E+00,OFF"
    for line in (":VOLT 3.7", ":CURR 1", ":OUTP ON"):
        supply.write(line)
    bus.wait(1)
    assert supply.query(":MEAS:VOLT?").endswith(f",{mode}")


def test_elements_that_there_are_not_change_nothing(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write(':FORM:ELEM "READ,PHASE"')
    assert supply.query("SYST:ERR?") == '-224,"Illegal parameter value"'
    assert supply.query(":FORM:ELEM?") == "READ,UNIT,REL"


def test_over_voltage_protection_is_always_on_and_a_trip_is_an_output_that_is_off(
    bus: Bus,
) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    for line in (":VOLT:PROT 4.5", ":VOLT 5", ":OUTP ON"):
        supply.write(line)
    bus.wait(1)
    assert supply.query(":OUTP?") == "0"
    assert terminals.driven[-1]["on"] is False
    supply.write(":VOLT 4")
    supply.write(":OUTP ON")
    bus.wait(1)
    assert supply.query(":OUTP?;:VOLT?;:VOLT:PROT?") == "1;4.0000;4.500"


@pytest.mark.parametrize("line", [":VOLT 40", ":CURR 7", ":VOLT:PROT 0.1"])
def test_what_it_cannot_give_is_refused(bus: Bus, line: str) -> None:
    supply = bus.connect(MODEL)
    supply.write(line)
    assert supply.query("SYST:ERR?") == '-222,"Data out of range"'


def test_reset_brings_units_back(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write(':FORM:ELEM "READ"')
    supply.write("*RST")
    assert supply.query(":FORM:ELEM?") == "READ,UNIT,REL"
    assert supply.query(":CURR?") == "6.0000"
