from __future__ import annotations

import math

import numpy as np
import pytest

from supervisor.decisions import Decision, EnableBleeding, RepeatStatus, WriteBleedingThreshold
from tests.rigs.simulation.panels import MS
from tests.rigs.simulation.units import Told, UnitOnPanel


def lines(heard: bytes) -> list[bytes]:
    return [line.strip(b"\n") for line in heard.split(b"\r") if line]


def stopped(panel: UnitOnPanel) -> None:
    panel.port.write(b"<\r")
    panel.collect(500 * MS)


def test_it_polls_the_status_each_period_and_counts_and_reads_the_cells_far_end_first():
    panel = UnitOnPanel()
    first_period = lines(panel.collect(399 * MS))
    assert first_period == [b"S0F", b"A00@", b"A04W", b"A03W", b"A02W", b"A01W"]
    assert lines(panel.collect(400 * MS)) == [b"S0F"]
    panel.collect(2 * 400 * MS)
    assert lines(panel.collect(400 * MS)) == [b"S0F", b"A00@", b"A04U", b"A03U", b"A02U", b"A01U"]


def test_its_logic_is_told_what_the_chain_answered_and_how_old_that_is():
    panel = UnitOnPanel()
    panel.wait(5 * 400 * MS)
    panel.wait(390 * MS)
    told = panel.logic.readings[5]
    np.testing.assert_array_equal(told.constants, [0x4BD000] * 4)
    np.testing.assert_allclose(told.cell_voltages_V.values, 0x4BD000 / 0x530 / 1000)
    assert np.all(told.cell_voltages_V.ages_s < 0.4)
    assert told.module_count == 4
    assert (told.status.any_module, told.status.every_module) == (8, 8)
    assert told.status.age_s < 0.05
    assert told.elapsed_s == 0.4
    assert list(told.latches) == [8] * 4


def test_without_power_in_the_cells_it_is_told_of_nothing():
    panel = UnitOnPanel(volts=0.0)
    panel.wait(2000 * MS)
    told = panel.logic.readings[-1]
    assert told.module_count is None
    assert told.status.any_module is None
    assert told.status.age_s == math.inf
    assert np.all(np.isnan(told.cell_voltages_V.values))
    assert math.isnan(told.current_A.value)
    assert told.current_A.age_s == math.inf


def test_it_leaves_the_chain_alone_from_stop_to_resume():
    panel = UnitOnPanel()
    panel.collect(300 * MS)
    panel.port.write(b"<\r")
    assert lines(panel.collect(3000 * MS)) == []
    panel.port.write(b">\r")
    assert b"S0F" in lines(panel.collect(500 * MS))


def test_a_message_of_the_host_goes_to_the_cells_and_the_answer_comes_back_with_h_ahead():
    panel = UnitOnPanel()
    stopped(panel)
    panel.port.write(b"CA03U\r")
    assert lines(panel.collect(300 * MS)) == [b"A03U", b"HAFFU5308"]
    panel.port.write(b"Ce\rCS0F\r")
    assert lines(panel.collect(300 * MS)) == [b"e", b"S0F", b"He", b"HS88"]


def test_what_the_host_polls_its_logic_is_told():
    panel = UnitOnPanel()
    panel.wait(500 * MS)
    stopped(panel)
    panel.wait(2000 * MS)
    assert panel.logic.readings[-1].status.age_s > 2.0
    panel.port.write(b"CS0F\r")
    panel.wait(500 * MS)
    assert panel.logic.readings[-1].status.age_s < 0.5


def test_its_logic_can_have_it_enable_bleeding_and_write_a_threshold():
    wish = Decision(requests=(EnableBleeding(), WriteBleedingThreshold(2, 0x4B0)))
    panel = UnitOnPanel(logic=Told(answers=[wish]))
    heard = lines(panel.collect(399 * MS))
    assert heard[:3] == [b"S0F", b"e", b"A02V4B0"]
    panel.wait(500 * MS)
    assert panel.modules[1].settings.thresholds[0] == 0x4B0


def test_its_logic_can_have_the_status_polled_again_and_is_told_of_it_within_the_period():
    again = Decision(requests=(RepeatStatus(),))
    panel = UnitOnPanel(logic=Told(always=again))
    heard = lines(panel.collect(399 * MS))
    polls = heard.count(b"S0F")
    assert polls > 3
    assert len(panel.logic.readings) == polls
    panel.wait(100 * MS)
    elapsed_s = [told.elapsed_s for told in panel.logic.readings]
    assert elapsed_s[: polls + 1] == [0.0] * polls + [0.4]


def test_its_logic_can_have_it_silent_and_poll_again():
    silent = Decision(poll_chain=False)
    panel = UnitOnPanel(logic=Told(answers=[Decision(), *[silent] * 4]))
    panel.collect(799 * MS)
    assert lines(panel.collect(1000 * MS)) == []
    assert b"S0F" in lines(panel.collect(1000 * MS))


def test_host_and_cells_at_once_are_both_lost():
    panel = UnitOnPanel()
    stopped(panel)
    panel.port.write(b"CA01U\r")
    answer = panel.port.read_until(b"A01U\r")
    assert answer == b"A01U\r"
    panel.wait(33 * MS)  # the last module is answering
    panel.port.write(b"CS0F\r")
    assert lines(panel.collect(500 * MS)) == []


def test_it_hears_nothing_at_a_foreign_rate():
    panel = UnitOnPanel()
    stopped(panel)
    panel.port.baudrate = 4800
    panel.port.write(b"CA01U\r")
    panel.wait(300 * MS)
    panel.port.baudrate = 9600
    assert lines(panel.collect(300 * MS)) == []


def test_more_characters_than_any_message_has_are_forgotten():
    panel = UnitOnPanel()
    stopped(panel)
    panel.port.write(b"C" * 40 + b"\r" + b"CA01U\r")
    assert lines(panel.collect(300 * MS))[-1] == b"HAFDU5308"


@pytest.mark.parametrize(("modules", "period_ms"), [(1, 60), (16, 290), (16, 1000)])
def test_a_chain_of_any_length_is_read_whole_if_in_pieces(modules: int, period_ms: int):
    panel = UnitOnPanel(modules, period_ns=period_ms * MS)
    panel.wait(60 * period_ms * MS)
    told = panel.logic.readings[-1]
    assert told.module_count == modules
    np.testing.assert_allclose(told.cell_voltages_V.values, 0x4BD000 / 0x530 / 1000)
    assert told.status.age_s < period_ms / 1000
    assert np.all(told.cell_voltages_V.ages_s < 20 * period_ms / 1000)


def test_a_period_that_the_wire_cannot_keep_is_refused():
    with pytest.raises(ValueError, match="too short for 16 modules"):
        UnitOnPanel(16, period_ns=100 * MS)


def test_a_chain_that_loses_a_module_loses_its_count_and_its_readings_grow_old():
    panel = UnitOnPanel()
    panel.wait(4000 * MS)
    panel.modules[2].send = lambda _run: None
    panel.wait(4000 * MS)
    told = panel.logic.readings[-1]
    assert told.module_count is None
    assert told.status.any_module is None
    assert 3.0 < told.status.age_s < 5.0
    assert np.all(told.cell_voltages_V.ages_s > 2.0)
