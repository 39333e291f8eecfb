from __future__ import annotations

import pytest
import pyvisa

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus
from tests.rigs.simulation.waveforms import Loaded

MODEL = "rohdeschwarz-ngl202"


def test_a_line_means_the_output_that_was_selected_last(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    for line in ("INST:NSEL 2", "VOLT 3.7", "INST OUT1", "VOLT 5", "CURR 0.65"):
        supply.write(line)
    assert supply.query("INST:NSEL?") == "1"
    assert supply.query("VOLT?") == "5.000"
    assert supply.query("CURR?") == "0.6500"
    supply.write("INST:NSEL 2")
    assert supply.query("VOLT?") == "3.700"
    supply.write("INST:NSEL 3")
    assert supply.query("SYST:ERR?") == '-222,"Data out of range"'


def test_a_channel_list_wants_a_blank_before_it(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("VOLT 3.7, (@1,2)")
    assert supply.query("VOLT? (@1:2)") == "3.700,3.700"
    supply.timeout = 500
    with pytest.raises(pyvisa.errors.VisaIOError):
        supply.query("VOLT?(@1)")
    assert supply.query("SYST:ERR?") == '-103,"Invalid separator"'


def test_an_output_is_on_while_it_is_armed_and_the_master_switch_closed(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    for lines, on in (
        (("OUTP:GEN 1",), False),
        (("OUTP:SEL 1",), True),
        (("OUTP:GEN 0",), False),
        (("OUTP:GEN ON",), True),
        (("INST:NSEL 2", "OUTP:SEL 1", "OUTP:SEL 0"), True),
        (("INST:NSEL 1", "OUTP:SEL 0"), False),
    ):
        for line in lines:
            supply.write(line)
        bus.wait(0.1)
        assert terminals.driven[-1]["on"] is on, lines
    assert supply.query("OUTP:SEL?;:OUTP:GEN?") == "0;1"


def test_over_voltage_protection_is_a_level_that_is_switched_on(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    for line in ("VOLT:PROT:LEV 4.5", "VOLT 5", "OUTP:SEL 1", "OUTP:GEN 1"):
        supply.write(line)
    bus.wait(1)
    assert supply.query("VOLT:PROT:TRIP?;LEV?") == "0;4.500"
    supply.write("VOLT:PROT 1")
    bus.wait(1)
    assert supply.query("VOLT:PROT:TRIP?") == "1"
    assert supply.query("STAT:QUES:INST:ISUM1:COND?") == str(1 << 9)
    assert terminals.driven[-1]["on"] is False
    supply.write("VOLT 4")
    supply.write("OUTP:GEN 1")
    bus.wait(1)
    assert supply.query("VOLT:PROT:TRIP?") == "0"
    assert terminals.driven[-1]["on"] is True


def test_the_fuse_blows_in_current_limit(bus: Bus) -> None:
    terminals = Loaded(bus.kernel, ohm=1)
    supply = bus.connect(MODEL, Connections(terminals={2: terminals}))
    for line in ("INST:NSEL 2", "VOLT 3", "CURR 1", "OUTP:SEL 1", "OUTP:GEN 1"):
        supply.write(line)
    bus.wait(1)
    assert supply.query("STAT:QUES:INST:ISUM2:COND?") == "1"
    assert supply.query("FUSE:TRIP?") == "0"
    supply.write("FUSE ON")
    assert supply.query("FUSE:TRIP?") == "1"
    assert supply.query("STAT:QUES:INST:ISUM2:COND?") == str(1 << 10)
    assert supply.query("STAT:QUES:INST:ISUM1:COND?") == "0"


def test_reset_disarms_and_switches_protections_off(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    for line in ("VOLT:PROT:LEV 4", "VOLT:PROT 1", "OUTP:SEL 1", "OUTP:GEN 1", "*RST"):
        supply.write(line)
    assert supply.query("OUTP:SEL?;:OUTP:GEN?;:VOLT:PROT:LEV?") == "0;0;20.000"
    assert terminals.driven[-1]["on"] is False


def test_a_model_of_one_output_has_no_second(bus: Bus) -> None:
    supply = bus.connect("rohdeschwarz-ngm201")
    assert supply.query("STAT:QUES:INST:ISUM2:COND?") == "0"
    supply.write("INST OUT2")
    assert supply.query("SYST:ERR?") == '-222,"Data out of range"'
