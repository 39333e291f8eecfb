"""The tests of bleeding: good modules pass, and each bad one is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import LIPO, NOTHING_REQUIRED, Session, qualify
from tests.tests_hil.meters import AMMETER, READBACK, RELAYS, one, rig, spoilt

CURRENT = "test_bleed_current"
BELOW = "test_bleeding_stops_below_its_threshold"
POWER_UP = "test_nobody_bleeds_from_power_up"
HUNTING = "test_bleeding_does_not_hunt"
PULSED = "test_pulsed_bypass"
FREQUENCY = "test_pulse_frequency"
ALL = (CURRENT, BELOW, POWER_UP, HUNTING)


def bled(place: Path, meter: str, *, product: Path = NOTHING_REQUIRED, **rig_is: object) -> Session:
    """Bleeding on such a rig, of modules as they come from the board's maker."""
    return qualify(
        place,
        rig=rig(place, meter, **rig_is),  # type: ignore[arg-type]
        product=product,
        tests=("tests_hil/test_06_bleeding.py",),
    )


def outcomes(session: Session, names: tuple[str, ...] = ALL) -> dict[str, list[str]]:
    """By test, of those that not all modules passed."""
    by_test = {name: session.outcomes(name) for name in names}
    return {name: seen for name, seen in by_test.items() if set(seen) != {"pass"}}


# -- good modules --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(21))
def test_good_modules_pass(seed: int, tmp_path: Path):
    meter = (RELAYS, AMMETER, READBACK)[seed % 3]
    modules = (4, 1, 2, 4, 1, 3, 4)[seed % 7]
    session = bled(tmp_path, meter, modules=modules, seed=seed)
    assert outcomes(session) == {}


def test_thresholds_are_given_back(tmp_path: Path):
    session = bled(tmp_path, READBACK, simulation=spoilt("bleeder-stuck-on", 2))
    panel = session.run.rig.bench.panel  # type: ignore[union-attr]
    stored = [module.settings.codes["V"] for module in panel.modules]
    table = session.run.rig.bench.table  # type: ignore[union-attr]
    assert stored == [table.module_at(position).bleeding_code for position in range(1, 5)]


# -- bad modules ---------------------------------------------------------------------------------


@pytest.mark.parametrize("meter", [RELAYS, AMMETER, READBACK])
def test_each_bad_module_fails_for_what_it_is_and_good_ones_pass(meter: str, tmp_path: Path):
    defects = {2: "bleeder-open", 3: "wrong-resistor", 4: "bleeds-despite-d", 5: "hunts"}
    simulation = "".join(spoilt(defect, position) for position, defect in defects.items())
    session = bled(tmp_path, meter, modules=6, simulation=simulation)
    assert outcomes(session) == {
        CURRENT: ["pass", "fail", "fail", "fail", "pass", "pass"],
        BELOW: ["pass", "fail", "pass", "pass", "pass", "pass"],
        HUNTING: ["pass", "pass", "pass", "pass", "fail", "pass"],
    }


@pytest.mark.parametrize(
    ("defect", "meter", "found_by"),
    [
        ("bleeder-open", READBACK, {CURRENT, BELOW}),
        ("wrong-resistor", AMMETER, {CURRENT}),
        ("bleeder-stuck-on", READBACK, {CURRENT, BELOW, POWER_UP}),
        ("bleeds-despite-d", AMMETER, {CURRENT}),
        ("bleeds-from-power-up", READBACK, {POWER_UP}),
        ("hunts", AMMETER, {HUNTING}),
    ],
)
def test_a_bad_module_alone_in_a_nest_fails(
    defect: str, meter: str, found_by: set[str], tmp_path: Path
):
    session = bled(tmp_path, meter, modules=1, simulation=spoilt(defect, 1))
    assert outcomes(session) == {name: ["fail"] for name in found_by}


def test_with_relays_one_that_always_bleeds_is_told_from_all_others(tmp_path: Path):
    session = bled(tmp_path, RELAYS, simulation=spoilt("bleeder-stuck-on", 2))
    assert outcomes(session) == dict.fromkeys((CURRENT, BELOW, POWER_UP), one("fail", 2))


def test_without_relays_it_is_told_by_its_current_that_does_not_grow(tmp_path: Path):
    session = bled(tmp_path, READBACK, simulation=spoilt("bleeder-stuck-on", 2))
    assert session.outcomes(CURRENT) == session.outcomes(BELOW) == one("fail", 2)
    assert session.outcomes(POWER_UP) == ["blocked"] * 4
    assert "which module takes them cannot be told" in session.test(POWER_UP).message


