from __future__ import annotations

from tests.rigs.simulation.bus import Bus

MODEL = "keysight-34970a"


def test_it_knows_no_serial_number_and_an_old_maker(bus: Bus) -> None:
    mainframe = bus.connect(MODEL)
    assert mainframe.query("*IDN?") == "HEWLETT-PACKARD,34970A,0,13-2-2"
    assert mainframe.query("SYST:CTYP? 100") == "HEWLETT-PACKARD,34903A,0,1.00"


def test_relays_are_closed_by_their_list(bus: Bus) -> None:
    mainframe = bus.connect(MODEL)
    mainframe.write("ROUT:CLOS (@101,205)")
    assert mainframe.query("ROUT:CLOS? (@101,102,205)") == "1,0,1"
    mainframe.write("ROUT:CLOS (@121)")
    assert mainframe.query("SYST:ERR?") == '+112,"Channel list: channel number out of range"'


def test_it_keeps_ten_errors(bus: Bus) -> None:
    mainframe = bus.connect(MODEL)
    for _ in range(12):
        mainframe.write("ROUT:CLOS (@121)")
    errors = [mainframe.query("SYST:ERR?").partition(",")[0] for _ in range(11)]
    assert errors == ["+112"] * 9 + ["-350", "+0"]
