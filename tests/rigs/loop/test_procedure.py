"""Whether a recorded charge is compared with the procedure, turn by turn."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fixtures.pack import pack_figures
from products.model import load_product
from rigs.loop.procedure import CURRENT, DONE, VOLTAGE, departures
from rigs.loop.recording import PERIOD, Recording
from tests.fixtures.sessions import ROOT

FIGURES = pack_figures(load_product(ROOT / "products" / "pack4.toml"))
LEAST_S = FIGURES.charging.time_constant_least_s
GREATEST_S = FIGURES.charging.time_constant_greatest_s
QUIET, SOME, ALL, HIGH = (8, 8), (10, 8), (10, 10), (12, 8)
"""Both digits of a status."""


def course(*turns: tuple[int, tuple[int, int], float, float], voltage_V: float = 17.0) -> list[str]:
    """Departures of one turn a second: phase, status, current, time constant."""
    recording = Recording(4)
    for second, (phase, (x, y), current_A, constant_s) in enumerate(turns):
        row: dict[str, Any] = dict.fromkeys(PERIOD.names or (), 0)
        row |= {
            "time_s": float(second),
            "phase": phase,
            "any_module": x,
            "every_module": y,
            "charger_current_A": current_A,
            "charger_voltage_V": voltage_V,
            "time_constant_s": constant_s,
            "charge_limit_A": 5.0,
        }
        recording.add_period(row)
    return departures(recording, FIGURES)


def held(seconds: float, current_A: float, status: tuple[int, int] = QUIET) -> list[Any]:
    return [(CURRENT, status, current_A, LEAST_S)] * round(seconds)


def test_a_step_after_each_time_constant_is_as_it_should_be():
    assert course(*held(LEAST_S, 0.5), *held(LEAST_S, 1.0), *held(LEAST_S, 1.5)) == []


def test_a_step_too_soon_is_a_departure():
    assert course(*held(LEAST_S, 0.5), *held(3, 1.0), *held(1, 1.5)) == [
        "CHG-4: more current before the timer ran out"
    ]


def test_no_step_at_all_is_a_departure():
    assert course(*held(LEAST_S + 5, 0.5)) == ["CHG-4: no more current though the timer ran out"]


def test_at_the_chargers_greatest_no_step_is_due():
    assert course(*held(LEAST_S + 5, FIGURES.charger.current_A)) == []


def test_a_long_time_constant_at_first_is_a_departure():
    idle = (0, QUIET, 0.0, math.nan)
    assert course(idle, (CURRENT, QUIET, 0.5, GREATEST_S)) == [
        "CHG-4: begun with a longer time constant than the shortest"
    ]


def test_a_step_while_some_bleed_is_a_departure():
    assert course(*held(LEAST_S, 0.5), *held(1, 1.0, SOME)) == [
        "CHG-3: more current while some cells bleed"
    ]


@pytest.mark.parametrize(
    ("status", "clause"), [(HIGH, "CHG-1: a high alarm"), (ALL, "CHG-2: all bleeding")]
)
def test_neither_less_current_nor_more_time_is_a_departure(status: tuple[int, int], clause: str):
    assert course(*held(3, 1.0), *held(1, 1.0, status)) == [
        f"{clause}, and no less current",
        f"{clause}, and no longer time constant",
    ]


def test_less_current_and_more_time_is_as_it_should_be():
    assert course(*held(3, 1.0), (CURRENT, HIGH, 0.5, 1.5 * LEAST_S)) == []


def test_a_time_constant_beyond_its_greatest_is_a_departure():
    turns = [(CURRENT, HIGH, 1.0, GREATEST_S), (CURRENT, HIGH, 0.5, 1.5 * GREATEST_S)]
    assert course(*held(1, 2.0), *turns) == ["CHG-1: time constant beyond its greatest"]


def test_what_a_lost_poll_led_to_is_not_judged():
    lost = (-1, -1)
    assert course(*held(3, 1.0), *held(1, 2.0, lost), *held(3, 2.0)) == []


def test_a_current_loop_below_the_balance_current_is_a_departure():
    little_A = FIGURES.cell.bleed_A / 2
    assert course(*held(3, 1.0), (CURRENT, HIGH, little_A, 1.5 * LEAST_S)) == [
        "CHG-5: no voltage loop below the balance current"
    ]


def test_a_voltage_loop_above_the_balance_current_is_a_departure():
    assert course(*held(3, 4.0), (VOLTAGE, ALL, 0.4, LEAST_S)) == [
        "CHG-5: the voltage loop above the balance current"
    ]
    assert course(*held(3, 0.5), (VOLTAGE, ALL, 0.4, LEAST_S)) == []


def test_a_voltage_that_stays_in_a_high_alarm_is_a_departure():
    assert course((VOLTAGE, QUIET, 0.4, LEAST_S), (VOLTAGE, HIGH, 0.4, LEAST_S)) == [
        "CHG-5: a high alarm, and no less voltage"
    ]


def test_done_before_all_cells_bled_for_long_enough_is_a_departure():
    bled = [(VOLTAGE, ALL, 0.4, LEAST_S)] * round(FIGURES.charging.done_s)
    short = [(VOLTAGE, SOME, 0.4, LEAST_S), *bled[:3]]
    done = (DONE, ALL, 0.0, math.nan)
    assert course(*bled, done) == []
    assert course(*short, done) == ["CHG-6: done before all cells bled for long enough"]


def test_nothing_recorded_departs_from_nothing():
    assert departures(Recording(4), FIGURES) == []
