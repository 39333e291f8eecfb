from __future__ import annotations

import re

import pytest
import pyvisa

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus, GAP_s, ask, say
from tests.rigs.simulation.waveforms import Loaded

MODEL = "siglent-spd3303x"


def test_it_names_itself_in_five_fields(bus: Bus) -> None:
    fields = bus.connect(MODEL).query("*IDN?").split(",")
    assert fields[:3] == ["Siglent Technologies", "SPD3303X", "SN1"]
    assert len(fields) == 5


@pytest.mark.parametrize("common", ["*RST", "*CLS", "*OPC", "*ESE 1", "*WAI"])
def test_other_common_commands_are_unknown(bus: Bus, common: str) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, common)
    assert re.fullmatch(r"\d+  Undefined header", ask(bus, supply, "SYST:ERR?"))
    assert ask(bus, supply, "SYST:ERR?") == "0  No error"


@pytest.mark.parametrize("question", ["*OPC?", "*ESR?", "*STB?", "VOLT:PROT?", "OUTP? CH1"])
def test_questions_it_does_not_know_stay_without_answer(bus: Bus, question: str) -> None:
    supply = bus.connect(MODEL)
    supply.timeout = 500
    with pytest.raises(pyvisa.errors.VisaIOError):
        supply.query(question)


def test_settings_read_back_with_three_digits_after_the_point(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, "CH1:VOLT 3.7004", "CH1:CURR 0.5", "INST CH2", "VOLT 12", "CURR 1")
    assert ask(bus, supply, "INST?") == "CH2"
    assert ask(bus, supply, "CH1:VOLT?") == "3.700"
    assert ask(bus, supply, "CH1:CURR?") == "0.500"
    assert ask(bus, supply, "VOLT?") == "12.000"
    assert ask(bus, supply, "CH2:CURR?") == "1.000"


def test_its_own_meters_show_what_is_at_the_terminals(bus: Bus) -> None:
    terminals = Loaded(bus.kernel, ohm=10)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    say(bus, supply, "CH1:VOLT 3.7", "CH1:CURR 1", "OUTP CH1,ON")
    bus.wait(1)
    assert ask(bus, supply, "MEAS:VOLT? CH1") == "3.700"
    assert ask(bus, supply, "MEAS:CURR? CH1") == "0.370"
    assert ask(bus, supply, "MEAS:POWE?") == "1.369"
    say(bus, supply, "OUTP CH1,OFF")
    bus.wait(1)
    assert ask(bus, supply, "MEAS:VOLT? CH1") == "0.000"


@pytest.mark.parametrize(("ohm", "status"), [(10, "0x0014"), (1, "0x0015")])
def test_the_status_word_tells_mode_and_output(bus: Bus, ohm: float, status: str) -> None:
    supply = bus.connect(MODEL, Connections(terminals={1: Loaded(bus.kernel, ohm)}))
    assert ask(bus, supply, "SYST:STAT?") == "0x0004"
    say(bus, supply, "CH1:VOLT 3.7", "CH1:CURR 1", "OUTP CH1,ON")
    bus.wait(1)
    assert ask(bus, supply, "SYST:STAT?") == status
    say(bus, supply, "OUTP CH2,ON")
    assert int(ask(bus, supply, "SYST:STAT?"), 16) & 0x20


def test_a_line_that_comes_too_soon_is_lost_without_a_trace(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("CH1:VOLT 3")
    bus.wait(0.015)
    supply.write("CH1:VOLT 4")
    bus.wait(GAP_s)
    assert ask(bus, supply, "CH1:VOLT?") == "3.000"
    assert ask(bus, supply, "SYST:ERR?") == "0  No error"


def test_a_lost_line_does_not_lengthen_the_deafness(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    supply.write("CH1:VOLT 3")
    bus.wait(0.015)
    supply.write("CH1:VOLT 4")
    bus.wait(0.006)
    supply.write("CH1:VOLT 5")
    bus.wait(GAP_s)
    assert ask(bus, supply, "CH1:VOLT?") == "5.000"


def test_it_has_no_protection_that_could_trip(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={1: terminals}))
    say(bus, supply, "CH1:VOLT 32", "OUTP CH1,ON")
    bus.wait(2)
    assert terminals.volts(bus.kernel.now_ns) == pytest.approx(32, abs=1e-3)


def test_what_it_cannot_give_is_refused(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, "CH1:VOLT 2", "CH1:VOLT 40")
    assert ask(bus, supply, "SYST:ERR?") == "222  Data out of range"
    assert ask(bus, supply, "CH1:VOLT?") == "2.000"
    say(bus, supply, "CH3:VOLT 3", "OUTP CH3,ON")
    assert ask(bus, supply, "SYST:ERR?") == "113  Undefined header"
    assert ask(bus, supply, "SYST:ERR?") == "0  No error"


def test_its_outputs_are_independent_and_stay_so(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, "OUTP:TRACK 0")
    assert ask(bus, supply, "SYST:ERR?") == "0  No error"
    say(bus, supply, "OUTP:TRACK 1")
    assert ask(bus, supply, "SYST:ERR?") == "221  Settings conflict"
