"""The chain's wire: bursts leave at the bit rate, answers come when their characters have ended."""

from __future__ import annotations

import pytest

from rigs.serving.chainwire import ChainWire
from rigs.simulation.host import HostPort, PortModel
from rigs.simulation.kernel import Kernel
from rigs.simulation.line import Run
from tests.rigs.serving.stepping import Listener, SteppedPace

CHARACTER_S = 10 / 9600


class Loop:
    """A wire that leads from the port's transmitter straight to its receiver."""

    def __init__(self) -> None:
        kernel = Kernel()
        self.sent: list[Run] = []
        self.port = HostPort(kernel, PortModel())
        self.port.send = self._carry
        self.pace = SteppedPace(kernel)
        self.wire = ChainWire(self.pace, self.port)

    def _carry(self, run: Run) -> None:
        self.sent.append(run)
        self.port.hear(run)


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_a_burst_leaves_at_the_bit_rate(loop: Loop):
    client = Listener(loop.wire)
    client.say(b"A00@\r")
    client.say(b"A00U\r")
    first, second = loop.sent
    assert second.start_ns == first.end_ns == round(5 * CHARACTER_S * 1e9)


def test_every_character_is_handed_over_when_it_has_ended(loop: Loop):
    client = Listener(loop.wire)
    client.say(b"A00@\r")
    loop.pace.wait(0.9 * CHARACTER_S)
    for count in range(5):
        assert client.heard == b"A00@\r"[:count]
        loop.pace.wait(CHARACTER_S)
    assert client.heard == b"A00@\r"


def test_who_spoke_last_hears(loop: Loop):
    socket, terminal = Listener(loop.wire), Listener(loop.wire)
    socket.say(b"1\r")
    loop.pace.wait(1.0)
    terminal.say(b"2\r")
    loop.pace.wait(1.0)
    assert (socket.heard, terminal.heard) == (b"1\r", b"2\r")


def test_what_comes_after_its_asker_has_left_is_lost(loop: Loop):
    leaver = Listener(loop.wire)
    leaver.say(b"A00@\r")
    leaver.leave()
    loop.pace.wait(1.0)
    stayer = Listener(loop.wire)
    stayer.say(b"1\r")
    loop.pace.wait(1.0)
    assert (leaver.heard, stayer.heard) == (b"", b"1\r")


def test_a_newer_connection_takes_the_place_of_an_older_one(loop: Loop):
    older = Listener(loop.wire)
    newer = Listener(loop.wire)
    assert (older.closed, newer.closed) == (True, False)
    older.leave()
    newer.say(b"1\r")
    loop.pace.wait(1.0)
    assert newer.heard == b"1\r"
