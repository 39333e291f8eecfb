"""The daisy chain: host port, modules, and the wires between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from rigs.simulation.host import HostPort
from rigs.simulation.kernel import Action, Kernel
from rigs.simulation.line import Run
from rigs.simulation.modules.module import Module


def connect(kernel: Kernel, host: HostPort, modules: Sequence[Module]) -> None:
    """Wire the host to the first module, each module to the next, the last one to the host."""
    senders: list[HostPort | Module] = [host, *modules]
    for sender, module in zip(senders, modules, strict=False):
        sender.send = _wire(kernel, module.inbound, module.arrive)
    senders[-1].send = host.hear


def _wire(kernel: Kernel, inbound: deque[Run], arrive: Action) -> Callable[[Run], None]:
    """A wire: a run put on it is heard, whole, when it has ended."""

    def carry(run: Run) -> None:
        inbound.append(run)
        kernel.at(run.end_ns, arrive)

    return carry
