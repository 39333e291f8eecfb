"""Which module it is that does not pass on what it should."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.chain.chain import Chain
from quantities.errors import ChainBroken, ChainCountMismatch, LineNotProven
from tests.drivers.chain.scripted import ScriptedClock, ScriptedPort

Build = Callable[..., tuple[Chain, ScriptedPort, ScriptedClock]]


@pytest.mark.parametrize("modules", [2, 4])
@pytest.mark.parametrize("position", [1, 2, 4])
def test_the_module_that_keeps_addresses_is_placed(bench: Build, modules: int, position: int):
    position = min(position, modules)
    for ask in (Chain.read_voltages, Chain.disable_bleeding):
        chain, port, _ = bench(modules)
        port.cells[position - 1].keeps_addresses = True
        port.cells[position - 1].keeps_switches = True
        with pytest.raises(ChainBroken, match="passes addresses on as they came") as caught:
            ask(chain)
        assert caught.value.position == position
        assert chain.locate_kept_address() == position


def test_a_module_alone_that_keeps_addresses_is_no_empty_line(bench: Build):
    chain, port, _ = bench(1)
    port.cells[0].keeps_addresses = True
    port.cells[0].keeps_switches = True
    with pytest.raises(ChainBroken, match="module 1: passes addresses on"):
        chain.disable_bleeding()
    empty, _, _ = bench(0, stated=1)
    with pytest.raises(LineNotProven, match="without having passed a module"):
        empty.read_voltages()


@pytest.mark.parametrize("stated", [2, 3, 5])
def test_where_a_module_is_missing_nobody_keeps_addresses(bench: Build, stated: int):
    chain, _, _ = bench(stated - 1, stated=stated)
    assert chain.locate_kept_address() is None
    with pytest.raises(ChainCountMismatch):
        chain.read_voltages()


@pytest.mark.parametrize("position", [1, 3, 4])
@pytest.mark.parametrize("others_enabled", [True, False])
def test_the_module_that_keeps_e_and_d_is_placed_whatever_the_others_were(
    bench: Build, position: int, *, others_enabled: bool
):
    chain, port, _ = bench(4)
    port.cells[position - 1].keeps_switches = True
    for cell in port.cells[position:]:
        cell.status = "8" if others_enabled else "0"
    with pytest.raises(ChainBroken, match="d␍ does not come back") as caught:
        chain.disable_bleeding()
    assert caught.value.position == position


def test_with_a_silent_module_the_end_of_d_is_not_known(bench: Build):
    chain, port, _ = bench(4)
    port.cells[1].keeps_switches = True
    port.cells[2].answers = False
    with pytest.raises(ChainBroken, match="scripted: d␍") as caught:
        chain.disable_bleeding()
    assert caught.value.position is None


def test_a_general_status_that_is_lost_tells_no_place(bench: Build):
    chain, port, _ = bench(4)
    port.tamper = lambda _, reply: [] if reply.startswith(b"\nS") else [(0.0, reply)]
    with pytest.raises(ChainBroken, match="scripted: S0F␍") as caught:
        chain.general_status()
    assert caught.value.position is None
