"""What a catalogue says of a defect: what is wrong, which clauses that breaks, and what catches it."""

from __future__ import annotations

import re
from dataclasses import dataclass

REFERENCE = "supervisor.reference:ReferenceSupervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One defect of a supervisor, in its logic or in what a unit on CAN makes of it."""

    name: str
    description: str
    """In a sentence, said of the supervisor."""
    breaks: tuple[str, ...]
    """Clauses."""
    caught_by: str
    """The shortest scenario that shows it: a test within ``tests_hil``."""
    shown_by: str
    """The measurement that fails there, or words of what is refused."""
    logic: str = REFERENCE
    """``package.module:Class``, as a rig file names it."""
    unit: str = ""
    """A defect of the simulated unit on CAN, as a rig file names it; empty where there is no unit."""


def kebab_case(class_name: str) -> str:
    """``ReversedCurrent`` becomes ``reversed-current``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", class_name).lower()
