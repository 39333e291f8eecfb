"""A whole simulated bench on real wires."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, repeat
from typing import NamedTuple

from quantities.errors import UsageError
from rigs.serving.chainwire import ChainWire
from rigs.serving.clients import TcpClient, Wire
from rigs.serving.instrumentwire import InstrumentWire
from rigs.serving.pace import Lateness, Pace
from rigs.serving.terminal import Terminal
from rigs.simulation.bench import Bench


class Address(NamedTuple):
    """Where a wire can be reached over TCP."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ServedBench:
    """Where a bench's wires end, and how well it keeps to the wall clock."""

    chain: Address
    terminal: str | None
    """The path of the chain's pseudo-terminal; None on Windows."""
    instruments: Mapping[str, Address]
    """By the resource that the bench's own rig file names."""
    lateness: Lateness


@asynccontextmanager
async def serving(bench: Bench, *, host: str, first_port: int = 0) -> AsyncIterator[ServedBench]:
    """Serve a bench at ``host`` for as long as the context lasts.

    The chain has ``first_port``, the instruments those after it in the order of the rig file; 0
    is any that are free. Raises ``UsageError`` if one cannot be had.
    """
    ports = iter(count(first_port) if first_port else repeat(0))
    async with AsyncExitStack() as stack:
        pace = Pace(bench.kernel)
        stack.callback(pace.stop)
        wire = ChainWire(pace, bench.host)
        chain = await _listening(stack, wire, Address(host, next(ports)))
        instruments = {
            resource: await _listening(
                stack, InstrumentWire(pace, instrument), Address(host, next(ports))
            )
            for resource, instrument in bench.instruments.items()
        }
        path = None
        if sys.platform != "win32":
            terminal = Terminal(wire)
            stack.callback(terminal.close)
            path = terminal.path
        pace.keep()
        yield ServedBench(chain, path, instruments, pace.lateness)


async def _listening(stack: AsyncExitStack, wire: Wire, address: Address) -> Address:
    """Listen until the stack is undone; where that is, with the port that was given."""
    clients: set[TcpClient] = set()
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            partial(TcpClient, wire, clients), *address, family=socket.AF_INET
        )
    except OSError as error:
        raise UsageError(
            f"cannot be listened at: {error.strerror or error}",
            where=f"{address.host}, port {address.port}",
            expected="an address of this machine and a port that is free",
        ) from error

    async def close() -> None:
        server.close()
        for client in clients:
            client.close()
        await asyncio.sleep(0)  # the loop closes connections when its turn comes

    stack.push_async_callback(close)
    return Address(address.host, server.sockets[0].getsockname()[1])
