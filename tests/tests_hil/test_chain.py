"""The tests of the chain: good modules pass, and each bad one is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import Session
from tests.tests_hil.meters import one
from tests.tests_hil.quick import not_passed, provisioned

CHAIN = "tests_hil/test_05_chain.py"

E_AND_D = "test_e_and_d_reach_every_module"
GENERAL = "test_the_general_status_tells_what_the_modules_tell"
PART = "test_every_module_has_its_part_in_the_general_status"
NUMBER = "test_every_position_answers_for_itself"
COUNTS = "test_every_address_counts_down"


@pytest.mark.parametrize(("modules", "seed"), [(1, 21), (2, 22), (3, 23), (5, 24), (17, 25)])
def test_good_modules_pass(modules: int, seed: int, tmp_path: Path):
    assert not_passed(provisioned(tmp_path, CHAIN, modules=modules, seed=seed)) == {}


@pytest.mark.parametrize(
    ("defect", "found_by"),
    [
        ("s-without-or", {PART}),
        ("s-without-and", {PART}),
        ("s-overwrites", {PART}),
        ("u-clears-all", {PART}),
        ("s-keeps-bits", {GENERAL, PART}),
        ("keeps-bits", {GENERAL}),
        ("ignores-d", {E_AND_D}),
        ("borrows-nothing", {COUNTS}),
    ],
)
@pytest.mark.parametrize("position", [2, 4])
def test_a_bad_module_fails_alone(defect: str, found_by: set[str], position: int, tmp_path: Path):
    session = provisioned(tmp_path, CHAIN, defects={position: defect})
    assert not_passed(session) == dict.fromkeys(found_by, one("fail", position))


@pytest.mark.parametrize(
    ("defect", "found_by"),
    [
        ("s-without-or", {GENERAL, PART}),
        ("s-without-and", {GENERAL, PART}),
        ("s-keeps-bits", {GENERAL, PART}),
        ("u-clears-all", {PART}),
        ("ignores-d", {E_AND_D}),
        ("borrows-nothing", {COUNTS}),
    ],
)
def test_a_bad_module_in_a_nest_fails(defect: str, found_by: set[str], tmp_path: Path):
    session = provisioned(tmp_path, CHAIN, modules=1, defects={1: defect})
    assert not_passed(session) == {name: ["fail"] for name in found_by}


def test_two_modules_that_have_no_part_are_both_found(tmp_path: Path):
    defects = {2: "s-without-or", 3: "s-without-and"}
    session = provisioned(tmp_path, CHAIN, modules=5, defects=defects)
    assert not_passed(session) == {PART: ["pass", "fail", "fail", "pass", "pass"]}


def blocked_by(session: Session, position: int) -> None:
    """Everything failed at this module, and nothing could be said of the others."""
    by_test = not_passed(session)
    assert by_test.keys() >= {E_AND_D, GENERAL, PART, NUMBER, COUNTS}
    assert set(map(tuple, by_test.values())) == {tuple(one("fail", position, others="blocked"))}


@pytest.mark.parametrize("position", [1, 3, 4])
def test_the_module_that_keeps_e_and_d_fails_and_blocks_the_others(position: int, tmp_path: Path):
    session = provisioned(tmp_path, CHAIN, defects={position: "keeps-e-and-d"})
    blocked_by(session, position)


@pytest.mark.parametrize("position", [1, 4])
def test_the_module_that_keeps_addresses_fails_and_blocks_the_others(position: int, tmp_path: Path):
    session = provisioned(tmp_path, CHAIN, defects={position: "keeps-addresses"})
    blocked_by(session, position)


def test_one_that_alarms_at_rest_blocks_what_it_hides(tmp_path: Path):
    session = provisioned(tmp_path, CHAIN, defects={3: "forgets"})
    assert session.outcomes(PART) == ["blocked"] * 4
    assert "S reports" in session.test(PART).message
    assert set(session.outcomes(COUNTS)) == {"pass"}


def test_one_that_stores_nothing_has_no_number(tmp_path: Path):
    session = provisioned(tmp_path, CHAIN, defects={3: "forgets"})
    assert session.outcomes(NUMBER) == one("fail", 3)
