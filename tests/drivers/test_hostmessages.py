from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.chain.messages import (
    COUNT,
    GENERAL_ENQUIRY,
    Addressed,
    Bleeding,
    General,
    Message,
    Setting,
    SettingMessage,
    Status,
    VoltageAnswer,
    encode,
)
from drivers.hostmessages import ForCells, FromCells, decode_heard, to_cells
from quantities.errors import ProtocolError

addresses = st.integers(0, 0xFF)
nibbles = st.integers(0, 0xF).map(Status)


@st.composite
def setting_messages(draw: st.DrawFn) -> SettingMessage:
    setting = draw(st.sampled_from(Setting))
    return SettingMessage(draw(addresses), setting, draw(st.integers(0, setting.largest)))


messages = st.one_of(
    st.builds(Addressed, addresses, st.sampled_from("UVWLHT@")),
    st.builds(VoltageAnswer, addresses, st.integers(0, 0xFFF), nibbles),
    setting_messages(),
    st.builds(General, nibbles, nibbles),
    st.builds(Bleeding, st.booleans()),
)


@given(messages)
def test_what_is_bare_is_for_the_cells_and_what_has_h_ahead_is_from_them(message: Message):
    assert decode_heard(encode(message)) == ForCells(message)
    assert decode_heard(b"H" + encode(message)) == FromCells(message)
    assert decode_heard(b"\nH" + b"\n" + encode(message)) == FromCells(message)


@given(messages)
def test_a_message_to_the_cells_is_the_cells_own_behind_a_c(message: Message):
    assert to_cells(message) == b"C" + encode(message)


def test_the_commands_that_a_host_knows_best_read_as_its_page_has_them():
    assert to_cells(COUNT) == b"CA00@\r"
    assert to_cells(GENERAL_ENQUIRY) == b"CS0F\r"
    assert to_cells(Addressed(3, "U")) == b"CA03U\r"


@given(st.binary(max_size=20))
def test_anything_else_is_no_message(characters: bytes):
    try:
        heard = decode_heard(characters)
    except ProtocolError:
        return
    mark = b"H" if isinstance(heard, FromCells) else b""
    assert characters.replace(b"\n", b"").removesuffix(b"\r") + b"\r" == mark + encode(
        heard.message
    )


@pytest.mark.parametrize("characters", [b"H\r", b"CA03U\r", b"<\r", b"hAFFU53CA\r", b"HHe\r"])
def test_near_misses_are_no_message(characters: bytes):
    with pytest.raises(ProtocolError, match="no message"):
        decode_heard(characters)
