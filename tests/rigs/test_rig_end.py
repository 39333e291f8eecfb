"""The end of a rig: safe and closed, whatever has died before."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from quantities import Purpose
from quantities.errors import (
    PortError,
)
from rigs import opening
from rigs.rig import Rig
from tests.rigs.benches import (
    SUPPLY,
    VOLTMETER,
    Wire,
    bench_with,
    modules_have_power,
    opened,
)

# -- the end -----------------------------------------------------------------------------------


def powered_rig() -> Rig:
    rig = opened()
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    rig.clock.wait(0.2, Purpose.SETTLING)
    assert modules_have_power(rig)
    return rig


def test_making_safe_takes_the_power_and_can_be_repeated():
    rig = powered_rig()
    assert rig.make_safe() == []
    assert not modules_have_power(rig)
    assert rig.make_safe() == []


def test_closing_makes_safe_and_lets_go_of_everything(wire: Wire):
    rig = powered_rig()
    port = rig.chain_port
    assert rig.close() == []
    assert not modules_have_power(rig)
    assert wire.still_open == []
    assert not port.is_open


def test_a_dead_supply_does_not_keep_the_rest_from_closing(wire: Wire):
    rig = powered_rig()
    wire.broken.add(SUPPLY)
    errors = rig.close()
    assert len(errors) == 1
    assert "switching the supply off failed" in str(errors[0])
    assert "cable is out" in str(errors[0])
    assert errors[0].remedy == "switch the supply off by hand"
    assert wire.still_open == []


def test_a_dead_voltmeter_does_not_keep_the_supply_on(wire: Wire, monkeypatch: pytest.MonkeyPatch):
    rig = powered_rig()
    close_session = opening.close_session

    def failing(session: object) -> None:
        close_session(session)
        raise ZeroDivisionError("whatever a back end may raise")

    monkeypatch.setattr(opening, "close_session", failing)
    errors = rig.close()
    assert [error.what.partition(" failed")[0] for error in errors] == [
        f"closing {SUPPLY}",
        f"closing {VOLTMETER}",
    ]
    assert not modules_have_power(rig)
    assert wire.still_open == []


def test_a_port_that_does_not_close_is_one_more_error(monkeypatch: pytest.MonkeyPatch):
    rig = powered_rig()

    def unplugged() -> None:
        raise OSError("unplugged")

    monkeypatch.setattr(rig.chain_port, "close", unplugged)
    errors = rig.close()
    assert [str(error) for error in errors] == ["closing the chain's port failed: unplugged"]
    assert not modules_have_power(rig)


# -- a real bench with nothing there -----------------------------------------------------------


def test_a_real_bench_with_nothing_there_blocks_every_role_and_the_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = free.getsockname()[1]
    text = bench_with(
        (SUPPLY, f"TCPIP0::127.0.0.1::{nobody}::SOCKET"),
        (VOLTMETER, "ALIAS-OF-NOTHING"),
        ("modules = 2", f'modules = 2\nport = "socket://127.0.0.1:{nobody}"'),
    )
    rig = opened(text[: text.index("[simulation]")])
    assert set(rig.faults()) == {"supply", "voltmeter"}
    assert rig.opened() == []
    with pytest.raises(PortError, match=f"127.0.0.1:{nobody}") as caught:
        _ = rig.chain_port
    assert caught.value.remedy
    assert rig.close() == []


def test_the_port_is_opened_once():
    rig = opened()
    assert rig.chain_port is rig.chain_port


def test_the_rigs_date_is_the_benchs_own():
    rig = opened()
    before = rig.clock.date()
    rig.clock.wait(3600, Purpose.IDLE)
    assert rig.clock.date() - before == timedelta(hours=1)
    assert str(before).startswith("2026-11-02 08:00:")
