"""The rig's own line, joined end to end: proven where it is whole, and only there."""

from __future__ import annotations

import pytest

from drivers.chain.chain import Chain
from drivers.chain.timing import ChainTiming
from quantities import Purpose
from quantities.errors import ChainBroken, LineNotProven, ModuleSilent, RigFileError
from rigs.loopback import Loopback
from rigs.rig import Rig
from rigs.simulation.host import HostPort
from tests.rigs.benches import Wire, asked, bench_with, opened

RELAYS = "TCPIP0::relays::5025::SOCKET"
LOOPBACK = f"""
[loopback]
model = "keysight-daq970a"
resource = "{RELAYS}"
channel = 120
"""
ALONE = bench_with(("modules = 2", "modules = 1"), more=LOOPBACK)


def loopback_of(rig: Rig) -> Loopback:
    return Loopback(rig.loopback, rig.chain_port, rig.clock)


def chain_of(rig: Rig) -> Chain:
    """The rig's chain; its modules have no power, so that nothing comes back."""
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2)
    prove = loopback_of(rig).prove if rig.has("loopback") else None
    return Chain(rig.chain_port, rig.clock, timing, rig.file.chain.modules, prove_own_line=prove)


def host_of(rig: Rig) -> HostPort:
    assert rig.bench is not None
    return rig.bench.host


def test_a_whole_line_is_proven_in_a_quarter_of_a_second_and_the_relay_is_open_again():
    rig = opened(bench_with(more=LOOPBACK))
    begun_ns = rig.clock.now()
    loopback_of(rig).prove()
    assert rig.clock.now() - begun_ns < 250_000_000
    assert asked(rig, RELAYS, "ROUT:CLOS? (@101:120)") == ",".join("0" * 20)


def test_modules_do_not_hear_what_goes_round_the_loop():
    rig = opened(bench_with(more=LOOPBACK))
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    rig.clock.wait(0.2, Purpose.SETTLING)
    loopback_of(rig).prove()
    chain = chain_of(rig)
    assert chain.count() == 2
    assert rig.bench is not None
    assert [len(module.buffer) for module in rig.bench.panel.modules] == [0, 0]


def test_a_line_that_brings_nothing_back_is_not_proven(monkeypatch: pytest.MonkeyPatch):
    rig = opened(bench_with(more=LOOPBACK))
    monkeypatch.setattr(host_of(rig), "_receive", lambda _run: None)
    with pytest.raises(LineNotProven, match="receives nothing") as caught:
        loopback_of(rig).prove()
    assert "loopback" in str(caught.value)
    assert asked(rig, RELAYS, "ROUT:CLOS? (@120)") == "0"


def test_a_line_that_spoils_a_character_is_not_proven(monkeypatch: pytest.MonkeyPatch):
    rig = opened(bench_with(more=LOOPBACK))
    host = host_of(rig)
    receive = host._receive
    monkeypatch.setattr(
        host,
        "_receive",
        lambda run: receive(run._replace(characters=run.characters.replace(b"7", b"5"))),
    )
    with pytest.raises(LineNotProven, match="receives 01234565890123456589"):
        loopback_of(rig).prove()


def test_silence_on_a_line_that_is_proven_is_the_only_modules():
    with pytest.raises(ModuleSilent, match="the rig's own line is whole") as caught:
        chain_of(opened(ALONE)).count()
    assert caught.value.position == 1


def test_silence_of_several_modules_is_placed_nowhere():
    with pytest.raises(ChainBroken, match="the rig's own line is whole") as caught:
        chain_of(opened(bench_with(more=LOOPBACK))).count()
    assert caught.value.position is None


def test_silence_without_a_loopback_proves_nothing():
    with pytest.raises(LineNotProven, match="nor does anything else"):
        chain_of(opened(bench_with(("modules = 2", "modules = 1")))).count()


def test_silence_on_a_line_that_is_broken_is_the_rigs(monkeypatch: pytest.MonkeyPatch):
    rig = opened(ALONE)
    monkeypatch.setattr(host_of(rig), "_receive", lambda _run: None)
    with pytest.raises(LineNotProven, match="joined end to end"):
        chain_of(rig).count()


def test_one_instrument_may_hold_the_relays_of_feeds_and_of_the_loopback(
    monkeypatch: pytest.MonkeyPatch,
):
    wire = Wire(monkeypatch)
    more = f"""
[ammeter]
model = "keysight-34461a"
resource = "TCPIP0::ammeter::5025::SOCKET"

[multiplexer]
model = "keysight-daq970a"
resource = "{RELAYS}"
channels = [101, 102]
"""
    rig = opened(bench_with(more=LOOPBACK + more))
    rig.multiplexer.select(102)
    loopback_of(rig).prove()
    assert asked(rig, RELAYS, "ROUT:CLOS? (@102,120)") == "1,0"
    assert wire.sent_to(RELAYS).count("*IDN?") == 1


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("", "wants the channel of its relay"),
        ("channel = 102", r"\[loopback\] and \[multiplexer\] want a relay each"),
    ],
)
def test_a_loopback_without_a_relay_of_its_own_is_refused(channel: str, says: str):
    more = LOOPBACK.replace("channel = 120", channel) + (
        f'[multiplexer]\nmodel = "keysight-daq970a"\nresource = "{RELAYS}"\nchannels = [101, 102]\n'
    )
    with pytest.raises(RigFileError, match=says):
        opened(bench_with(more=more))


def test_a_channel_that_is_no_relay_is_refused():
    with pytest.raises(RigFileError, match="loopback"):
        opened(bench_with(more=LOOPBACK.replace("120", "121")))
