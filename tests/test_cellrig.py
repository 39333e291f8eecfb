"""The command line, on a store with three runs; and whose rooms it would import."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cellrig
from products.model import load_product
from reports.document import render_page
from reports.header import Firmware, RunHeader
from reports.loader import load_run
from reports.outcome import Outcome
from reports.record import RunStatus
from reports.recorder import Recorder
from reports.store import Store

ROOT = Path(__file__).parents[1]
PRODUCT_FILE = ROOT / "tests" / "fixtures" / "nothing_required.toml"
RIG_FILE = ROOT / "rigs" / "simulated.toml"
TEST = "tests_hil/test_identification.py::test_every_module_answers"
UNPRINTABLE = "\x1b[2J [b]3[/b]"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "results.sqlite"


@pytest.fixture
def runs(place: Path) -> list[str]:
    """The ids of three runs, the newest first: simulated and passed, failed, interrupted."""
    with Store.open(place) as store:
        interrupted = begin(store, day=1)
        store.mark_aborted(interrupted, "the power failed")
        failed = begin(store, day=2, rig_name=UNPRINTABLE)
        answer(store, failed, answers=False)
        passed = begin(store, day=3, simulated=True)
        answer(store, passed, answers=True)
    return [passed, failed, interrupted]


def begin(
    store: Store,
    *,
    day: int,
    rig_name: str = "Bench 3",
    simulated: bool = False,
    firmware: str = "",
) -> str:
    header = RunHeader(
        started=datetime(2026, 11, day, 9, 30, tzinfo=UTC),
        rig_name=rig_name,
        rig_text="",
        topology="panel",
        product=load_product(PRODUCT_FILE),
        product_text="",
        simulated=simulated,
        firmware=Firmware(revision=firmware),
        software={},
        selection=(TEST,),
    )
    run_id = store.begin_run(header)
    store.add_modules(run_id, {1: "SN0001"})
    return run_id


def answer(store: Store, run_id: str, *, answers: bool) -> None:
    product = load_product(PRODUCT_FILE)
    recorder = Recorder(
        store,
        run_id,
        limits=product.limits,
        decision=product.decision,
        positions=[1],
        now=lambda: 1,
    )
    recorder.begin_test(TEST, title="Every module answers")
    recorder.measure("identification.answers", answers)
    recorder.end_test(Outcome.PASS if answers else Outcome.FAIL)
    store.finish_run(run_id, RunStatus.FINISHED, datetime(2026, 11, 30, tzinfo=UTC))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cellrig.app, [str(argument) for argument in arguments])


# -- history ---------------------------------------------------------------------------------------


def test_history_lists_the_newest_run_first_with_its_verdict(place: Path, runs: list[str]):
    listed = run("history", "--store", place)
    lines = [line.split() for line in listed.stdout.splitlines() if line.strip()]
    assert listed.exit_code == 0
    started = [line for line in lines if "09:30" in line]
    assert [line[0] for line in started] == [run_id[:8] for run_id in runs]
    assert [line[1] for line in started] == ["2026-11-03", "2026-11-02", "2026-11-01"]
    assert ["PASS" in started[0], "FAIL" in started[1], "BLOCKED" in started[2]] == [True] * 3


def test_history_marks_what_was_simulated_and_nothing_else(place: Path, runs: list[str]):
    (marked,) = [
        line for line in run("history", "--store", place).stdout.splitlines() if "SIMULATED" in line
    ]
    assert runs[0][:8] in marked


def test_history_obeys_neither_markup_nor_control_characters(place: Path, runs: list[str]):
    assert runs
    shown = run("history", "--store", place).stdout
    assert "\x1b" not in shown
    assert "[b]3[/b]" in shown


def test_history_is_json_for_programs(place: Path, runs: list[str]):
    entries = json.loads(run("history", "--store", place, "--json").stdout)
    assert [entry["id"] for entry in entries] == runs
    assert entries[0] == {
        "id": runs[0],
        "started": "2026-11-03T09:30:00+00:00",
        "ended": "2026-11-30T00:00:00+00:00",
        "status": "finished",
        "rig": "Bench 3",
        "product": "LiPo cell module, 10 Ω bypass",
        "verdict": "pass",
        "settings_unknown": [],
        "simulated": True,
    }
    assert entries[2]["ended"] is None


def test_history_lists_as_many_runs_as_asked_for(place: Path, runs: list[str]):
    entries = json.loads(run("history", "--store", place, "--json", "-n", "2").stdout)
    assert [entry["id"] for entry in entries] == runs[:2]


def test_an_empty_store_has_an_empty_history(place: Path):
    Store.open(place).close()
    assert run("history", "--store", place).exit_code == 0
    assert json.loads(run("history", "--store", place, "--json").stdout) == []


def test_results_are_looked_for_where_qualification_runs_leave_them(
    pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (default,) = [
        option.default
        for group in pytestconfig._parser._groups
        for option in group.options
        if "--store" in option.names()
    ]
    Store.open(default).close()
    assert run("history").exit_code == 0


# -- report ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "characters"), [(0, 36), (1, 8), (2, 8)])
def test_a_report_is_the_qualification_document_of_the_run(
    place: Path, runs: list[str], tmp_path: Path, number: int, characters: int
):
    page = tmp_path / "page.html"
    done = run("report", runs[number][:characters].upper(), "--store", place, "-o", page)
    assert done.exit_code == 0
    assert str(page) in done.stdout.replace("\n", "")
    with Store.open(place) as store:
        assert page.read_text(encoding="utf-8") == render_page(load_run(store, runs[number]))


def test_the_last_report_is_that_of_the_newest_run_in_a_file_of_its_name(
    place: Path, runs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert run("report", "last", "--store", place).exit_code == 0
    page = tmp_path / f"report-{runs[0][:8]}.html"
    assert runs[0] in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [("nothing", "no runs begin with 'nothing'"), ("", "3 runs begin with ''")],
)
def test_a_report_of_other_than_one_run_is_a_usage_error(
    place: Path, runs: list[str], wanted: str, complaint: str
):
    assert len(runs) == 3
    refused = run("report", wanted, "--store", place)
    assert refused.exit_code == 2
    assert complaint in refused.stderr


def test_an_empty_store_has_no_last_run(place: Path):
    Store.open(place).close()
    refused = run("report", "last", "--store", place)
    assert refused.exit_code == 2
    assert "no run is on record" in refused.stderr


def test_a_report_that_cannot_be_written_is_a_usage_error(
    place: Path, runs: list[str], tmp_path: Path
):
    assert runs
    page = tmp_path / "nowhere" / "page.html"
    refused = run("report", "last", "--store", place, "-o", page)
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"cellrig: {page}: cannot be written")


# -- certificate -----------------------------------------------------------------------------------


def test_certificates_are_written_for_every_module_or_for_one(
    place: Path, runs: list[str], tmp_path: Path
):
    done = run("certificate", "last", "--store", place, "-o", tmp_path / "all")
    assert done.exit_code == 0
    (page,) = (tmp_path / "all").iterdir()
    assert page.name == f"SN0001-{runs[0][:8]}-001.html"
    assert str(page) in done.stdout.replace("\n", "")
    refused = run("certificate", "last", "--store", place, "-o", tmp_path, "--position", "2")
    assert refused.exit_code == 2
    assert "no module at position 2" in refused.stderr


# -- compare ---------------------------------------------------------------------------------------


def test_a_run_and_itself_do_not_differ(place: Path, runs: list[str]):
    done = run("compare", runs[0], "last", "--store", place)
    assert done.exit_code == 0
    assert "Nothing changed." in done.stdout


def test_a_comparison_is_shown_written_and_told_to_programs(
    place: Path, runs: list[str], tmp_path: Path
):
    page = tmp_path / "page.html"
    shown = run("compare", runs[1][:8], "last", "--store", place, "--output", page)
    assert shown.exit_code == 1
    assert "Changed: 3 verdicts, 1 of 1 values." in shown.stdout
    assert "Changed: 3 verdicts" in page.read_text(encoding="utf-8")
    told = run("compare", runs[1], "last", "--store", place, "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["base"]["id"] == runs[1]


def test_a_firmware_stands_for_its_newest_run(place: Path, runs: list[str]):
    with Store.open(place) as store:
        newer = [begin(store, day=day, firmware="1.4") for day in (5, 4)]
    told = run("compare", "firmware:1.4", runs[0], "--store", place, "--json")
    assert json.loads(told.stdout)["base"]["id"] == newer[1]


@pytest.mark.parametrize("wanted", ["firmware:1.5", "firmware:", "nothing"])
def test_a_comparison_with_no_run_is_a_usage_error(place: Path, runs: list[str], wanted: str):
    assert run("compare", runs[0], wanted, "--store", place).exit_code == 2


def test_a_factor_below_one_is_a_usage_error(place: Path, runs: list[str]):
    line = ("compare", runs[0], runs[0], "--store", place, "--factor")
    assert run(*line, "0.5").exit_code == 2
    assert run(*line, "2").exit_code == 0


# -- check -----------------------------------------------------------------------------------------


def test_a_good_rig_is_checked_with_a_table_and_exit_status_zero():
    done = run("check", RIG_FILE, "--product", PRODUCT_FILE)
    assert done.exit_code == 0
    assert "SIMULATED" in done.stdout
    assert "✓" in done.stdout
    assert "✗" not in done.stdout


def test_a_sick_rig_is_told_to_programs_with_exit_status_six(tmp_path: Path):
    sick = tmp_path / "sick.toml"
    late = RIG_FILE.read_text(encoding="utf-8").replace("2027-06-30", "2026-06-30")
    sick.write_text(late, encoding="utf-8")
    done = run("check", sick, "--product", PRODUCT_FILE, "--json")
    assert done.exit_code == 6
    told = json.loads(done.stdout)
    assert not told["sound"]
    faults = {each["what"] for each in told["findings"] if each["result"] == "fault"}
    assert "calibration of voltmeter" in faults
    assert "supply" not in faults


def test_without_a_product_nothing_is_powered():
    told = json.loads(run("check", RIG_FILE, "--json").stdout)
    found = {each["what"]: each["result"] for each in told["findings"]}
    assert found["power, chain and modules"] == "absent"
    assert "chain" not in found


# -- discover --------------------------------------------------------------------------------------


@pytest.fixture
def nothing_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rigs.discovery.listed_resources", lambda _library: [])
    monkeypatch.setattr("rigs.discovery.listed_ports", list)


@pytest.mark.usefixtures("nothing_listed")
def test_discovery_of_nothing_says_what_to_try_and_drafts_a_rig_file(tmp_path: Path):
    path = tmp_path / "rig.toml"
    done = run("discover", "--write", path)
    assert done.exit_code == 0
    assert "--host ADDRESS" in done.stdout
    assert "DECIDE" in path.read_text(encoding="utf-8")
    refused = run("discover", "--write", path)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr


@pytest.mark.usefixtures("nothing_listed")
def test_discovery_names_the_hosts_that_were_tried_in_vain(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rigs.discovery.open_sockets", lambda _host: [])
    told = run("discover", "--host", "127.0.0.1", "--host", "localhost").stdout
    assert "nothing answers at 127.0.0.1, localhost" in told


@pytest.mark.usefixtures("nothing_listed")
def test_a_chain_that_does_not_answer_may_want_power(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rigs.discovery.count_modules", lambda *_: 0)
    told = run("discover", "--probe-chain", "loop://").stdout
    assert "loop://: no modules answer (modules want power before they do)" in told


@pytest.mark.usefixtures("nothing_listed")
def test_what_is_discovered_is_told_to_programs():
    told = json.loads(run("discover", "--json").stdout)
    assert told == {"instruments": [], "ports": [], "chain_port": None, "modules": None}


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["history"], ["report", "last"]])
def test_a_store_that_is_not_there_is_not_made(command: list[str], tmp_path: Path):
    refused = run(*command, "--store", tmp_path / "nothing.sqlite")
    assert refused.exit_code == 6
    assert "there is no result store" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_is_told_in_one_message(tmp_path: Path):
    other = shutil.copy(PRODUCT_FILE, tmp_path)
    refused = run("history", "--store", other)
    assert refused.exit_code == 6
    assert "not a database" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stdout == ""


def test_an_option_that_does_not_exist_is_a_usage_error():
    assert run("history", "--colour").exit_code == 2


def test_the_version_is_the_one_that_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run("version").stdout == f"cellrig {project['version']}\n"


# -- rooms -----------------------------------------------------------------------------------------


@pytest.fixture
def intrude(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """``intrude(file)``: from now on this file of another folder would be imported first."""

    def put_first(file: str) -> Path:
        path = tmp_path / "elsewhere" / file
        path.parent.mkdir(parents=True)
        path.write_text('raise RuntimeError("imported")\n', encoding="utf-8")
        for name in [name for name in sys.modules if name.partition(".")[0] == "fixtures"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(tmp_path / "elsewhere")
        return path

    return put_first


def test_the_rooms_are_those_that_get_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["setuptools"]["packages"]
    assert set(cellrig.ROOMS) == {package for package in packages if "." not in package}


def test_no_room_of_this_checkout_is_an_intruder():
    assert cellrig.find_intruders(ROOT) == {}


def test_a_package_of_the_same_name_is_an_intruder(intrude: Callable[[str], Path]):
    package = intrude("fixtures/__init__.py").parent
    assert cellrig.find_intruders(ROOT) == {"fixtures": package}


def test_a_module_of_the_same_name_is_an_intruder(intrude: Callable[[str], Path]):
    module = intrude("fixtures.py")
    assert cellrig.find_intruders(ROOT) == {"fixtures": module}


def test_a_room_that_is_nowhere_is_noticed():
    assert cellrig.find_intruders(ROOT, ["no_such_room"]) == {"no_such_room": None}
    assert "is not there" in cellrig.intrusion("no_such_room", None)


def test_an_intruder_is_named_with_its_place_and_what_to_do_before_any_import(
    intrude: Callable[[str], Path],
):
    package = intrude("fixtures/__init__.py").parent
    refused = run("history")
    assert refused.exit_code == 2
    assert str(package) in refused.stderr
    assert "pip uninstall fixtures" in refused.stderr
    assert "fixtures" not in sys.modules
