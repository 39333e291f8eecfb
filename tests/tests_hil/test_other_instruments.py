"""A panel qualified with instruments of other makers, each with quirks of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import ROOT, Session, qualify

SUPPLY, METER = "keysight-e36312a", "keysight-34461a"


def bench(place: Path, name: str, *changes: tuple[str, str]) -> Path:
    """A copy of one of the project's files with texts replaced, at ``place``."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{old!r} is not there"
        text = text.replace(old, new)
    path = place / Path(name).name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("supply", ["rohdeschwarz-ngl202", "keithley-2280s-32-6", "rigol-dp831"])
def test_a_panel_comes_to_the_same_verdict(supply: str, tmp_path: Path):
    rig = bench(tmp_path, "rigs/simulated.toml", (SUPPLY, supply), (METER, "keithley-dmm6500"))
    session = qualify(tmp_path, rig=rig, product=ROOT / "products" / "lipo.toml")
    assert session.conclusions() == ["pass"] * 4
    models = {each.model.removeprefix("MODEL ") for each in session.record.instruments}
    assert models == {supply.partition("-")[2].upper(), "DMM6500", "DAQ970A"}


def pulses_of_2_kHz(place: Path, meter: str) -> Session:
    rig = bench(
        place,
        "rigs/simulated_pwm.toml",
        (METER, meter),
        ("pwm_period_s = 0.010", "pwm_period_s = 0.0005"),
    )
    product = bench(
        place,
        "products/pwm200.toml",
        ('like = "', f'like = "{ROOT}/products/'),
        ("frequency_Hz = 100.0", "frequency_Hz = 2000.0"),
        ("low = 85.0\nhigh = 115.0", "low = 1700.0\nhigh = 2300.0"),
    )
    return qualify(place, rig=rig, product=product, tests=["tests_hil/test_06_bleeding.py"])


@pytest.mark.parametrize(
    ("meter", "outcome"), [("keysight-34461a", "not applicable"), ("keithley-dmm6500", "pass")]
)
def test_pulses_too_fast_for_an_aperture_are_digitized(meter: str, outcome: str, tmp_path: Path):
    session = pulses_of_2_kHz(tmp_path, meter)
    assert session.outcomes("test_pulse_frequency") == [outcome] * 4
