"""SUP-6: what is published decodes, by the DBC file alone, to what the supervisor decided."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cantools
import numpy as np
import pytest
from cantools.database.can import Database

import supervisor
from supervisor.decisions import ChargerSetting, Decision, Fault, PackReport, Phase
from supervisor.frames import COUNTS, frames, signals
from supervisor.readings import Aged
from tests.supervisor.packs import array, readings

DBC = Path(str(supervisor.__file__)).parent / "cellrig_pack.dbc"
DECISION = Decision(
    charge_limit_A=4.9,
    discharge_limit_A=9.98,
    charger=ChargerSetting(on=True, voltage_V=67.24, current_A=0.42),
    contactor_closed=True,
    report=PackReport(
        state_of_charge=0.873,
        state_of_health=0.95,
        charge_in_As=12345.0,
        charge_out_As=678.0,
        average_temperature_C=24.6,
        spread_V=0.021,
        weak_cells=(3, 16),
        faults=frozenset({Fault.COMMUNICATION, Fault.CHARGER}),
        phase=Phase.VOLTAGE,
        time_constant_s=22.5,
        threshold_writes=7,
    ),
)


@pytest.fixture(scope="module")
def dbc() -> Database:
    database = cantools.database.load_file(DBC)
    assert isinstance(database, Database)
    return database


def received(dbc: Database, decision: Decision = DECISION, **told: object) -> dict[str, dict]:
    """What a receiver that knows the DBC file alone makes of a period's frames."""
    known: dict[str, dict] = {}
    for frame in frames(decision, readings(**told), counter=0x35):
        message = dbc.get_message_by_name(frame.message)
        decoded = message.decode(message.encode(frame.signals))
        known.setdefault(frame.message, {}).update(decoded)
    return known


def test_limits_are_received_as_decided(dbc: Database):
    limits = received(dbc)["limits"]
    assert limits["charge_limit_A"] == pytest.approx(4.9)
    assert limits["discharge_limit_A"] == pytest.approx(9.98)
    assert (limits["contactor_closed"], limits["polling_chain"]) == (1, 1)


def test_the_report_is_received_as_written(dbc: Database):
    known = received(dbc, current_A=Aged(-3.14, 0.0))
    assert known["pack"]["current_A"] == pytest.approx(-3.14)
    assert known["pack"]["state_of_charge_percent"] == pytest.approx(87.3)
    assert known["pack"]["state_of_health_percent"] == pytest.approx(95.0)
    assert known["charging"]["phase"] == "voltage loop"
    assert known["charging"]["charger_voltage_V"] == pytest.approx(67.24)
    assert known["charging"]["charger_current_A"] == pytest.approx(0.42)
    assert known["charging"]["time_constant_s"] == pytest.approx(22.5)
    assert known["charge"]["charge_in_As"] == 12345
    assert known["weak_cells"]["weak_cell_count"] == 2
    assert [known["weak_cells"][f"weak_cell_{n}"] for n in range(1, 6)] == [3, 16, 0, 0, 0]
    assert known["cells"]["spread_V"] == pytest.approx(0.021)
    assert known["threshold_writes"]["threshold_writes"] == 7


def test_every_fault_has_a_bit_of_its_own(dbc: Database):
    for fault in Fault:
        report = PackReport(faults=frozenset({fault}))
        bits = received(dbc, Decision(report=report))["faults"]
        assert [name for name, bit in bits.items() if bit and name != "counter"] == [
            fault.name.lower()
        ]


def test_every_cell_and_sensor_is_received_by_its_position(dbc: Database):
    cells_V = 3.5 + 0.01 * np.arange(16)
    known = received(dbc, cell_voltages_V=array(cells_V), temperatures_C=array(20 + np.arange(16)))
    for position in range(1, 17):
        assert known["cell_voltages"][f"cell_{position:03d}_V"] == pytest.approx(
            cells_V[position - 1]
        )
        assert known["temperatures"][f"temperature_{position:03d}_C"] == pytest.approx(
            19 + position
        )
    assert known["cells"]["lowest_cell_V"] == pytest.approx(3.5)
    assert known["cells"]["highest_cell_V"] == pytest.approx(3.65)


def test_what_was_not_read_is_told_as_not_available(dbc: Database):
    cells_V = np.full(16, 3.7)
    cells_V[4] = math.nan
    known = received(
        dbc,
        replace(DECISION, report=PackReport()),
        current_A=Aged(),
        pack_voltage_V=Aged(),
        cell_voltages_V=array(cells_V),
    )
    assert str(known["cell_voltages"]["cell_005_V"]) == "not available"
    assert known["cell_voltages"]["cell_006_V"] == pytest.approx(3.7)
    for name in (
        "pack_voltage_V",
        "current_A",
        "state_of_charge_percent",
        "state_of_health_percent",
    ):
        assert str(known["pack"][name]) == "not available"
    assert str(known["cells"]["average_temperature_C"]) == "not available"
    assert str(known["charging"]["time_constant_s"]) == "not available"


def test_a_value_beyond_what_its_signal_holds_is_held_at_its_end(dbc: Database):
    known = received(dbc, Decision(charge_limit_A=1e9), current_A=Aged(-1e9, 0.0))
    assert known["limits"]["charge_limit_A"] == pytest.approx(1310.70)
    assert known["pack"]["current_A"] == pytest.approx(-655.34)


def test_a_pack_of_256_fills_every_group(dbc: Database):
    known = received(dbc, cell_voltages_V=array(3.7, cells=256))
    assert len([name for name in known["cell_voltages"] if name.startswith("cell_")]) == 256


def test_each_period_counts_and_the_count_goes_round(dbc: Database):
    assert {group["counter"] for group in received(dbc).values()} == {0x35 % COUNTS}


def test_every_message_states_when_a_receiver_has_lost_it(dbc: Database):
    for message in dbc.messages:
        assert message.dbc.attributes["timeout_periods"].value == 3


def test_signals_are_all_that_the_dbc_describes_for_a_pack_of_256(dbc: Database):
    known = signals(
        DECISION, readings(cell_voltages_V=array(3.7, 256), temperatures_C=array(25.0, 256))
    )
    assert {message.name: {each.name for each in message.signals} for message in dbc.messages} == {
        name: set(values) for name, values in known.items()
    }
