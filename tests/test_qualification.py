"""The real qualification tests, end to end on the simulated bench: good modules and bad ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from drivers.chain.chain import Chain
from reports.loader import list_runs, load_run
from reports.outcome import Conclusion, Outcome
from reports.record import RunRecord, RunStatus
from reports.store import Store
from tests.fixtures.sessions import LIPO, ROOT, SIMULATED, Session, qualify

BLOCKED = 6
VOLTMETER = "TCPIP0::voltmeter::5025::SOCKET"
SUPPLY = "TCPIP0::supply::5025::SOCKET"

HOSTILE = (
    "<script>alert(1)</script>",
    '" onmouseover="alert(2)',
    "'; DROP TABLE runs; --",
    "../../{{ 7 * 7 }}%s&lt;b&gt;",
)
OPERATOR = "<img src=x onerror=alert(3)>"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Session]:
    """``bench(more, (old, new), …)``: qualify on the simulated bench's file with these changes."""

    def run(more: str = "", *changes: tuple[str, str]) -> Session:
        place = tmp_path_factory.mktemp("bench")
        text = SIMULATED.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not there"
            text = text.replace(old, new)
        rig = place / "rig.toml"
        rig.write_text(f"{text}\n{more}\n", encoding="utf-8")
        return qualify(place, rig=rig)

    return run


# -- good modules, in a process of their own ---------------------------------------------------


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
    again = qualify(tmp_path).record
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


# -- bad modules among good ones ---------------------------------------------------------------

FAULTY = """
[simulation.modules.2]
defects = ["refuses-voltage"]

[simulation.modules.3]
defects = ["forgets"]

[simulation.modules.4]
defects = ["sagging-reference"]

[simulation.modules.5]
reference_V = 4.5
"""


@pytest.fixture(scope="module")
def faulty(bench: Callable[..., Session]) -> Session:
    return bench(FAULTY, ("modules = 4", "modules = 6"))


def test_each_bad_module_fails_and_hides_nobodys_results(faulty: Session):
    assert faulty.exit_status == 1
    assert faulty.conclusions() == ["pass", "fail", "fail", "fail", "fail", "pass"]
    assert faulty.record.incompleteness == ()


def failed(session: Session, position: int) -> set[str]:
    """The measurements that failed a module."""
    return {
        measurement.name
        for test in session.record.tests
        for measurement in test.measurements
        if measurement.position == position and measurement.verdict.outcome is Outcome.FAIL
    }


@pytest.mark.parametrize(
    ("position", "by"),
    [
        (2, "identification.answers"),
        (3, "provisioning.stored"),
        (3, "end_state.settings"),
        (4, "accuracy.error"),
        (5, "provisioning.stored"),
        (5, "accuracy.error"),
    ],
)
def test_a_bad_module_fails_where_its_defect_shows(faulty: Session, position: int, by: str):
    assert by in failed(faulty, position)


def test_good_modules_among_bad_ones_are_measured_in_full(faulty: Session, good: RunRecord):
    def names(record: RunRecord, position: int) -> list[str]:
        return [
            measurement.name
            for test in record.tests
            for measurement in test.measurements
            if measurement.position in {position, None}
        ]

    assert names(faulty.record, 1) == names(good, 1) == names(faulty.record, 6)


# -- sick chains and rigs ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[simulation.modules.4]\ndefects = ["mute"]', "the count does not come back"),
        ('[simulation.modules.2]\ndefects = ["garbles"]', "the count does not come back"),
        ("modules_present = 3", "3 modules answer; expected: 4, as [chain] modules states"),
        ("modules_present = 5", "5 modules answer; expected: 4, as [chain] modules states"),
        (
            f'[simulation.instruments."{SUPPLY}"]\nsilent = true',
            f"{SUPPLY}: no answer in time to *IDN?",
        ),
        (
            f'[simulation.instruments."{SUPPLY}"]\nmodel = "keysight-34461a"',
            "expected: keysight-e36312a",
        ),
    ],
    ids=["mute", "garbles", "too short", "too long", "silent supply", "wrong supply"],
)
def test_where_nothing_can_be_judged_every_module_is_blocked(
    bench: Callable[..., Session], more: str, says: str
):
    session = bench(more)
    assert session.exit_status == BLOCKED
    assert session.conclusions() == ["blocked"] * 4
    assert session.record.status is RunStatus.FINISHED
    assert session.record.conclusion is Conclusion.BLOCKED
    assert says in session.text
    assert all(says in test.message for test in session.record.tests[:2])
    assert "Traceback" not in session.text


