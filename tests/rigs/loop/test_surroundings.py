"""The instruments around a simulated pack, as the loop uses them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from fixtures.pack import pack_maxima
from products.model import load_product
from quantities import Purpose
from quantities.errors import Overload
from rigs.loop.stage import Stage
from rigs.loop.surroundings import RigSurroundings
from rigs.protection import Maxima
from rigs.rig import Rig
from rigs.rig_file import load_rig_file
from rigs.simulation.pack.bench import PackBench
from supervisor.decisions import ChargerSetting
from tests.rigs.benches import Wire, pack_is_connected
from tests.rigs.loop.surrounded import ROOT

CHARGER = "TCPIP0::charger::5025::SOCKET"
SETTING = ChargerSetting(on=True, voltage_V=66.0, current_A=3.0)


@pytest.fixture
def rig() -> Iterator[Rig]:
    product = load_product(ROOT / "products" / "pack16.toml")
    maxima = Maxima(5.5, 0.65, pack_maxima(product))
    rig = Rig(load_rig_file(ROOT / "rigs" / "simulated_pack.toml"), maxima)
    yield rig
    rig.close()


@pytest.fixture
def around(rig: Rig) -> RigSurroundings:
    assert rig.maxima.pack is not None
    return RigSurroundings(rig, rig.maxima.pack)


@pytest.fixture
def bench(rig: Rig) -> PackBench:
    assert isinstance(rig.bench, PackBench)
    return rig.bench


def test_a_pack_is_charged_and_measured(around: RigSurroundings, rig: Rig):
    around.set_contactor(closed=True)
    around.set_charger(SETTING)
    rig.clock.wait(2.0, Purpose.SETTLING)
    assert around.current_A() == pytest.approx(3.0, abs=0.03)
    assert around.voltage_V() == pytest.approx(16 * 3.85, abs=1.5)
    np.testing.assert_allclose(around.temperatures_C(), 23.0, atol=1.0)


def test_a_load_draws_what_it_is_told(around: RigSurroundings, rig: Rig):
    around.set_contactor(closed=True)
    around.draw(4.0)
    rig.clock.wait(1.0, Purpose.SETTLING)
    assert around.current_A() == pytest.approx(-4.0, abs=0.03)
    around.draw(0.0)
    rig.clock.wait(1.0, Purpose.SETTLING)
    assert around.current_A() == pytest.approx(0.0, abs=0.01)


def test_what_is_set_already_is_not_sent_again(
    around: RigSurroundings, monkeypatch: pytest.MonkeyPatch
):
    around.set_charger(SETTING)
    wire = Wire(monkeypatch)
    around.set_charger(SETTING)
    around.draw(0.0)
    around.set_contactor(closed=False)
    assert wire._lines == []


def test_a_charger_switched_off_keeps_its_settings_for_when_it_is_on_again(
    around: RigSurroundings, rig: Rig
):
    around.set_contactor(closed=True)
    for setting in (SETTING, ChargerSetting(), replace(SETTING, current_A=1.0)):
        around.set_charger(setting)
    rig.clock.wait(2.0, Purpose.SETTLING)
    assert around.current_A() == pytest.approx(1.0, abs=0.03)


def test_made_safe_everything_is_off_and_may_begin_again(
    around: RigSurroundings, bench: PackBench, rig: Rig
):
    around.set_contactor(closed=True)
    around.set_charger(SETTING)
    assert around.make_safe() == []
    assert not pack_is_connected(bench)
    around.set_contactor(closed=True)
    around.set_charger(SETTING)
    rig.clock.wait(2.0, Purpose.SETTLING)
    assert around.current_A() == pytest.approx(3.0, abs=0.03)


def test_a_current_beyond_the_range_is_no_reading(around: RigSurroundings):
    def beyond(*_: object, **__: object) -> float:
        raise Overload("beyond")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(around._rig.pack_ammeter), "dc_current", beyond)
        assert np.isnan(around.current_A())


def test_a_stage_sets_charges_and_undoes_what_befell(bench: PackBench):
    stage = Stage(bench)
    stage.set_charges(np.linspace(0.3, 0.7, 16))
    np.testing.assert_allclose(stage.charges(), np.linspace(0.3, 0.7, 16), atol=1e-6)
    assert np.all(np.diff(stage.voltages_V()) > 0)
    stage.set_charge(3, 0.9)
    assert stage.charges()[2] == pytest.approx(0.9)
    whole = bench.pack_voltage.plugged
    stage.befall("voltmeter-off", percent=2.0)
    stage.befall("voltmeter-off", percent=5.0)
    stage.clear()
    assert bench.pack_voltage.plugged is whole
