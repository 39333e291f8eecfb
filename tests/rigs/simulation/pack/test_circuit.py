"""Charger, load, contactor and bleeders around the cells, and what currents come of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.pack.probes import (
    CellTemperature,
    PackAmmeter,
    PackSignal,
    PackSink,
    PackSource,
    charger_current,
    pack_current,
    pack_voltage,
)
from rigs.simulation.signals import Signal
from tests.rigs.simulation.pack.packs import Pack

ALIKE = {"capacity_spread": 0.0, "resistance_spread": 0.0, "initial_charge_spread": 0.0}


def charging(pack: Pack, volts: float, amperes: float, *, on: bool = True) -> PackSource:
    """A charger with these settings at a pack whose contactor is closed."""
    source = PackSource(pack.circuit)
    pack.circuit.change(pack.now_ns, closed=True)
    drive(pack, source, volts, amperes, on=on)
    return source


def drive(pack: Pack, source: PackSource, volts: float, amperes: float, *, on: bool = True) -> None:
    source.drive(
        voltage_V=volts,
        current_limit_A=amperes,
        on=on,
        time_constant_s=0.015,
        time_ns=pack.now_ns,
    )


def mean(pack: Pack, signal: Signal, seconds: float) -> float:
    signal.observe()
    begin_ns = pack.now_ns
    pack.wait(seconds)
    value = signal.mean(begin_ns, pack.now_ns)
    signal.release()
    return value


def test_far_below_its_voltage_a_charger_gives_its_current():
    pack = Pack()
    source = charging(pack, 16.8, 2.5)
    pack.wait(5)
    assert pack.pack_A == pytest.approx(2.5)
    assert source.in_current_limit(pack.now_ns)
    assert mean(pack, source.current, 0.02) == pytest.approx(2.5)


def test_at_its_voltage_the_current_falls_and_the_voltage_is_held():
    pack = Pack(cell={"initial_charge": 0.93, **ALIKE}, lead_ohm=0.0)
    source = charging(pack, 16.7, 2.5)
    currents = []
    for _ in range(40):
        pack.wait(60)
        currents.append(pack.pack_A)
    assert currents == sorted(currents, reverse=True)
    assert 0 < currents[-1] < 0.5
    assert not source.in_current_limit(pack.now_ns)
    assert mean(pack, PackSignal(pack.circuit, pack_voltage), 0.5) == pytest.approx(16.7, abs=1e-4)


def test_a_charger_below_the_pack_takes_nothing_back():
    pack = Pack()
    charging(pack, 12.0, 2.5)
    pack.wait(2)
    assert pack.pack_A == 0.0


def test_a_charger_that_is_off_lets_the_load_have_all_from_the_pack():
    pack = Pack()
    source = charging(pack, 16.8, 2.5)
    PackSink(pack.circuit).sink(4.0, pack.now_ns)
    assert pack.pack_A == pytest.approx(-1.5)
    drive(pack, source, 16.8, 2.5, on=False)
    assert pack.pack_A == pytest.approx(-4.0)
    assert source.voltage.value(pack.now_ns) > 12


def test_behind_an_open_contactor_nothing_flows_and_the_bus_is_dead():
    pack = Pack()
    source = charging(pack, 16.8, 2.5)
    pack.wait(1)
    pack.circuit.change(pack.now_ns, closed=False)
    assert pack.pack_A == 0.0
    assert source.voltage.value(pack.now_ns) == pytest.approx(16.8)
    drive(pack, source, 0.0, 2.5, on=False)
    sink = PackSink(pack.circuit)
    sink.sink(2.0, pack.now_ns)
    assert source.voltage.value(pack.now_ns) == 0.0
    assert mean(pack, sink.current, 0.1) == 0.0
    assert pack.bench.pack_voltage.value(pack.now_ns) == pytest.approx(4 * 3.8, abs=0.2)


def test_a_charger_settles_in_its_time():
    pack = Pack(cell={"initial_charge": 0.9, **ALIKE}, lead_ohm=0.0)
    source = charging(pack, 16.45, 10.0)
    pack.wait(3)
    before_A = pack.pack_A
    drive(pack, source, 16.55, 10.0)
    pack.wait(0.2)
    after_A = pack.pack_A
    # the step over what resists at once, less a little that the pairs take back
    assert after_A - before_A == pytest.approx(0.1 / (4 * 0.012), rel=0.1)
    assert before_A > 0


def test_an_ammeter_that_changes_range_opens_the_circuit_for_a_moment():
    pack = Pack()
    pack.draw(2.0)
    ammeter = PackAmmeter(pack.circuit)
    ammeter.set_burden(0.1, pack.now_ns)
    ammeter.interrupt(10_000_000, pack.now_ns)
    assert pack.pack_A == 0.0
    assert mean(pack, PackSignal(pack.circuit, pack_current), 0.02) == pytest.approx(-1.0)


def test_a_mean_goes_across_whatever_is_switched_within():
    pack = Pack()
    signal = PackSignal(pack.circuit, pack_current)
    signal.observe()
    begin_ns = pack.now_ns
    pack.draw(4.0)
    pack.wait(3.0)
    pack.draw(0.0)
    pack.wait(1.0)
    assert signal.mean(begin_ns, pack.now_ns) == pytest.approx(-3.0)
    assert signal.mean_square(begin_ns, pack.now_ns) == pytest.approx(12.0)
    signal.release()
    with pytest.raises(ValueError, match="not kept"):
        signal.mean(begin_ns, pack.now_ns)


def test_a_bleeder_takes_its_cell_s_current_and_no_other_s():
    pack = Pack(cell={"initial_charge": 0.9, **ALIKE}, cell_lead_ohm=0.0)
    before_As = pack.charges()
    pack.circuit.set_bleeding(1, on=True, time_ns=pack.now_ns)
    volts = pack.cell_V(2)
    pack.wait(600)
    taken_As = before_As - pack.charges() - 0.0002 * 600
    bleeder_ohm = pack.circuit.bleeders[1].resistor_ohm
    assert taken_As[1] == pytest.approx(600 * volts / bleeder_ohm, rel=0.01)
    np.testing.assert_allclose(taken_As[[0, 2, 3]], 0.0, atol=1e-6)


def test_a_pulsed_bleeder_takes_its_mean():
    pack = Pack(module={"pwm_period_s": 0.02, "pwm_duty": 0.25}, cell=ALIKE)
    pack.circuit.set_bleeding(0, on=True, time_ns=pack.now_ns)
    bleeder = pack.circuit.bleeders[0]
    expected_A = 0.25 * pack.cell_V(1) / (bleeder.resistor_ohm + 0.01)
    assert pack.circuit.segment.bleed_A[0] == pytest.approx(expected_A, rel=1e-3)


def test_a_module_samples_its_cell_without_its_own_bleeding_unless_it_is_made_so():
    pack = Pack(others={}, cell=ALIKE)
    before_V = pack.circuit.module_V(0, pack.now_ns, without_own_bleed=True)
    pack.circuit.set_bleeding(0, on=True, time_ns=pack.now_ns)
    without_V = pack.circuit.module_V(0, pack.now_ns, without_own_bleed=True)
    with_V = pack.circuit.module_V(0, pack.now_ns, without_own_bleed=False)
    assert without_V == pytest.approx(before_V, abs=1e-4)
    # some 0.38 A in the cell's 12 mΩ and its leads' 10 mΩ
    assert with_V == pytest.approx(before_V - 0.38 * 0.022, abs=1e-3)


def test_bleeding_warms_its_cell():
    pack = Pack(sensors=(1, 2), cell=ALIKE)
    pack.circuit.set_bleeding(0, on=True, time_ns=pack.now_ns)
    pack.wait(1800)
    warmer_K = CellTemperature(pack.circuit, 0).value(pack.now_ns) - 23.0
    # a fifth of 3.8² V²/10 Ω, and a little of the cell's own, over 6 K/W, for three time constants
    assert warmer_K == pytest.approx(0.2 * 1.44 * 6 * 0.957, rel=0.05)
    assert CellTemperature(pack.circuit, 1).value(pack.now_ns) == pytest.approx(23.0, abs=0.01)


events = st.lists(
    st.tuples(
        st.sampled_from(["load", "charger", "contactor", "bleed"]),
        st.floats(0.0, 1.0),
        st.floats(0.001, 90.0),
    ),
    min_size=1,
    max_size=12,
)


@given(events)
def test_charge_is_conserved_whatever_is_switched(course: list[tuple[str, float, float]]):
    """What left or entered each cell is the pack's measured current less its bleeding."""
    pack = Pack(cells=3)
    source, sink = charging(pack, 12.4, 0.0, on=False), PackSink(pack.circuit)
    before_As = pack.charges()
    signals = [PackSignal(pack.circuit, quantity) for quantity in (pack_current, charger_current)]
    pack_As = bled_As = 0.0
    begin_ns = pack.now_ns
    for what, share, seconds in course:
        if what == "load":
            sink.sink(10 * share, pack.now_ns)
        elif what == "charger":
            drive(pack, source, 11.0 + 1.5 * share, 5 * share, on=share > 0.2)
        elif what == "contactor":
            pack.circuit.change(pack.now_ns, closed=share > 0.3)
        else:
            pack.circuit.set_bleeding(1, on=share > 0.5, time_ns=pack.now_ns)
        for signal in signals:
            signal.observe()
        since_ns = pack.now_ns
        pack.wait(seconds)
        elapsed_s = (pack.now_ns - since_ns) / 1e9
        pack_As += elapsed_s * signals[0].mean(since_ns, pack.now_ns) if elapsed_s else 0.0
        bled_As += sum(
            segment.bleed_A[1] * (end - begin) / 1e9
            for begin, end, segment in pack.circuit.segments(since_ns, pack.now_ns)
        )
        for signal in signals:
            signal.release()
    leaked_As = 0.0002 * (pack.now_ns - begin_ns) / 1e9
    expected_As = pack_As - leaked_As - bled_As * np.array([0.0, 1.0, 0.0])
    # the modules may have bled by themselves only if a cell was full, which none was
    np.testing.assert_allclose(pack.charges() - before_As, expected_As, rtol=1e-9, atol=1e-6)


def test_the_plain_look_at_one_cell_agrees_with_that_at_all():
    pack = Pack(cells=5)
    pack.draw(3.0)
    pack.circuit.set_bleeding(2, on=True, time_ns=pack.now_ns)
    for seconds in (0.0, 0.4, 0.7, 33.3):
        pack.wait(seconds)
        segment = pack.circuit.at(pack.now_ns)
        all_V = segment.cells.volts_after(
            segment.state, segment.cell_A, segment.seconds_to(pack.now_ns)
        )
        np.testing.assert_allclose([pack.cell_V(k) for k in range(1, 6)], all_V, rtol=1e-12)
