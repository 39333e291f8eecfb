from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from quantities import Reading
from quantities.errors import UsageError
from reports.compare import Comparison, compare
from reports.compareview import as_json, render_comparison, shift_lines, summary, verdict_lines
from reports.entries import EventRecord
from reports.header import Firmware, RunHeader
from reports.loader import load_run
from reports.outcome import Outcome
from reports.record import RunRecord, RunStatus
from reports.recorder import Recorder
from reports.samples import Measured
from reports.shifts import Kind
from reports.store import Store
from reports.terminal import print_comparison
from tests.reports.pages import Elements

Measurements = Mapping[str, Measured]
Conduct = Callable[..., RunRecord]
TEST = "tests_hil/test_x.py::test_x"


@pytest.fixture
def conduct(store: Store, header: RunHeader) -> Conduct:
    """``conduct({"accuracy.error": reading}, numbers=("A", "B"))``: a run of one test."""

    def run(
        measured: Measurements,
        *,
        numbers: tuple[str, ...] = ("A", "B"),
        answers: Mapping[str, str] | None = None,
        nodeid: str = TEST,
        **changes: object,
    ) -> RunRecord:
        run_id = store.begin_run(replace(header, **changes))  # type: ignore[arg-type]
        store.add_modules(run_id, dict(enumerate(numbers, 1)))
        recorder = Recorder(
            store,
            run_id,
            limits=header.product.limits,
            decision=header.product.decision,
            positions=range(1, len(numbers) + 1),
            now=lambda: 1,
        )
        recorder.begin_test(nodeid, title="The test")
        for name, value in measured.items():
            recorder.measure(name.partition(" ")[0], value, condition=name.partition(" ")[2])
        if answers is not None:
            recorder.record_series(
                "undefined_inputs", {"kind": "undefined-inputs", "answers": answers}
            )
        recorder.end_test(Outcome.PASS)
        store.finish_run(run_id, RunStatus.FINISHED, header.started)
        return load_run(store, run_id)

    return run


def volts(*values: float, u: float = 0.001) -> Reading:
    return Reading(np.array(values), "V", u)


def moved(comparison: Comparison) -> list[tuple[str, int | None]]:
    return [(shift.name, shift.position) for shift in comparison.shifts.moved]


def shown(comparison: Comparison) -> str:
    console = Console(file=StringIO(), width=160)
    print_comparison(console, comparison)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_run_and_itself_differ_in_nothing(record: RunRecord):
    comparison = compare(record, record)
    assert not comparison.changed
    assert comparison.conditions == ()
    assert comparison.shifts.compared == sum(len(test.measurements) for test in record.tests)
    assert summary(comparison) == "Nothing changed."
    assert "Nothing changed." in shown(comparison)


@pytest.mark.parametrize(
    ("delta_mV", "has_moved"), [(2.7, False), (-2.7, False), (2.8, True), (-2.8, True)]
)
def test_a_value_has_moved_beyond_the_combined_expanded_uncertainty(
    conduct: Conduct, delta_mV: float, *, has_moved: bool
):
    base = conduct({"accuracy.error": volts(0.001, 0.001)})
    new = conduct({"accuracy.error": volts(0.001, 0.001 + delta_mV / 1000)})
    comparison = compare(base, new)
    # 1.96 · √(1² + 1²) mV = 2.77 mV
    assert moved(comparison) == ([("accuracy.error", 2)] if has_moved else [])
    assert comparison.changed is has_moved
    assert not compare(base, new, factor=1.1).changed


def test_the_smaller_a_samples_freedom_the_farther_must_it_move(conduct: Conduct):
    few = Reading(np.array([0.0, 0.0]), "V", 0.001, degrees_of_freedom=3.0)
    base, new = conduct({"accuracy.error": few}), conduct({"accuracy.error": volts(0.003, 0.0)})
    assert not compare(base, new).changed
    known = conduct({"accuracy.error": volts(0.0, 0.0)})
    assert moved(compare(known, new)) == [("accuracy.error", 1)]


