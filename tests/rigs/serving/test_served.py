"""Whole benches on real wires of this machine, several in one process."""

from __future__ import annotations

import asyncio
import socket
import tomllib
from collections.abc import Coroutine
from datetime import date
from typing import Any

import pytest

from quantities.errors import UsageError
from rigs.benches import simulated_bench
from rigs.rig_file import RigFile, parse_rig_file
from rigs.serving.pace import new_loop
from rigs.serving.rigtext import served_rig_text
from rigs.serving.served import Address, ServedBench, serving
from rigs.simulation.bench import SimulatedBench
from tests.rigs.benches import BENCH, SHARED, SUPPLY, VOLTMETER, bench_with, simulated

HOST = "127.0.0.1"


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(coroutine)


def parsed(text: str) -> RigFile:
    return parse_rig_file(tomllib.loads(text), where="bench.toml")


def made(text: str = BENCH) -> SimulatedBench:
    bench = simulated_bench(parsed(text))
    assert bench is not None
    return bench


async def asked(address: Address, line: str) -> str:
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(line.encode() + b"\n")
        return (await reader.readline()).decode().strip()
    finally:
        writer.close()
        await writer.wait_closed()


def test_benches_in_one_process_are_not_mixed():
    async def both() -> None:
        async with serving(made(), host=HOST) as one, serving(made(), host=HOST) as other:
            supplies = one.instruments[SUPPLY], other.instruments[SUPPLY]
            await asked(supplies[0], "VOLT 1.5;*OPC?")
            assert [await asked(supply, "VOLT?") for supply in supplies] == [
                "+1.500000E+00",
                "+0.000000E+00",
            ]
            assert one.terminal is None or one.terminal != other.terminal

    run(both())


def test_roles_that_share_an_instrument_share_its_port():
    async def shared() -> None:
        async with serving(made(SHARED), host=HOST) as served:
            assert set(served.instruments) == {SUPPLY, VOLTMETER}
            rig = tomllib.loads(served_rig_text(parsed(SHARED), served, date(2026, 11, 2)))
            assert rig["voltmeter"]["resource"] == rig["ammeter"]["resource"]

    run(shared())


def test_ports_follow_each_other_from_the_first():
    with socket.create_server((HOST, 0)) as free:
        first = free.getsockname()[1]
    if first + 2 > 65535:
        pytest.skip("the machine gave out its last port")

    async def consecutive() -> None:
        async with serving(made(), host=HOST, first_port=first) as served:
            assert served.chain.port == first
            assert [address.port for address in served.instruments.values()] == [
                first + 1,
                first + 2,
            ]

    run(consecutive())


def test_a_port_that_is_taken_is_an_error():
    async def taken(port: int) -> None:
        async with serving(made(), host=HOST, first_port=port):
            pass

    with (
        socket.create_server((HOST, 0)) as server,
        pytest.raises(UsageError, match=r"cannot be listened at"),
    ):
        run(taken(server.getsockname()[1]))


def test_an_instrument_that_is_dead_is_dead_on_its_wire():
    text = bench_with(more=simulated(VOLTMETER, "silent = true"))

    async def dead() -> None:
        async with serving(made(text), host=HOST) as served:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asked(served.instruments[VOLTMETER], "*IDN?"), 0.1)
            assert "E36312A" in await asked(served.instruments[SUPPLY], "*IDN?")

    run(dead())


# -- the rig file ----------------------------------------------------------------------------------

FULL = bench_with(
    ('model = "keysight-34461a"', 'model = "keysight-34461a"\ncalibration_due = 2026-11-30'),
    more="""
[multiplexer]
model = "keysight-daq970a"
resource = "TCPIP0::relays::5025::SOCKET"
channels = [102, 101]
calibrated = 2026-01-31

[programmer]
command = ["flash", "--image={image}", "a \\"quoted\\" word"]
""",
)


def served_at(text: str, *, terminal: str | None) -> ServedBench:
    """Where its wires might be."""
    resources = dict.fromkeys(table.resource for table in parsed(text).instruments().values())
    return ServedBench(
        Address(HOST, 4000),
        terminal,
        {resource: Address(HOST, 4001 + index) for index, resource in enumerate(resources)},
        lateness=None,
    )


def rig_file_at(terminal: str | None) -> RigFile:
    served = served_at(FULL, terminal=terminal)
    return parsed(served_rig_text(parsed(FULL), served, date(2027, 11, 2)))


def test_the_rig_file_leads_to_the_wires_and_says_what_they_are():
    rig = rig_file_at("/dev/pts/7")
    assert rig.served
    assert rig.simulated
    assert rig.simulation is None
    assert (rig.chain.port, rig.chain.timed, rig.chain.modules) == ("/dev/pts/7", False, 2)
    assert rig.chain.latency_s > 0
    assert {role: table.resource for role, table in rig.instruments().items()} == {
        "supply": "TCPIP0::127.0.0.1::4001::SOCKET",
        "voltmeter": "TCPIP0::127.0.0.1::4002::SOCKET",
        "multiplexer": "TCPIP0::127.0.0.1::4003::SOCKET",
    }


def test_without_a_terminal_it_leads_to_the_socket():
    assert rig_file_at(None).chain.port == "socket://127.0.0.1:4000"


def test_it_says_else_what_the_benchs_own_rig_file_says():
    own, rig = parsed(FULL), rig_file_at(None)
    assert (rig.name, rig.topology, rig.wiring) == (own.name, own.topology, own.wiring)
    assert rig.programmer == own.programmer
    assert rig.multiplexer is not None
    assert rig.multiplexer.channels == (102, 101)


def test_calibration_is_as_old_as_it_was_on_the_simulated_calendar():
    rig = rig_file_at(None)
    assert rig.voltmeter is not None
    assert rig.voltmeter.calibration_due == date(2027, 11, 30)
    assert rig.multiplexer is not None
    assert rig.multiplexer.calibrated == date(2027, 1, 31)
