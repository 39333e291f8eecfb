"""The rig of a pack: what is refused, how it is protected, and how it ends."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from drivers.datasheet import load_datasheet
from drivers.roles import Load, Relay, ScanningThermometer, Supply
from quantities.errors import RigFileError
from rigs.pack_ratings import PackMaxima, check_ratings
from rigs.protection import Maxima
from rigs.rig import Rig
from rigs.rig_file import parse_rig_file
from tests.rigs.benches import Wire, asked

RIGS = Path(__file__).parents[2] / "rigs"
PACK16 = PackMaxima(voltage_V=68.0, charge_A=5.0, discharge_A=10.0)
PACK256 = PackMaxima(voltage_V=1088.0, charge_A=2.5, discharge_A=10.0)
CHARGER, LOAD, DAQ = (f"TCPIP0::{name}::5025::SOCKET" for name in ("charger", "load", "daq"))


def table(name: str = "simulated_pack") -> dict[str, Any]:
    return tomllib.loads((RIGS / f"{name}.toml").read_text(encoding="utf-8"))


def opened(pack: PackMaxima | None = PACK16, tables: dict[str, Any] | None = None) -> Rig:
    return Rig(parse_rig_file(tables or table(), where="pack.toml"), Maxima(5.5, 0.65, pack))


def refusal(tables: dict[str, Any]) -> str:
    with pytest.raises(RigFileError) as caught:
        parse_rig_file(tables, where="pack.toml")
    return str(caught.value)


def without(role: str) -> dict[str, Any]:
    tables = table()
    del tables[role]
    return tables


# -- the file ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["supply", "voltmeter", "ammeter", "multiplexer", "thermometer"])
def test_a_pack_has_no_role_of_a_panel(role: str):
    tables = table() | {role: {"model": "keysight-34461a", "resource": "TCPIP0::x::1::SOCKET"}}
    assert f"[{role}] belongs to a panel, and this is a pack" in refusal(tables)


def test_a_panel_has_no_role_of_a_pack():
    tables = tomllib.loads((RIGS / "simulated_basic.toml").read_text(encoding="utf-8"))
    charger = {"model": "keysight-n5769a", "resource": "TCPIP0::charger::5025::SOCKET"}
    assert "[charger] belongs to a pack, and this is a panel" in refusal(
        tables | {"charger": charger}
    )


def test_what_feeds_a_pack_wants_a_contactor():
    assert "[charger] wants a [contactor]" in refusal(without("contactor"))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"channels": [101, 101]}, "channels has one twice"),
        ({"channels": [101, 102], "cells": [1]}, "one for each of 2 channels"),
        ({"channels": [101], "cells": [17]}, "there are 16 cells"),
    ],
)
def test_sensors_are_at_cells(changes: dict[str, Any], complaint: str):
    tables = table()
    tables["thermometers"].update(changes)
    assert complaint in refusal(tables)


@pytest.mark.parametrize(
    ("table_of", "changes", "complaint"),
    [
        (
            "simulated_pack",
            {"wiring": {"supply_lead_ohm": 0.05}},
            "supply_lead_ohm belongs to a panel",
        ),
        ("simulated_basic", {"simulation": {"pack": {}}}, "[simulation.pack] belongs to a pack"),
        (
            "simulated_basic",
            {"simulation": {"incidents": [{"what": "ammeter-dead", "begins_s": 1.0}]}},
            "[simulation.incidents] belongs to a pack",
        ),
        (
            "simulated_pack",
            {"simulation": {"pack": {"cells": {"17": {"capacity_Ah": 4.0}}}}},
            "[simulation.pack.cells.17]: there is no such cell",
        ),
        (
            "simulated_pack",
            {"simulation": {"pack": {"cells": {"7": {"capacity_mAh": 4.0}}}}},
            "[simulation.pack.cells.7.capacity_mAh] Extra inputs are not permitted",
        ),
    ],
)
def test_what_would_have_no_effect_is_refused(
    table_of: str, changes: dict[str, Any], complaint: str
):
    tables = table(table_of)
    for name, keys in changes.items():
        tables[name] = tables.get(name, {}) | keys
    assert complaint in refusal(tables)


def test_a_charger_is_judged_by_the_output_that_it_uses():
    sheet = load_datasheet("keysight-e36312a")
    pack = PackMaxima(voltage_V=17.0, charge_A=1.0, discharge_A=1.0)
    check_ratings(sheet, "charger", pack, channel=2, where="[charger]")
    with pytest.raises(RigFileError, match=r"voltage, 17 V, .* at most 6\.18 V"):
        check_ratings(sheet, "charger", pack, channel=1, where="[charger]")


def test_the_rig_file_may_state_a_lower_current_for_the_charger():
    rig = opened(tables=table() | {"wiring": {"current_limit_A": 2.0}})
    assert float(asked(rig, CHARGER, "CURR?")) == pytest.approx(2.0)


def test_loopback_and_contactor_want_a_relay_each():
    tables = table()
    tables["loopback"]["channel"] = tables["contactor"]["channel"]
    assert "want a relay each" in refusal(tables)


def test_idealised_instruments_are_for_simulated_packs_alone():
    tables = without("simulation")
    tables["chain"]["port"] = "/dev/ttyUSB0"
    tables["load"]["model"] = "idealised-load"
    assert "[load] nobody makes a idealised-load" in refusal(tables)


# -- opening -----------------------------------------------------------------------------------


def test_every_role_of_the_simulated_pack_opens():
    rig = opened()
    assert rig.faults() == {}
    assert isinstance(rig.charger, Supply)
    assert isinstance(rig.load, Load)
    assert isinstance(rig.contactor, Relay)
    assert isinstance(rig.thermometers, ScanningThermometer)


def test_the_longest_pack_opens_with_idealised_instruments_that_say_so():
    rig = opened(PACK256, table("simulated_pack256"))
    assert rig.faults() == {}
    played = {role.name: role.identity for role in rig.opened()}
    assert played["charger"].manufacturer == "cellrig (idealised)"
    assert "idealised" in rig.file.name
    channels = rig.file.thermometers.channels
    assert len(rig.thermometers.temperatures(channels).value) == 256


def test_a_pack_whose_maxima_nobody_states_is_not_opened():
    with pytest.raises(RigFileError, match="greatest voltage and currents are not stated"):
        opened(None)


@pytest.mark.parametrize(
    ("pack", "complaint"),
    [
        (PackMaxima(110.0, 5.0, 10.0), r"voltage, 110 V, is above the rating of keysight-n5769a"),
        (PackMaxima(68.0, 16.0, 10.0), r"charging current, 16 A, .* keysight-n5769a"),
        (PackMaxima(60.0, 5.0, 22.0), r"current, 22 A, is above the rating of keysight-34461a"),
    ],
)
def test_a_pack_beyond_an_instrument_is_refused(pack: PackMaxima, complaint: str, wire: Wire):
    with pytest.raises(RigFileError, match=complaint):
        opened(pack)
    assert wire.still_open == []


def test_a_load_wants_to_bear_the_pack_s_power():
    tables = table()
    tables["load"]["model"] = "rigol-dl3031"
    with pytest.raises(RigFileError, match=r"discharging power, 680 W.*at most 350 W"):
        opened(PACK16, tables)


def test_a_charger_is_protected_before_the_first_volt_and_may_reach_its_limit(wire: Wire):
    rig = opened()
    rig.charger.set_voltage(67.2)
    rig.charger.set_output(on=True)
    lines = wire.sent_to(CHARGER)
    for protection in ("VOLT:PROT:LEV 71.4", "CURR 5", "CURR:PROT:STAT OFF"):
        assert lines.index(protection) < lines.index("VOLT 67.2")
    assert lines.index("OUTP ON") > lines.index("VOLT 67.2")
    assert float(asked(rig, CHARGER, "VOLT:PROT:LEV?")) == pytest.approx(71.4)


def test_a_pack_is_charged_discharged_and_measured():
    rig = opened()
    rig.contactor.close_contact()
    rig.charger.set_voltage(67.2)
    rig.charger.set_current_limit(3.0)
    rig.charger.set_output(on=True)
    assert rig.pack_ammeter.dc_current(range_A=10, power_line_cycles=1).value == pytest.approx(
        3.0, abs=0.05
    )
    assert rig.charger.in_current_limit()
    rig.load.set_current(4.0)
    rig.load.set_input(on=True)
    reading = rig.pack_ammeter.dc_current(range_A=10, power_line_cycles=1)
    assert reading.value == pytest.approx(-1.0, abs=0.05)
    assert reading.unit == "A"
    volts = rig.pack_voltmeter.dc_voltage(range_V=100, power_line_cycles=1).value
    cells_V = [rig.bench.circuit.cell_V(index, rig.clock.now()) for index in range(16)]
    assert volts == pytest.approx(sum(cells_V), abs=0.01)


# -- the end -----------------------------------------------------------------------------------


def live() -> Rig:
    rig = opened()
    rig.contactor.close_contact()
    rig.load.set_current(2.0)
    rig.load.set_input(on=True)
    rig.charger.set_voltage(67.2)
    rig.charger.set_output(on=True)
    return rig


def test_safe_is_load_off_then_charger_off_then_contactor_open(wire: Wire):
    rig = live()
    since = len(wire._lines)
    assert rig.make_safe() == []
    sent = [line for line in wire._lines[since:] if "ERR" not in line[1]]
    assert sent == [
        (LOAD, "INP OFF"),
        (CHARGER, "OUTP OFF"),
        (DAQ, "ROUT:OPEN (@301)"),
    ]
    outside = rig.bench.circuit.at(rig.clock.now()).outside
    assert not outside.charging
    assert not outside.closed
    assert outside.load_A == 0


@pytest.mark.parametrize("dead", [LOAD, CHARGER, DAQ])
def test_each_is_made_safe_whatever_becomes_of_the_others(dead: str, wire: Wire):
    rig = live()
    wire.broken.add(dead)
    errors = rig.close()
    assert len(errors) == 1
    outside = rig.bench.circuit.at(rig.clock.now()).outside
    assert outside.charging is (dead == CHARGER)
    assert outside.closed is (dead == DAQ)
    assert (outside.load_A > 0) is (dead == LOAD)
    assert wire.still_open == []
