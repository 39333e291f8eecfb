"""What the clauses demand of raw characters: by example, and against the simulated module."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.chain.messages import Setting
from rigs.procedures.demands import Fate, FramingFigures, Write
from rigs.procedures.framing import LF, Break, Forecast, Pause, Piece, Script, foretell
from tests.rigs.simulation.lone import MS, SETTINGS, Lone

STORED = {
    (1, Setting.CALIBRATION): SETTINGS.constant,
    (1, Setting.BLEEDING): SETTINGS.bleeding_code,
    (1, Setting.LOW): SETTINGS.low_code,
    (1, Setting.HIGH): SETTINGS.high_code,
}
SHORT, LONG, BUSY = Pause(1.15), Pause(3.5), Pause(0.06)


def figures(modules: int = 1, *, surplus_digits_store: bool = False) -> FramingFigures:
    return FramingFigures(
        modules=modules,
        watchdog_shortest_s=1.28,
        watchdog_longest_s=3.2,
        processing_s=0.002,
        busy_s=0.06,
        surplus_digits_store=surplus_digits_store,
    )


def forecast(*script: Piece, modules: int = 1) -> Forecast:
    return foretell(script, figures(modules), STORED)


def only_demand(*script: Piece, modules: int = 1) -> tuple[Fate, str, str]:
    (demand,) = (told := forecast(*script, modules=modules)).demands
    return demand.fate, told.due, demand.clause


# -- by example --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("characters", "fate", "due", "clause"),
    [
        (b"A01U\r", Fate.OBEYED, "A00U••••␍", "CMD-U1"),
        (b"A01L\r", Fate.OBEYED, "A00L5E0␍", "CMD-L"),
        (b"A01W4BD001\r", Fate.OBEYED, "A00W4BD001␍", "CMD-W"),
        (b"A\n01\nW4BD001\n\r", Fate.OBEYED, "A00W4BD001␍", "CMD-W"),
        (b"A01V4a1\r", Fate.OBEYED, "A00V4A0␍", "MSG-10"),
        (b"A01V4\r", Fate.OBEYED, "A00V4A0␍", "MSG-11"),
        (b"A01V4A1F\r", Fate.OBEYED, "…", "MSG-11"),
        (b"A01@\r", Fate.PASSED_ON, "A00@␍", "MSG-2"),
        (b"A00U\r", Fate.PASSED_ON, "AFFU␍", "MSG-2"),
        (b"A05x1!3zZ9\r", Fate.PASSED_ON, r"A04x1!3zZ9␍", "MSG-2"),
        (b"S0F\r", Fate.OBEYED, "S••␍", "CHN-1"),
        (b"e\r", Fate.OBEYED, "e␍", "CHN-3"),
        (b"d\r", Fate.OBEYED, "d␍", "CHN-3"),
        (b"01L\r", Fate.IGNORED, "", "MSG-9"),
        (b"\x00\r", Fate.IGNORED, "", "MSG-9"),
        (b"A01W4BD0000\r", Fate.PURGED, "", "MSG-6"),
        (b"e0000000000\r", Fate.PURGED, "", "MSG-6"),
        (b"A" + 39 * b"0" + b"\r", Fate.PURGED, "", "MSG-6"),
        (b"A0000000000A01L\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"A0000000000000S\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"A01\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"A0aL\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"A01X\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"A01U0\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"A01VG00\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"S0f\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"S00F\r", Fate.UNDEFINED, "…", "MSG-12"),
        (b"ee\r", Fate.UNDEFINED, "…", "MSG-12"),
    ],
)
def test_a_message_has_its_fate(characters: bytes, fate: Fate, due: str, clause: str):
    assert only_demand(characters) == (fate, due.replace("␊", ""), clause)


@pytest.mark.parametrize(
    ("characters", "fate", "due"),
    [
        (b"A03U\r", Fate.OBEYED, "AFFU••••␍"),
        (b"A03V\r", Fate.OBEYED, "AFFV•••␍"),
        (b"A01L\r", Fate.OBEYED, "AFDL5E0␍"),
        (b"A04@\r", Fate.PASSED_ON, "A00@␍"),
        (b"A05U\r", Fate.PASSED_ON, "A01U␍"),
        (b"A03X\r", Fate.UNDEFINED, "…"),
    ],
)
def test_in_a_chain_messages_find_their_module(characters: bytes, fate: Fate, due: str):
    assert only_demand(characters, modules=4)[:2] == (fate, due)


def test_in_the_longest_chain_every_address_is_a_modules():
    assert only_demand(b"A00U\r", modules=256)[:2] == (Fate.OBEYED, "A00U••••␍")
    assert only_demand(b"A01@\r", modules=256)[:2] == (Fate.PASSED_ON, "A01@␍")


def test_a_write_is_demanded_and_remembered():
    told = forecast(b"A01V4A1\r", BUSY, b"A01V\r")
    assert told.stored == {(1, Setting.BLEEDING): 0x4A1}
    assert told.due == "A00V4A1␍A00V4A1␍"
    assert told.replies == 2
    assert told.settled


def test_surplus_digits_store_where_the_product_says_so():
    script = (b"A01V4A1F\r", BUSY, b"A01V\r")
    assert forecast(*script).stored == {}
    told = foretell(script, figures(surplus_digits_store=True), STORED)
    assert told.stored == {(1, Setting.BLEEDING): 0x4A1}
    assert told.due == "…A00V4A1␍"
    assert told.replies is None


@pytest.mark.parametrize("at", range(1, 5))
def test_a_long_pause_purges_and_a_short_one_does_not(at: int):
    head, tail = b"A01L"[:at], b"A01L\r"[at:]
    assert forecast(head, SHORT, tail).due == "A00L5E0␍"
    purged, rest = forecast(head, LONG, tail).demands
    assert (purged.fate, purged.clause) == (Fate.PURGED, "MSG-8")
    assert rest.fate in {Fate.IGNORED, Fate.UNDEFINED}
    assert forecast(head, Pause(2.0), tail).due == "…"


def test_pauses_add_up_until_a_character_ends_them():
    assert forecast(b"A0", SHORT, b"", SHORT, SHORT, b"A01L\r").due == "A00L5E0␍"
    assert forecast(b"A0", SHORT, b"1", SHORT, b"L", SHORT, b"\r").due == "A00L5E0␍"


def test_nothing_is_demanded_of_what_meets_a_module_at_work():
    told = forecast(b"A01L\rA01V4A1\r")
    assert told.due == "A00L5E0␍…"
    assert told.stored == {}
    assert told.possible_writes == (Write(1, Setting.BLEEDING, 0x4A1),)
    assert not told.settled


def test_after_what_is_undefined_only_a_long_pause_makes_demands_again():
    assert forecast(b"A01X\r", BUSY, b"A01L\r").due == "……"
    assert forecast(b"A01X\r", LONG, b"A01L\r").due == "…A00L5E0␍"
    assert forecast(Break(0.01), BUSY, b"A01L\r").due == "…"
    assert forecast(Break(0.01), LONG, b"A01L\r").due == "A00L5E0␍"


def test_left_over_characters_are_not_settled():
    assert not forecast(b"A0").settled
    assert not forecast(11 * b"0").settled
    assert forecast(11 * b"0" + b"\r").settled


def test_what_came_is_held_against_what_is_due():
    told = forecast(b"A01U\r", BUSY, b"01L\r")
    assert told.allows(b"A00U53C8\r")
    for other in (b"", b"A00U53C8\rA00L5E0\r", b"A00U53C\r", b"AFFU53C8\r", b"A00U53c8\r"):
        assert not told.allows(other)


# -- against the simulated module --------------------------------------------------------------

WHOLE = st.sampled_from(
    [
        *(
            b"A01U",
            b"A01L",
            b"A01V",
            b"A01V4A1",
            b"A01W4BD123",
            b"A01H12f",
            b"A01L12",
            b"A01V12345",
        ),
        *(b"A05W123456", b"A00@", b"A02L", b"A01X", b"S0F", b"S00", b"e", b"d", b"01L", b"A0aU"),
        *(b"A01W1234567", b"0123456789012345678901234", b"A0000000000", b"", b"S", b"xyz"),
    ]
)
BITS = st.lists(
    st.sampled_from([b"A", b"0", b"1", b"V", b"W4", b"5E", b"c", b"S", b"e", LF, b"\r"])
)
PAUSES = st.sampled_from([Pause(0.0005), Pause(0.005), Pause(0.08), SHORT, Pause(2.0), LONG])
BREAKS = st.sampled_from([Break(0.00003), Break(0.0004), Break(0.004), Break(0.03)])


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    pieces: list[Piece] = []
    for _ in range(draw(st.integers(1, 5))):
        body = draw(WHOLE) + draw(st.sampled_from([b"\r", b"\r", b"\r", b""]))
        cut = draw(st.integers(0, len(body)))
        between = draw(st.one_of(st.just(b""), st.just(LF), BITS.map(b"".join), PAUSES, BREAKS))
        pieces += [body[:cut], between, body[cut:], draw(st.sampled_from([BUSY, BUSY, LONG, LF]))]
    return tuple(pieces)


def heard_by(module: Lone, script: Script) -> bytes:
    """What the simulated module sends, LF left out."""
    for piece in script:
        match piece:
            case Pause(seconds):
                module.wait(round(seconds * 1e9))
            case Break(seconds):
                module.hold_low(round(seconds * 1e9))
            case bytes():
                module.say(piece)
    module.wait(100 * MS)
    return b"".join(run.characters for run in module.sent).replace(LF, b"")


@given(scripts(), st.booleans())
@settings(max_examples=400)
def test_the_simulated_module_does_what_is_demanded(script: Script, half_duplex: bool):  # noqa: FBT001
    module = Lone(half_duplex=half_duplex)
    told = foretell(script, figures(), STORED)
    received = heard_by(module, script)
    assert told.allows(received), (told.due, received)
    held = {(1, setting): module.module.settings.codes[setting.value] for setting in Setting}
    assert told.allows_stored(STORED, held)
    if told.settled:
        before = len(module.sent)
        module.say(b"A01L\r")
        module.wait(100 * MS)
        assert [run.characters for run in module.sent[before:]] == [
            b"\nA00L%03X\r" % held[1, Setting.LOW]
        ]
