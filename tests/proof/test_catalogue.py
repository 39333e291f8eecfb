"""Every defect of the catalogue is caught as it says, and the reference passes what catches them."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from proof.catalogue import supervisor_catalogue
from proof.defect import REFERENCE, Defect
from proof.defective import Defective
from proof.trial import STORE, find, find_sound, needs_bus, prepare, prepare_reference
from tests.fixtures.sessions import ROOT, run_pytest

CATALOGUE = supervisor_catalogue()
CLAUSES = {
    clause["id"]
    for path in (ROOT / "docs" / "requirements").glob("*.toml")
    for clause in tomllib.loads(path.read_text(encoding="utf-8")).get("clause", [])
}
SCENARIOS = sorted({defect.caught_by for defect in CATALOGUE})


def named(defect: Defect) -> str:
    return defect.name


@pytest.mark.parametrize("defect", CATALOGUE, ids=named)
def test_a_defect_is_caught_by_its_scenario(defect: Defect, tmp_path: Path):
    session = run_pytest(ROOT, *prepare(tmp_path, defect), store=tmp_path / STORE)
    finding = find(tmp_path, defect)
    assert finding.as_expected, f"{finding.said}\n{session.text}"


@pytest.mark.parametrize("of", ["logic", "unit"])
def test_the_reference_passes_all_that_catches_them(of: str, tmp_path: Path):
    scenarios = [scenario for scenario in SCENARIOS if needs_bus(scenario) is (of == "unit")]
    session = run_pytest(ROOT, *prepare_reference(tmp_path, scenarios), store=tmp_path / STORE)
    found = find_sound(tmp_path, scenarios)
    assert {name for name, finding in found.items() if not finding.as_expected} == set(), (
        session.text
    )


def test_there_are_forty_at_least_and_no_two_of_a_name():
    names = Counter(defect.name for defect in CATALOGUE)
    assert len(names) >= 40
    assert {name for name, times in names.items() if times > 1} == set()


@pytest.mark.parametrize("defect", CATALOGUE, ids=named)
def test_a_defect_says_what_it_is_in_a_sentence(defect: Defect):
    assert defect.description.endswith(".")
    assert "\n\n" not in defect.description
    assert defect.shown_by


@pytest.mark.parametrize("defect", CATALOGUE, ids=named)
def test_a_defect_breaks_clauses_that_there_are(defect: Defect):
    assert defect.breaks
    assert set(defect.breaks) <= CLAUSES


@pytest.mark.parametrize("defect", CATALOGUE, ids=named)
def test_a_defect_is_one(defect: Defect):
    assert (defect.logic == REFERENCE) is bool(defect.unit)


def test_what_is_like_the_reference_is_not_taken_for_caught(tmp_path: Path):
    """The base of all defective logic, with nothing spoilt."""
    sound = Defect(
        name="none",
        description="Does all that it must.",
        breaks=("SUP-7",),
        caught_by="test_21_supervisor_status.py::test_bleeding_found_disabled_is_enabled",
        shown_by="bleeding_disabled.safe_after",
        logic=f"{Defective.__module__}:{Defective.__qualname__}",
    )
    run_pytest(ROOT, *prepare(tmp_path, sound), store=tmp_path / STORE)
    finding = find(tmp_path, sound)
    assert not finding.as_expected
    assert finding.said == "not caught: pass"