def test_one_that_bleeds_from_power_up_is_told_with_relays_and_blocks_all_without(tmp_path: Path):
    (tmp_path / "relays").mkdir()
    (tmp_path / "readback").mkdir()
    simulation = spoilt("bleeds-from-power-up", 4)
    with_relays = bled(tmp_path / "relays", RELAYS, simulation=simulation)
    assert outcomes(with_relays) == {POWER_UP: one("fail", 4)}
    without = bled(tmp_path / "readback", READBACK, simulation=simulation)
    assert outcomes(without) == {POWER_UP: ["blocked"] * 4}


def test_one_that_always_bleeds_in_the_whole_feed_blocks_what_its_sag_would_spoil(tmp_path: Path):
    session = bled(tmp_path, AMMETER, simulation=spoilt("bleeder-stuck-on", 2))
    assert session.outcomes(BELOW) == ["blocked"] * 4
    assert "nobody should bleed" in session.test(BELOW).message


# -- a pulsed bypass -----------------------------------------------------------------------------

PULSES = """
[simulation.module]
pwm_period_s = 0.01
pwm_duty = 0.25
"""
PULSED_LIMITS = """
[limits."bleeding.on_current"]
unit = "A"
low = 0.378
high = 0.462

[limits."bleeding.duty"]
low = 0.225
high = 0.275

[limits."bleeding.frequency"]
unit = "Hz"
low = 90
high = 110
"""


@pytest.fixture
def pulsed_product(tmp_path: Path) -> Path:
    text = LIPO.read_text(encoding="utf-8").replace(
        "resistor_ohm = 10.0",
        "resistor_ohm = 10.0\npulse_width = {duty = 0.25, frequency_Hz = 100.0}",
    )
    text = text.replace("low = 0.378\nhigh = 0.462", "low = 0.0945\nhigh = 0.1155", 1)
    path = tmp_path / "pulsed.toml"
    path.write_text(text + PULSED_LIMITS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("meter", "modules", "seed"), [(RELAYS, 4, 1), (AMMETER, 1, 2), (RELAYS, 2, 3)]
)
def test_good_pulsed_modules_pass(
    meter: str, modules: int, seed: int, pulsed_product: Path, tmp_path: Path
):
    session = bled(
        tmp_path, meter, product=pulsed_product, modules=modules, seed=seed, simulation=PULSES
    )
    assert outcomes(session, (*ALL, PULSED, FREQUENCY)) == {}


def test_a_wrong_pulse_fails_its_module(pulsed_product: Path, tmp_path: Path):
    defects = {2: "wrong-duty", 3: "unpulsed", 4: "wrong-frequency", 5: "wrong-resistor"}
    simulation = "".join(spoilt(defect, position) for position, defect in defects.items())
    session = bled(
        tmp_path, RELAYS, modules=5, product=pulsed_product, simulation=PULSES + simulation
    )
    assert outcomes(session, (*ALL, PULSED, FREQUENCY)) == {
        CURRENT: ["pass", "fail", "fail", "pass", "fail"],
        PULSED: ["pass", "fail", "fail", "pass", "fail"],
        FREQUENCY: ["pass", "pass", "fail", "fail", "pass"],
    }


def test_a_supply_alone_is_not_good_enough_for_small_currents(pulsed_product: Path, tmp_path: Path):
    session = bled(tmp_path, READBACK, product=pulsed_product, simulation=PULSES)
    assert session.outcomes(CURRENT) == ["blocked"] * 4
    assert session.outcomes(PULSED) == session.outcomes(FREQUENCY) == ["not applicable"] * 4


def test_nor_is_an_ammeter_on_the_range_that_a_whole_panel_needs(
    pulsed_product: Path, tmp_path: Path
):
    session = bled(tmp_path, AMMETER, product=pulsed_product, simulation=PULSES)
    assert session.outcomes(PULSED) == ["blocked"] * 4
    assert "test uncertainty ratio" in session.text


def test_a_frequency_beyond_the_ammeters_pace_is_not_applicable(
    pulsed_product: Path, tmp_path: Path
):
    fast = pulsed_product.read_text(encoding="utf-8").replace("= 100.0", "= 1000.0")
    pulsed_product.write_text(fast, encoding="utf-8")
    simulation = PULSES.replace("0.01", "0.001")
    session = bled(tmp_path, RELAYS, product=pulsed_product, simulation=simulation)
    assert session.outcomes(FREQUENCY) == ["not applicable"] * 4
    assert session.outcomes(PULSED) == ["pass"] * 4
