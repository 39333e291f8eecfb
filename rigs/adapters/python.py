"""Logic under test in Python: the reference supervisor, or a class that the rig file names."""

from __future__ import annotations

import importlib
import re
from typing import cast

from typing_extensions import override

from quantities.errors import RigFileError, SupervisorError
from rigs.adapters.protocol import (
    EVERY_OBSERVATION,
    EVERY_STIMULUS,
    Declared,
    Logic,
    Shown,
)
from supervisor.decisions import Decision, Supervisor
from supervisor.figures import PackFigures
from supervisor.readings import PackReadings

REFERENCE = "supervisor.reference:ReferenceSupervisor"
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


class PythonLogic(Logic):
    """A ``Supervisor``, called every period; everything can be stimulated and observed."""

    _DECLARED = Declared("logic in Python", EVERY_STIMULUS, EVERY_OBSERVATION)

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._name = type(supervisor).__qualname__

    @property
    @override
    def declared(self) -> Declared:
        return self._DECLARED

    @override
    def step(self, readings: PackReadings) -> Shown:
        """Raises ``SupervisorError`` if the logic raises, or answers what is no decision."""
        try:
            decision = self._supervisor.step(readings)
        except Exception as error:
            raise SupervisorError(
                f"raised {type(error).__name__}: {error}",
                where=self._name,
                expected="a decision, whatever the readings are",
            ) from error
        # its author's own file may be unchecked, so that its type proves nothing
        if not isinstance(cast("object", decision), Decision):
            raise SupervisorError(
                f"answered a {type(decision).__name__}",
                where=self._name,
                expected="a supervisor.decisions.Decision",
            )
        return Shown(decision)

    @override
    def close(self) -> None:
        """Nothing is held."""


def open_python_logic(name: str, figures: PackFigures) -> PythonLogic:
    """Construct the class named ``package.module:Class`` with the pack's figures.

    Raises ``RigFileError`` naming what is missing: the module, the class, or its ``step``.
    """
    supervisor_class = _class_named(name)
    try:
        supervisor = supervisor_class(figures)
    except Exception as error:
        raise RigFileError(
            f"{name} cannot be constructed: {type(error).__name__}: {error}",
            where="[supervisor] logic",
            expected="a class that takes the pack's figures (supervisor.figures.PackFigures)",
        ) from error
    return PythonLogic(cast("Supervisor", supervisor))


def _class_named(name: str) -> type:
    if not _NAME.fullmatch(name):
        raise _unusable(f"{name!r} names no class")
    module_name, _, class_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        absent = f"there is no module {error.name!r}"
        needed = "" if _leads_to(error.name, module_name) else f", which {module_name} imports"
        raise _unusable(absent + needed) from error
    except Exception as error:
        raise _unusable(
            f"importing {module_name} raised {type(error).__name__}: {error}"
        ) from error
    found = getattr(module, class_name, None)
    if not isinstance(found, type):
        raise _unusable(f"{module_name} has no class {class_name!r}")
    if not callable(getattr(found, "step", None)):
        raise _unusable(f"{name} has no method step(readings)")
    return found


def _leads_to(missing: str | None, module_name: str) -> bool:
    """Whether what is missing is the module itself or a package that it is in."""
    return missing is not None and f"{module_name}.".startswith(f"{missing}.")


def _unusable(what: str) -> RigFileError:
    return RigFileError(
        what,
        where="[supervisor] logic",
        expected=f"package.module:Class as Python imports it, for example {REFERENCE!r}",
        remedy="correct the name, or put the folder that holds it on PYTHONPATH",
    )
