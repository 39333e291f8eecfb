from __future__ import annotations

import math
from collections.abc import Iterator

import can
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.can import ERROR_BUS_OFF
from quantities.errors import BusError, RigFileError, SupervisorError
from rigs.adapters.can import MESSAGES, CanLogic, decided
from rigs.adapters.protocol import Observation, Stimulus
from supervisor.decisions import ChargerSetting, Decision, Fault, PackReport, Phase
from supervisor.frames import Frame
from tests.rigs.simulation.canunits import UnitOnBus, pack_readings


@pytest.fixture
def bench() -> Iterator[UnitOnBus]:
    bench = UnitOnBus(Decision(charge_limit_A=5.0, discharge_limit_A=10.0))
    yield bench
    bench.close()


decisions = st.builds(
    Decision,
    charge_limit_A=st.floats(0, 500),
    discharge_limit_A=st.floats(0, 500),
    contactor_closed=st.booleans(),
    poll_chain=st.booleans(),
    charger=st.builds(
        ChargerSetting,
        on=st.booleans(),
        voltage_V=st.floats(0, 1000),
        current_A=st.floats(0, 500),
    ),
    report=st.builds(
        PackReport,
        state_of_charge=st.floats(0, 1) | st.just(math.nan),
        state_of_health=st.floats(0, 1.2) | st.just(math.nan),
        average_temperature_C=st.floats(-40, 100) | st.just(math.nan),
        spread_V=st.floats(0, 2) | st.just(math.nan),
        weak_cells=st.lists(st.integers(1, 256), max_size=5, unique=True).map(tuple),
        faults=st.frozensets(st.sampled_from(Fault)),
        phase=st.sampled_from(Phase),
        time_constant_s=st.floats(0, 6000) | st.just(math.nan),
    ),
)


@given(decisions)
def test_what_was_decided_is_shown_within_half_a_step_of_its_signals(decision: Decision):
    bench = UnitOnBus(decision)
    shown = bench.adapter.step(pack_readings())
    bench.close()
    seen, report, reported = shown.decision, shown.decision.report, decision.report
    assert shown.unheard == frozenset()
    assert seen.charge_limit_A == pytest.approx(decision.charge_limit_A, abs=0.0101)
    assert seen.discharge_limit_A == pytest.approx(decision.discharge_limit_A, abs=0.0101)
    assert seen.contactor_closed == decision.contactor_closed
    assert seen.poll_chain == decision.poll_chain
    assert seen.charger.on == decision.charger.on
    assert seen.charger.voltage_V == pytest.approx(decision.charger.voltage_V, abs=0.0101)
    assert seen.charger.current_A == pytest.approx(decision.charger.current_A, abs=0.0101)
    for name, step in (
        ("state_of_charge", 0.0005),
        ("state_of_health", 0.0005),
        ("average_temperature_C", 0.1),
        ("spread_V", 0.001),
        ("time_constant_s", 0.1),
    ):
        expected = pytest.approx(getattr(reported, name), abs=step / 2 * 1.01, nan_ok=True)
        assert getattr(report, name) == expected
    assert (report.weak_cells, report.faults, report.phase) == (
        reported.weak_cells,
        reported.faults,
        reported.phase,
    )


def test_it_shows_all_but_what_a_unit_says_to_its_chain(bench: UnitOnBus):
    declared = bench.adapter.declared
    assert declared.observations == set(Observation) - {Observation.REQUESTS}
    assert declared.stimuli == set(Stimulus)
    assert "does not show what it sends" in declared.missing(observations=[Observation.REQUESTS])


def test_a_real_unit_is_not_handed_any_readings(bench: UnitOnBus):
    real = CanLogic(bench.frames, period_s=1.0, stale_s=3.5)
    assert "cannot stimulate the pack's current" in real.declared.missing([Stimulus.CURRENT])
    bench.wait(2.5)
    shown = real.step(pack_readings())
    assert shown.decision.charge_limit_A == 5.0
    assert shown.unheard == frozenset()


def test_frames_that_stay_away_are_stale_and_unheard_and_allow_nothing(bench: UnitOnBus):
    bench.adapter.step(pack_readings())
    bench.unit.leave_bus()
    bench.wait(3.0)
    assert bench.adapter.step(pack_readings()).decision.charge_limit_A == 5.0
    bench.wait(1.0)
    shown = bench.adapter.step(pack_readings())
    assert shown.unheard == set(MESSAGES)
    assert shown.decision == Decision()
    bench.unit.rejoin_bus()
    assert bench.adapter.step(pack_readings()).unheard == frozenset()


def test_while_the_rig_is_off_the_bus_what_a_real_unit_said_grows_old(bench: UnitOnBus):
    real = CanLogic(bench.frames, period_s=1.0, stale_s=3.5)
    bench.wait(2.5)
    bench.unit.leave_bus()
    with can.Bus(interface="virtual", channel=bench.unit.channel) as bus:
        bus.send(can.Message(arbitration_id=ERROR_BUS_OFF, data=bytes(8), is_error_frame=True))
    assert real.step(pack_readings()).decision.charge_limit_A == 5.0
    bench.wait(4.0)
    assert real.step(pack_readings()).unheard == set(MESSAGES)


def test_one_message_that_stays_away_is_stale_alone(bench: UnitOnBus):
    bench.adapter.step(pack_readings())
    send = bench.unit.send
    bench.unit.send = lambda frame: None if frame.message == "faults" else send(frame)  # type: ignore[method-assign]
    for _ in range(5):
        bench.wait(1.0)
        shown = bench.adapter.step(pack_readings())
    assert shown.unheard == {Observation.FAULTS}


def test_frames_whose_counter_stands_still_are_stale(bench: UnitOnBus):
    send = bench.unit.send
    bench.unit.send = lambda frame: send(  # type: ignore[method-assign]
        Frame(frame.message, {**frame.signals, "counter": 3.0})
    )
    for _ in range(5):
        bench.wait(1.0)
        shown = bench.adapter.step(pack_readings())
    assert shown.unheard == set(MESSAGES)


def test_an_adapter_that_has_gone_is_the_rigs_fault(bench: UnitOnBus):
    bench.frames.close()
    with pytest.raises(BusError):
        bench.adapter.step(pack_readings())


def test_a_phase_that_there_is_none_breaks_a_clause():
    with pytest.raises(SupervisorError, match="phase 6"):
        decided({"charging": {"phase": 6.0}})


def test_a_message_that_is_asked_for_and_not_described_is_a_mistake(bench: UnitOnBus):
    with pytest.raises(RigFileError):
        bench.frames.known("limit")
