"""The catalogue: every defect of a supervisor that the suite is proven by."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from proof import supervisor_defects
from proof.defect import Defect
from proof.defective import Defective


def supervisor_catalogue() -> tuple[Defect, ...]:
    """All of ``proof.supervisor_defects``, idea by idea, in the order in which they are written."""
    modules = [
        importlib.import_module(f"{supervisor_defects.__name__}.{found.name}")
        for found in pkgutil.iter_modules(supervisor_defects.__path__)
    ]
    return tuple(defect for module in modules for defect in defects_of(module))


def defects_of(module: ModuleType) -> list[Defect]:
    """Its defective logic, and those of a unit that it lists in ``UNIT_DEFECTS``."""
    logic = [
        found.defect()
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, Defective)
        and found.__module__ == module.__name__
        and hasattr(found, "caught_by")
    ]
    return [*logic, *getattr(module, "UNIT_DEFECTS", ())]
