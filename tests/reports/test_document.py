from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reports.document import render_fragment, render_page
from reports.entries import (
    EventRecord,
    InstrumentRecord,
    MeasurementRecord,
    ModuleRecord,
    PerformedTest,
    SeriesRecord,
)
from reports.errorcurve import ErrorCurve
from reports.header import RunHeader
from reports.loader import load_run
from reports.outcome import Outcome
from reports.record import RunRecord
from reports.recorder import Recorder
from reports.store import Store
from tests.reports.pages import Elements

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}&amp;$\\frac{"


@pytest.fixture
def page(record: RunRecord) -> str:
    return render_page(record)


def hostile_record(record: RunRecord, text: str) -> RunRecord:
    """The record with every text in it replaced."""

    def measurement(entry: MeasurementRecord) -> MeasurementRecord:
        verdict = replace(entry.verdict, outcome=Outcome.FAIL, reason=text)
        return replace(
            entry, name=text, condition=text, value=text, unit=text, verdict=verdict, limit=None
        )

    def performed(test: PerformedTest) -> PerformedTest:
        return replace(
            test,
            nodeid=text,
            title=text,
            message=text,
            clauses=(text,),
            modules=tuple(replace(entry, reason=text) for entry in test.modules),
            measurements=tuple(measurement(entry) for entry in test.measurements),
        )

    return replace(
        record,
        rig_name=text,
        product_name=text,
        part_number=text,
        product_revision=text,
        topology=text,
        operator=text,
        software={text: text},
        git_revision=text,
        platform=text,
        command_line=text,
        run_id=text,
        rig_sha256=text,
        product_sha256=text,
        incomplete_reason=text,
        narrowed=text,
        selection=(text, text + "2"),
        instruments=(
            InstrumentRecord(
                role=text,
                manufacturer=text,
                model=text,
                serial_number=text,
                firmware=text,
                resource=text,
            ),
        ),
        modules=tuple(
            ModuleRecord(position=position, serial_number=text) for position in (1, 2, 3, 4)
        ),
        tests=tuple(performed(test) for test in record.tests),
        series=tuple(replace(entry, name=text) for entry in record.series),
        events=(EventRecord(kind=text, message=text, test=1, time_ns=0),),
    )


def test_the_page_is_one_well_formed_self_contained_file(page: str):
    elements = Elements(page)
    assert not {"script", "link", "iframe", "object", "img", "base"} & set(elements.tags)
    assert not re.search(r"https?:|//|@import|javascript:", page)
    assert all(not name.startswith("on") for name, _ in elements.attributes)
    outward = [value for name, value in elements.attributes if name in {"href", "src", "action"}]
    assert all(value.startswith("#") for value in outward)


def test_ids_are_unique_and_every_reference_finds_its_own(page: str):
    elements = Elements(page)
    ids = [value for name, value in elements.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    referred = {value[1:] for name, value in elements.attributes if name == "href"}
    referred |= set(re.findall(r"url\(#([^)]+)\)", page))
    assert referred <= set(ids)


def test_the_same_record_gives_the_same_bytes(record: RunRecord):
    assert render_page(record) == render_page(record)


def test_the_bytes_do_not_depend_on_the_order_of_hashes(tmp_path: Path, record: RunRecord):
    script = (
        "import pickle, sys, pathlib\n"
        "from reports.document import render_page\n"
        "record = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "sys.stdout.buffer.write(render_page(record).encode())\n"
    )
    pickled = tmp_path / "record"
    pickled.write_bytes(pickle.dumps(record))
    pages = [
        subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", script, str(pickled)],
            env={"PYTHONHASHSEED": seed, "PATH": "", "MPLCONFIGDIR": str(tmp_path)},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert pages[0] == pages[1] == render_page(record).encode()


def test_a_fragment_brings_its_own_style_and_styles_nothing_else(record: RunRecord):
    fragment = render_fragment(record)
    assert fragment.startswith('<article class="qualification">')
    assert fragment.rstrip().endswith("</article>")
    (style,) = re.findall(r"<style>(.*?)</style>", fragment, re.DOTALL)
    for selectors in re.findall(r"([^{}]+)\{", style):
        for selector in selectors.split(","):
            assert selector.strip().startswith((".qualification", "@", "counter(", "grid")), (
                selector
            )


def test_every_verdict_of_a_simulated_run_says_so(record: RunRecord):
    simulated, real = render_page(record), render_page(replace(record, simulated=False))
    verdicts = 1 + len(record.modules) + len(record.tests)
    assert simulated.count('<span class="tag">SIMULATED</span>') == verdicts
    assert "<title>SIMULATED: " in simulated
    assert "SIMULATED" not in real


def test_the_document_says_what_is_on_record(record: RunRecord, page: str):
    text = Elements(page).text
    for expected in (
        "4 modules: 1 passed, 1 failed, 2 could not be judged.",
        "LIPO-0414",
        "MY53200042",
        "2027-03-31",
        "(11.07 ± 0.88) mV",
        "0.00107 V above the high limit",
        "sleep.standby_current: no value was measured",
        "the product has no temperature sensor",
        "settings unknown",
        "4BD000",
        "4A0 (4.196 V)",
        "CAL-2",
        "simple acceptance",
        "0f3c2d1e9a, clean",
        "numpy 2.1.0",
        "two answers were lost",
        record.run_id,
        record.product_sha256,
    ):
        assert expected in text, expected


@pytest.mark.parametrize("text", [HOSTILE, "\x00\x1b[31m\ud800", "]]> --> </style></svg>", ""])
def test_no_text_of_anybody_becomes_html(record: RunRecord, text: str):
    page = render_page(hostile_record(record, text))
    elements = Elements(page)
    assert set(elements.tags) == set(Elements(render_page(record)).tags) | {"h3"}
    assert all(not name.startswith("on") for name, _ in elements.attributes)
    if text == HOSTILE:
        assert page.count("{{ 7 * 7 }}") > 50
        assert "<script" not in page


def test_hostile_numbers_in_a_curve_do_not_break_a_plot(record: RunRecord):
    for value in (float("nan"), 0.0, 1e9, -1e-12):
        curve = ErrorCurve.of([2.5, 5.0], [[value, 0.1]] * 2, [[0.0, value]] * 2)
        entry = SeriesRecord(name="curve", test=None, time_ns=0, data=curve.to_json())
        Elements(render_page(replace(record, series=(entry,))))


def test_a_run_that_recorded_nothing_still_has_a_document(store: Store, header: RunHeader):
    page = render_page(load_run(store, store.begin_run(header)))
    assert "No test is on record." in page
    assert "Incomplete: still running." in page


def test_a_long_run_unfolds_only_what_did_not_pass(store: Store, header: RunHeader):
    run_id = store.begin_run(header)
    positions = range(1, 257)
    store.add_modules(run_id, {position: f"SN{position:04}" for position in positions})
    recorder = Recorder(
        store,
        run_id,
        limits=header.product.limits,
        decision=header.product.decision,
        positions=positions,
        now=lambda: 1,
    )
    for error in (0.0, 0.0, 0.5):
        recorder.begin_test(f"test_{error}")
        recorder.measure("chain.count_repeats", [True] * 255 + [error == 0.0])
        recorder.end_test(Outcome.PASS)
    page = render_page(load_run(store, run_id))
    assert page.count("<details") == 3
    assert page.count(" open>") == 1
    assert "1–255" in page


def test_the_rule_of_guarded_acceptance_is_explained_where_it_holds(record: RunRecord):
    decision = record.decision.model_copy(update={"rule": "guarded-acceptance"})
    assert "guarded acceptance (4.2.2)" in render_page(replace(record, decision=decision))


def test_a_browser_prints_the_page(page: str, print_to_pdf: Callable[[str], bytes]):
    assert print_to_pdf(page).startswith(b"%PDF")
