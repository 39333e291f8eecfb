"""Whatever a supervisor is told: it never raises, never allows too much, and decides alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supervisor.decisions import Decision, WriteBleedingThreshold
from supervisor.readings import Aged, AgedArray, PackReadings, StatusAnswer
from supervisor.reference import ReferenceSupervisor
from tests.supervisor.packs import FIGURES, array, readings

CELLS = FIGURES.cells
AGES = FIGURES.ages

# -- readings as a rig could tell them, good and bad mixed ---------------------------------------

values = st.one_of(st.floats(), st.sampled_from([0.0, 3.7, 4.2, 60.0, -5.0, 1e308]))
ages = st.one_of(st.floats(), st.floats(0, 40))
nibbles = st.one_of(st.none(), st.integers(-1, 17))


@st.composite
def arrays(draw: st.DrawFn, likely: float) -> AgedArray:
    size = draw(st.sampled_from([CELLS, CELLS, CELLS, 0, 1, CELLS + 1]))
    told = np.full(size, likely)
    for index, value in draw(st.dictionaries(st.integers(0, CELLS), values, max_size=3)).items():
        told[index:][:1] = value
    return AgedArray(told, np.full(size, draw(ages)))


told_readings = st.builds(
    PackReadings,
    elapsed_s=st.one_of(st.just(1.0), st.just(0.0), st.floats()),
    current_A=st.builds(Aged, values, ages),
    pack_voltage_V=st.builds(Aged, values, ages),
    cell_voltages_V=arrays(3.8),
    temperatures_C=arrays(25.0),
    status=st.builds(StatusAnswer, nibbles, nibbles, ages),
    module_count=st.one_of(st.none(), st.integers(-5, 300)),
    constants=st.sampled_from([np.full(CELLS, 4.9e6), np.full(CELLS, math.nan), np.zeros(3)]),
    latches=st.sampled_from(
        [np.zeros(0, np.uint8), np.full(CELLS, 8, np.uint8), np.full(CELLS, 15, np.uint8)]
    ),
    charging_wanted=st.booleans(),
)
"""Right types and any content."""

junk = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.floats(),
    st.integers(),
    st.just(object()),
    st.just([[1.0, "a"], None]),
    st.just(10**400),
    st.just(Aged("x", None)),  # type: ignore[arg-type]
    st.just(np.zeros((2, 2))),
)
"""Not even the right types."""


def spoilt(told: PackReadings, name: str, value: Any) -> PackReadings:
    return replace(told, **{name: value})


anything = st.one_of(
    told_readings,
    st.builds(
        spoilt, told_readings, st.sampled_from([each.name for each in fields(PackReadings)]), junk
    ),
    st.none(),
)


def decisions(told: list[PackReadings]) -> list[Decision]:
    supervisor = ReferenceSupervisor(FIGURES)
    return [supervisor.step(each) for each in told]


@given(st.lists(anything, min_size=1, max_size=12))
def test_nothing_that_is_told_makes_it_raise_or_allow_too_much(told: list[PackReadings]):
    for decision in decisions(told):
        assert 0 <= decision.charge_limit_A <= FIGURES.currents.charge_A
        assert 0 <= decision.discharge_limit_A <= FIGURES.currents.discharge_A
        charger = decision.charger
        assert 0 <= charger.current_A <= decision.charge_limit_A
        assert 0 <= charger.voltage_V <= FIGURES.charger.voltage_V
        assert not charger.on or decision.charge_limit_A > 0


@given(st.lists(anything, min_size=1, max_size=8))
def test_equal_readings_make_equal_decisions(told: list[PackReadings]):
    assert repr(decisions(told)) == repr(decisions(told))


@dataclass(frozen=True)
class Needed:
    """A reading that the limits rest on, its allowed age, and how it is told to be so old."""

    name: str
    allowed_s: float
    told: Callable[[float], dict[str, Any]]


def one_old(value: float, age_s: float) -> AgedArray:
    told = array(value)
    told.ages_s[7] = age_s
    return told


NEEDED = [
    Needed("current", AGES.current_s, lambda s: {"current_A": Aged(0.0, s)}),
    Needed("pack voltage", AGES.pack_voltage_s, lambda s: {"pack_voltage_V": Aged(61.12, s)}),
    Needed("a cell", AGES.cell_voltages_s, lambda s: {"cell_voltages_V": one_old(3.82, s)}),
    Needed("a temperature", AGES.temperatures_s, lambda s: {"temperatures_C": one_old(25.0, s)}),
    Needed("status", AGES.status_s, lambda s: {"status": StatusAnswer(8, 8, s)}),
]


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
@given(beyond_s=st.floats(1e-6, 1e6))
@settings(max_examples=20)
def test_limits_are_zero_once_a_needed_reading_is_older_than_allowed(
    needed: Needed, beyond_s: float
):
    supervisor = ReferenceSupervisor(FIGURES)
    assert supervisor.step(readings(0.0)).charge_limit_A > 0
    decision = supervisor.step(readings(**needed.told(needed.allowed_s + beyond_s)))
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)
    assert not decision.charger.on
    assert decision.report.faults


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_limits_stand_while_every_reading_is_no_older_than_allowed(needed: Needed):
    supervisor = ReferenceSupervisor(FIGURES)
    decision = supervisor.step(readings(0.0, **needed.told(needed.allowed_s)))
    assert decision.charge_limit_A == FIGURES.currents.charge_A
    assert decision.discharge_limit_A == FIGURES.currents.discharge_A


@pytest.mark.parametrize(
    ("name", "lost", "allowed_s"),
    [
        ("current_A", Aged(), AGES.current_s),
        ("pack_voltage_V", Aged(), AGES.pack_voltage_s),
        ("cell_voltages_V", array(math.nan, age_s=math.inf), AGES.cell_voltages_s),
        ("temperatures_C", array(math.nan, age_s=math.inf), AGES.temperatures_s),
        ("status", StatusAnswer(), AGES.status_s),
    ],
)
def test_a_reading_that_stays_away_ages_though_nobody_says_how_old_it_is(
    name: str, lost: Any, allowed_s: float
):
    supervisor = ReferenceSupervisor(FIGURES)
    supervisor.step(readings(0.0))
    for second in range(1, math.ceil(allowed_s) + 2):
        decision = supervisor.step(readings(**{name: lost}))
        if second > allowed_s:
            assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)
        elif name != "status":  # a lost poll is an alarm, which lessens limits before
            assert decision.discharge_limit_A > 0


@pytest.mark.parametrize("count", [None, 15, 17])
def test_limits_are_zero_without_the_right_number_of_modules(count: int | None):
    decision = ReferenceSupervisor(FIGURES).step(readings(0.0, module_count=count))
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)


def test_a_supervisor_that_was_told_nothing_allows_nothing():
    decision = ReferenceSupervisor(FIGURES).step(None)  # type: ignore[arg-type]
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)
    assert not decision.contactor_closed
    assert not decision.charger.on


@given(st.lists(anything, min_size=1, max_size=30))
def test_thresholds_are_written_no_more_often_than_a_day_allows(told: list[PackReadings]):
    codes: dict[int, int] = {}
    writes = 0
    for decision in decisions(told):
        for request in decision.requests:
            if isinstance(request, WriteBleedingThreshold):
                assert codes.get(request.position) != request.code
                codes[request.position] = request.code
                writes += 1
        assert decision.report.threshold_writes == writes
    assert writes <= FIGURES.balancing.writes_a_day
