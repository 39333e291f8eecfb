from __future__ import annotations

import pytest

from rigs.simulation.modules.eeprom import Eeprom
from rigs.simulation.modules.memory import InitialSettings, Latches, Settings

SETTINGS = InitialSettings(constant=0x4BD000, bleeding_code=0x4A0, low_code=0x5E0, high_code=0x49C)
BYTE = 5_000_000


@pytest.fixture
def eeprom() -> Eeprom:
    return Eeprom(SETTINGS.eeprom_contents(), BYTE)


@pytest.fixture
def settings(eeprom: Eeprom) -> Settings:
    return Settings(eeprom)


@pytest.mark.parametrize(
    ("command", "answer"),
    [("W", b"A00W4BD000"), ("V", b"A00V4A0"), ("L", b"A00L5E0"), ("H", b"A00H49C")],
)
def test_an_enquiry_answers_what_is_stored(settings: Settings, command: str, answer: bytes):
    assert settings.obey(command, b"", 0) == (answer, 0)


@pytest.mark.parametrize(
    ("command", "argument", "answer", "bytes_written"),
    [
        ("W", b"7FA3C8", b"A00W7FA3C8", 3),
        ("W", b"000001", b"A00W000001", 3),
        ("V", b"4A1", b"A00V4A1", 1),
        ("L", b"FFF", b"A00LFFF", 2),
        ("H", b"000", b"A00H000", 2),
        ("H", b"49C", b"A00H49C", 0),
    ],
)
def test_a_setting_is_stored_and_answered_after_as_many_bytes_as_change(
    settings: Settings, command: str, argument: bytes, answer: bytes, bytes_written: int
):
    assert settings.obey(command, argument, 0) == (answer, bytes_written * BYTE)
    assert settings.obey(command, b"", BYTE * 3) == (answer, 0)


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("W", b"7fA3C8"),
        ("W", b"7FA3C"),
        ("W", b"7FA3C8C"),
        ("V", b"4a1"),
        ("V", b"4A"),
        ("V", b"4A10"),
        ("L", b"-12"),
        ("L", b" 12"),
        ("H", b"1_2"),
        ("H", b"+12"),
    ],
)
def test_whatever_is_not_exactly_the_digits_that_are_due_is_an_enquiry(
    settings: Settings, eeprom: Eeprom, command: str, argument: bytes
):
    before = settings.obey(command, b"", 0)
    assert settings.obey(command, argument, 0) == before
    assert sum(eeprom.wear) == 0


def test_settings_do_not_disturb_one_another_and_survive_power(settings: Settings, eeprom: Eeprom):
    for command, argument in (("W", b"123456"), ("V", b"789"), ("L", b"ABC"), ("H", b"DEF")):
        settings.obey(command, argument, 0)
    eeprom.lose_power(1_000_000_000)
    settings = Settings(eeprom)
    assert [settings.obey(command, b"", 0)[0] for command in "WVLH"] == [
        b"A00W123456",
        b"A00V789",
        b"A00LABC",
        b"A00HDEF",
    ]


@pytest.mark.parametrize(
    ("chain", "enabled", "sent", "answered"),
    [
        (0b000, 8, b"S0F", b"S88"),
        (0b010, 8, b"S0F", b"SAA"),
        (0b101, 0, b"S0F", b"S55"),
        (0b001, 8, b"SA2", b"SB0"),
        (0b111, 8, b"S88", b"SF8"),
        (0b000, 0, b"SFF", b"SF0"),
    ],
)
def test_the_general_status_ors_into_the_first_nibble_and_ands_into_the_second(
    chain: int, enabled: int, sent: bytes, answered: bytes
):
    latches = Latches()
    latches.chain = chain
    assert latches.general_status(sent, enabled) == answered


def test_the_general_status_forgets_what_it_told_and_leaves_the_other_memory():
    latches = Latches()
    latches.chain = latches.module = 0b110
    latches.general_status(b"S0F", 8)
    assert (latches.chain, latches.module) == (0, 0b110)


def test_reading_the_modules_own_memory_leaves_that_of_the_chain():
    latches = Latches()
    latches.chain = latches.module = 0b011
    assert latches.take() == 0b011
    assert (latches.chain, latches.module) == (0b011, 0)


@pytest.mark.parametrize("message", [b"S", b"S0", b"S0FF", b"S0f", b"Sxy", b"S-1"])
def test_a_general_status_of_another_form_is_none_and_clears_nothing(message: bytes):
    latches = Latches()
    latches.chain = 0b100
    assert latches.general_status(message, 8) is None
    assert latches.chain == 0b100
