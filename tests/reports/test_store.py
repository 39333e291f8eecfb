from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from quantities.errors import StoreError
from reports import schema
from reports.entries import InstrumentRecord
from reports.header import RunHeader
from reports.loader import list_runs, load_run
from reports.outcome import Conclusion, Outcome
from reports.record import RunRecord, RunStatus
from reports.recorder import Recorder
from reports.store import Store

ROOT = Path(__file__).parents[2]


def test_a_run_comes_back_as_it_was_recorded(record: RunRecord, header: RunHeader):
    assert record.status is RunStatus.FINISHED
    assert (record.started, record.product_name) == (header.started, header.product.name)
    assert record.decision == header.product.decision
    assert record.software == header.software
    assert (record.seed, record.simulated, record.operator) == (2026, True, "A. Meier")
    assert record.product_text == header.product_text
    assert record.modules[0].serial_number == "LIPO-0412"
    supply = next(entry for entry in record.instruments if entry.role == "supply")
    assert (supply.model, str(supply.calibration_due)) == ("E36312A", "2027-03-31")
    assert len(record.tests) == 7
    assert len(record.settings) == 7


def test_a_failing_and_blocked_modules_are_told_apart(record: RunRecord):
    assert [record.module_conclusion(position) for position in (1, 2, 3, 4)] == [
        Conclusion.PASS,
        Conclusion.BLOCKED,
        Conclusion.FAIL,
        Conclusion.BLOCKED,
    ]
    assert record.conclusion is Conclusion.FAIL


def test_clauses_combine_the_tests_that_name_them(record: RunRecord):
    outcomes = record.clause_outcomes
    assert outcomes["CAL-2"] == {
        1: Outcome.PASS,
        2: Outcome.PASS,
        3: Outcome.FAIL,
        4: Outcome.PASS,
    }
    assert set(outcomes["TMP-3"].values()) == {Outcome.NOT_APPLICABLE}


def good_run(store: Store, header: RunHeader, **changes: object) -> str:
    """A run of one module that passes its only test, still running."""
    run_id = store.begin_run(replace(header, **changes))  # type: ignore[arg-type]
    store.add_modules(run_id, {1: "SN1"})
    recorder = Recorder(
        store,
        run_id,
        limits=header.product.limits,
        decision=header.product.decision,
        positions=(1,),
        now=lambda: 1,
    )
    recorder.begin_test("test_count")
    recorder.measure("chain.count", 4)
    recorder.end_test(Outcome.PASS)
    return run_id


def test_a_complete_run_passes(store: Store, header: RunHeader):
    run_id = good_run(store, header, selection=("test_count",))
    store.finish_run(run_id, RunStatus.FINISHED, header.started)
    record = load_run(store, run_id)
    assert record.incompleteness == ()
    assert record.conclusion is record.module_conclusion(1) is Conclusion.PASS


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"narrowed": "-k count"}, "the selection was narrowed: -k count"),
        ({"selection": ("test_count", "test_other")}, "1 of 2 selected tests did not run"),
    ],
)
def test_a_narrowed_or_unfinished_selection_is_incomplete(
    store: Store, header: RunHeader, changes: dict[str, object], reason: str
):
    run_id = good_run(store, header, **changes)
    store.finish_run(run_id, RunStatus.FINISHED, header.started)
    record = load_run(store, run_id)
    assert record.incompleteness == (reason,)
    assert record.conclusion is record.module_conclusion(1) is Conclusion.INCOMPLETE


def test_a_run_that_died_is_incomplete_and_can_be_marked_aborted(store: Store, header: RunHeader):
    run_id = good_run(store, header)
    assert load_run(store, run_id).incompleteness == ("still running",)
    store.mark_aborted(run_id, "the process is gone")
    record = load_run(store, run_id)
    assert record.status is RunStatus.ABORTED
    assert record.incompleteness == ("aborted: the process is gone",)
    assert record.conclusion is Conclusion.INCOMPLETE


def test_what_failed_before_a_run_died_has_failed(
    begin: Callable[..., tuple[str, Recorder]], store: Store
):
    run_id, recorder = begin(1, 2)
    recorder.measure("chain.count", np.array([4, 3]))
    store.mark_aborted(run_id, "the process is gone")
    record = load_run(store, run_id)
    assert record.module_conclusion(1) is Conclusion.INCOMPLETE
    assert record.module_conclusion(2) is record.conclusion is Conclusion.FAIL


def test_a_finished_run_cannot_be_marked_aborted(store: Store, header: RunHeader):
    run_id = good_run(store, header)
    store.finish_run(run_id, RunStatus.FINISHED, header.started)
    store.mark_aborted(run_id, "too late")
    assert load_run(store, run_id).status is RunStatus.FINISHED


def test_a_test_that_never_ended_blocks_the_run(store: Store, header: RunHeader):
    run_id = good_run(store, header)
    with store.transaction() as connection:
        connection.execute(schema.tests.update().values(outcome=None))
    assert load_run(store, run_id).conclusion is Conclusion.BLOCKED


