"""The chain: the rig's own line, how many modules answer, what constants they have."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from drivers.chain.messages import Setting
from quantities.errors import ChainCountMismatch
from rigs.checks.finding import Finding, Result, absent
from rigs.loopback import Loopback
from rigs.panel import Panel
from rigs.rig import Rig

UNCALIBRATED = 0x800000
"""What a new module has (CMD-W1)."""


def own_line(rig: Rig) -> Iterator[Finding]:
    """Whether what is sent comes back with the line joined end to end."""
    if not rig.has("loopback"):
        yield absent("line", "silence of all modules is blocked, not failed; add [loopback]")
        return
    Loopback(rig.loopback, rig.chain_port, rig.clock).prove()
    yield Finding("line", Result.OK, "whole: what is sent comes back")


def count(rig: Rig, panel: Panel) -> Iterator[Finding]:
    """How many modules the chain counts (ADR-3)."""
    due = rig.file.chain.modules
    found = panel.chain.count()
    if found != due:
        raise ChainCountMismatch(
            f"{found} modules answer",
            expected=f"{due}, as [chain] modules states",
            remedy="check the wiring between modules, or correct the rig file",
        )
    yield Finding("chain", Result.OK, f"{found} modules answer")


def constants(panel: Panel, low: float | None, high: float | None) -> Iterator[Finding]:
    """What modules are calibrated to (CAL-4). A module's fault is none of the rig's."""
    stored = panel.chain.read_settings(Setting.CALIBRATION)
    silent = np.isnan(stored)
    within = (stored >= (low or 0)) & (stored <= (high or math.inf))
    new = (stored == UNCALIBRATED) & ~within
    window = f"{low or 0:g} to {high or math.inf:g}"
    for what, which, result, remedy in (
        ("as the product states", within, Result.OK, ""),
        ("as new", new, Result.HEED, "calibrate them before they are judged"),
        (f"outside {window}", ~(within | new | silent), Result.HEED, "are they of this product?"),
        ("without an answer", silent, Result.FAULT, "look at these modules' wiring"),
    ):
        positions = np.flatnonzero(which) + 1
        if positions.size:
            values = sorted({int(constant) for constant in stored[which & ~silent]})
            ends = dict.fromkeys(f"{value:#08x}" for value in (*values[:1], *values[-1:]))
            span = f": {' … '.join(ends)}" if ends else ""
            found = f"{what}{span}, of {told(positions.tolist())}"
            yield Finding("constants", result, found, remedy)


def told(positions: list[int]) -> str:
    """Positions as a reader likes them: ``modules 1 to 4, 7``."""
    parts: list[list[int]] = []
    for position in positions:
        if parts and position == parts[-1][-1] + 1:
            parts[-1].append(position)
        else:
            parts.append([position])
    spans = [f"{part[0]} to {part[-1]}" if len(part) > 1 else f"{part[0]}" for part in parts]
    return f"module{'s' if len(positions) > 1 else ''} {', '.join(spans)}"
