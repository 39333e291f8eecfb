from __future__ import annotations

from typing import ClassVar

import pytest

from rigs.simulation.instruments import Connections
from rigs.simulation.instruments.unconnected import Constant
from tests.rigs.simulation.bus import NO_ERROR, Bus
from tests.rigs.simulation.waveforms import Relays

MODEL = "keysight-daq970a"
SWITCHING_ns = 20_000_000


def test_it_names_itself_and_its_cards(bus: Bus) -> None:
    multiplexer = bus.connect(MODEL)
    assert multiplexer.query("*IDN?").startswith("Keysight Technologies,DAQ970A,SN1,")
    assert multiplexer.query("SYST:CTYP? 300").startswith("Keysight Technologies,DAQM903A,")
    multiplexer.write("SYST:CTYP? 1")
    assert multiplexer.query("SYST:ERR?") == '-224,"Illegal parameter value"'


def test_a_closed_channel_leads_its_modules_feed_through_the_ammeter(bus: Bus) -> None:
    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays, channels=(101, 102, 201)))
    multiplexer.write("ROUT:CLOS (@102)")
    assert multiplexer.query("ROUT:CLOS? (@101,102)") == "0,1"
    multiplexer.write("ROUT:CLOS (@201)")
    multiplexer.write("ROUT:OPEN (@102)")
    assert multiplexer.query("ROUT:OPEN? (@102,201)") == "1,0"
    assert [(position, through) for position, through, _ in relays.changes] == [
        (2, True),
        (3, True),
        (2, False),
    ]


def test_modules_are_wired_to_the_channels_in_their_order_unless_stated(bus: Bus) -> None:
    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays))
    multiplexer.write("ROUT:CLOS (@101,120,201)")
    assert multiplexer.query("*OPC?") == "1"
    assert [position for position, _, _ in relays.changes] == [1, 20, 21]


def test_a_relay_that_stands_as_it_should_does_not_move(bus: Bus) -> None:
    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays, channels=(101, 102)))
    multiplexer.write("ROUT:OPEN (@101:120);CLOS (@101);CLOS (@101:102)")
    assert multiplexer.query("*OPC?") == "1"
    assert [(position, through) for position, through, _ in relays.changes] == [
        (1, True),
        (2, True),
    ]


def test_contacts_take_their_time_and_the_next_command_waits_for_them(bus: Bus) -> None:
    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays, channels=(101,)))
    multiplexer.write("ROUT:CLOS (@101);OPEN (@101)")
    assert multiplexer.query("*OPC?") == "1"
    times_ns = [time_ns for _, _, time_ns in relays.changes]
    assert times_ns[1] - times_ns[0] == SWITCHING_ns
    assert times_ns[0] == SWITCHING_ns + bus.instrument.processing_ns + 100_000


def test_closing_exclusively_opens_the_rest_of_the_card_first(bus: Bus) -> None:
    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays, channels=(101, 102, 201)))
    multiplexer.write("ROUT:CLOS (@101,201)")
    multiplexer.write("ROUT:CLOS:EXCL (@102)")
    assert multiplexer.query("ROUT:CLOS? (@101,102,201)") == "0,1,1"
    assert [(position, through) for position, through, _ in relays.changes[2:]] == [
        (1, False),
        (2, True),
    ]


def test_reset_opens_everything(bus: Bus) -> None:
    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays, channels=(101, 102)))
    multiplexer.write("ROUT:CLOS (@101:102)")
    multiplexer.write("*RST")
    assert multiplexer.query("ROUT:CLOS? (@101:103)") == "0,0,0"
    assert [through for _, through, _ in relays.changes] == [True, True, False, False]


@pytest.mark.parametrize("channels", ["(@121)", "(@401)", "(@1)", "(@101:121)"])
def test_a_channel_that_does_not_exist_is_an_error_and_switches_nothing(
    bus: Bus, channels: str
) -> None:
    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays, channels=(101,)))
    multiplexer.write(f"ROUT:CLOS {channels}")
    assert multiplexer.query("SYST:ERR?") == '+112,"Channel list: channel number out of range"'
    assert relays.changes == []


def test_channels_without_a_module_switch_too(bus: Bus) -> None:
    multiplexer = bus.connect(MODEL, Connections(relays=Relays(), channels=(101,)))
    multiplexer.write("ROUT:CLOS (@120)")
    assert multiplexer.query("ROUT:CLOS? (@120)") == "1"
    assert multiplexer.query("SYST:ERR?") == NO_ERROR


PROBES = Connections(relays=Relays(), temperatures={301: Constant(23.4)})


def test_a_probe_on_a_scan_channel_reads_its_place_in_celsius(bus: Bus) -> None:
    daq = bus.connect(MODEL, PROBES)
    before_ns = bus.kernel.now_ns
    assert daq.query("MEAS:TEMP? FRTD,85,(@301)") == "+2.34000000E+01"
    assert bus.kernel.now_ns - before_ns > 300_000_000
    assert daq.query("SYST:ERR?") == NO_ERROR


def test_the_card_with_probes_measures_and_the_others_switch(bus: Bus) -> None:
    daq = bus.connect(MODEL, PROBES)
    assert daq.query("SYST:CTYP? 300").split(",")[1] == "DAQM901A"
    assert daq.query("SYST:CTYP? 100").split(",")[1] == "DAQM903A"
    daq.write("ROUT:CLOS (@301)")
    assert daq.query("SYST:ERR?").startswith("+112,")
    daq.write("MEAS:TEMP? FRTD,85,(@101)")
    assert daq.query("SYST:ERR?").startswith("+112,")


def test_a_scan_channel_without_a_probe_reads_an_overload(bus: Bus) -> None:
    daq = bus.connect(MODEL, PROBES)
    for channels in ("301,302", "302,301"):  # a scan goes in ascending order
        readings = daq.query(f"MEAS:TEMP? FRTD,85,(@{channels})").split(",")
        assert [float(reading) for reading in readings] == [23.4, 9.9e37]


@pytest.mark.parametrize("probe", ["FRTD,91", "THER,2252"])
def test_other_probes_than_the_one_connected_are_refused(bus: Bus, probe: str) -> None:
    daq = bus.connect(MODEL, PROBES)
    daq.write(f"MEAS:TEMP? {probe},(@301)")
    assert daq.query("SYST:ERR?") == '-224,"Illegal parameter value"'


def test_probe_and_instrument_are_off_within_their_limits(bus: Bus) -> None:
    shown = {
        float(bus.connect(MODEL, PROBES, ideal=False, seed=seed).query("MEAS:TEMP? FRTD,85,(@301)"))
        for seed in range(20)
    }
    assert len(shown) == 20
    assert all(abs(celsius - 23.4) <= 0.15 + 0.002 * 23.4 for celsius in shown)


def test_a_relay_can_switch_something_else_than_a_feed(bus: Bus) -> None:
    class Switched:
        states: ClassVar[list[bool]] = []

        def set_closed(self, *, closed: bool) -> None:
            self.states.append(closed)

    relays = Relays()
    multiplexer = bus.connect(MODEL, Connections(relays=relays, contacts={103: Switched()}))
    multiplexer.write("ROUT:CLOS (@102,103)")
    multiplexer.write("ROUT:OPEN (@101:103)")
    assert multiplexer.query("*OPC?") == "1"
    assert Switched.states == [True, False]
    assert {position for position, _, _ in relays.changes} == {2}
