"""Power taken away and given back: what is reached, what is reset, what counts as lost."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from drivers.chain.chain import Chain
from drivers.chain.timing import ChainTiming
from quantities import Purpose, Reading
from quantities.errors import RigError
from rigs.panel import Panel, PanelFigures
from rigs.procedures.cutwrites import CutWrites, Left
from rigs.procedures.power import Aftermath, Starving
from rigs.rig import Rig
from rigs.settings import PanelSettings
from tests.rigs.benches import bench_with, opened

TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.0)


class Bench:
    """A powered panel of simulated modules at rest, and a look past its drivers."""

    def __init__(self, modules: int = 2, more: str = "") -> None:
        self.rig: Rig = opened(bench_with(("modules = 2", f"modules = {modules}"), more=more))
        chain = Chain(self.rig.chain_port, self.rig.clock, TIMING, modules)
        self.panel = Panel(self.rig, chain, PanelFigures(resting_V=3.7, power_up_s=0.15))
        self.panel.rest()
        self.starving = Starving(self.panel, self.rig, resting_V=3.7, power_up_s=0.15)
        assert self.rig.bench is not None
        self.modules = self.rig.bench.panel.modules
        self.resets = [0] * modules
        for index, module in enumerate(self.modules):
            self._count_resets(index, module)

    def _count_resets(self, index: int, module: Any) -> None:
        power_up = module.power_up

        def counted(time_ns: int) -> None:
            self.resets[index] += 1
            power_up(time_ns)

        module.power_up = counted

    def stored(self) -> list[list[int]]:
        keys = ("W", "V", "L", "H")
        return [[module.settings.codes[key] for key in keys] for module in self.modules]


def test_a_power_cycle_resets_every_module_and_leaves_what_it_has_stored():
    bench = Bench()
    before = bench.stored()
    bench.starving.cycle()
    assert bench.resets == [1, 1]
    found = bench.starving.aftermath()
    assert found.reset == [True, True]
    assert found.settings.constant.tolist() == [before[0][0], before[1][0]]
    assert bench.starving.aftermath().reset == [False, False], "d is in force again"


def test_after_a_cycle_no_watchdog_has_to_be_waited_out():
    bench = Bench()
    bench.panel.chain.begin_raw(b"A01U")
    bench.starving.cycle()
    bench.panel.chain.read_voltages()
    assert bench.rig.clock.ledger()[Purpose.WATCHDOG] == 0


@pytest.mark.parametrize(("volts", "reset"), [(2.5, False), (1.5, True), (0.0, True)])
def test_a_dip_resets_modules_below_their_brown_out_voltage(volts: float, *, reset: bool):
    bench = Bench()
    bench.starving.dip(volts, 0.5)
    assert bench.starving.aftermath().reset == [reset, reset]
    assert bench.resets == [int(reset)] * 2


def test_a_dip_is_held_and_ends_at_rest():
    bench = Bench()
    started_ns = bench.rig.clock.now()
    bench.starving.dip(3.0, 2.0)
    settling_s = 2 * 0.4
    took_s = (bench.rig.clock.now() - started_ns) / 1e9
    assert took_s == pytest.approx(settling_s + 2.0 + 0.15, abs=0.02)  # and what SCPI takes
    assert bench.rig.bench is not None
    assert bench.rig.bench.panel.terminal_V(0, bench.rig.clock.now()) == pytest.approx(
        3.7, abs=0.02
    )


def test_a_ramp_goes_down_and_up_in_steps(monkeypatch: pytest.MonkeyPatch):
    bench = Bench()
    steps: list[float] = []
    monkeypatch.setattr(bench.panel, "set_voltage", lambda volts: steps.append(round(volts, 6)))
    bench.starving.ramp(2.5, 2.26, 0.1)
    assert steps == [2.5, 2.42, 2.34, 2.26, 2.34, 2.42, 2.5, 3.7]


def test_a_silent_module_is_neither_reset_nor_not():
    bench = Bench(more='\n[simulation.modules.2]\ndefects = ["refuses-voltage"]\n')
    assert bench.starving.aftermath().reset == [False, None]


def test_an_output_that_stays_up_is_the_rigs_fault():
    bench = Bench()
    stuck = SimpleNamespace(output_voltage=lambda: Reading(1.2, "V"))
    rig = SimpleNamespace(clock=bench.rig.clock, supply=stuck)
    starving = Starving(bench.panel, cast("Rig", rig), resting_V=3.7, power_up_s=0.15)
    started_ns = bench.rig.clock.now()
    with pytest.raises(RigError, match=r"still at 1\.20 V 10 s after"):
        starving.power_up()
    assert 10.0 <= (bench.rig.clock.now() - started_ns) / 1e9 < 10.5


def test_a_supply_that_does_not_switch_off_is_the_rigs_fault(monkeypatch: pytest.MonkeyPatch):
    bench = Bench()
    fault = RigError("the supply reports -100")
    monkeypatch.setattr(bench.panel, "make_safe", lambda: [fault])
    with pytest.raises(RigError, match="-100"):
        bench.starving.switch_off()


# -- what counts as lost -------------------------------------------------------------------------


def settings(**codes: float) -> PanelSettings:
    plain = {"constant": 5e6, "bleeding_code": 1192.0, "low_code": 1500.0, "high_code": 1188.0}
    return PanelSettings(**{key: np.array([value]) for key, value in (plain | codes).items()})


@pytest.mark.parametrize(
    ("found", "fine"),
    [
        ({}, True),
        ({"constant": 0xFFFFFF}, True),
        ({"constant": 0.0, "low_code": 0xFFF}, True),
        ({"constant": 5e6 + 1}, False),
        ({"high_code": 0xFFFFFF}, False),
        ({"low_code": np.nan}, False),
    ],
)
def test_a_setting_may_be_lost_if_that_shows(found: dict[str, float], *, fine: bool):
    after = Aftermath([False], settings(**found))
    assert after.intact_or_invalid(settings()).tolist() == [fine]


def test_neighbours_are_other_settings_that_modules_can_store():
    other = Starving.neighbours(settings(low_code=0xFFF))
    assert other.constant.tolist() == [5e6 + 1]
    assert other.bleeding_code.tolist() == [1193]
    assert other.low_code.tolist() == [0xFFE]
    assert other.high_code.tolist() == [1189]


# -- writes that are cut off -----------------------------------------------------------------------


@pytest.mark.parametrize(("modules", "position"), [(1, 1), (3, 1), (3, 3)])
def test_cuts_find_every_byte_of_a_write_and_restore_the_constant(modules: int, position: int):
    bench = Bench(modules)
    before, stored = bench.panel.read_settings(), bench.stored()
    cuts = CutWrites(bench.panel, bench.rig.clock, bench.starving).cut(position, before, 10)
    constant = int(before.constant[position - 1])
    torn = {cut.constant for cut in cuts if cut.left is Left.TORN}
    written = constant ^ 0x010101
    assert torn >= {
        0xFF0000 | constant & 0xFFFF,
        written & 0xFF0000 | 0xFF00 | constant & 0xFF,
        written & 0xFFFF00 | 0xFF,
    }
    assert bench.stored() == stored
    assert all(cut.others_intact for cut in cuts)


def test_a_cut_is_acceptable_as_far_as_the_product_lets_it_be():
    bench = Bench(1)
    cutting = CutWrites(bench.panel, bench.rig.clock, bench.starving)
    (cut,) = cutting.cut(1, bench.panel.read_settings(), 1)
    for left, whole in ((Left.OLD, True), (Left.NEW, True), (Left.TORN, False)):
        seen = replace(cut, left=left, others_intact=True)
        assert seen.acceptable(torn=True)
        assert seen.acceptable(torn=False) is whole
        assert not replace(seen, others_intact=False).acceptable(torn=True)
    assert str(replace(cut, lead_s=-0.0035, constant=0xFFA233, left=Left.TORN)) == (
        "off -3.5 ms after W began: FFA233, torn"
    )


def test_a_protected_constant_is_either_the_old_or_the_new_one():
    bench = Bench(1)
    eeprom = bench.modules[0].eeprom
    lose_power, write, whole = eeprom.lose_power, eeprom.write, [0]

    def write_remembering(address: int, length: int, number: int, time_ns: int) -> int:
        whole[0] = eeprom.read(0, 3)
        return write(address, length, number, time_ns)

    def roll_back(time_ns: int) -> None:
        new = eeprom.read(0, 3)
        lose_power(time_ns)
        if eeprom.read(0, 3) not in (whole[0], new):
            write(0, 3, whole[0], time_ns - 1_000_000_000)

    eeprom.write, eeprom.lose_power = write_remembering, roll_back  # type: ignore[method-assign]
    cutting = CutWrites(bench.panel, bench.rig.clock, bench.starving)
    cuts = cutting.cut(1, bench.panel.read_settings(), 12)
    assert {cut.left for cut in cuts} == {Left.OLD, Left.NEW}
    assert all(cut.acceptable(torn=False) for cut in cuts)
