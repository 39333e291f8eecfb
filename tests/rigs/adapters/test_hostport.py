from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import pytest

from drivers.chain.messages import GENERAL_ENQUIRY, Bleeding, Message, Setting, SettingMessage
from drivers.chain.port import SerialPort
from drivers.chain.timing import ChainTiming
from drivers.hostport import HostPort, UnitTiming
from rigs.adapters.hostport import HostPortLogic, requests
from rigs.adapters.protocol import Observation, Stimulus
from rigs.simulation.canunit import nothing_read
from supervisor.decisions import Decision, EnableBleeding, WriteBleedingThreshold
from tests.rigs.simulation.panels import MS
from tests.rigs.simulation.units import Told, UnitOnPanel

TIMING = UnitTiming(chain=ChainTiming(processing_s=0.002, watchdog_longest_s=3.2), silence_s=1.0)


class Bench:
    def __init__(self, logic: Told | None = None) -> None:
        self.panel = UnitOnPanel(logic=logic)
        port = cast("SerialPort", self.panel.port)
        self.host = HostPort(port, self.panel.bench.clock, TIMING, 4)
        self.adapter = HostPortLogic(self.host)

    def step(self) -> Decision:
        shown = self.adapter.step(nothing_read())
        assert shown.unheard == frozenset()
        return shown.decision


def test_a_step_is_from_one_status_poll_to_the_next():
    bench = Bench()
    times_ns = []
    for _ in range(4):
        assert bench.step() == Decision()
        times_ns.append(bench.panel.now_ns)
    gaps_ms = [(late - early) / MS for early, late in pairwise(times_ns)]
    assert gaps_ms == pytest.approx([400.0] * 3)


def test_what_the_logic_has_sent_to_the_chain_is_seen():
    wish = Decision(requests=(EnableBleeding(), WriteBleedingThreshold(2, 0x4B0)))
    bench = Bench(Told(answers=[wish]))
    bench.step()
    assert bench.step().requests == wish.requests
    assert bench.step().requests == ()


def test_a_unit_that_polls_no_more_is_seen_to():
    bench = Bench(Told(always=Decision(poll_chain=False)))
    bench.step()
    assert not bench.step().poll_chain


def test_it_shows_the_chains_part_and_nothing_else():
    declared = Bench().adapter.declared
    assert declared.observations == {Observation.POLLING, Observation.REQUESTS}
    assert declared.stimuli == {Stimulus.CELL_VOLTAGES, Stimulus.STATUS}
    assert declared.missing(observations=[Observation.LIMITS]) == (
        "the unit's host port does not show the limits of charge and discharge"
    )


def test_module_256_is_addressed_as_00():
    assert requests([SettingMessage(0, Setting.BLEEDING, 1)]) == (WriteBleedingThreshold(256, 1),)


@pytest.mark.parametrize(
    "message", [Bleeding(enabled=False), SettingMessage(1, Setting.LOW, 9), GENERAL_ENQUIRY]
)
def test_what_else_is_said_to_the_chain_is_no_wish_of_the_logic(message: Message):
    assert requests([message]) == ()


def test_closing_gives_the_port_back():
    bench = Bench()
    bench.adapter.close()
    port: Any = bench.panel.port
    assert not port.is_open


def test_the_driver_and_the_simulated_unit_read_the_protocol_alike():
    bench = Bench()
    bench.host.stop_polling()
    assert bench.host.count() == 4
    assert [bench.host.read_voltage(position).code for position in range(1, 5)] == [0x530] * 4
    status = bench.host.general_status()
    assert (status.any_module, status.every_module) == (8, 8)
    bench.host.resume_polling()
