from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quantities.texts import printable, printable_lines


def test_what_prints_stays_and_what_a_terminal_obeys_does_not():
    assert printable("Prüfstand 3 — 10 Ω") == "Prüfstand 3 — 10 Ω"
    assert printable("a\x1b[2Jb\nc\u202e\x00") == "a�[2Jb�c��"
    assert printable_lines("a\x1b\nb\r\n") == "a�\nb�\n"


@given(st.text())
def test_nothing_is_lost_and_nothing_is_left_to_obey(text: str):
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)
    assert printable_lines(text).count("\n") == text.count("\n")
