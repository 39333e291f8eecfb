"""The tests of a calibration's figures: each bad module is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import BASIC, Session, qualify

NOISE = "test_noise_lets_the_code_take_every_value"
FIT = "test_one_constant_fits_all_voltages"


def calibrated(place: Path, simulation: str, *more: str) -> Session:
    """Modules that the rig file's ``simulation`` describes, calibrated and looked at."""
    rig = place / "rig.toml"
    rig.write_text(BASIC.read_text(encoding="utf-8") + simulation, encoding="utf-8")
    tests = ("test_02_provisioning.py", *more, "test_12_calibration.py")
    return qualify(place, rig=rig, tests=[f"tests_hil/{name}" for name in tests])


def missed(session: Session, name: str, position: int) -> set[str]:
    """What of a module failed in this test."""
    return {
        measurement.name.removeprefix("calibration.")
        for measurement in session.test(name).measurements
        if measurement.position == position and str(measurement.verdict.outcome) == "fail"
    }


@pytest.mark.parametrize(
    ("defect", "position", "name", "found"),
    [
        ("no-noise", 1, NOISE, {"noise", "residues"}),
        ("too-much-noise", 4, NOISE, {"noise"}),
        ("no-oversampling", 2, NOISE, {"residues"}),
        ("outliers", 3, NOISE, {"farthest_code"}),
        ("offset", 2, FIT, {"linearity"}),
        ("sagging-reference", 3, FIT, {"linearity"}),
    ],
)
def test_a_bad_module_fails_and_no_other_does(
    defect: str, position: int, name: str, found: set[str], tmp_path: Path
):
    session = calibrated(tmp_path, f'[simulation.modules.{position}]\ndefects = ["{defect}"]\n')
    others = {1, 2, 3, 4} - {position}
    assert missed(session, name, position) >= found
    assert [missed(session, name, at) for at in sorted(others)] == [set()] * 3
    assert session.outcomes(name)[position - 1] == "fail"


def test_the_error_curve_of_the_accuracy_is_used_again(tmp_path: Path):
    session = calibrated(tmp_path, "", "test_03_accuracy.py")
    fit, accuracy = session.test(FIT), session.test("test_accuracy_over_the_range")
    assert fit.ended_ns - fit.started_ns < (accuracy.ended_ns - accuracy.started_ns) / 3
    series = {entry.name: entry.data for entry in session.record.series}
    points_V = series["accuracy.as_left"]["voltage_V"]
    assert series["calibration.straightness"]["voltage_V"] == points_V


def test_every_code_that_was_read_is_in_the_histogram(tmp_path: Path):
    session = calibrated(tmp_path, "")
    (histogram,) = [s.data for s in session.record.series if s.name == "calibration.codes"]
    assert [sum(counts) for counts in histogram["count"]] == [128] * 4
    assert [sum(counts) for counts in histogram["residue_count"]] == [128] * 4
    assert len(histogram["code"]) == len(histogram["count"][0])
