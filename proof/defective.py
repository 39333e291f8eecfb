"""What all defective logic is made from: the reference, with one thing about it spoilt.

A defect is a subclass that overrides one of ``believed``, ``told`` and ``said``, or names the part of the
reference that it ``replaces``. The reference itself never asks whether it is defective.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import ClassVar
from unittest.mock import patch

from proof.defect import Defect, kebab_case
from supervisor.decisions import Decision
from supervisor.figures import PackFigures
from supervisor.readings import PackReadings
from supervisor.reference import ReferenceSupervisor


class Defective:
    """Logic under test; the docstring of a subclass says in a sentence what is wrong with it."""

    breaks: ClassVar[tuple[str, ...]]
    caught_by: ClassVar[str]
    shown_by: ClassVar[str]
    replaces: ClassVar[tuple[str, object] | None] = None
    """Where the reference looks one of its parts up, and what it finds there instead."""

    def __init__(self, figures: PackFigures) -> None:
        self.figures = figures
        self._sound = ReferenceSupervisor(self.believed(figures))

    def step(self, readings: PackReadings) -> Decision:
        """Decide, and get one thing wrong."""
        told = self.told(readings)
        with patch(*self.replaces) if self.replaces else nullcontext():
            decision = self._sound.step(told)
        return self.said(decision)

    def believed(self, figures: PackFigures) -> PackFigures:
        """The figures that the reference is constructed with."""
        return figures

    def told(self, readings: PackReadings) -> PackReadings:
        """The readings that reach the reference."""
        return readings

    def said(self, decision: Decision) -> Decision:
        """What becomes of its decision."""
        return decision

    @classmethod
    def defect(cls) -> Defect:
        """As it stands in the catalogue."""
        return Defect(
            name=kebab_case(cls.__name__),
            description=(cls.__doc__ or "").strip(),
            breaks=cls.breaks,
            caught_by=cls.caught_by,
            shown_by=cls.shown_by,
            logic=f"{cls.__module__}:{cls.__qualname__}",
        )
