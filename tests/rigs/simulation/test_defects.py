"""What a module with a defect does, and that it does everything else as a good one."""

from __future__ import annotations

import pytest

from rigs.simulation.defects import DEFECTS
from tests.rigs.simulation.panels import SECOND, Panel


def spoilt(defect: str, **figures: object) -> Panel:
    """Three modules, the second with a defect."""
    panel = Panel(3, others={2: {"defects": [defect]}}, **figures)
    panel.port.timeout = 1
    return panel


def test_every_defect_says_what_it_is():
    for defect in DEFECTS.values():
        assert defect.__doc__


def test_a_mute_module_ends_the_chain():
    panel = spoilt("mute")
    assert panel.ask(b"A00@\r", 6) == b""
    assert panel.ask(b"A03U\r", 10) == b""
    assert panel.ask(b"A01V123\r", 9) == b""
    assert panel.modules[0].settings.codes["V"] == 0x123


def test_a_module_that_refuses_its_voltage_still_passes_all_else_on():
    panel = spoilt("refuses-voltage")
    assert panel.ask(b"A02U\r", 10) == b""
    assert panel.ask(b"A01U\r", 10) == b"\nAFEU5308\r"
    assert panel.ask(b"A03U\r", 10) == b"\nA00U5308\r"
    assert panel.ask(b"A02V\r", 9) == b"\nAFFV4A0\r"


def test_a_module_that_garbles_spoils_one_character_of_each_message():
    panel = spoilt("garbles")
    heard = set()
    for _ in range(20):
        panel.modules[2].inbound.clear()
        panel.port.write(b"A01U\r")
        panel.wait(3 * SECOND)
        heard.add(panel.port.read(panel.port.in_waiting))
    assert b"\nAFEU5308\r" not in heard
    assert len(heard) > 1


@pytest.mark.parametrize("cell_V", [2.5, 3.0, 4.0])
def test_a_sagging_reference_reads_high_below_the_calibration_point(cell_V: float):
    panel = spoilt("sagging-reference", volts=cell_V, bleeding_code=0, high_code=0)
    good = int(panel.ask(b"A01U\r", 10)[5:8], 16)
    bad = int(panel.ask(b"A02U\r", 10)[5:8], 16)
    # 0.4 % for each volt below 4.2 V, in steps of four codes
    assert bad == pytest.approx(good / (1 + 0.004 * (4.2 - cell_V)), abs=4)
    if cell_V < 4.0:
        assert bad < good - 4


def test_a_sagging_reference_is_right_at_the_calibration_point():
    panel = spoilt("sagging-reference", volts=4.2, bleeding_code=0, high_code=0)
    assert panel.ask(b"A01U\r", 10)[5:8] == panel.ask(b"A02U\r", 10)[5:8]


@pytest.mark.parametrize(
    ("message", "told", "enquiry", "stored"),
    [
        (b"A02V123\r", b"\nAFFV123\r", b"A02V\r", b"\nAFFV4A0\r"),
        (b"A02W123456\r", b"\nAFFW123456\r", b"A02W\r", b"\nAFFW4BD000\r"),
    ],
)
def test_a_module_that_forgets_answers_what_it_was_told_and_stores_nothing(
    message: bytes, told: bytes, enquiry: bytes, stored: bytes
):
    panel = spoilt("forgets")
    assert panel.ask(message, len(told)) == told
    assert panel.ask(enquiry, len(stored)) == stored
    assert sum(panel.modules[1].eeprom.wear) == 0
