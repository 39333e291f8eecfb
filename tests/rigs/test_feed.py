"""The ammeter in the modules' feed: its range changes with no module behind it."""

from __future__ import annotations

import pytest

from drivers.chain.chain import Chain
from drivers.chain.messages import Status
from drivers.chain.timing import ChainTiming
from rigs.feed import MeteredFeed
from rigs.panel import Panel, PanelFigures
from tests.rigs.benches import SUPPLY, Wire, bench_with, opened

AMMETER = "TCPIP0::ammeter::5025::SOCKET"
RELAYS = "TCPIP0::relays::5025::SOCKET"

WHOLE = bench_with(more=f'\n[ammeter]\nmodel = "keysight-34461a"\nresource = "{AMMETER}"\n')
SWITCHED = WHOLE + f'\n[multiplexer]\nmodel = "keysight-daq970a"\nresource = "{RELAYS}"\n'


def fed(text: str) -> tuple[Panel, MeteredFeed]:
    """A powered panel of two modules, ``d`` in force."""
    rig = opened(text)
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2)
    panel = Panel(rig, Chain(rig.chain_port, rig.clock, timing, 2), PanelFigures(3.7, 0.15))
    panel.rest()
    return panel, MeteredFeed(rig, panel)


def metered_A(feed: MeteredFeed) -> float:
    return float(feed.ammeter.dc_current(range_A=1e-3, power_line_cycles=10).value)


def test_with_relays_a_range_change_resets_no_module(monkeypatch: pytest.MonkeyPatch):
    wire = Wire(monkeypatch)
    panel, feed = fed(SWITCHED)
    off_before = wire.sent_to(SUPPLY).count("OUTP OFF,(@1)")
    feed.lead(2)
    feed.set_range(1e-3)
    scan = panel.chain.read_voltages()
    assert not any(status & Status.ENABLED for status in scan.statuses)
    assert wire.sent_to(SUPPLY).count("OUTP OFF,(@1)") == off_before
    feed.set_range(1e-3)
    ranges = [line for line in wire.sent_to(AMMETER) if line.startswith("CONF")]
    assert ranges == ["CONF:CURR:DC 3", "CONF:CURR:DC 0.001"]
    assert feed.stands_on(1e-3)
    assert not feed.stands_on(1e-2)


def test_with_relays_one_modules_current_is_seen_and_then_nobodys():
    _, feed = fed(SWITCHED)
    feed.set_range(1e-3)
    feed.lead(1)
    one_A = metered_A(feed)
    feed.bypass()
    assert one_A == pytest.approx(4.5e-6, rel=0.3)  # at 3.7 V
    assert metered_A(feed) == pytest.approx(0.0, abs=0.2e-6)
    assert feed.series_ohm == 0.0
    assert float(feed.burden(0.65).value) == pytest.approx((0.1 + 0.7) / 2)


def test_without_relays_the_panel_is_off_while_the_range_changes(monkeypatch: pytest.MonkeyPatch):
    wire = Wire(monkeypatch)
    panel, feed = fed(WHOLE)
    begun = len(wire._lines)
    feed.set_range(1e-3)
    lines = [
        line
        for _, line in wire._lines[begun:]
        if line.startswith(("OUTP", "CONF:CURR", "READ?")) or line == "VOLT 3.7,(@1)"
    ]
    assert lines == [
        "OUTP OFF,(@1)",
        "CONF:CURR:DC 0.001",
        "READ?",
        "VOLT 3.7,(@1)",
        "OUTP ON,(@1)",
    ]
    assert panel.powered
    feed.lead(1)
    feed.bypass()
    assert metered_A(feed) == pytest.approx(9e-6, rel=0.3)  # of both modules


def test_without_relays_the_burden_lies_before_the_voltmeter():
    _, feed = fed(WHOLE)
    assert feed.burden(0.65).value == 0.0
    assert feed.ordinary_A == 2 * 0.65
    assert feed.series_ohm == pytest.approx(2.0 / 3.0)  # the 3 A range's burden at full scale