@pytest.mark.parametrize(
    ("more", "change", "says"),
    [
        (
            f'[simulation.instruments."{VOLTMETER}"]\nsilent = true',
            None,
            f"rig: [voltmeter] {VOLTMETER}: no answer in time to *IDN?",
        ),
        (
            f'[simulation.instruments."{VOLTMETER}"]\nmodel = "keysight-34460a"',
            None,
            "expected: keysight-34461a",
        ),
        ("", ("2027-06-30", "2026-11-01"), "calibration was due on 2026-11-01"),
    ],
    ids=["silent", "another model", "calibration overdue"],
)
def test_a_sick_voltmeter_blocks_what_it_measures_and_nothing_else(
    bench: Callable[..., Session], more: str, change: tuple[str, str] | None, says: str
):
    session = bench(more, *([change] if change else []))
    assert session.exit_status == BLOCKED
    assert session.conclusions() == ["blocked"] * 4
    assert says in session.text
    assert session.outcomes("test_every_module_answers_from_its_own_position") == ["pass"] * 4
    assert session.outcomes("test_provisioning") == ["blocked"] * 4
    assert session.outcomes("test_accuracy_over_the_range") == ["blocked"] * 4
    assert [each.role for each in session.record.instruments] == ["supply"]


def test_nothing_is_written_to_modules_that_could_not_be_calibrated(
    bench: Callable[..., Session],
):
    session = bench(f'[simulation.instruments."{VOLTMETER}"]\nsilent = true')
    assert session.run is not None
    assert session.run.rig.bench is not None
    wear = [module.eeprom.wear for module in session.run.rig.bench.panel.modules]
    assert not any(any(counts) for counts in wear)


# -- other rigs --------------------------------------------------------------------------------


def test_a_nest_of_one_module_is_qualified_like_a_panel(bench: Callable[..., Session]):
    session = bench("", ("modules = 4", "modules = 1"))
    assert session.exit_status == 0
    assert session.conclusions() == ["pass"]


def test_instruments_of_other_makers_come_to_the_same_verdict(bench: Callable[..., Session]):
    session = bench(
        "", ("keysight-e36312a", "siglent-spd3303x"), ("keysight-34461a", "rigol-dm3068")
    )
    assert session.exit_status == 0
    assert session.conclusions() == ["pass"] * 4
    assert [each.model for each in session.record.instruments] == ["SPD3303X", "DM3068"]
    assert "not protected: the supply has no programmable over-voltage protection" in session.text
    assert [event.kind for event in session.record.events] == ["not protected"] * 2


# -- what must not be lost ---------------------------------------------------------------------


def test_settings_as_found_are_kept_before_the_first_write(
    bench: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
):
    def pulled(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Chain, "write_settings", pulled)
    session = bench()
    record = session.record
    assert record.status is RunStatus.ABORTED
    assert {(str(each.occasion), each.position, each.constant) for each in record.settings} == {
        ("as-found", position, 0x800000) for position in (1, 2, 3, 4)
    }
    assert [series.name for series in record.series] == ["accuracy.as_found"]
    assert "pass" not in session.conclusions()


def test_the_end_state_cannot_be_judged_by_itself(tmp_path: Path):
    session = qualify(tmp_path, tests=["tests_hil/test_99_end_state.py"])
    assert session.exit_status == BLOCKED
    assert session.conclusions() == ["blocked"] * 4
    assert "what should ship is not known" in session.text
    assert "without test_01_identification.py" in session.record.narrowed
