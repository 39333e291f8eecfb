from __future__ import annotations

from collections.abc import Callable

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
    address_of,
    decode,
    encode,
    position_of,
)
from quantities.errors import ProtocolError

ADDRESSES = st.integers(0, 255)
STATUSES = st.integers(0, 15).map(Status)
DIGITS = "0123456789ABCDEF"


@st.composite
def settings_with_values(draw: st.DrawFn) -> SettingMessage:
    setting = draw(st.sampled_from(Setting))
    return SettingMessage(draw(ADDRESSES), setting, draw(st.integers(0, setting.largest)))


@st.composite
def others(draw: st.DrawFn) -> Addressed:
    command = draw(st.sampled_from("TX@x!~"))
    argument = draw(
        st.one_of(
            st.just(""),
            st.text(DIGITS, min_size=3, max_size=3),
            st.text(DIGITS, min_size=6, max_size=6),
        )
    )
    return Addressed(draw(ADDRESSES), command, argument)


MESSAGES = st.one_of(
    st.builds(Addressed, ADDRESSES, st.sampled_from("UWVLHT@")),
    others(),
    st.builds(VoltageAnswer, ADDRESSES, st.integers(0, 0xFFF), STATUSES),
    settings_with_values(),
    st.builds(General, STATUSES, STATUSES),
    st.builds(Bleeding, st.booleans()),
)


@given(MESSAGES)
def test_what_is_encoded_decodes_to_the_same(message: Message):
    assert decode(encode(message)) == message


@given(MESSAGES, st.data())
def test_line_feeds_anywhere_change_nothing(message: Message, data: st.DataObject):
    characters = encode(message)
    place = data.draw(st.integers(0, len(characters)))
    assert decode(characters[:place] + b"\n" + characters[place:]) == message


@given(MESSAGES)
def test_a_message_without_its_line_feeds_has_ten_characters_at_most(message: Message):
    assert len(encode(message)) <= 10 + len(b"\r")


@given(
    st.one_of(
        st.binary(max_size=14),
        st.text("AUWVLHTSed@0123456789ABCDEFabf\r\n", max_size=13).map(str.encode),
    )
)
def test_any_bytes_are_a_message_or_the_protocol_error(characters: bytes):
    try:
        message = decode(characters)
    except ProtocolError:
        return
    assert encode(message) == characters.replace(b"\n", b"").removesuffix(b"\r") + b"\r"


@pytest.mark.parametrize(
    ("characters", "message"),
    [
        (b"A03U", Addressed(3, "U")),
        (b"AF3U53CA", VoltageAnswer(0xF3, 0x53C, Status.ENABLED | Status.BLEEDING)),
        (b"A00@", COUNT),
        (b"AF0@", Addressed(0xF0, "@")),
        (b"A07W", Addressed(7, "W")),
        (b"A01W4BD000", SettingMessage(1, Setting.CALIBRATION, 0x4BD000)),
        (b"A03V4A0", SettingMessage(3, Setting.BLEEDING, 0x4A0)),
        (b"A03L5E0", SettingMessage(3, Setting.LOW, 0x5E0)),
        (b"A03H49C", SettingMessage(3, Setting.HIGH, 0x49C)),
        (b"A00TBB8", Addressed(0, "T", "BB8")),
        (b"S0F", GENERAL_ENQUIRY),
        (b"SE8", General(Status.ENABLED | Status.HIGH | Status.BLEEDING, Status.ENABLED)),
        (b"e", Bleeding(enabled=True)),
        (b"d", Bleeding(enabled=False)),
    ],
)
def test_the_examples_of_the_source_read_as_they_should(characters: bytes, message: Message):
    assert decode(characters) == message
    assert encode(message) == characters + b"\r"


@pytest.mark.parametrize(
    "characters",
    [
        b"",
        b"\r",
        b"\n",
        b"A0",
        b"A03",
        b"a03U",
        b"A0fU",
        b"A02W43f354",
        b"A03V4A",
        b"A03V4A01",
        b"A03W4BD",
        b"A03U53C",
        b"A03U53CA8",
        b"A03\rU",
        b"A03 ",
        b"S0",
        b"S0F8",
        b"S0f",
        b"ee",
        b"E",
        b"\xc103U",
        b"A00U53C8\r\r",
    ],
)
def test_what_is_no_message_is_refused_and_quoted(characters: bytes):
    with pytest.raises(ProtocolError) as caught:
        decode(characters)
    assert "is no " in str(caught.value)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Addressed(256, "U"),
        lambda: Addressed(-1, "U"),
        lambda: Addressed(1, ""),
        lambda: Addressed(1, "UU"),
        lambda: Addressed(1, "\r"),
        lambda: Addressed(1, "U", "53CA"),
        lambda: Addressed(1, "T", "bb8"),
        lambda: VoltageAnswer(0, 0x1000, Status.NONE),
        lambda: SettingMessage(0, Setting.BLEEDING, 0x1000),
        lambda: SettingMessage(0, Setting.CALIBRATION, 0x1000000),
    ],
)
def test_what_the_wire_cannot_carry_cannot_be_built(build: Callable[[], object]):
    with pytest.raises(ProtocolError):
        build()


@pytest.mark.parametrize(
    ("characters", "consistent"),
    [
        (b"S0F", False),
        (b"S80", True),
        (b"S88", True),
        (b"S98", True),
        (b"SA8", True),
        (b"SAA", True),
        (b"SE8", True),
        (b"S89", False),
    ],
)
def test_what_every_module_has_some_module_has_too(characters: bytes, consistent: bool):  # noqa: FBT001 - a table's column
    general = decode(characters)
    assert isinstance(general, General)
    assert general.consistent is consistent


@given(st.integers(1, 256), st.data())
def test_the_position_of_an_answer_is_the_one_that_was_asked(modules: int, data: st.DataObject):
    position = data.draw(st.integers(1, modules))
    address = address_of(position)
    for module in range(1, modules + 1):  # ADR-1 and ADR-2, module by module
        address = 0 if module == position else (address - 1) % 256
    assert position_of(address, modules) == position


def test_the_reply_of_the_third_of_sixteen_carries_f3():
    assert position_of(0xF3, 16) == 3


def test_module_256_is_addressed_as_00():
    assert address_of(256) == 0
    assert position_of(0, 256) == 256


@pytest.mark.parametrize("position", [0, -1, 257])
def test_a_position_outside_a_chain_has_no_address(position: int):
    with pytest.raises(ValueError, match="1 to 256"):
        address_of(position)