def test_shifts_are_told_apart_by_unit_the_clearest_first(conduct: Conduct):
    def run(latency_ms: float, standby_uA: float, error_mV: float) -> RunRecord:
        return conduct(
            {
                "timing.processing": Reading(np.array([latency_ms / 1e3] * 2), "s", 1e-5),
                "sleep.standby_current": Reading(np.array([standby_uA / 1e6] * 2), "A", 1e-8),
                "accuracy.error": Reading(
                    np.array([error_mV / 1e3, 3 * error_mV / 1e3]), "V", 1e-4
                ),
            }
        )

    comparison = compare(run(1.4, 8.0, 0.0), run(1.5, 7.0, 1.0))
    (timing, _), (current, _) = (
        shift_lines(comparison, kind) for kind in (Kind.TIMING, Kind.CURRENT)
    )
    assert (timing.base, timing.new, timing.delta) == ("1.400 ms", "1.500 ms", "+0.100 ms")
    assert (current.base, current.new, current.delta) == ("8.000 µA", "7.000 µA", "−1.000 µA")
    assert [line.module for line in shift_lines(comparison, Kind.VALUE)] == ["2", "1"]
    assert shift_lines(comparison, Kind.VALUE)[0].severity == "10.8 U"


@pytest.mark.parametrize(
    ("before", "after", "has_moved"),
    [
        (4, 4, False),
        (4, 5, True),
        ("A00@", "A00@", False),
        ("A00@", "A0F@", True),
        (True, False, True),
        (True, 1, True),
        (math.nan, math.nan, False),
        (math.nan, 4.0, True),
        (4.0, math.nan, True),
        (Reading(1.0, "V", 0.1), Reading(1.0, "A", 0.1), True),
        (Reading(1.0, "V", math.nan), Reading(9.0, "V", 0.1), False),
    ],
)
def test_values_of_every_kind_are_compared(
    conduct: Conduct, before: Measured, after: Measured, *, has_moved: bool
):
    base, new = conduct({"chain.count": before}), conduct({"chain.count": after})
    assert bool(compare(base, new).shifts.moved) is has_moved
    Elements(render_comparison(compare(base, new)))
    json.dumps(as_json(compare(base, new)), allow_nan=False)


def test_values_are_matched_in_order_or_else_by_condition(conduct: Conduct):
    base = conduct(
        {"accuracy.error 2.499 V": volts(0.0), "accuracy.error 4.2 V": volts(0.05)}, numbers=("A",)
    )
    alike = conduct(
        {"accuracy.error 2.501 V": volts(0.0), "accuracy.error 4.2 V": volts(0.05)}, numbers=("A",)
    )
    assert not compare(base, alike).changed
    fewer = conduct({"accuracy.error 4.2 V": volts(0.05)}, numbers=("A",))
    shifts = compare(base, fewer).shifts
    assert (shifts.moved, shifts.compared, shifts.unmatched) == ((), 1, 1)


def test_modules_are_found_where_they_are_now(conduct: Conduct):
    base = conduct({"accuracy.error": volts(0.0, 0.05)}, numbers=("A", "B"))
    swapped = conduct({"accuracy.error": volts(0.05, 0.0)}, numbers=("B", "A"))
    comparison = compare(base, swapped)
    assert moved(comparison) == []
    assert comparison.verdicts == ()


def test_runs_without_a_module_in_common_are_a_usage_error(conduct: Conduct):
    base, new = (conduct({"chain.count": 4}, numbers=(number,)) for number in "AB")
    with pytest.raises(UsageError, match="no module in common"):
        compare(base, new)


