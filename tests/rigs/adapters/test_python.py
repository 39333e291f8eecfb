from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import pytest

from quantities.errors import RigFileError, SupervisorError
from rigs.adapters.protocol import EVERY_OBSERVATION, EVERY_STIMULUS
from rigs.adapters.python import PythonLogic, open_python_logic
from supervisor.decisions import Decision
from supervisor.figures import PackFigures
from supervisor.readings import PackReadings

READINGS = cast("PackReadings", None)
FIGURES = cast("PackFigures", "the pack's figures")

A_MODULE = """
from supervisor.decisions import Decision

class Follows:
    def __init__(self, figures):
        self.figures = figures

    def step(self, readings):
        return Decision(charge_limit_A=3.0)

class TakesNothing:
    def step(self, readings):
        return Decision()

class Stepless:
    pass

number = 1
"""


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A module of the user's own, under a name that no other test has imported."""
    name = f"own_{request.node.name.partition('[')[0]}"
    (tmp_path / f"{name}.py").write_text(A_MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


class Raising:
    def step(self, _: PackReadings) -> Decision:
        raise ZeroDivisionError("division by zero")


class Mumbling:
    def step(self, _: PackReadings) -> Decision:
        return cast("Decision", {"charge_limit_A": 1.0})


def test_a_named_class_gets_the_figures_and_decides(name: str):
    logic = open_python_logic(f"{name}:Follows", FIGURES)
    shown = logic.step(READINGS)
    assert shown.decision == Decision(charge_limit_A=3.0)
    assert not shown.unheard
    assert cast("Raising", logic._supervisor).figures == FIGURES  # type: ignore[attr-defined]


def test_logic_in_python_shows_and_takes_everything():
    declared = PythonLogic(Raising()).declared
    assert not declared.missing(EVERY_STIMULUS, EVERY_OBSERVATION)


@pytest.mark.parametrize(
    ("rest", "complaint"),
    [
        ("", r"'own_\w+' names no class"),
        (":Follows()", "names no class"),
        (".deeper:Follows", "there is no module 'own_.*deeper'"),
        (":Missing", "has no class 'Missing'"),
        (":number", "has no class 'number'"),
        (":Stepless", r"has no method step\(readings\)"),
        (":TakesNothing", r"cannot be constructed: TypeError.*figures"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_is_missing(name: str, rest: str, complaint: str):
    with pytest.raises(RigFileError, match=complaint):
        open_python_logic(name + rest, FIGURES)


def test_a_module_that_lacks_a_module_of_its_own_names_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "own_lacking.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RigFileError, match="no module 'no_such_library', which own_lacking imp"):
        open_python_logic("own_lacking:Any", FIGURES)


def test_a_module_that_breaks_on_import_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "own_breaking.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RigFileError, match="importing own_breaking raised ZeroDivisionError"):
        open_python_logic("own_breaking:Any", FIGURES)


def test_logic_that_raises_has_broken_its_promise():
    with pytest.raises(SupervisorError, match="Raising: raised ZeroDivisionError"):
        PythonLogic(Raising()).step(READINGS)


def test_what_is_no_decision_is_the_supervisors_fault():
    with pytest.raises(SupervisorError, match="answered a dict; expected: a supervisor"):
        PythonLogic(Mumbling()).step(READINGS)
