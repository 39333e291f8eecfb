"""The tests of losses of power: good modules pass, and each bad one is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tests_hil.meters import one
from tests.tests_hil.quick import not_passed, provisioned

POWER = "tests_hil/test_10_power.py"

CYCLES = "test_settings_survive_power_cycles"
ABOVE = "test_dips_above_the_least_voltage_do_nothing"
THROUGH = "test_dips_through_the_brown_out_region"
RAMPS = "test_slow_ramps_through_the_brown_out_region"
CUT = "test_power_lost_while_the_constant_is_written"


@pytest.mark.parametrize(("modules", "seed"), [(1, 31), (3, 32), (4, 33)])
def test_good_modules_pass_though_their_constants_are_torn(modules: int, seed: int, tmp_path: Path):
    session = provisioned(tmp_path, POWER, modules=modules, seed=seed)
    assert not_passed(session) == {}
    torn = [event for event in session.record.events if event.kind == "torn constant"]
    assert len(torn) >= modules
    bench = session.run.rig.bench  # type: ignore[union-attr]
    as_left = session.record.settings[-modules:]
    held = [module.settings.codes["W"] for module in bench.panel.modules]  # type: ignore[union-attr]
    assert held == [entry.constant for entry in as_left]


@pytest.mark.parametrize(
    ("defect", "found_by"),
    [
        ("stores-in-ram", {CYCLES, THROUGH, RAMPS, CUT}),
        ("starts-disabled", {CYCLES}),
        ("brown-out-corrupts", {THROUGH, RAMPS}),
        ("torn-beyond", {CUT}),
        ("ignores-d", {ABOVE}),
    ],
)
@pytest.mark.parametrize("modules", [1, 4])
def test_a_bad_module_fails_alone(defect: str, found_by: set[str], modules: int, tmp_path: Path):
    position = min(3, modules)
    session = provisioned(tmp_path, POWER, modules=modules, defects={position: defect})
    assert not_passed(session) == {
        name: one("fail", position, modules=modules) for name in found_by
    }


def test_a_module_that_resets_too_early_fails_above_the_least_voltage(tmp_path: Path):
    resets_early = "[simulation.modules.2]\nbrown_out_V = 2.6\n"
    session = provisioned(
        tmp_path,
        POWER,
        simulation=resets_early,
        options="[accuracy]\nas_found_points_V = [3.3, 4.2]",
    )
    assert not_passed(session) == {ABOVE: one("fail", 2)}


def test_a_product_that_protects_its_constant_fails_modules_that_do_not(tmp_path: Path):
    session = provisioned(tmp_path, POWER, modules=2, options="[options]\ntorn_constant = false")
    assert not_passed(session) == {CUT: ["fail", "fail"]}


def test_on_a_large_panel_only_some_modules_are_cut_off(tmp_path: Path):
    session = provisioned(tmp_path, POWER, modules=3, power="cut_modules = 2")
    assert session.outcomes(CUT) == ["pass", "not applicable", "pass"]


def test_which_dips_reset_is_kept(tmp_path: Path):
    session = provisioned(tmp_path, POWER, modules=2)
    (dips,) = [series for series in session.record.series if series.name == "power.dips"]
    assert dips.data["voltage_V"] == [2.0, 2.0, 1.0, 1.0]
    assert dips.data["reset"] == [[True, True]] * 4
