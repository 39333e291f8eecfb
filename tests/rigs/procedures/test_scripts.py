"""The scripts of the framing tests: what they send, and that the clauses decide what is due."""

from __future__ import annotations

import pytest

from drivers.chain.messages import Setting
from rigs.procedures.demands import CR, Fate, FramingFigures
from rigs.procedures.framing import LF, Break, Pause, Script, foretell
from rigs.procedures.scripts import GOOD, Scripts
from rigs.procedures.undefined import INPUTS, in_words

STORED = {
    (1, Setting.CALIBRATION): 0x4BD000,
    (1, Setting.BLEEDING): 0x4A0,
    (1, Setting.LOW): 0x5E0,
    (1, Setting.HIGH): 0x49C,
}
LENGTHS = [1, 4, 16, 255]


def figures(modules: int) -> FramingFigures:
    return FramingFigures(
        modules=modules,
        watchdog_shortest_s=1.28,
        watchdog_longest_s=3.2,
        processing_s=0.002,
        busy_s=0.05,
    )


def scripts(modules: int = 1) -> Scripts:
    return Scripts(figures(modules), STORED)


def characters(script: Script) -> bytes:
    return b"".join(piece for piece in script if isinstance(piece, bytes))


def judged(given: Scripts) -> list[Script]:
    """Every script of a test that says what is due."""
    framed = [
        script
        for message in given.obeyed
        for script in (*given.with_line_feeds(message), *given.over_long(message))
    ]
    paused = [
        script
        for message in given.to_pause_in
        for script in (given.short_pauses(message), *given.long_pauses(message))
    ]
    begun = [script for some in given.other_firsts.values() for script in some]
    single = [given.of_ten_characters, given.after_a_watchdog_period, *given.in_short]
    passed = [given.passed_on(command) for command in "UWVLHT@Xz0#"]
    return [*framed, *paused, *begun, *single, *passed, *given.sent_by_the_last]


@pytest.mark.parametrize("modules", LENGTHS)
def test_the_clauses_say_what_is_due_of_every_script_that_is_judged(modules: int):
    for script in judged(scripts(modules)):
        told = foretell(script, figures(modules), STORED)
        assert told.replies is not None, script
        assert told.settled, script


def test_the_clauses_say_nothing_of_undefined_inputs():
    for script in scripts().undefined:
        told = foretell(script, figures(1), STORED)
        assert told.due == "…", script
        assert not told.settled
        assert told.stored == {}


def test_in_the_longest_chain_nothing_is_beyond_it_and_nothing_is_written():
    for command in "UWVLHT@Xz0#":
        told = foretell(scripts(256).passed_on(command), figures(256), {})
        assert told.stored == {}
        assert told.possible_writes == ()


def test_only_what_is_meant_to_writes():
    given = scripts()
    writing = [
        script
        for script in judged(given)
        if foretell(script, figures(1), STORED).stored
        not in ({}, {(1, Setting.CALIBRATION): 0x4BD000})
    ]
    assert writing == []
    changes = [
        demand.stored for demand in foretell(given.of_ten_characters, figures(1), STORED).demands
    ]
    assert changes == [
        {(1, Setting.CALIBRATION): 0x4BD001},
        {(1, Setting.CALIBRATION): 0x4BD000},
    ]


def test_a_line_feed_stands_at_each_place_and_then_at_every_one():
    *singly, everywhere = scripts().with_line_feeds(b"A01U")
    assert [characters(script) for script in singly] == [
        *(b"\nA01U\r", b"A\n01U\r", b"A0\n1U\r", b"A01\nU\r", b"A01U\n\r")
    ]
    assert characters(everywhere) == b"\n\nA\n\n0\n\n1\n\nU\n\n\r"


def test_over_long_messages_have_11_to_40_characters_and_harmless_tails():
    sent = scripts().over_long(b"A01W4BD000")
    overlong = [script[0] for script in sent]
    assert [len(each.removesuffix(CR)) for each in overlong if isinstance(each, bytes)] == [
        *range(11, 41)
    ]
    assert {script[-1] for script in sent} == {GOOD}
    for script in sent:
        first, good = foretell(script, figures(1), STORED).demands
        assert (first.fate, first.clause) == (Fate.PURGED, "MSG-6")
        assert good.fate is Fate.OBEYED


def test_short_pauses_stand_between_all_characters_and_do_not_purge():
    script = scripts().short_pauses(b"A01U")
    assert [piece for piece in script if isinstance(piece, Pause)] == [Pause(0.9 * 1.28)] * 4
    assert foretell(script, figures(1), STORED).due == "A00U••••␍"


def test_long_pauses_purge_every_beginning():
    sent = scripts().long_pauses(b"A01U")
    assert [script[0] for script in sent] == [b"A", b"A0", b"A01", b"A01U"]
    for script in sent:
        assert Pause(1.1 * 3.2) in script
        purged, good = foretell(script, figures(1), STORED).demands
        assert (purged.clause, good.clause) == ("MSG-8", "CMD-L")


def test_every_character_that_begins_no_message_is_tried():
    tried = {characters(script)[0] for some in scripts().other_firsts.values() for script in some}
    assert tried == set(range(256)) - {*b"ASed", *CR, *LF}


def test_no_input_is_listed_twice_and_none_is_a_break():
    assert len(set(INPUTS)) == len(INPUTS)
    assert not any(isinstance(piece, Break) for script in scripts().undefined for piece in script)


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (b"", ""),
        (b"\nA00U53C8\r", "␊A00U‹code›‹status›␍"),
        (b"\nA00V4A0\r", "␊A00V‹stored›␍"),
        (b"\nA00V4A1\r", "␊A00V4A1␍"),
        (b"\nA00W4BD000\r\nA00L5E0\r", "␊A00W‹stored›␍␊A00L‹stored›␍"),
        (b"\nA00X\r", "␊A00X␍"),
        (b"A\xff\r", "A\\xff␍"),
        (b"\nA00", "␊A00"),
    ],
)
def test_answers_are_told_in_words_that_compare(received: bytes, words: str):
    assert in_words(received, STORED) == words
