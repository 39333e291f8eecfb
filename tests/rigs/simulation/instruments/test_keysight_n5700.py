"""The simulated N5700 supply, by its own commands."""

from __future__ import annotations

import pytest
from pyvisa.resources import MessageBasedResource

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import NO_ERROR, Bus
from tests.rigs.simulation.waveforms import Loaded

MODEL = "keysight-n5769a"


def charger(bus: Bus, ohm: float = 20.0) -> tuple[MessageBasedResource, Loaded]:
    terminals = Loaded(bus.kernel, ohm=ohm)
    return bus.connect(MODEL, Connections(terminals={1: terminals})), terminals


def test_it_names_itself_as_its_first_maker_did(bus: Bus):
    supply, _ = charger(bus)
    assert supply.query("*IDN?").split(",")[:2] == ["Agilent Technologies", "N5769A"]


@pytest.mark.parametrize(("ohm", "status"), [(20.0, 256), (2.0, 1024)])
def test_its_operation_status_tells_what_it_holds(bus: Bus, ohm: float, status: int):
    supply, _ = charger(bus, ohm)
    assert int(supply.query("STAT:OPER:COND?")) == 0
    supply.write("VOLT 60;CURR 5;OUTP ON")
    bus.wait(1)
    assert int(supply.query("STAT:OPER:COND?")) == status


def test_its_meters_show_what_is_at_the_terminals(bus: Bus):
    supply, _ = charger(bus)
    supply.write("VOLT 60;CURR 5;OUTP ON")
    bus.wait(1)
    assert float(supply.query("MEAS:VOLT?")) == pytest.approx(60, abs=0.01)
    assert float(supply.query("MEAS:CURR?")) == pytest.approx(3, abs=0.001)


def test_voltage_and_protection_keep_five_percent_apart(bus: Bus):
    supply, _ = charger(bus)
    supply.write("VOLT:PROT:LEV 63")
    supply.write("VOLT 60.5")
    assert supply.query("SYST:ERR?").startswith("-221")
    supply.write("VOLT 60")
    supply.write("VOLT:PROT:LEV 62.9")
    assert supply.query("SYST:ERR?").startswith("-221")
    assert float(supply.query("VOLT:PROT:LEV?")) == 63
    assert float(supply.query("VOLT?")) == 60
    assert supply.query("SYST:ERR?").strip() == NO_ERROR


@pytest.mark.parametrize("line", ["VOLT 106", "CURR 16", "VOLT:PROT:LEV 111", "VOLT:PROT:LEV 4"])
def test_what_it_cannot_give_is_refused(bus: Bus, line: str):
    supply, _ = charger(bus)
    supply.write(line)
    assert supply.query("SYST:ERR?").startswith("-222")


def test_over_current_protection_trips_and_holds_until_it_is_cleared(bus: Bus):
    supply, terminals = charger(bus, 2.0)
    supply.write("CURR:PROT:STAT ON")
    supply.write("VOLT 60;CURR 5;OUTP ON")
    bus.wait(1)
    assert int(supply.query("STAT:QUES:COND?")) == 2
    assert terminals.volts(bus.kernel.now_ns + 10**9) == pytest.approx(0, abs=1e-3)
    supply.write("OUTP ON")
    bus.wait(1)
    assert int(supply.query("STAT:OPER:COND?")) == 0
    supply.write("CURR:PROT:STAT OFF")
    supply.write("OUTP:PROT:CLE")
    bus.wait(1)
    assert int(supply.query("STAT:QUES:COND?")) == 0
    assert int(supply.query("STAT:OPER:COND?")) == 1024


def test_it_is_set_back_to_off_and_full_protection(bus: Bus):
    supply, _ = charger(bus)
    supply.write("VOLT:PROT:LEV 70;VOLT 60;OUTP ON")
    supply.write("*RST")
    assert supply.query("OUTP?").strip() == "0"
    assert float(supply.query("VOLT:PROT:LEV?")) == 110
    assert float(supply.query("VOLT?")) == 0
