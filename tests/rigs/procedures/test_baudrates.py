"""The receive window of a simulated module whose clock is known."""

from __future__ import annotations

import math

import pytest

from drivers.chain.chain import Chain
from drivers.chain.timing import ChainTiming
from quantities import Purpose
from rigs.procedures.baudrates import BaudRates, ReceiveWindow
from rigs.procedures.firstmodule import FirstModule, figures_of
from rigs.rig import Rig
from tests.rigs.benches import bench_with, opened

SLOWEST, FASTEST = 9200.0, 10050.0


def tried(modules: int = 1, more: str = "") -> tuple[BaudRates, Rig, Chain]:
    rig = opened(bench_with(("modules = 2", f"modules = {modules}"), more=more))
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.0)
    chain = Chain(rig.chain_port, rig.clock, timing, modules)
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    rig.clock.wait(0.2, Purpose.SETTLING)
    figures = figures_of(timing, modules, watchdog_shortest_s=1.28, surplus_digits_store=False)
    first_module = FirstModule(chain, rig.clock, figures)
    first_module.prepare()
    return BaudRates(chain, rig.clock, first_module), rig, chain


def clock_error(window: ReceiveWindow) -> float:
    return float(window.clock_error(slowest_baud=SLOWEST, fastest_baud=FASTEST).value)


def true_error(rig: Rig) -> float:
    """In %, of the first module's clock."""
    assert rig.bench is not None
    return 100 * (1e9 / 9600 / rig.bench.panel.modules[0].traits.bit_ns - 1)


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.04])
def test_the_clocks_error_follows_from_the_window(spread: float):
    rates, rig, _ = tried(more=f"\n[simulation.module]\nclock_spread = {spread}\n")
    window = rates.window()
    assert clock_error(window) == pytest.approx(true_error(rig), abs=0.05)
    assert float(window.slowest.standard_uncertainty) == pytest.approx(9.7, abs=0.1)


def test_others_on_the_chain_do_not_move_the_window():
    rates, rig, chain = tried(modules=3)
    assert clock_error(rates.window()) == pytest.approx(true_error(rig), abs=0.05)
    assert chain.count() == 3


def test_bleeding_is_enabled_and_the_rate_nominal_in_the_end():
    rates, rig, chain = tried()
    chain.disable_bleeding()
    rates.window()
    assert chain.read_voltage(1).status & 8
    assert rig.chain_port.baudrate == 9600


def test_a_module_that_hears_any_rate_has_no_window(monkeypatch: pytest.MonkeyPatch):
    rates, _, _ = tried()
    monkeypatch.setattr(rates, "_hears", lambda _baud: True)
    window = rates.window()
    assert math.isnan(float(window.slowest.value))
    assert math.isnan(float(window.fastest.value))
    assert math.isnan(clock_error(window))
