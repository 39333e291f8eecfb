from __future__ import annotations

import pytest

from rigs.simulation.instruments import Connections
from tests.rigs.simulation.bus import Bus, ask, say
from tests.rigs.simulation.waveforms import Loaded

MODEL = "siglent-spd1305x"


@pytest.mark.parametrize(("ohm", "status"), [(10, "0x10"), (1, "0x11")])
def test_the_status_word_tells_mode_output_and_sense(bus: Bus, ohm: float, status: str) -> None:
    supply = bus.connect(MODEL, Connections(terminals={1: Loaded(bus.kernel, ohm)}))
    assert ask(bus, supply, "SYST:STAT?") == "0x0"
    say(bus, supply, "CH1:VOLT 3.7", "CH1:CURR 1", "OUTP CH1,ON")
    bus.wait(1)
    assert ask(bus, supply, "SYST:STAT?") == status
    say(bus, supply, "MODE:SET 4W", "OUTP CH1,OFF")
    assert ask(bus, supply, "SYST:STAT?") == "0x20"


@pytest.mark.parametrize(
    ("line", "error"),
    [("CH2:VOLT 3", "113"), ("OUTP CH2,ON", "224"), ("OUTP:TRACK 0", "113"), ("*RST", "113")],
)
def test_a_second_output_is_unknown(bus: Bus, line: str, error: str) -> None:
    supply = bus.connect(MODEL)
    say(bus, supply, line)
    assert ask(bus, supply, "SYST:ERR?").startswith(error)
