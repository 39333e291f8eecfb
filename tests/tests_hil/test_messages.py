"""The tests of messages: good modules pass, and each bad one is found for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sessions import BASIC, Session, qualify

MESSAGES = "tests_hil/test_08_messages.py"
ROBUSTNESS = "tests_hil/test_11_robustness.py"
NOT_APPLICABLE = "not applicable"

IN_SHORT = "test_framing_in_short"
FORMAT = "test_answers_have_the_stated_format"
WINDOW = "test_receive_window"
PASSED_ON = "test_messages_of_four_to_ten_characters_are_passed_on"
LINE_FEEDS = "test_line_feeds_are_ignored"
LINE_FEED_AHEAD = "test_a_line_feed_leads_every_message"
TEN = "test_ten_characters_are_a_message"
ELEVENTH = "test_the_eleventh_character_purges"
SHORT_PAUSES = "test_short_pauses_do_not_purge"
LONG_PAUSES = "test_long_pauses_purge"
FIRSTS = "test_other_first_characters_are_ignored"
LOWER_CASE = "test_lower_case_digits_make_an_enquiry"
TOO_FEW = "test_too_few_digits_make_an_enquiry"
SURPLUS = "test_surplus_digits_store_what_the_product_says"
UNDEFINED = "test_undefined_inputs_do_no_harm"
UNKNOWN = "test_unknown_commands_store_nothing"
SPOILT = "test_spoilt_messages_break_no_clause"

FIRST_ONLY = {
    *(IN_SHORT, WINDOW, LINE_FEEDS, TEN, ELEVENTH, SHORT_PAUSES, LONG_PAUSES, FIRSTS),
    *(UNDEFINED, SPOILT),
}
FOR_ALL = {FORMAT, PASSED_ON, LOWER_CASE, TOO_FEW, SURPLUS, UNKNOWN}


def rig(place: Path, modules: int, *, seed: int = 1, more: str = "") -> Path:
    text = BASIC.read_text(encoding="utf-8")
    text = text.replace("modules = 4", f"modules = {modules}").replace("20260117", str(seed))
    path = place / "rig.toml"
    path.write_text(text + more, encoding="utf-8")
    return path


def spoilt(defect: str, position: int = 1) -> str:
    return f'\n[simulation.modules.{position}]\ndefects = ["{defect}"]\n'


def ran(place: Path, modules: int, *names: str, seed: int = 1, more: str = "") -> Session:
    """These tests on modules as they come from the board's maker."""
    paths = [f"{ROBUSTNESS if name == SPOILT else MESSAGES}::{name}" for name in names]
    return qualify(place, rig=rig(place, modules, seed=seed, more=more), tests=paths)


def everything(place: Path, modules: int, *arguments: str, seed: int, more: str = "") -> Session:
    path = rig(place, modules, seed=seed, more=more)
    return qualify(place, *arguments, rig=path, tests=(MESSAGES, ROBUSTNESS))


# -- good modules ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2, 4))
def test_a_good_module_passes_in_a_nest(tmp_path: Path, seed: int):
    session = everything(tmp_path, 1, seed=seed)
    assert {name: session.outcomes(name) for name in FIRST_ONLY | FOR_ALL | {LINE_FEED_AHEAD}} == {
        name: ["pass"] for name in FIRST_ONLY | FOR_ALL | {LINE_FEED_AHEAD}
    }
    assert session.record.events == ()


def test_on_a_panel_framing_is_judged_where_it_is_heard(tmp_path: Path):
    session = everything(tmp_path, 3, seed=5)
    first, last = ["pass", *[NOT_APPLICABLE] * 2], [*[NOT_APPLICABLE] * 2, "pass"]
    found = {name: session.outcomes(name) for name in FIRST_ONLY | FOR_ALL | {LINE_FEED_AHEAD}}
    assert found == (
        dict.fromkeys(FIRST_ONLY, first)
        | dict.fromkeys(FOR_ALL, ["pass"] * 3)
        | {LINE_FEED_AHEAD: last}
    )
    reasons = {module.reason for module in session.test(TEN).modules[1:]}
    assert reasons == {
        "each module passes whole messages on, so only the first hears the host's characters"
    }


def test_a_port_that_hands_characters_over_late_is_no_modules_fault(tmp_path: Path):
    late = "\n[simulation.port]\nlatency_timer_s = 0.016\nwrite_latency_s = 0.001\n"
    path = rig(tmp_path, 2, seed=6, more=late)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[supply]", "latency_s = 0.02\n\n[supply]", 1), encoding="utf-8")
    session = qualify(tmp_path, rig=path, tests=(MESSAGES, ROBUSTNESS))
    assert {test.outcome.value for test in session.record.tests if test.outcome} == {"pass"}


def test_the_production_set_takes_two_seconds_of_bench_time(tmp_path: Path):
    session = everything(tmp_path, 1, "-meol", seed=7)
    (test,) = session.record.tests
    assert test.outcome == "pass"
    assert test.time is not None
    assert test.time.spent_s < 2.0


