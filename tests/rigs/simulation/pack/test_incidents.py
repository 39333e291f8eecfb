"""What befalls a pack, seen from outside; and that undoing it brings back what was."""

from __future__ import annotations

import math

import pytest

from quantities.errors import RigFileError
from rigs.simulation.bench import InstrumentPlace
from tests.rigs.simulation.pack.packs import CHARGER, Pack

CHAIN_OF_4 = "AFC@"


@pytest.mark.parametrize("position", [0, 1, 3, 4])
def test_a_broken_chain_answers_nothing_until_it_is_healed(position: int):
    pack = Pack()
    heal = pack.bench.incidents.begin("chain-broken", position=position)
    assert pack.ask("A00@") == ""
    heal()
    pack.wait(3)
    assert pack.ask("A00@") == CHAIN_OF_4


@pytest.mark.parametrize("position", [1, 2, 4])
def test_a_removed_module_makes_the_chain_one_shorter(position: int):
    pack = Pack()
    back = pack.bench.incidents.begin("module-removed", position=position)
    assert pack.ask("A00@") == "AFD@"
    back()
    assert pack.ask("A00@") == CHAIN_OF_4


def test_a_module_that_garbles_spoils_what_passes_through_it():
    pack = Pack()
    heal = pack.bench.incidents.begin("module-garbles", position=2)
    assert pack.ask("A00@") != CHAIN_OF_4
    heal()
    pack.wait(3)
    assert pack.ask("A00@") == CHAIN_OF_4


def test_a_silent_module_passes_nothing_on_and_a_mum_one_all_but_its_voltage():
    pack = Pack()
    speak = pack.bench.incidents.begin("module-silent", position=3)
    assert pack.ask("S0F") == ""
    speak()
    pack.wait(3)
    pack.bench.incidents.begin("module-mum", position=3)
    assert pack.ask("S0F") == "S88"
    assert pack.ask("A03U") == ""
    assert pack.ask("A02U").startswith("AFEU")


def test_a_late_module_answers_later():
    def takes_ns(pack: Pack) -> int:
        begin_ns = pack.now_ns
        assert pack.ask("S0F") == "S88"
        return pack.now_ns - begin_ns

    pack = Pack()
    ordinary_ns = takes_ns(pack)
    hurry = pack.bench.incidents.begin("module-late", position=2, late_s=0.3)
    assert takes_ns(pack) == pytest.approx(ordinary_ns + 0.3e9, abs=2e6)
    hurry()
    assert takes_ns(pack) == pytest.approx(ordinary_ns, abs=2e6)


def test_disabled_bleeding_shows_in_the_status_until_it_is_enabled():
    pack = Pack()
    pack.bench.incidents.begin("bleeding-disabled", position=2)
    assert pack.ask("S0F") == "S80"
    assert pack.ask("e") == "e"
    assert pack.ask("S0F") == "S88"


def test_a_miscalibrated_module_reads_too_much_by_what_was_said():
    pack = Pack(cell={"initial_charge": 0.9})

    def reads_mV() -> float:
        constant = int(pack.ask("A02W")[4:], 16)
        codes = [int(pack.ask("A02U")[4:7], 16) for _ in range(64)]
        return constant / (sum(codes) / len(codes))

    before_mV = reads_mV()
    assert before_mV == pytest.approx(1000 * pack.cell_V(2), abs=3)
    repair = pack.bench.incidents.begin("module-miscalibrated", position=2, millivolts=30)
    assert reads_mV() - before_mV == pytest.approx(30 * before_mV / 4200, abs=2)
    repair()
    assert reads_mV() == pytest.approx(before_mV, abs=2)


def test_the_ammeter_dies_sticks_and_is_turned_round():
    pack = Pack()
    pack.draw(2.0)
    plug, incidents = pack.bench.pack_current, pack.bench.incidents

    def reads_A() -> float:
        plug.observe()
        begin_ns = pack.now_ns
        pack.wait(0.02)
        value = plug.mean(begin_ns, pack.now_ns)
        plug.release()
        return value

    for what, reading, later in (
        ("ammeter-dead", 0.0, 0.0),
        ("ammeter-stuck", -2.0, -2.0),
        ("ammeter-reversed", 2.0, 3.0),
    ):
        pack.draw(2.0)
        undo = incidents.begin(what)
        assert reads_A() == pytest.approx(reading)
        pack.draw(3.0)
        assert reads_A() == pytest.approx(later)
        undo()
        assert reads_A() == pytest.approx(-3.0)


def test_a_reading_under_way_goes_on_with_what_it_began_with():
    pack = Pack()
    pack.draw(2.0)
    plug, begin_ns = pack.bench.pack_current, pack.now_ns
    plug.observe()
    pack.wait(0.01)
    undo = pack.bench.incidents.begin("ammeter-dead")
    pack.wait(0.01)
    assert plug.mean(begin_ns, pack.now_ns) == pytest.approx(-2.0)
    plug.release()
    undo()
    assert not pack.circuit._history


