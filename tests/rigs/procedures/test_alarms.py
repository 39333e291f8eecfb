from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rigs.procedures.alarms import whole_messages

MESSAGES = [b"\nA00!4\r", b"\nAFF!4\r", b"\r", b"garbage\r"]


@given(st.lists(st.sampled_from(MESSAGES)), st.lists(st.integers(0, 40)), st.binary(max_size=3))
def test_pieces_make_whole_messages_however_they_come(
    messages: list[bytes], cuts: list[int], rest: bytes
):
    rest = rest.replace(b"\r", b"")
    heard = b"".join(messages) + rest
    edges = sorted({0, len(heard), *(cut for cut in cuts if cut < len(heard))})
    pieces = [(end, heard[begin:end]) for begin, end in pairwise(edges)]
    found = list(whole_messages(pieces))
    assert [message for _, message in found] == messages + [rest] * bool(rest)
    times = [time_ns for time_ns, _ in found]
    assert times == sorted(times)