# -- bad modules in a nest ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defect", "tests"),
    [
        ("buffer-of-nine", {TEN, PASSED_ON}),
        ("buffer-of-eleven", {IN_SHORT, ELEVENTH}),
        ("keeps-the-first-ten", {IN_SHORT, ELEVENTH, SPOILT}),
        ("keeps-line-feeds", {IN_SHORT, LINE_FEEDS}),
        ("deaf-after-purge", {IN_SHORT, ELEVENTH}),
        ("stuck-after-purge", {IN_SHORT, ELEVENTH, WINDOW, UNDEFINED, SPOILT}),
        ("no-line-feed", {LINE_FEED_AHEAD}),
        ("purges-early", {SHORT_PAUSES, SPOILT}),
        ("never-purges-on-pause", {LONG_PAUSES, SPOILT}),
        ("passes-garbage-on", {FIRSTS, SPOILT}),
        ("takes-small-letters", {FIRSTS}),
        ("takes-lower-case-digits", {LOWER_CASE}),
        ("stores-short-arguments", {TOO_FEW, SPOILT}),
        ("stores-surplus-digits", {SURPLUS, SPOILT}),
        ("takes-any-digits", {LOWER_CASE, UNDEFINED, SPOILT}),
        ("stores-on-unknown-command", {UNDEFINED, UNKNOWN, SPOILT}),
        ("hangs-on-unknown-command", {UNDEFINED}),
        ("drops-long-messages", {PASSED_ON}),
        ("slow-oscillator", {WINDOW}),
        ("fast-oscillator", {WINDOW}),
    ],
)
def test_a_bad_module_fails_the_tests_that_look_for_it(
    tmp_path: Path, defect: str, tests: set[str]
):
    session = ran(tmp_path, 1, *sorted(tests), more=spoilt(defect))
    assert {name: session.outcomes(name) for name in tests} == {name: ["fail"] for name in tests}


def test_a_module_that_gets_stuck_is_revived_for_the_next_test(tmp_path: Path):
    session = ran(
        tmp_path, 1, IN_SHORT, TEN, ELEVENTH, LINE_FEEDS, more=spoilt("stuck-after-purge")
    )
    assert session.outcomes(ELEVENTH) == ["fail"]
    assert session.outcomes(TEN) == session.outcomes(LINE_FEEDS) == ["pass"]
    assert "no better after a watchdog period" in session.test(ELEVENTH).message


def test_what_was_stored_by_mistake_is_told_and_restored(tmp_path: Path):
    session = ran(tmp_path, 1, UNDEFINED, more=spoilt("takes-any-digits"))
    texts = [measurement.value for measurement in session.test(UNDEFINED).measurements]
    assert "A01V4G0␍ stores V 470" in texts
    assert session.run is not None
    assert session.run.rig.bench is not None
    (module,) = session.run.rig.bench.panel.modules
    assert module.settings.codes == {"W": 0x800000, "V": 0x7CD, "L": 0xAEC, "H": 0x7B6}


# -- bad modules on a panel --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defect", "position", "name", "others"),
    [
        ("buffer-of-eleven", 1, IN_SHORT, NOT_APPLICABLE),
        ("stuck-after-purge", 1, ELEVENTH, NOT_APPLICABLE),
        ("purges-early", 1, SHORT_PAUSES, NOT_APPLICABLE),
        ("no-line-feed", 3, LINE_FEED_AHEAD, NOT_APPLICABLE),
        ("takes-lower-case-digits", 2, LOWER_CASE, "pass"),
        ("stores-short-arguments", 3, TOO_FEW, "pass"),
        ("stores-surplus-digits", 2, SURPLUS, "pass"),
        ("stores-on-unknown-command", 2, UNKNOWN, "pass"),
    ],
)
def test_a_bad_module_of_a_panel_fails_alone(
    tmp_path: Path, defect: str, position: int, name: str, others: str
):
    session = ran(tmp_path, 3, name, more=spoilt(defect, position))
    assert session.outcomes(name) == ["fail" if at == position else others for at in range(1, 4)]


@pytest.mark.parametrize("name", [PASSED_ON, LOWER_CASE])
def test_a_module_that_swallows_what_others_say_blocks_what_it_hides(tmp_path: Path, name: str):
    session = ran(tmp_path, 3, name, more=spoilt("buffer-of-nine", 2))
    assert "fail" not in session.outcomes(name)
    assert "blocked" in session.outcomes(name)


# -- on record ---------------------------------------------------------------------------------


def series(session: Session, name: str) -> dict[str, object]:
    (data,) = [series.data for series in session.record.series if series.name == name]
    assert isinstance(data, dict)
    return data


def test_answers_to_undefined_inputs_are_on_record_in_words_that_compare(tmp_path: Path):
    session = ran(tmp_path, 1, UNDEFINED)
    data = series(session, "undefined_inputs")
    assert data["kind"] == "undefined-inputs"
    answers = data["answers"]
    assert isinstance(answers, dict)
    assert answers["A01X␍"] == ""
    assert answers["A01U0␍"] == "␊A00U‹code›‹status›␍"
    assert answers["A01V4G0␍"] == "␊A00V‹stored›␍"
    assert answers["A0000000000A01U␍"] == "␊A00U‹code›‹status›␍"


def test_a_campaign_is_on_record_with_its_seed_and_can_be_repeated(tmp_path: Path):
    session = ran(tmp_path, 1, SPOILT, seed=9)
    data = series(session, "robustness")
    counts = data["counts"]
    assert isinstance(counts, dict)
    assert data["kind"] == "robustness"
    assert data["seed"] == 9
    assert sum(counts.values()) == len(data["mutants"]) == 200  # type: ignore[arg-type]
    assert counts["silent corruption"] == 0
    assert min(counts["rejected"], counts["harmless"], counts["obeyed as another command"]) > 10
    again = tmp_path / "again"
    again.mkdir()
    path = rig(again, 1, seed=8)
    repeated = qualify(again, "--campaign-seed=9", rig=path, tests=(ROBUSTNESS,))
    sent = [mutant["sent"] for mutant in data["mutants"]]  # type: ignore[attr-defined]
    assert [m["sent"] for m in series(repeated, "robustness")["mutants"]] == sent  # type: ignore[attr-defined]
