"""Several clients of one instrument: each gets its own answers, whole, in its own order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.serving.instrumentwire import InstrumentWire
from rigs.simulation.instruments import build
from rigs.simulation.instruments.instrument import INPUT_BUFFER
from rigs.simulation.kernel import Kernel
from tests.rigs.serving.stepping import Listener, SteppedPace

PROMPT_S = 0.01
"""Longer than a plain question takes."""


class Bench:
    """One instrument on a wire."""

    def __init__(self, model: str = "keysight-34461a") -> None:
        kernel = Kernel()
        self.pace = SteppedPace(kernel)
        self.instrument = build(
            model, serial_number="SN1", kernel=kernel, generator=np.random.default_rng(1)
        )
        self.wire = InstrumentWire(self.pace, self.instrument)

    def client(self) -> Listener:
        return Listener(self.wire)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_an_answer_comes_when_the_instrument_has_it_and_not_before(bench: Bench):
    client = bench.client()
    client.say(b"VOLT:NPLC 100;:VOLT:RANG 10;:READ?\n")
    bench.pace.wait(3.9)
    assert client.heard == b""
    bench.pace.wait(0.2)
    assert client.heard.endswith(b"\n")


def test_a_message_may_come_in_pieces(bench: Bench):
    client = bench.client()
    for piece in (b"*ID", b"N?;*ES", b"R?", b"\n"):
        assert client.heard == b""
        client.say(piece)
        bench.pace.wait(PROMPT_S)
    assert client.heard.startswith(b"Keysight Technologies,34461A,SN1")


def test_pieces_of_two_clients_do_not_mix(bench: Bench):
    one, other = bench.client(), bench.client()
    one.say(b"SAMP:COUN 3;COU")
    other.say(b"TRIG:COUN 7;CO")
    one.say(b"N?\n")
    other.say(b"UN?\n")
    bench.pace.wait(PROMPT_S)
    assert (float(one.heard), float(other.heard)) == (3, 7)


def test_whoever_asks_while_the_instrument_measures_for_another_waits(bench: Bench):
    one, other = bench.client(), bench.client()
    one.say(b"READ?\n")
    other.say(b"*ESR?\n")
    bench.pace.wait(0.2)
    assert (one.heard, other.heard) == (b"", b"")
    bench.pace.wait(0.5)
    assert one.heard.count(b"\n") == 1
    assert other.heard == b"+128\n"


@given(
    turns=st.lists(
        st.tuples(st.booleans(), st.integers(1, 1000), st.sampled_from([0.0, 0.0005, 0.005])),
        max_size=20,
    )
)
def test_every_client_gets_its_own_answers_in_its_order(turns: list[tuple[bool, int, float]]):
    bench = Bench()
    clients = [bench.client(), bench.client()]
    asked: list[list[int]] = [[], []]
    for second, number, pause_s in turns:
        clients[second].say(b"SAMP:COUN %d;COUN?\n" % number)
        asked[second].append(number)
        bench.pace.wait(pause_s)
    bench.pace.wait(1.0)
    for client, numbers in zip(clients, asked, strict=True):
        assert [float(answer) for answer in client.heard.split()] == numbers


@pytest.mark.parametrize(("model", "places"), [("keysight-e36312a", 2), ("siglent-spd3303x", 1)])
def test_one_client_more_than_the_instrument_takes_is_turned_away(model: str, places: int):
    bench = Bench(model)
    clients = [bench.client() for _ in range(places + 1)]
    assert [client.closed for client in clients] == [False] * places + [True]
    clients[-1].say(b"*IDN?\n")
    bench.pace.wait(PROMPT_S)
    assert clients[-1].heard == b""
    clients[0].leave()
    newcomer = bench.client()
    newcomer.say(b"*IDN?\n")
    bench.pace.wait(PROMPT_S)
    assert newcomer.heard.count(b"\n") == 1


def test_what_was_asked_by_one_who_left_is_answered_to_nobody(bench: Bench):
    leaver, stayer = bench.client(), bench.client()
    leaver.say(b"TRIG:SOUR EXT;:READ?\n*IDN?\n")  # this trigger never comes
    stayer.say(b"SYST:ERR?\n")
    bench.pace.wait(1.0)
    assert stayer.heard == b""
    leaver.leave()
    bench.pace.wait(PROMPT_S)
    assert stayer.heard == b'+0,"No error"\n'
    assert leaver.heard == b""


def test_one_who_has_nothing_more_to_say_hears_its_answer_until_another_comes(bench: Bench):
    piped, _ = bench.client(), bench.client()
    piped.say(b"*IDN?\n")
    piped.ended = True
    bench.pace.wait(PROMPT_S)
    assert piped.heard.count(b"\n") == 1
    newcomer = bench.client()
    assert piped.closed
    assert not newcomer.closed


def test_a_message_without_end_is_refused_by_the_instrument(bench: Bench):
    client = bench.client()
    client.say(b"x" * (INPUT_BUFFER + 1))
    client.say(b"\nSYST:ERR?\n")
    bench.pace.wait(PROMPT_S)
    assert client.heard == b'-363,"Input buffer overrun"\n'
