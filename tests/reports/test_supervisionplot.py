from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from reports.entries import SeriesRecord
from reports.supervision import NamedSupervision, Supervision, supervisions
from reports.supervisionplot import draw_supervision, supervision_plots


def course_data(cells: int = 4, **changes: object) -> dict[str, Any]:
    """Ten periods: the chain breaks after five, and is named two later."""
    data: dict[str, Any] = {
        "kind": "supervision",
        "cells": cells,
        "low_alarm_V": 3.3,
        "bleeding_V": 4.18,
        "high_alarm_V": 4.2,
        "time_s": [float(second) for second in range(10)],
        "current_A": [2.0] * 6 + [0.0] * 4,
        "charge_limit_A": [5.0] * 6 + [0.0] * 4,
        "discharge_limit_A": [10.0] * 6 + [0.0] * 4,
        "state_of_charge": [0.5] * 10,
        "any_module": [0xA] * 4 + [0xE] + [-1] * 5,
        "every_module": [0x8] * 5 + [-1] * 5,
        "charger_on": [True] * 6 + [False] * 4,
        "contactor_closed": [True] * 9 + [False],
        "phases": [[0.0, "current loop"], [6.0, "idle"]],
        "faults": {"chain communication": [[7.0, 9.0]]},
        "cell_time_s": [0.0, 5.0],
        "cell_voltage_V": [[4.0] * cells, [4.1] * (cells - 1) + [None]],
        "true_low_V": [None] * 10,
        "true_high_V": [None] * 10,
        "weak_cells": [],
        "events": [[5.0, "chain broken at 2"]],
    }
    return data | changes


def course(**changes: Any) -> Supervision:
    found = Supervision.from_json(course_data(**changes))
    assert found is not None
    return found


def entry_of(name: str, data: object) -> SeriesRecord:
    return SeriesRecord(name=f"supervision.{name}", test=None, time_ns=0, data=data)


def drawn_texts(found: Supervision) -> list[str]:
    plot = draw_supervision(NamedSupervision("chain_broken.module 2", found), name="s")
    return re.findall(r"<text[^>]*>([^<]*)</text>", str(plot.svg))


def test_states_last_from_the_period_that_showed_them_to_the_next():
    assert dict(course().states()) == {
        "high alarm": [(4.0, 5.0)],
        "some bleed": [(0.0, 5.0)],
        "no answer": [(5.0, 9.0)],
        "charger on": [(0.0, 6.0)],
        "contactor open": [(9.0, 9.0)],
    }


def test_phases_last_until_the_next_one_begins():
    assert dict(course().loops()) == {"current loop": [(0.0, 6.0)], "idle": [(6.0, 9.0)]}


def test_a_plot_shows_what_happened_and_what_was_named():
    texts = drawn_texts(course())
    for text in ("current loop", "high alarm", "no answer", "chain communication", "Time / s"):
        assert text in texts
    assert "idle" not in texts
    assert "1" in texts  # the event's number


def test_the_caption_says_what_the_numbers_stand_for():
    plot = draw_supervision(NamedSupervision("chain_broken.module 2", course()), name="s")
    assert plot.title == "Chain broken, module 2"
    assert plot.caption == "(1) chain broken at 2, 5 s; named: chain communication."


def test_the_caption_names_weak_cells():
    found = course(events=[], faults={}, weak_cells=[[3.0, [2]], [7.0, []]])
    plot = draw_supervision(NamedSupervision("x", found), name="s")
    assert plot.caption == "weak: cell 2, 3 s; weak: none any more, 7 s."


def test_the_cells_that_stray_farthest_have_a_colour_of_their_own():
    voltages = [[4.0, 4.0, 4.1, 4.0, 3.8, 4.0, 4.01, 4.0]] * 2
    texts = drawn_texts(course(cells=8, cell_voltage_V=voltages))
    assert [text for text in texts if text.startswith("cell ")] == ["cell 3", "cell 5", "cell 7"]


def test_of_many_cells_only_the_range_is_drawn():
    few, many = (
        str(draw_supervision(NamedSupervision("x", course(cells=cells)), name="s").svg)
        for cells in (32, 256)
    )
    assert len(many) < len(few)


def test_cells_that_never_answered_leave_an_empty_plot():
    assert "Cell voltage / V" in drawn_texts(course(cell_voltage_V=[[None] * 4] * 2))


def test_the_same_recording_is_drawn_the_same_to_the_byte():
    one, two = (draw_supervision(NamedSupervision("x", course()), name="s") for _ in range(2))
    assert one == two


def test_true_voltages_are_drawn_where_a_bench_knows_them():
    assert "true" in drawn_texts(course(true_low_V=[3.9] * 10, true_high_V=[4.15] * 10))
    assert "true" not in drawn_texts(course())


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "histogram"},
        {"time_s": []},
        {"current_A": [1.0]},
        {"cells": 3, "cell_voltage_V": [[4.0] * 4] * 2},
        {"phases": "idle"},
        {"cell_voltage_V": [[4.0] * 4]},
        {"faults": {"x": [[1.0]]}},
    ],
)
def test_what_is_no_such_series_is_not_drawn(changes: dict[str, object]):
    entry = entry_of("x", course_data(**changes))
    assert supervisions([entry]) == []
    assert supervision_plots([entry]) == []


def test_all_recordings_stand_under_one_heading():
    entries = [entry_of(name, course_data()) for name in ("charging", "high_alarm")]
    [(heading, plots)] = supervision_plots(entries)
    assert heading == "The supervisor in the loop"
    assert [plot.title for plot in plots] == ["Charging", "High alarm"]
    assert len({plot.svg for plot in plots}) == 2


def test_events_that_fall_together_share_a_number():
    found = course(events=[[5.0, "one"], [5.0, "two"], [7.0, "three"]])
    texts = drawn_texts(found)
    assert "1, 2" in texts
    assert "3" in texts


def test_hours_are_hours():
    times = [float(second) for second in np.linspace(0, 14400, 10)]
    found = course(time_s=times, phases=[[0.0, "idle"]], faults={}, events=[])
    assert "Time / h" in drawn_texts(found)
