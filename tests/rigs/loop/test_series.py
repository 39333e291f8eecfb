from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from reports.columns import plain_json
from rigs.loop.series import MOST_PERIODS, supervision_series
from supervisor.decisions import Decision, Fault, PackReport, Phase
from supervisor.readings import PackReadings
from tests.rigs.loop.surrounded import ALLOWS_ALL, Surrounded, figures_of


def faulty_between(begin: int, end: int) -> Surrounded:
    """A supervisor that names a fault in some of its periods, and allows nothing then."""
    turns = iter(range(1_000_000))

    def decide(_: PackReadings) -> Decision:
        if begin <= next(turns) < end:
            report = PackReport(faults=frozenset({Fault.COMMUNICATION}), phase=Phase.CURRENT)
            return Decision(report=report)
        return ALLOWS_ALL

    return Surrounded(decide)


def test_a_short_recording_is_kept_whole():
    bench = faulty_between(3, 6)
    bench.loop.mark("chain broken at 2")
    bench.loop.run(12)
    series = supervision_series(bench.loop.recording, figures_of(4))
    assert len(series["time_s"]) == 12
    assert series["charge_limit_A"] == [5.0] * 3 + [0.0] * 3 + [5.0] * 6
    assert [state for _, state in series["phases"]] == ["idle", "current loop", "idle"]
    [[begin_s, end_s]] = series["faults"]["chain communication"]
    assert (round(begin_s), round(end_s)) == (3, 6)
    assert series["events"] == [[0.0, "chain broken at 2"]]
    assert np.shape(series["cell_voltage_V"]) == (3, 4)


def test_a_long_recording_is_thinned_and_no_change_is_lost():
    bench = faulty_between(4000, 4001)
    bench.loop.run(5000)
    series = supervision_series(bench.loop.recording, figures_of(4))
    assert len(series["time_s"]) <= MOST_PERIODS + 4
    assert series["charge_limit_A"].count(0.0) == 1


CHANGES = {
    "charge_limit_A": Decision(charge_limit_A=1.0, discharge_limit_A=10.0, contactor_closed=True),
    "discharge_limit_A": Decision(charge_limit_A=5.0, discharge_limit_A=1.0, contactor_closed=True),
    "contactor_closed": Decision(charge_limit_A=5.0, discharge_limit_A=10.0),
}


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("period", [4001, 4998])
def test_one_period_of_anything_else_is_kept_with_those_around_it(column: str, period: int):
    turns = iter(range(1_000_000))
    usual = replace(ALLOWS_ALL, contactor_closed=True)
    bench = Surrounded(lambda _: CHANGES[column] if next(turns) == period else usual)
    bench.loop.run(5000)
    series = supervision_series(bench.loop.recording, figures_of(4))
    values, times_s = series[column], series["time_s"]
    assert len(values) < 5000
    [at] = [index for index, value in enumerate(values) if value != values[0]]
    assert [round(times_s[index] - times_s[at]) for index in (at - 1, at + 1)] == [-1, 1]


def test_what_json_does_not_know_is_unknown():
    bench = Surrounded(lambda _: replace(ALLOWS_ALL, charge_limit_A=4.0))
    bench.loop.run(3)
    bench.loop.recording.periods["current_A"][1] = np.inf
    series = supervision_series(bench.loop.recording, figures_of(4))
    assert np.isnan(series["current_A"][1])


def test_a_fault_that_stays_lasts_until_the_recordings_end():
    bench = faulty_between(3, 99)
    bench.loop.run(6)
    series = supervision_series(bench.loop.recording, figures_of(4))
    assert series["faults"]["chain communication"][0][1] == series["time_s"][-1]


def test_cells_that_did_not_answer_are_unknown_and_do_not_count():
    bench = Surrounded(lambda _: ALLOWS_ALL)
    bench.port.cells[1].answers = False
    bench.loop.run(1)
    series = supervision_series(bench.loop.recording, figures_of(4))
    assert np.isnan(series["cell_voltage_V"][0][1])
    assert series["cell_low_V"][0] == series["cell_high_V"][0] == series["cell_mean_V"][0]


@pytest.mark.parametrize("seconds", [0, 1, 30])
def test_every_series_can_be_stored(seconds: int):
    bench = Surrounded(lambda _: replace(ALLOWS_ALL))
    bench.port.tamper = lambda _, __: []
    bench.loop.run(seconds)
    series = supervision_series(bench.loop.recording, figures_of(4))
    assert json.dumps(plain_json(series), allow_nan=False)
