"""SUP-9: a chain that nobody needs is left to sleep, and wakes when it is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from supervisor.decisions import Decision
from supervisor.figures import Sleep
from supervisor.readings import Aged
from supervisor.reference import ReferenceSupervisor
from tests.supervisor.packs import FIGURES, readings
from tests.supervisor.toypack import LINEAR, ToyPack

SLEEPY = replace(FIGURES, sleep=Sleep(after_s=300.0, for_s=600.0))


def run(supervisor: ReferenceSupervisor, seconds: int, **told: Any) -> list[Decision]:
    told = {"charging_wanted": False} | told
    return [supervisor.step(readings(**told)) for _ in range(seconds)]


def test_the_chain_is_polled_for_ever_unless_the_pack_file_says_otherwise():
    assert all(each.poll_chain for each in run(ReferenceSupervisor(FIGURES), 1500))


def test_a_quiet_pack_sleeps_and_is_looked_at_now_and_then():
    polls = [each.poll_chain for each in run(ReferenceSupervisor(SLEEPY), 2000)]
    assert all(polls[:299])
    assert not any(polls[300:890])
    assert polls[299 + 600 :].count(True) > SLEEPY.periods.slow_s
    assert polls.count(True) < 400


def test_a_current_wakes_the_chain():
    supervisor = ReferenceSupervisor(SLEEPY)
    assert not run(supervisor, 400)[-1].poll_chain
    assert run(supervisor, 1, current_A=Aged(-1.0, 0.0))[-1].poll_chain


def test_charging_keeps_it_awake():
    pack = ToyPack(figures=replace(LINEAR, sleep=SLEEPY.sleep))
    assert pack.run(1000).poll_chain


def test_limits_are_zero_while_the_chain_sleeps_and_back_when_it_was_read():
    pack = ToyPack(figures=replace(LINEAR, sleep=SLEEPY.sleep), charging_wanted=False)
    decision = pack.run(400)
    assert (decision.charge_limit_A, decision.discharge_limit_A) == (0, 0)
    assert pack.run(1000, until=lambda each: each.discharge_limit_A > 0).poll_chain
