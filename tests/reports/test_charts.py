from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.charts import CHARTS, charts_by_family
from reports.entries import SeriesRecord

SWEEP = {"voltage_V": [3.31, 3.30, 3.29], "share_set": [[0.0, 0.0], [0.5, 1.0], [1.0, 1.0]]}

DATA: dict[str, dict[str, Any]] = {
    "threshold-sweep": {"setting_V": 3.303, "sets": SWEEP, "clears": SWEEP},
    "current trace": {
        "position": 1,
        "unit": "A",
        "start_s": 0.08,
        "interval_s": 0.02,
        "values": [7.7e-6, 7.7e-6, 50e-6],
    },
    "times-by-position": {
        "rounds": 10,
        "sent": 150,
        "earliest_s": {"U": [0.06, 0.05], "@": [0.04]},
        "latest_s": {"U": [0.07, 0.06], "@": [0.04]},
    },
    "spacing-search": {
        "order": "n…1",
        "tried_s": [0.019, 0.014],
        "safe": [True, False],
        "figure_s": 0.019,
        "least_s": 0.018,
    },
    "dips": {
        "voltage_V": [2.3, 1.0],
        "held_s": [0.0, 0.0],
        "reset": [[False, None], [True, True]],
    },
    "cut-writes": {
        "position": [1, 1],
        "lead_s": [0.014, 0.002],
        "left": ["as it was written", "torn"],
        "constant": [5023868, 5046141],
    },
    "robustness": {
        "seed": 1,
        "counts": {"rejected": 1, "harmless": 0},
        "mutants": [{"mutation": "pause", "grade": "rejected"}],
    },
    "histogram": {"code": [1188, 1189], "count": [[3, 1], [0, 4]]},
    "straightness": {"voltage_V": [2.5, 4.2], "deviation_V": [[1e-4, -1e-4], [2e-4, None]]},
}


def series(kind: str, data: object, name: str = "family.name") -> SeriesRecord:
    shaped = {"kind": kind} | data if isinstance(data, dict) else data
    return SeriesRecord(name=name, test=1, time_ns=0, data=shaped)


@pytest.mark.parametrize("kind", DATA)
def test_each_kind_is_drawn_with_its_words(kind: str):
    ((family, (plot,)),) = charts_by_family([series(kind, DATA[kind])])
    assert family == "family"
    assert plot.title
    assert plot.svg.startswith("<svg")
    assert plot.caption in plot.svg.unescape(), "read aloud"


def test_no_kind_is_without_a_sample():
    assert DATA.keys() == CHARTS.keys()


def test_traces_of_one_name_make_one_plot_and_names_are_kept_apart():
    trace = DATA["current trace"]
    drawn = charts_by_family(
        [
            series("current trace", trace, "sleep.current"),
            series("current trace", trace | {"position": 2}, "sleep.current"),
            series("current trace", trace, "sleep.message"),
        ]
    )
    assert [(family, len(plots)) for family, plots in drawn] == [("sleep", 2)]


def test_small_currents_are_in_microamperes_and_others_in_milliamperes():
    trace = DATA["current trace"]
    awake = trace | {"values": [7.7e-6, 0.9e-3]}
    (_, (small,)), (_, (large,)) = charts_by_family(
        [series("current trace", trace, "a.x"), series("current trace", awake, "b.x")]
    )
    assert "Current / µA" in small.svg
    assert "Current / mA" in large.svg


def test_many_modules_are_drawn_and_eight_of_them_named():
    table = [[index * 1e-5 for index in range(256)]] * 2
    data = {"voltage_V": [2.5, 4.2], "deviation_V": table}
    ((_, (plot,)),) = charts_by_family([series("straightness", data)])
    assert "others grey" in plot.svg
    assert ">256<" in plot.svg
    assert ">1<" not in plot.svg


@pytest.mark.parametrize("data", [{}, [], None, "text", {"kind": ["robustness"]}])
def test_what_is_no_known_series_is_not_drawn(data: object):
    assert charts_by_family([SeriesRecord(name="a", test=None, time_ns=0, data=data)]) == []


@settings(max_examples=30)
@given(data=st.data())
def test_a_series_of_another_shape_is_not_drawn_and_disturbs_nothing(data: st.DataObject):
    kind = data.draw(st.sampled_from(sorted(DATA)))
    spoilt = deepcopy(DATA[kind])
    key = data.draw(st.sampled_from(sorted(spoilt)))
    wrong = st.sampled_from([None, "x", [], {}, [None], [[]], float("nan"), -1, "<b>"])
    spoilt[key] = data.draw(wrong)
    charts_by_family([series(kind, spoilt)])
