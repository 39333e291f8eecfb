"""Polls that are neither repeated nor diagnosed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drivers.chain.chain import Chain
from drivers.chain.messages import General, Setting, Status
from quantities import Purpose
from tests.drivers.chain.scripted import ScriptedClock, ScriptedPort

Build = Callable[..., tuple[Chain, ScriptedPort, ScriptedClock]]


def lose_everything(port: ScriptedPort) -> None:
    port.tamper = lambda _, __: []


def test_the_status_comes_back_as_it_was_sent_by_the_modules(bench: Build):
    chain, port, _ = bench(3)
    port.cells[1].status = "A"
    assert chain.once.general_status() == General(Status(0xA), Status(0x8))


def test_a_status_that_contradicts_itself_is_handed_out(bench: Build):
    chain, port, _ = bench(3)
    port.tamper = lambda _, __: [(0.0, b"\nS0F\r")]
    status = chain.once.general_status()
    assert status == General(Status(0), Status(0xF))
    assert not status.consistent


def test_silence_is_none_and_asks_nothing_more(bench: Build):
    chain, port, _ = bench(3)
    lose_everything(port)
    assert chain.once.general_status() is None
    assert [sent for _, sent in port.sent] == [b"S0F\r"]


def test_after_a_loss_the_chain_is_out_of_step_for_a_watchdog_period(bench: Build):
    chain, port, clock = bench(3)
    lose_everything(port)
    chain.once.general_status()
    assert not chain.once.in_step
    clock.wait(3.19, Purpose.IDLE)
    assert not chain.once.in_step
    clock.wait(0.01, Purpose.IDLE)
    assert chain.once.in_step


def test_a_message_may_follow_an_answer_at_once(bench: Build):
    chain, _, _ = bench(3)
    chain.once.general_status()
    assert chain.once.in_step


@pytest.mark.parametrize("modules", [1, 5, 256])
def test_the_chain_is_counted(bench: Build, modules: int):
    chain, _, _ = bench(modules)
    assert chain.once.count() == modules


def test_a_count_of_a_chain_that_has_become_shorter_is_taken(bench: Build):
    chain, port, _ = bench(5)
    del port.cells[3:]
    assert chain.once.count() == 3


def test_the_status_of_a_chain_that_has_become_shorter_is_taken(bench: Build):
    chain, port, _ = bench(5)
    del port.cells[2:]
    assert chain.once.general_status() == General(Status(8), Status(8))


def test_a_count_that_comes_back_as_it_went_is_of_no_module(bench: Build):
    chain, port, _ = bench(5)
    port.tamper = lambda _, __: [(0.0, b"A00@\r")]
    assert chain.once.count() == 0


def test_a_count_that_does_not_come_back_is_none(bench: Build):
    chain, port, _ = bench(5)
    lose_everything(port)
    assert chain.once.count() is None


def test_voltages_are_nan_where_a_module_is_silent(bench: Build):
    chain, port, _ = bench(3)
    port.cells[1].answers = False
    scan = chain.once.voltages()
    np.testing.assert_array_equal(scan.codes, [0x53C, np.nan, 0x53C])
    assert scan.latches_lost.tolist() == [False, True, False]
    assert len(port.sent) == 3


def test_bleeding_is_enabled_in_all_modules(bench: Build):
    chain, port, _ = bench(3)
    for cell in port.cells:
        cell.status = "0"
    assert chain.once.enable_bleeding()
    assert [cell.status for cell in port.cells] == ["8"] * 3


def test_a_setting_is_read_back_by_an_enquiry_of_its_own(bench: Build):
    chain, port, _ = bench(3)
    assert chain.once.write_setting(Setting.BLEEDING, 2, 0x4B0) == 0x4B0
    assert port.cells[1].settings["V"] == "4B0"
    port.cells[1].writable = False
    assert chain.once.write_setting(Setting.BLEEDING, 2, 0x4C0) == 0x4B0
    lose_everything(port)
    assert chain.once.write_setting(Setting.BLEEDING, 2, 0x4D0) is None
