"""The daisy chain: host port, modules, and the wires between them; perhaps a unit, too."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from rigs.simulation.centralunit import CentralUnit
from rigs.simulation.host import HostPort
from rigs.simulation.kernel import Action, Kernel
from rigs.simulation.line import Run
from rigs.simulation.modules.module import Module


def connect(kernel: Kernel, host: HostPort, modules: Sequence[Module]) -> None:
    """Wire the host to the first module, each module to the next, the last one to the host."""
    host.send = _wire(kernel, modules[0].inbound, modules[0].arrive)
    _join(kernel, modules)
    modules[-1].send = host.hear
    modules[-1].stop_sending = host.hear_no_more


def connect_unit(
    kernel: Kernel, host: HostPort, unit: CentralUnit, modules: Sequence[Module]
) -> None:
    """Put a unit between: it hears host and last module, and both host and first module hear it."""
    host.send = unit.receiver.hear
    unit.transmitter.to_host = host.hear
    unit.transmitter.to_cells = _wire(kernel, modules[0].inbound, modules[0].arrive)
    _join(kernel, modules)
    modules[-1].send = unit.receiver.hear
    modules[-1].stop_sending = unit.receiver.hear_no_more


def _join(kernel: Kernel, modules: Sequence[Module]) -> None:
    for sender, hearer in pairwise(modules):
        sender.send = _wire(kernel, hearer.inbound, hearer.arrive)
        sender.stop_sending = partial(_break_off, hearer.inbound)


def _wire(kernel: Kernel, inbound: deque[Run], arrive: Action) -> Callable[[Run], None]:
    """A wire: a run put on it is heard, whole, when it has ended."""

    def carry(run: Run) -> None:
        inbound.append(run)
        kernel.at(run.end_ns, arrive)

    return carry


def _break_off(inbound: deque[Run], time_ns: int) -> None:
    """The sender stops at ``time_ns``; what is left is still heard when its run would have ended."""
    for index, run in enumerate(inbound):
        inbound[index] = run.broken_off(time_ns)
