"""The tests of timing: good modules pass, and each bad one is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import BASIC, LIPO, Session, qualify

COUNT = "test_the_count_is_passed_on_in_time"
ORDER = "test_every_answer_comes_in_order"
HOPS = "test_messages_take_their_wires_and_processing"
RATE = "test_every_module_sends_at_its_rate"
STORING = "test_storing_is_processed_in_time"
MARGIN = "test_the_products_spacing_has_a_margin"
ALL = (COUNT, ORDER, HOPS, RATE, STORING, MARGIN)


def timed(
    place: Path,
    simulation: str,
    *,
    modules: int = 4,
    latency_s: float = 0.0,
    polling_s: float = 1.0,
) -> Session:
    """The timing of modules that the rig file's ``simulation`` describes."""
    rig = BASIC.read_text(encoding="utf-8")
    assert rig.count("modules = 4\n") == 1
    rig = rig.replace("modules = 4\n", f"modules = {modules}\nlatency_s = {latency_s}\n")
    port = f"[simulation.port]\nlatency_timer_s = {latency_s}\n" if latency_s else ""
    (place / "rig.toml").write_text(rig + port + simulation, encoding="utf-8")
    product = LIPO.read_text(encoding="utf-8")
    product = product.replace("\n[settings]", f"polling_s = {polling_s}\n\n[settings]", 1)
    assert "polling_s" in product
    (place / "product.toml").write_text(product, encoding="utf-8")
    return qualify(
        place,
        rig=place / "rig.toml",
        product=place / "product.toml",
        tests=("tests_hil/test_09_timing.py",),
    )


def spoiled(defect: str, position: int) -> str:
    return f'[simulation.modules.{position}]\ndefects = ["{defect}"]\n'


def failures(session: Session) -> dict[str, list[int]]:
    """Which modules failed, by test; those that none failed are left out."""
    by_test = {
        name: [at for at, outcome in enumerate(session.outcomes(name), 1) if outcome == "fail"]
        for name in ALL
    }
    return {name: failed for name, failed in by_test.items() if failed}


@pytest.mark.parametrize("seed", range(20))
def test_good_modules_pass(seed: int, tmp_path: Path):
    modules = (1, 2, 4, 16)[seed % 4]
    rig = BASIC.read_text(encoding="utf-8").replace("20260117", str(seed))
    good = tmp_path / "good.toml"
    good.write_text(rig.replace("modules = 4", f"modules = {modules}"), encoding="utf-8")
    short = LIPO.read_text(encoding="utf-8").replace("[settings]", "polling_s = 0.5\n[settings]")
    (tmp_path / "short.toml").write_text(short, encoding="utf-8")
    session = qualify(
        tmp_path, rig=good, product=tmp_path / "short.toml", tests=("tests_hil/test_09_timing.py",)
    )
    assert {name: set(session.outcomes(name)) for name in ALL} == {name: {"pass"} for name in ALL}


@pytest.mark.parametrize(
    ("defect", "position", "found_by"),
    [
        ("slow", 1, {COUNT, ORDER, HOPS, MARGIN}),
        ("slow", 3, {COUNT, ORDER, HOPS, MARGIN}),
        ("slower", 2, {ORDER, HOPS, MARGIN}),
        ("slower", 4, {ORDER, HOPS, MARGIN}),
        ("slow-to-answer", 2, {ORDER, HOPS, MARGIN}),
        ("slow-now-and-then", 3, {ORDER, HOPS}),
        ("slow-to-store", 3, {STORING}),
        ("refuses-voltage", 2, {ORDER}),
    ],
)
def test_a_bad_module_fails_and_no_other_does(
    defect: str, position: int, found_by: set[str], tmp_path: Path
):
    rare = defect == "slow-now-and-then"
    session = timed(tmp_path, spoiled(defect, position), polling_s=10.0 if rare else 1.0)
    found = failures(session)
    assert set(found) >= found_by
    assert {tuple(positions) for positions in found.values()} == {(position,)}


def test_an_oscillator_that_is_off_fails_its_module_alone(tmp_path: Path):
    steady = "[simulation.module]\nclock_spread = 0.005\n"
    session = timed(tmp_path, steady + spoiled("clock-off", 2))
    assert failures(session) == {RATE: [2]}


@pytest.mark.parametrize("defect", ["slow", "slow-to-answer", "slow-to-store"])
def test_a_bad_module_alone_in_a_nest_fails(defect: str, tmp_path: Path):
    session = timed(tmp_path, spoiled(defect, 1), modules=1)
    assert session.conclusions() == ["fail"]


def test_a_module_is_found_in_a_longer_chain_too(tmp_path: Path):
    session = timed(tmp_path, spoiled("slower", 9), modules=16)
    assert failures(session)[ORDER] == [9]


def test_losses_that_cannot_be_placed_block_all_and_fail_none(tmp_path: Path):
    session = timed(tmp_path, spoiled("slow-to-answer", 2) + spoiled("slow-to-answer", 3))
    assert session.outcomes(ORDER) == ["blocked"] * 4
    assert "nothing tells in which module" in session.test(ORDER).message


def test_a_slow_adapter_still_times_what_it_can_and_leaves_clocks_out(tmp_path: Path):
    session = timed(tmp_path, "", latency_s=0.016, polling_s=60.0)
    assert session.outcomes(RATE) == ["not applicable"] * 4
    assert "latency of 0.016 s hides" in session.test(RATE).message
    for name in (COUNT, ORDER, HOPS, STORING, MARGIN):
        assert session.outcomes(name) == ["pass"] * 4, name


def test_a_slow_adapter_does_not_hide_a_slow_module(tmp_path: Path):
    session = timed(tmp_path, spoiled("slow", 2), latency_s=0.016)
    assert failures(session)[ORDER] == [2]


def test_settings_are_left_as_they_were_found(tmp_path: Path):
    session = timed(tmp_path, spoiled("slow", 2))
    assert session.run is not None
    bench = session.run.rig.bench
    assert bench is not None
    for module in bench.panel.modules:
        assert module.eeprom.read(0, 3) == 0x800000


def test_what_was_sent_and_tried_is_kept(tmp_path: Path):
    session = timed(tmp_path, "")
    series = {entry.name: entry.data for entry in session.record.series}
    assert set(series) == {
        "timing.elapsed",
        "timing.spacing.far_end_first",
        "timing.spacing.near_end_first",
    }
    assert set(series["timing.elapsed"]["earliest_s"]) == {"@", "S", "e", "U", "V", "W"}
    search = series["timing.spacing.far_end_first"]
    assert search["least_s"] in search["tried_s"]
    assert search["safe"][search["tried_s"].index(search["least_s"])]
