from __future__ import annotations

from pathlib import Path
from tomllib import loads

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.datasheet import known_models, load_datasheet
from drivers.discovery import ListedPort
from quantities import Clock
from quantities.errors import UsageError
from rigs import discovery
from rigs.discovery import Found, Surroundings, draft, look_around, write_draft
from rigs.guarding import KIND
from rigs.lock import RigLock
from rigs.rig_file import load_rig_file, parse_rig_file
from tests.rigs.benches import BENCH, SUPPLY, VOLTMETER, opened, simulated

METER = Found("TCPIP0::dmm::5025::SOCKET", "Keysight Technologies,34461A,MY1,A", "keysight-34461a")
OTHER_METER = Found("USB0::1::2::3::INSTR", "Rigol Technologies,DM3068,1,1", "rigol-dm3068")
PSU = Found("USB0::1::2::4::INSTR", "Siglent Technologies,SPD3303X,1,1", "siglent-spd3303x")


@pytest.fixture(autouse=True)
def _own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLRIG_LOCKS", str(tmp_path / "locks"))


def nothing(doing: str) -> None:
    assert doing


def parsed(text: str, tmp_path: Path):
    path = tmp_path / "draft.toml"
    write_draft(path, text, over=True)
    return load_rig_file(path)


def test_all_that_is_listed_is_asked_and_one_that_is_dead_hides_no_other():
    rig = opened(BENCH + simulated(VOLTMETER, "silent = true"))
    assert rig.bench is not None
    found = look_around(rig.bench.visa_library, rig.clock, progress=nothing)
    by_resource = {each.resource: each for each in found.instruments}
    assert by_resource[SUPPLY].model == "keysight-e36312a"
    assert "no answer in time" in by_resource[VOLTMETER].fault
    assert found.modules is None
    rig.close()


def test_what_a_run_has_is_left_alone():
    rig = opened()
    assert rig.bench is not None
    lock = RigLock([SUPPLY], rig.clock, kind=KIND, doing="a run")
    lock.acquire()
    try:
        found = look_around(rig.bench.visa_library, rig.clock, progress=nothing)
    finally:
        lock.release()
    by_resource = {each.resource: each for each in found.instruments}
    assert "a run" in by_resource[SUPPLY].fault
    assert by_resource[VOLTMETER].answer
    rig.close()


def test_serial_ports_are_not_touched_unless_named(monkeypatch: pytest.MonkeyPatch):
    rig = opened()
    assert rig.bench is not None
    counted: list[str] = []

    def count(url: str, clock: Clock) -> int:
        assert clock is rig.clock
        counted.append(url)
        return 4

    monkeypatch.setattr(discovery, "listed_ports", lambda: [ListedPort("COM3", "USB serial")])
    monkeypatch.setattr(discovery, "count_modules", count)
    look_around(rig.bench.visa_library, rig.clock, progress=nothing)
    assert counted == []
    found = look_around(rig.bench.visa_library, rig.clock, chain_port="COM3", progress=nothing)
    assert counted == ["COM3"]
    assert found.modules == 4
    rig.close()


def test_a_draft_gives_each_instrument_a_role_that_it_can_play(tmp_path: Path):
    found = Surroundings((METER, OTHER_METER, PSU), (), "/dev/ttyUSB3", 16)
    file = parsed(draft(found, "@py"), tmp_path)
    assert (file.chain.port, file.chain.modules) == ("/dev/ttyUSB3", 16)
    roles = {role: table.model for role, table in file.instruments().items()}
    assert roles == {
        "supply": "siglent-spd3303x",
        "voltmeter": "keysight-34461a",
        "ammeter": "rigol-dm3068",
    }


@pytest.mark.parametrize(
    "model", [name for name in known_models() if not load_datasheet(name).model.idealised]
)
def test_a_draft_with_any_instrument_of_the_catalogue_loads(model: str, tmp_path: Path):
    found = Surroundings((Found("USB0::1::2::3::INSTR", "x", model),), ())
    parsed(draft(found, "@py"), tmp_path)


def test_a_draft_says_what_is_to_be_decided():
    text = draft(Surroundings((PSU,), (ListedPort("COM3", "USB serial"),)), "@py")
    assert "DECIDE: 1, 2" in text
    assert "accept_no_ovp" in text
    assert "#   COM3: USB serial" in text
    assert "No instrument was found for [voltmeter]" in text


def test_of_nothing_a_draft_can_be_made_and_loads(tmp_path: Path):
    file = parsed(draft(Surroundings((), ()), "@py"), tmp_path)
    assert file.instruments() == {}


def test_a_rig_file_that_is_there_is_not_written_over(tmp_path: Path):
    path = tmp_path / "rig.toml"
    path.write_text("mine", encoding="utf-8")
    text = draft(Surroundings((), ()), "@py")
    with pytest.raises(UsageError, match="--force"):
        write_draft(path, text, over=False)
    assert path.read_text(encoding="utf-8") == "mine"
    write_draft(path, text, over=True)
    assert load_rig_file(path).name == "New bench"


@given(st.text(), st.text(), st.text())
def test_whatever_instruments_and_ports_say_a_draft_is_a_rig_file(
    answer: str, device: str, library: str
):
    found = Surroundings(
        (Found(METER.resource, answer, METER.model), Found("USB0::9::9::9::INSTR", answer)),
        (ListedPort(device, answer),),
    )
    file = parse_rig_file(loads(draft(found, library)), where="draft")
    assert set(file.instruments()) == {"voltmeter"}
    assert file.chain.port == device