def test_earlier_runs_of_the_same_serial_number_are_counted(store: Store, header: RunHeader):
    for _ in range(2):
        good_run(store, header)
    good_run(store, header, simulated=False)
    again = good_run(store, header)
    assert load_run(store, again).modules[0].retest_count == 2
    nameless = store.begin_run(header)
    store.add_modules(nameless, {1: "", 2: "SN1"})
    assert [module.retest_count for module in load_run(store, nameless).modules] == [0, 3]


def test_runs_are_listed_newest_first(store: Store, header: RunHeader):
    # on simulated benches it is the same date again and again
    dates = (0, 1, 0, -1)
    runs = [
        store.begin_run(replace(header, started=header.started + timedelta(hours=hours)))
        for hours in dates
    ]
    assert [run.run_id for run in list_runs(store)] == runs[::-1]
    with pytest.raises(StoreError, match="no run 'nothing' is on record"):
        load_run(store, "nothing")


def test_a_rejected_row_is_a_store_error_and_leaves_the_store_usable(
    store: Store, header: RunHeader
):
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.add_modules("no such run", {1: "SN1"})
    run_id = store.begin_run(header)
    instrument = InstrumentRecord(role="supply", manufacturer="", model="", serial_number="")
    with pytest.raises(StoreError, match="UNIQUE"):
        store.add_instruments(run_id, [instrument, instrument])
    assert load_run(store, run_id).instruments == ()


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from products.model import load_product
from reports.header import RunHeader
from reports.recorder import Recorder
from reports.store import Store

product_file = Path("products/lipo.toml")
product = load_product(product_file)
store = Store.open(sys.argv[1])
run_id = store.begin_run(
    RunHeader(
        started=datetime(2026, 1, 1, tzinfo=UTC), rig_name="", rig_text="", topology="panel",
        product=product, product_text="", simulated=True, software={},
    )
)
recorder = Recorder(
    store, run_id, limits=product.limits, decision=product.decision, positions=(1, 2),
    now=lambda: 1,
)
recorder.begin_test("test_killed")
for count in range(25):
    recorder.measure("accuracy.error", [float(count), 0.0])
print(run_id, flush=True)
os._exit(9)
"""


def test_a_killed_process_leaves_all_that_it_had_measured(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    died = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", KILLED, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == 9, died.stderr
    with Store.open(path) as store:
        record = load_run(store, died.stdout.strip())
    assert record.status is RunStatus.RUNNING
    values = [row.value for row in record.tests[0].measurements if row.position == 1]
    assert values == [float(count) for count in range(25)]


def test_a_newer_schema_is_refused(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    Store.open(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="schema is 9999, newer than 0001") as caught:
        Store.open(path)
    assert caught.value.remedy == "update cellrig, or use another store"


def test_a_store_without_a_schema_is_given_one_by_its_migrations(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    path.touch()
    with Store.open(path) as store, store.transaction() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.VERSION


def test_stores_opened_at_once_agree_on_who_creates_the_schema(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    opening = "import sys; from reports.store import Store; Store.open(sys.argv[1]).close()"

    def run(_: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", opening, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    with ThreadPoolExecutor(4) as pool:
        for ended in pool.map(run, range(4)):
            assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("mysql://localhost/x", "mysql is not supported"),
        ("nonsense://x", "nonsense"),
        ("postgresql+nonsense://x", "nonsense"),
    ],
)
def test_a_place_that_is_no_store_is_refused(place: str, message: str):
    with pytest.raises(StoreError, match=message):
        Store.open(place)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text("no database")])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, make: Callable[[Path], object]):
    path = tmp_path / "results.sqlite"
    make(path)
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        Store.open(path)
    assert "results.sqlite" in (caught.value.where or "")


def test_the_store_and_its_folder_are_made_where_they_are_missing(tmp_path: Path):
    path = tmp_path / "deep" / "down" / "50% results.sqlite"
    Store.open(path).close()
    assert path.is_file()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE runs SET status = 'xinished'", "'xinished' is not a valid RunStatus"),
        ("UPDATE runs SET started = 'yesterday'", "Invalid isoformat string"),
        ("UPDATE runs SET clauses = '{'", "Expecting property name"),
        ("UPDATE runs SET firmware = '[1]'", "must be a mapping"),
        ("UPDATE modules SET serial_number = CAST(x'FF' AS TEXT)", "Could not decode to UTF-8"),
    ],
)
def test_a_damaged_record_is_a_store_error(
    tmp_path: Path, header: RunHeader, damage: str, told: str
):
    place = tmp_path / "results.sqlite"
    with Store.open(place) as store:
        run_id = good_run(store, header)
        with store.transaction() as connection:
            connection.execute(text(damage))
        with pytest.raises(StoreError, match=told):
            load_run(store, run_id)


def test_a_schema_whose_names_are_no_text_is_a_store_error(tmp_path: Path, header: RunHeader):
    place = tmp_path / "results.sqlite"
    with Store.open(place) as store:
        good_run(store, header)
    content = place.read_bytes()
    place.write_bytes(content.replace(b"alembic_version", b"\xff" * len("alembic_version")))
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(place)
