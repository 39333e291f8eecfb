"""The real qualification tests, end to end on the simulated bench, with good modules."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.loader import list_runs, load_run
from reports.outcome import Conclusion
from reports.record import RunRecord, RunStatus
from reports.store import Store
from tests.fixtures.sessions import LIPO, ROOT, SIMULATED, qualify

HOSTILE = (
    "<script>alert(1)</script>",
    '" onmouseover="alert(2)',
    "'; DROP TABLE runs; --",
    "../../{{ 7 * 7 }}%s&lt;b&gt;",
)
OPERATOR = "<img src=x onerror=alert(3)>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run of four good modules with hostile names has left its report and store."""
    place = tmp_path_factory.mktemp("good")
    options = {
        "rig": SIMULATED,
        "product": LIPO,
        "serial-number": ",".join(HOSTILE),
        "operator": OPERATOR,
        "html": place / "report.html",
        "store": place / "new" / "results.sqlite",
    }
    done = subprocess.run(  # noqa: S603 - this interpreter
        [
            *(sys.executable, "-m", "pytest", "tests_hil", "--self-contained-html"),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "271828"},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    (place / "printed.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    return place


@pytest.fixture(scope="module")
def good(folder: Path) -> RunRecord:
    with Store.open(folder / "new" / "results.sqlite") as store:
        (run,) = list_runs(store)
        return load_run(store, run.run_id)


def test_good_modules_pass(good: RunRecord, folder: Path):
    assert good.status is RunStatus.FINISHED
    assert good.conclusion is Conclusion.PASS
    assert good.incompleteness == ()
    for position in (1, 2, 3, 4):
        assert good.module_conclusion(position) is Conclusion.PASS
    printed = (folder / "printed.txt").read_text(encoding="utf-8")
    assert f"run {good.run_id}: PASS (SIMULATED)" in printed
    assert f"module 1  {HOSTILE[0]}: PASS" in printed


def test_every_measurement_is_on_record_with_its_limit_and_uncertainty(good: RunRecord):
    errors = [
        measurement
        for test in good.tests
        for measurement in test.measurements
        if measurement.name == "accuracy.error"
    ]
    assert len(errors) >= 8 * 4
    assert len({measurement.condition for measurement in errors}) >= 8
    for measurement in errors:
        assert measurement.limit is not None
        assert measurement.unit == "V"
        assert 0 < measurement.standard_uncertainty < 0.005
        assert 0 < measurement.system_uncertainty < measurement.standard_uncertainty
        assert measurement.clauses


def test_settings_are_on_record_as_found_and_as_left(good: RunRecord):
    by_occasion = {
        occasion: {
            entry.position: entry for entry in good.settings if str(entry.occasion) == occasion
        }
        for occasion in ("as-found", "as-left")
    }
    assert {entry.constant for entry in by_occasion["as-found"].values()} == {0x800000}
    for entry in by_occasion["as-left"].values():
        assert entry.constant is not None
        assert 4_935_680 <= entry.constant <= 5_160_960
        assert entry.bleeding_code == round(entry.constant / 4196)
        assert entry.low_code == round(entry.constant / 3303)
        assert entry.high_code == round(entry.constant / 4211)


def test_the_record_says_what_measured_and_that_it_was_simulated(good: RunRecord):
    assert good.simulated
    assert {(each.role, each.model) for each in good.instruments} >= {
        ("supply", "E36312A"),
        ("voltmeter", "34461A"),
    }
    assert good.rig_text == SIMULATED.read_text(encoding="utf-8")
    assert good.product_text == LIPO.read_text(encoding="utf-8")
    assert good.operator == OPERATOR


def test_a_run_repeats_to_the_bit_in_another_process(good: RunRecord, tmp_path: Path):
    again = qualify(tmp_path, rig=SIMULATED, product=LIPO).record
    for record in (good, again):
        assert record.tests
    assert [
        (each.name, each.position, each.condition, each.value, each.time_ns)
        for test in good.tests
        for each in test.measurements
    ] == [
        (each.name, each.position, each.condition, each.value, each.time_ns)
        for test in again.tests
        for each in test.measurements
    ]


def test_hostile_serial_numbers_are_only_text_in_the_store(good: RunRecord):
    assert tuple(module.serial_number for module in good.modules) == HOSTILE


class Page(HTMLParser):
    """Elements, event handlers and texts of a page, as a browser would have them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_hostile_text_is_never_html_in_the_report(folder: Path):
    page = (folder / "report.html").read_text(encoding="utf-8")
    start = page.index('class="qualification"')
    document = Page("<" + page[start : page.index("Log of the test run")])
    assert "script" not in document.elements
    assert "img" not in document.elements
    assert document.handlers == []
    shown = " ".join(document.texts)
    for text in (*HOSTILE, OPERATOR):
        assert text in shown
    for raw in ("<script>alert(1)", "<img src=x", '" onmouseover="alert(2)'):
        assert raw not in page


def test_the_report_shows_the_verdict_first_and_says_simulated(folder: Path):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "SIMULATED" in page
    assert page.index('class="qualification"') < page.index('id="results-table"')
