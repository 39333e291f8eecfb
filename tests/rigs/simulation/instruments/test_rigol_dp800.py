from __future__ import annotations

import pytest
import pyvisa

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus, GAP_s, ask, say
from tests.rigs.simulation.waveforms import Loaded

MODEL = "rigol-dp832"


def test_channels_are_named_before_the_value_or_in_the_header(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, ":APPL CH1,5,1", ":SOUR2:VOLT 3.7", ":SOUR2:CURR 0.65")
    assert ask(bus, supply, ":SOUR1:VOLT?") == "5.000"
    assert ask(bus, supply, ":SOUR2:VOLT?") == "3.700"
    assert ask(bus, supply, ":SOUR2:CURR?") == "0.6500"
    say(bus, supply, ":INST CH2", ":VOLT 4")
    assert ask(bus, supply, ":INST?") == "CH2"
    assert ask(bus, supply, ":SOUR2:VOLT?") == "4.000"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (":OUTP ON,(@1)", -224),
        ("VOLT 3.7,(@1)", -108),
        (":SOUR1:VOLT 40", -222),
        (":OUTP:OVP:VAL CH3,6", -222),
        (":VOLT:PROT 5", -113),
    ],
)
def test_what_others_say_is_refused(bus: Bus, line: str, error: int) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, line)
    assert ask(bus, supply, "SYST:ERR?").startswith(f"{error},")
    assert ask(bus, supply, "SYST:ERR?") == '0,"No error"'


def test_a_model_of_two_outputs_has_no_third(bus: Bus) -> None:
    supply = bus.connect("rigol-dp831")
    say(bus, supply, ":OUTP CH3,ON")
    assert ask(bus, supply, "SYST:ERR?") == '-224,"Illegal parameter value"'


def test_a_level_protects_nothing_until_it_is_switched_on(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    say(bus, supply, ":OUTP:OVP:VAL CH1,4.5", ":SOUR1:VOLT 5", ":OUTP CH1,ON")
    bus.wait(1)
    assert ask(bus, supply, ":OUTP:OVP? CH1") == "OFF"
    assert ask(bus, supply, ":OUTP:OVP:QUES? CH1") == "NO"
    say(bus, supply, ":OUTP:OVP CH1,ON")
    bus.wait(1)
    assert ask(bus, supply, ":OUTP:OVP:QUES? CH1") == "YES"
    assert ask(bus, supply, ":OUTP? CH1") == "OFF"
    say(bus, supply, ":SOUR1:VOLT 4", ":OUTP:OVP:CLE CH1")
    assert ask(bus, supply, ":OUTP:OVP:QUES? CH1") == "NO"
    assert terminals.driven[-1]["on"] is False
    say(bus, supply, ":OUTP CH1,ON")
    assert ask(bus, supply, ":OUTP? CH1") == "ON"


def test_a_level_that_is_lowered_while_it_is_on_counts_at_once(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, ":OUTP:OVP CH1,ON", ":SOUR1:VOLT 5", ":OUTP CH1,ON", ":OUTP:OVP:VAL CH1,4")
    assert ask(bus, supply, ":OUTP:OVP:VAL? CH1") == "4.000"
    assert ask(bus, supply, ":OUTP:OVP:VAL? CH1,MAX") == "33.000"
    assert ask(bus, supply, ":OUTP:OVP:QUES? CH1") == "YES"


@pytest.mark.parametrize(("ohm", "mode"), [(10, "CV"), (1, "CC")])
def test_the_mode_is_a_word(bus: Bus, ohm: float, mode: str) -> None:
    supply = bus.connect(MODEL, Connections(terminals={1: Loaded(bus.kernel, ohm)}))
    assert ask(bus, supply, ":OUTP:MODE? CH1") == "UR"
    say(bus, supply, ":APPL CH1,3.7,1", ":OUTP CH1,ON")
    bus.wait(1)
    assert ask(bus, supply, ":OUTP:MODE? CH1") == mode


def test_reset_switches_protections_off_too(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, ":OUTP:OVP:VAL CH1,4", ":OUTP:OVP CH1,ON", "*RST")
    assert ask(bus, supply, ":OUTP:OVP? CH1") == "OFF"
    assert ask(bus, supply, ":OUTP:OVP:VAL? CH1") == "33.000"


def test_a_line_that_comes_too_soon_is_lost_without_a_trace(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write(":SOUR1:VOLT 3")
    bus.wait(0.04)
    supply.write(":SOUR1:VOLT 4")
    bus.wait(GAP_s)
    assert ask(bus, supply, ":SOUR1:VOLT?") == "3.000"
    supply.timeout = 500
    supply.write(":SOUR1:VOLT 3")
    with pytest.raises(pyvisa.errors.VisaIOError):
        supply.query("SYST:ERR?")
