"""The contactor: what opens it, and what closes it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supervisor.decisions import Fault
from supervisor.known import nothing_known
from supervisor.limits import SENSOR_FAULTS, Contactor, Limits, contactor
from supervisor.readings import Aged
from tests.supervisor.packs import FIGURES

AFTER_S = FIGURES.protection.contactor_after_s
CLOSED = Contactor(closed=True)
BOTH, NEITHER = Limits(5.0, 10.0), Limits()
CHARGE_ONLY, DISCHARGE_ONLY = Limits(charge_A=5.0), Limits(discharge_A=10.0)


def later(
    state: Contactor,
    allowed: Limits,
    current_A: float,
    *faults: Fault,
    elapsed_s: float = AFTER_S,
) -> Contactor:
    known = replace(nothing_known(FIGURES), current=Aged(current_A, 0.0))
    return contactor(FIGURES, state, allowed, known, frozenset(faults), elapsed_s)


@pytest.mark.parametrize(
    ("allowed", "current_A", "closed"),
    [
        (DISCHARGE_ONLY, 2.0, False),
        (CHARGE_ONLY, -2.0, False),
        (DISCHARGE_ONLY, -2.0, True),
        (CHARGE_ONLY, 2.0, True),
        (NEITHER, 0.0, True),
    ],
)
def test_it_opens_where_current_flows_against_a_limit_of_zero(
    allowed: Limits, current_A: float, *, closed: bool
):
    assert later(CLOSED, allowed, current_A).closed is closed


@pytest.mark.parametrize("fault", sorted(SENSOR_FAULTS))
@pytest.mark.parametrize("allowed", [NEITHER, CHARGE_ONLY, DISCHARGE_ONLY])
def test_it_opens_where_nobody_can_tell_whether_current_flows(fault: Fault, allowed: Limits):
    assert not later(CLOSED, allowed, 0.0, fault).closed
    assert later(CLOSED, BOTH, 0.0, fault).closed


def test_it_does_not_open_before_its_time():
    almost = later(CLOSED, DISCHARGE_ONLY, 2.0, elapsed_s=AFTER_S / 2)
    assert almost.closed
    assert not later(almost, DISCHARGE_ONLY, 2.0, elapsed_s=AFTER_S / 2).closed


@pytest.mark.parametrize(("defied", "current_A"), [(DISCHARGE_ONLY, 2.0), (CHARGE_ONLY, -2.0)])
def test_the_limit_that_was_not_kept_closes_it_again_and_the_other_only_after_long(
    defied: Limits, current_A: float
):
    opened = later(CLOSED, defied, current_A)
    assert not later(opened, defied, 0.0, elapsed_s=1.0).closed
    assert later(opened, BOTH, 0.0, elapsed_s=1.0).closed
    assert later(opened, defied, 0.0, elapsed_s=FIGURES.protection.close_again_s).closed
    assert not later(opened, NEITHER, 0.0, elapsed_s=2 * FIGURES.protection.close_again_s).closed
