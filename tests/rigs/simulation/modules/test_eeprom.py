from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.modules.eeprom import Eeprom

BYTE = 5_000_000
"""5 ms a byte."""


def test_numbers_are_big_endian():
    assert Eeprom(bytes([0x4B, 0xD0, 0x00, 0x04, 0xA0]), BYTE).read(0, 3) == 0x4BD000
    assert Eeprom(bytes([0x4B, 0xD0, 0x00, 0x04, 0xA0]), BYTE).read(3, 2) == 0x04A0


@pytest.mark.parametrize(
    ("number", "changed"),
    [(0x4BD000, 0), (0x4BD001, 1), (0x4BD101, 2), (0x000000, 2), (0x7FA3C8, 3)],
)
def test_a_write_takes_five_milliseconds_for_each_byte_that_changes(number: int, changed: int):
    eeprom = Eeprom(bytes([0x4B, 0xD0, 0x00]), BYTE)
    assert eeprom.write(0, 3, number, 1000) == changed * BYTE
    assert eeprom.read(0, 3) == number
    assert sum(eeprom.wear) == changed


def test_each_byte_wears_by_itself():
    eeprom = Eeprom(bytes(3), BYTE)
    eeprom.write(0, 3, 0x000001, 0)
    eeprom.write(0, 3, 0x000102, BYTE)
    assert eeprom.wear == [0, 1, 2]


def test_a_write_during_another_waits_for_it_and_starts_from_what_that_leaves():
    eeprom = Eeprom(bytes(3), BYTE)
    assert eeprom.write(0, 3, 0x0000AA, 0) == BYTE
    assert eeprom.write(0, 3, 0x0000BB, 1_000_000) == 2 * BYTE - 1_000_000
    assert eeprom.write(0, 3, 0x0000BB, 2_000_000) == 2 * BYTE - 2_000_000


@pytest.mark.parametrize(
    ("lost_ns", "left", "wear"),
    [
        (0, 0xFF2222, [1, 0, 0]),
        (BYTE - 1, 0xFF2222, [1, 0, 0]),
        (BYTE, 0xAAFF22, [1, 1, 0]),
        (2 * BYTE + 1, 0xAABBFF, [1, 1, 1]),
        (3 * BYTE, 0xAABBCC, [1, 1, 1]),
    ],
)
def test_power_lost_during_a_write_leaves_a_torn_number(lost_ns: int, left: int, wear: list[int]):
    eeprom = Eeprom(bytes([0x22, 0x22, 0x22]), BYTE)
    eeprom.write(0, 3, 0xAABBCC, 1000)
    eeprom.lose_power(1000 + lost_ns)
    assert eeprom.read(0, 3) == left
    assert eeprom.wear == wear


def test_what_was_written_long_ago_survives():
    eeprom = Eeprom(bytes(3), BYTE)
    eeprom.write(0, 3, 0x123456, 0)
    eeprom.lose_power(1_000_000_000)
    eeprom.lose_power(2_000_000_000)
    assert eeprom.read(0, 3) == 0x123456


@given(st.lists(st.tuples(st.integers(0, 0xFFFFFF), st.integers(0, 40_000_000)), max_size=8))
def test_whatever_is_written_last_is_what_stands_in_the_end(writes: list[tuple[int, int]]):
    eeprom, now_ns, expected = Eeprom(bytes(3), BYTE), 0, 0
    for number, pause_ns in writes:
        now_ns += pause_ns
        eeprom.write(0, 3, number, now_ns)
        expected = number
        assert eeprom.read(0, 3) == expected
    eeprom.lose_power(now_ns + 1_000_000_000)
    assert eeprom.read(0, 3) == expected