def test_verdicts_are_compared_for_the_run_the_modules_and_the_tests(conduct: Conduct):
    base = conduct({"accuracy.error": volts(0.0, 0.0)})
    new = conduct({"accuracy.error": volts(0.0, 0.5)})
    lines = verdict_lines(compare(base, new))
    assert [(line.what, line.modules, line.base, line.new) for line in lines] == [
        ("run", "all", "pass", "fail"),
        ("B", "2", "pass", "fail"),
        ("The test", "2", "pass", "fail"),
    ]


def test_what_only_one_run_has_is_a_change(conduct: Conduct):
    base = conduct({"chain.count": 4}, numbers=("A", "B", "C"))
    new = conduct({"chain.count": 4}, numbers=("A", "B"), nodeid="tests_hil/test_y.py::test_y")
    changes = {(change.what, change.base, change.new) for change in compare(base, new).verdicts}
    assert changes == {
        ("C", "pass", "not there"),
        (TEST, "pass", "not there"),
        ("tests_hil/test_y.py::test_y", "not there", "pass"),
    }


def test_answers_to_undefined_inputs_are_new_missing_or_changed(conduct: Conduct):
    good = {"chain.count": 4}
    base = conduct(
        good, answers={"A00x\r": "", "␍": "", "A00y": "A00y", "A00z": "1", "B": "", "only": "1"}
    )
    new = conduct(good, answers={"A00x\r": "A0Fx\r", "␍": "1", "A00y": "", "A00z": "2", "B": ""})
    comparison = compare(base, new)
    assert comparison.inputs_compared == 5
    text = Elements(render_comparison(comparison)).text
    assert "A00x\\r no answer A0Fx\\r new" in text
    assert "␍ no answer 1 new" in text
    assert "A00y A00y no answer missing" in text
    assert "A00z 1 2 changed" in text
    assert "only" not in {change.input for change in comparison.answers}
    assert comparison.changed


def test_other_conditions_are_told_but_are_no_change(conduct: Conduct):
    good = {"chain.count": 4}
    base = conduct(good, firmware=Firmware(revision="1.3"))
    new = conduct(good, firmware=Firmware(revision="1.4", image_sha256="f" * 64))
    comparison = compare(base, new)
    assert [difference.name for difference in comparison.conditions] == [
        "firmware",
        "firmware image",
    ]
    assert not comparison.changed
    assert "firmware: 1.3 → 1.4" in shown(comparison)
    assert "firmware image: — → ffffffff…" in shown(comparison)


def test_the_page_is_self_contained_and_inert(conduct: Conduct):
    hostile = "<script>alert(1)</script>{{ 7 * 7 }}[bold]\x1b[2J"
    base = conduct({"chain.reply": "A00@"}, numbers=(hostile,), answers={hostile: ""})
    new = conduct({"chain.reply": hostile}, numbers=(hostile,), answers={hostile: hostile})
    new = replace(new, product_name=hostile, rig_name=hostile)
    page = render_comparison(compare(base, new))
    elements = Elements(page)
    assert not {"script", "link", "iframe", "object", "img", "base", "a"} & set(elements.tags)
    assert not re.search(r"https?:|//|@import|javascript:", page)
    assert "{{ 7 * 7 }}" in elements.text
    printed = shown(compare(base, new))
    assert "\x1b" not in printed
    assert "[bold]" in printed


def test_a_long_list_is_cut_on_the_terminal_alone(conduct: Conduct):
    numbers = tuple(f"SN{number}" for number in range(40))
    base = conduct({"accuracy.error": volts(*[0.0] * 40)}, numbers=numbers)
    new = conduct({"accuracy.error": volts(*[0.005] * 40)}, numbers=numbers)
    comparison = compare(base, new)
    assert "… and 10 more" in shown(comparison)
    assert len(as_json(comparison)["values"]) == 40
    assert render_comparison(comparison).count("accuracy.error") == 40


def test_events_and_series_of_other_kinds_are_no_change(record: RunRecord):
    other = replace(
        record,
        events=(EventRecord(kind="chain", message="late", test=None, time_ns=0),),
        series=(),
    )
    assert not compare(record, other).changed
