from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.instruments import Connections
from rigs.simulation.instruments.figures import datasheet
from tests.rigs.simulation.bus import NO_ERROR, Bus
from tests.rigs.simulation.waveforms import Loaded

MODEL = "keysight-e36312a"


@pytest.mark.parametrize("model", ["e36311a", "e36312a", "e36313a"])
def test_each_model_names_itself(bus: Bus, model: str) -> None:
    fields = bus.connect(f"keysight-{model}").query("*IDN?").split(",")
    assert fields[:3] == ["Keysight Technologies", model.upper(), "SN1"]


def test_a_setting_with_a_channel_list_reaches_those_outputs_alone(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("VOLT 3.7,(@1)")
    supply.write("VOLT 12,(@2:3)")
    assert supply.query("VOLT? (@1,2,3)") == "+3.700000E+00,+1.200000E+01,+1.200000E+01"


def test_without_a_channel_list_the_selected_output_is_meant(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("INST:NSEL 2")
    supply.write("CURR 0.25")
    assert supply.query("INST?;:INST:NSEL?;:CURR? (@2)") == "P25V;+2;+2.500000E-01"
    supply.write("INST P6V")
    assert supply.query("CURR?") == "+5.150000E+00"
    supply.write("INST CH3")
    assert supply.query("INST:NSEL?") == "+3"


def test_the_terminals_follow_and_settle(bus: Bus) -> None:
    terminals = Loaded(bus.kernel, ohm=10)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    supply.write("VOLT 3.7,(@1)")
    supply.write("CURR 1,(@1)")
    supply.write("OUTP ON,(@1)")
    bus.wait(1)
    assert terminals.driven[-1] == {"voltage_V": 3.7, "limit_A": 1.0, "on": True}
    assert float(supply.query("MEAS:VOLT? (@1)")) == pytest.approx(3.7, abs=1e-5)
    assert float(supply.query("MEAS:CURR? (@1)")) == pytest.approx(0.37, abs=1e-5)
    assert supply.query("OUTP? (@1,2)") == "1,0"


def test_a_reading_of_its_own_output_takes_one_power_line_cycle(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    before_ns = bus.kernel.now_ns
    supply.query("MEAS:VOLT? (@1)")
    assert bus.kernel.now_ns - before_ns == 20_000_000 + 1_000_000 + 200_000


def test_outputs_with_nothing_on_them_show_what_is_set(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("VOLT 5,(@2)")
    assert float(supply.query("MEAS:VOLT? (@2)")) == 0
    supply.write("OUTP ON,(@2)")
    assert float(supply.query("MEAS:VOLT? (@2)")) == 5
    assert float(supply.query("MEAS:CURR? (@2)")) == 0


def test_what_an_output_cannot_give_is_out_of_range_and_changes_nothing(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("VOLT 2,(@1:3)")
    supply.write("VOLT 20,(@2,1)")
    assert supply.query("SYST:ERR?") == '-222,"Data out of range"'
    assert supply.query("VOLT? (@1:3)") == "+2.000000E+00,+2.000000E+00,+2.000000E+00"
    supply.write("VOLT 1,(@4)")
    assert supply.query("SYST:ERR?") == '-222,"Data out of range"'


def test_limits_can_be_asked_for_and_set(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    assert supply.query("VOLT? MAX,(@1)") == "+6.180000E+00"
    assert supply.query("CURR? MIN,(@1)") == "+0.000000E+00"
    supply.write("VOLT MAX,(@2)")
    assert supply.query("VOLT? (@2)") == "+2.575000E+01"


@pytest.mark.parametrize(("ohm", "condition"), [(10, "+2"), (1, "+1")])
def test_the_summary_register_tells_constant_voltage_from_constant_current(
    bus: Bus, ohm: float, condition: str
) -> None:
    supply = bus.connect(MODEL, Connections(terminals={1: Loaded(bus.kernel, ohm)}))
    assert supply.query("STAT:QUES:INST:ISUM1:COND?") == "+0"
    supply.write("VOLT 3.7,(@1);CURR 1,(@1);:OUTP ON,(@1)")
    bus.wait(1)
    assert supply.query("STAT:QUES:INST:ISUM1:COND?") == condition
    assert supply.query("STAT:QUES:INST:ISUM2:COND?") == "+0"


def test_over_voltage_switches_the_output_off_until_it_is_cleared(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    supply.write("VOLT:PROT 4.5,(@1)")
    supply.write("VOLT 4.4,(@1)")
    supply.write("OUTP ON,(@1)")
    bus.wait(1)
    assert supply.query("VOLT:PROT:TRIP? (@1)") == "0"
    supply.write("VOLT 5,(@1)")
    bus.wait(1)
    assert terminals.driven[-1]["on"] is False
    assert supply.query("VOLT:PROT:TRIP? (@1)") == "1"
    assert supply.query("STAT:QUES:INST:ISUM1:COND?") == "+512"
    supply.write("VOLT 4,(@1)")
    assert terminals.driven[-1]["on"] is False
    supply.write("OUTP:PROT:CLE (@1)")
    bus.wait(1)
    assert terminals.driven[-1] == {"voltage_V": 4.0, "limit_A": 5.15, "on": True}
    assert supply.query("VOLT:PROT:TRIP? (@1)") == "0"


def test_over_voltage_trips_on_the_way_up_not_after_it(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    supply.write("VOLT:PROT 4.5,(@1);:VOLT 6,(@1);:OUTP ON,(@1)")
    peak_V = 0.0
    for _ in range(2000):
        bus.wait(0.5e-3)
        peak_V = max(peak_V, terminals.volts(bus.kernel.now_ns))
    assert 4.5 < peak_V < 4.7


def test_over_current_protection_that_is_off_does_not_trip(bus: Bus) -> None:
    terminals = Loaded(bus.kernel, ohm=1)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    supply.write("VOLT 3,(@1);CURR 1,(@1);:OUTP ON,(@1)")
    bus.wait(1)
    assert supply.query("CURR:PROT:STAT? (@1);TRIP? (@1)") == "0;0"


def test_over_voltage_protection_cannot_be_switched_off(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("VOLT:PROT:STAT OFF,(@1)")
    assert supply.query("SYST:ERR?") == '-113,"Undefined header"'


def test_over_current_protection_trips_in_current_limit_once_settled(bus: Bus) -> None:
    terminals = Loaded(bus.kernel, ohm=1)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    supply.write("VOLT 3,(@1);CURR 1,(@1);:CURR:PROT:STAT ON,(@1);:OUTP ON,(@1)")
    bus.wait(1)
    assert supply.query("CURR:PROT:TRIP? (@1)") == "1"
    assert supply.query("STAT:QUES:INST:ISUM1:COND?") == "+1024"
    assert terminals.driven[-1]["on"] is False


def test_a_load_that_comes_later_trips_when_the_supply_is_next_asked(bus: Bus) -> None:
    terminals = Loaded(bus.kernel, ohm=10)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    supply.write("VOLT 3,(@1);CURR 1,(@1);:CURR:PROT:STAT ON,(@1);:OUTP ON,(@1)")
    bus.wait(1)
    assert supply.query("CURR:PROT:TRIP? (@1)") == "0"
    terminals.ohm = 1
    assert supply.query("CURR:PROT:TRIP? (@1)") == "1"


def test_reset_switches_off_and_restores_the_protections(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    supply.write("VOLT:PROT 4.5,(@1);:VOLT 4,(@1);:OUTP ON,(@1)")
    supply.write("*RST")
    assert supply.query("OUTP? (@1);:VOLT? (@1);:VOLT:PROT? (@1)") == (
        "0;+0.000000E+00;+6.600000E+00"
    )
    assert terminals.driven[-1]["on"] is False
    assert supply.query("SYST:ERR?") == NO_ERROR


@given(seed=st.integers(0, 2**32), volts=st.floats(0, 6))
def test_set_and_readback_error_stay_within_the_data_sheet(seed: int, volts: float) -> None:
    bus = Bus()
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}), seed=seed, ideal=False)
    supply.write(f"VOLT {volts:.6f},(@1);:OUTP ON,(@1)")
    bus.wait(1)
    true_V = terminals.volts(bus.kernel.now_ns)
    reading = float(supply.query("MEAS:VOLT? (@1)"))
    [year] = datasheet(MODEL)["outputs"][0]["voltage_setting"]["within"]
    limit_V = year["reading_percent"] / 100 * volts + year["absolute"]
    assert abs(true_V - volts) <= limit_V * 1.001
    assert abs(reading - true_V) <= limit_V * 1.01
    bus.manager.close()
