"""Modules on the cells of a pack: powered by them, bleeding them, and the same from one seed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.rigs.simulation.pack.packs import Pack

ALIKE = {"capacity_spread": 0.0, "resistance_spread": 0.0, "initial_charge_spread": 0.0}


def test_modules_are_awake_from_the_start_and_read_their_own_cells():
    pack = Pack(others={2: {"initial_charge": 0.9}, 3: {"initial_charge": 0.2}}, cell=ALIKE)
    for position in (1, 2, 3, 4):
        constant = int(pack.ask(f"A{position:02X}W")[4:], 16)
        codes = [int(pack.ask(f"A{position:02X}U")[4:7], 16) for _ in range(32)]
        volts = constant / np.mean(codes) / 1000
        assert volts == pytest.approx(pack.cell_V(position), abs=0.004)


EARLY = {"ships": {"bleeding_mV": 4150, "low_mV": 3303, "high_mV": 4211}}
FULL = {2: {"initial_charge": 1.0, "capacity_Ah": 0.5}}


def test_a_full_cell_is_bled_until_its_module_sees_the_threshold():
    pack = Pack(others=FULL, cell={"initial_charge": 0.8, **ALIKE}, module=EARLY)
    assert pack.ask("S0F") == "SA8"
    before_As = pack.charges()
    for _ in range(150):
        pack.wait(2.0)
        pack.ask("S0F")
    assert pack.ask("S0F") == "S88"
    assert pack.cell_V(2) == pytest.approx(4.150, abs=0.010)
    # from 100 % to 95.9 % of 1800 As
    assert before_As[1] - pack.charges()[1] == pytest.approx(74, abs=8)
    assert pack.charges()[0] == pytest.approx(before_As[0], abs=0.1)


def test_modules_bleed_on_their_own_when_nobody_polls():
    pack = Pack(others=FULL, cell={"initial_charge": 0.8, **ALIKE}, module=EARLY)
    before_As = pack.charges()
    pack.wait(60.0)
    bled_As = before_As - pack.charges()
    # 4.2 V over 10 Ω, once its watchdog has woken it
    assert bled_As[1] == pytest.approx(0.42 * 58, rel=0.05)
    assert bled_As[0] < 0.1


def test_a_cell_that_breaks_down_takes_its_module_with_it():
    pack = Pack(others={3: {"capacity_Ah": 0.05, "initial_charge": 0.3}}, cell=ALIKE)
    assert pack.ask("A00@") == "AFC@"
    pack.draw(5.0)
    pack.wait(20.0)
    assert pack.cell_V(3) < 2.1
    assert not pack.modules[2].powered
    assert pack.modules[1].powered
    assert pack.ask("A00@") == ""
    pack.draw(0.0)
    pack.circuit.change_cells(
        pack.now_ns,
        lambda state: type(state)(**{**vars(state), "charge_As": state.charge_As + 100}),
    )
    pack.wait(1.0)
    assert pack.modules[2].powered
    assert pack.ask("A00@") == "AFC@"


def test_a_module_with_a_defect_is_one_in_a_pack_too():
    assert Pack(cells=2, module={"defects": ("mute",)}).ask("A00@") == ""


def course(seed: int) -> tuple[object, ...]:
    pack = Pack(cell={"initial_charge": 0.98}, seed=seed, sensors=(1,))
    pack.draw(1.5)
    answers = []
    for _ in range(50):
        pack.wait(1.0)
        answers += [pack.ask("S0F"), pack.ask("A02U")]
    return (*answers, *pack.charges().tolist(), pack.bench.sensors[1].value(pack.now_ns))


def test_the_same_seed_is_the_same_run_to_the_bit_and_another_is_another():
    assert course(3) == course(3)
    assert course(3) != course(4)


def test_a_cell_s_figures_do_not_move_when_the_pack_grows():
    few, many = Pack(cells=3).circuit.cells.figures, Pack(cells=6).circuit.cells.figures
    np.testing.assert_array_equal(few.capacity_As, many.capacity_As[:3])
    np.testing.assert_array_equal(few.resistance_ohm, many.resistance_ohm[:3])
    assert np.ptp(many.capacity_As) > 0