def test_the_pack_voltmeter_is_off():
    pack = Pack()
    true_V = pack.bench.pack_voltage.value(pack.now_ns)
    pack.bench.incidents.begin("voltmeter-off", percent=2.0)
    assert pack.bench.pack_voltage.value(pack.now_ns) == pytest.approx(1.02 * true_V)


def test_temperature_sensors_open_and_short():
    pack = Pack(sensors=(2, 3))
    whole = pack.bench.incidents.begin("sensor-open", position=2)
    pack.bench.incidents.begin("sensor-shorted", position=3)
    assert pack.bench.sensors[2].value(pack.now_ns) == -math.inf
    assert pack.bench.sensors[3].value(pack.now_ns) == math.inf
    whole()
    assert pack.bench.sensors[2].value(pack.now_ns) == pytest.approx(23.0)


def test_a_heated_cell_goes_back_to_the_bench_s_temperature_by_itself():
    pack = Pack(sensors=(1, 2))
    leave = pack.bench.incidents.begin("cell-temperature", position=2, celsius=65.0)
    pack.wait(60)
    assert pack.bench.sensors[2].value(pack.now_ns) == pytest.approx(65.0, abs=0.01)
    assert pack.bench.sensors[1].value(pack.now_ns) == pytest.approx(23.0, abs=0.01)
    leave()
    pack.wait(95 * 6)
    # 95 J/K over 6 K/W: 570 s, after which 1/e of the difference is left
    assert pack.bench.sensors[2].value(pack.now_ns) == pytest.approx(23 + 42 / math.e, abs=0.1)


def test_a_weak_cell_sags_and_runs_empty_sooner():
    pack = Pack(cell={"resistance_spread": 0.0, "capacity_spread": 0.0})
    before_V = pack.cell_V(2)
    pack.bench.incidents.begin("weak-cell", position=2, capacity=0.5, resistance=3.0)
    assert pack.cell_V(2) == pytest.approx(before_V)
    pack.draw(5.0)
    drops = [before_V - pack.cell_V(2), pack.cell_V(1) - pack.cell_V(2)]
    assert drops[0] == pytest.approx(5 * 0.012 * 3, rel=0.05)
    charges = pack.charges()
    pack.wait(360)
    moved = (charges - pack.charges()) / pack.circuit.cells.figures.capacity_As
    assert moved[1] == pytest.approx(2 * moved[0], rel=1e-6)


def test_the_charger_trips_and_stays_off_until_it_is_cleared():
    pack = Pack(places=(InstrumentPlace("charger", "keysight-n5769a", CHARGER),))
    output = pack.bench.instruments[CHARGER].output_stage
    pack.circuit.change(pack.now_ns, closed=True)
    output.voltage_V, output.current_limit_A, output.on = 16.8, 2.0, True
    output.apply()
    pack.wait(1)
    assert pack.pack_A == pytest.approx(2.0, abs=0.05)
    pack.bench.incidents.begin("charger-trips")
    assert pack.pack_A == 0.0
    output.apply()
    assert pack.pack_A == 0.0
    output.clear_protection()
    pack.wait(1)
    assert pack.pack_A == pytest.approx(2.0, abs=0.05)


def test_a_charger_trips_at_a_pack_above_its_protection():
    pack = Pack(places=(InstrumentPlace("charger", "keysight-n5769a", CHARGER),))
    output = pack.bench.instruments[CHARGER].output_stage
    pack.circuit.change(pack.now_ns, closed=True)
    output.over_voltage_V, output.voltage_V, output.on = 15.0, 14.0, True
    output.apply()
    pack.wait(0.1)
    assert pack.bench.pack_voltage.value(pack.now_ns) > 15.0
    assert output.over_voltage_tripped
    assert not pack.circuit.segment.outside.charging


def test_what_is_planned_in_the_rig_file_happens_at_its_time():
    pack = Pack(incidents=({"what": "chain-broken", "begins_s": 10, "ends_s": 20, "position": 2},))
    assert pack.ask("A00@") == CHAIN_OF_4
    pack.wait(11 - pack.now_ns / 1e9)
    assert pack.ask("A00@") == ""
    pack.wait(21 - pack.now_ns / 1e9)
    assert pack.ask("A00@") == CHAIN_OF_4


@pytest.mark.parametrize(
    ("what", "figures", "complaint"),
    [
        ("chain-borken", {}, "chain-broken"),
        ("chain-broken", {}, "position"),
        ("ammeter-dead", {"position": 1}, "nothing more"),
        ("module-silent", {"position": 5}, "1 to 4"),
        ("sensor-open", {"position": 1}, "no temperature sensor"),
        ("charger-trips", {}, "no .charger."),
    ],
)
def test_what_cannot_befall_a_pack_is_refused(what: str, figures: dict, complaint: str):
    with pytest.raises(RigFileError, match=complaint):
        Pack().bench.incidents.begin(what, **figures)
