"""The real qualification tests on bad modules and on sick, other and narrowed rigs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.chain.chain import Chain
from reports.outcome import Conclusion, Outcome
from reports.record import RunStatus
from tests.fixtures.sessions import BASIC, Session, qualify

BLOCKED = 6
VOLTMETER = "TCPIP0::voltmeter::5025::SOCKET"
SUPPLY = "TCPIP0::supply::5025::SOCKET"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Session]:
    """``bench(more, (old, new), …)``: qualify on the simulated bench's file with these changes."""

    def run(more: str = "", *changes: tuple[str, str]) -> Session:
        place = tmp_path_factory.mktemp("bench")
        text = BASIC.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not there"
            text = text.replace(old, new)
        rig = place / "rig.toml"
        rig.write_text(f"{text}\n{more}\n", encoding="utf-8")
        return qualify(place, "-m", "eol", rig=rig)  # the production set

    return run


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
    # What is asked of the whole chain cannot be judged beside so many bad modules: blocked.
    assert faulty.exit_status == 1
    assert faulty.conclusions() == ["blocked", "fail", "fail", "fail", "fail", "blocked"]
    assert faulty.record.incompleteness == ()
    for test in faulty.record.tests:
        judged = {entry.position: entry.outcome for entry in test.modules}
        assert {judged[1], judged[6]} & {Outcome.FAIL} == set(), test.title
        if any(clause.startswith(("CAL", "CMD-W")) for clause in test.clauses):
            assert (judged[1], judged[6]) == (Outcome.PASS, Outcome.PASS), test.title


def test_one_bad_module_costs_the_others_nothing(bench: Callable[..., Session]):
    session = bench('[simulation.modules.2]\ndefects = ["sagging-reference"]')
    assert session.conclusions() == ["pass", "fail", "pass", "pass"]


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


def test_good_modules_among_bad_ones_are_measured_in_full(faulty: Session):
    def names(position: int) -> list[str]:
        return [
            measurement.name
            for test in faulty.record.tests
            for measurement in test.measurements
            if measurement.position in {position, None}
            and not measurement.name.startswith("messages.")  # only the first module hears them
        ]

    assert names(1) == names(6)
    assert names(1).count("accuracy.error") >= 8
    assert names(1)[-1] == "end_state.bleeding_enabled"


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
        "",
        ("keysight-e36312a", "siglent-spd3303x"),
        ("channel = 1", "channel = 1\naccept_no_ovp = true"),
        ("keysight-34461a", "rigol-dm3068"),
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
    assert "only test_99_end_state.py" in session.record.narrowed
