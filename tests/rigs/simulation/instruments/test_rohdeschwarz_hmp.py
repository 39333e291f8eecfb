from __future__ import annotations

import pytest

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus
from tests.rigs.simulation.waveforms import Loaded

MODEL = "rohdeschwarz-hmp4040"


def test_over_voltage_protection_is_always_on(bus: Bus) -> None:
    terminals = Loaded(bus.kernel)
    supply = bus.connect(MODEL, Connections(terminals={4: terminals}))
    for line in ("INST:NSEL 4", "VOLT:PROT:LEV 4.5", "VOLT 5", "OUTP:SEL 1", "OUTP:GEN 1"):
        supply.write(line)
    bus.wait(1)
    assert supply.query("VOLT:PROT:TRIP?") == "1"
    assert supply.query("STAT:QUES:INST:ISUM4:COND?") == str(1 << 9)
    assert terminals.driven[-1]["on"] is False


@pytest.mark.parametrize(("line", "error"), [("VOLT:PROT 1", -113), ("VOLT 3,(@1)", -108)])
def test_what_the_ngl200_knows_is_refused(bus: Bus, line: str, error: int) -> None:
    supply = bus.connect(MODEL)
    supply.write(line)
    assert supply.query("SYST:ERR?").startswith(f"{error},")


def test_the_first_of_four_outputs_is_selected_after_a_reset(bus: Bus) -> None:
    supply = bus.connect(MODEL)
    for line in ("INST OUT3", "VOLT 3.7", "*RST"):
        supply.write(line)
    assert supply.query("INST:NSEL?;:VOLT?;:CURR?") == "1;0.000;10.0000"
