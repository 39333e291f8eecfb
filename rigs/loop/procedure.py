"""Whether a recorded charge kept to the fast charging procedure, turn by turn (CHG-1 to CHG-7).

Only turns are judged that show what the supervisor went by: where a poll was lost, and where the published
limit held the current down, it may have had reasons of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rigs.loop.recording import PHASES, Recording
from supervisor.decisions import Phase
from supervisor.figures import PackFigures

BLEEDING, HIGH = 2, 4
"""Bits of a status digit (CMD-U2)."""
CURRENT, VOLTAGE, DONE = (PHASES.index(each) for each in (Phase.CURRENT, Phase.VOLTAGE, Phase.DONE))
PATIENCE = 2.0
"""Periods by which a step may come later than its time constant."""
SLIGHT = 1e-4
"""Smaller changes of current or voltage are none."""


def departures(recording: Recording, figures: PackFigures) -> list[str]:
    """What was done otherwise than the procedure says, each with its clause, once each."""
    periods = recording.periods
    found = [
        *_in_current_loop(periods, figures),
        *_in_voltage_loop(periods, figures),
        *_end(periods, figures),
    ]
    return list(dict.fromkeys(found))


def _in_current_loop(periods: NDArray[np.void], figures: PackFigures) -> Iterator[str]:
    """CHG-1 to CHG-4; the timer starts anew with each step and with each turn that cells bleed in."""
    period_s, since_s = figures.periods.fast_s, 0.0
    for before, now in pairwise(periods):
        if now["phase"] != CURRENT:
            continue
        if before["phase"] != CURRENT:
            since_s = float(now["time_s"])
            if now["time_constant_s"] > figures.charging.time_constant_least_s:
                yield "CHG-4: begun with a longer time constant than the shortest"
            continue
        if not _is_good(now):
            since_s = float(now["time_s"])
            continue
        yield from _turn(before, now, float(now["time_s"]) - since_s, period_s, figures)
        changed = now["time_constant_s"] != before["time_constant_s"]
        if changed or _rise(before, now, "charger_current_A") != 0 or now["any_module"] & BLEEDING:
            since_s = float(now["time_s"])


def _turn(
    before: np.void, now: np.void, waited_s: float, period_s: float, figures: PackFigures
) -> Iterator[str]:
    """One turn of the current loop, ``waited_s`` after the timer was started."""
    charging, rise = figures.charging, _rise(before, now, "charger_current_A")
    held = before["charger_current_A"] >= before["charge_limit_A"] - SLIGHT
    greatest = before["charger_current_A"] >= figures.charger.current_A - SLIGHT
    constant_s, was_s = float(now["time_constant_s"]), float(before["time_constant_s"])
    if constant_s > charging.time_constant_greatest_s:
        yield "CHG-1: time constant beyond its greatest"
    if now["any_module"] & HIGH or now["every_module"] & BLEEDING:
        clause = "CHG-1: a high alarm" if now["any_module"] & HIGH else "CHG-2: all bleeding"
        if rise >= 0:
            yield f"{clause}, and no less current"
        if not constant_s > was_s and was_s < charging.time_constant_greatest_s - SLIGHT:
            yield f"{clause}, and no longer time constant"
    elif now["any_module"] & BLEEDING:
        if rise > 0 and not held:
            yield "CHG-3: more current while some cells bleed"
        elif rise < 0 and now["charge_limit_A"] >= before["charger_current_A"] - SLIGHT:
            yield "CHG-3: less current while only some cells bleed"
    elif (
        rise > 0
        and not held
        and waited_s < max(was_s, charging.time_constant_least_s) - period_s / 2
    ):
        yield "CHG-4: more current before the timer ran out"
    elif rise == 0 and not held and not greatest and waited_s > was_s + PATIENCE * period_s:
        yield "CHG-4: no more current though the timer ran out"


def _in_voltage_loop(periods: NDArray[np.void], figures: PackFigures) -> Iterator[str]:
    """Entered below the balance current; then CHG-5 and CHG-6: down at once."""
    balance_A = figures.cell.bleed_A
    for before, now in pairwise(periods):
        told_A, limit_A = float(now["charger_current_A"]), float(now["charge_limit_A"])
        if now["phase"] == CURRENT and told_A < min(balance_A, limit_A) - SLIGHT:
            yield "CHG-5: no voltage loop below the balance current"
        if before["phase"] == CURRENT and now["phase"] == VOLTAGE:
            less_A = float(before["charger_current_A"]) * figures.charging.current_fall
            if min(less_A, limit_A) >= balance_A + SLIGHT:
                yield "CHG-5: the voltage loop above the balance current"
        if not (before["phase"] == now["phase"] == VOLTAGE and _is_good(now)):
            continue
        rise = _rise(before, now, "charger_voltage_V")
        if now["any_module"] & HIGH and rise >= 0:
            yield "CHG-5: a high alarm, and no less voltage"
        elif now["every_module"] & BLEEDING and rise > 0:
            yield "CHG-6: more voltage while all cells bleed"


def _end(periods: NDArray[np.void], figures: PackFigures) -> Iterator[str]:
    """CHG-6: done when all cells have been bleeding for the pack file's time."""
    for done in (
        np.flatnonzero((periods["phase"][1:] == DONE) & (periods["phase"][:-1] != DONE)) + 1
    ):
        asked_s = figures.charging.done_s - PATIENCE * figures.periods.fast_s
        since = periods["time_s"] >= periods["time_s"][done] - asked_s
        before = periods[: done + 1][since[: done + 1]]
        if not all(_is_good(row) and row["every_module"] & BLEEDING for row in before):
            yield "CHG-6: done before all cells bled for long enough"


def _is_good(period: np.void) -> bool:
    """Something came back, and each bit of y is one of x (CHN-2)."""
    x, y = int(period["any_module"]), int(period["every_module"])
    return x >= 0 and y >= 0 and x & y == y


def _rise(before: np.void, now: np.void, quantity: str) -> float:
    """By how much more is told than before; 0 if it is the same."""
    rise = float(now[quantity]) - float(before[quantity])
    return rise if abs(rise) > SLIGHT else 0.0
