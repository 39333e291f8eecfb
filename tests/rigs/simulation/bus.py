"""One simulated instrument behind real pyvisa, for tests that speak its commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyvisa
from pyvisa.resources import MessageBasedResource

from rigs.simulation.instruments import Connections, ScpiInstrument, build
from rigs.simulation.kernel import Kernel
from rigs.simulation.visa import SimulatedVisaLibrary

NAME = "TCPIP0::instrument.local::5025::SOCKET"

NO_ERROR = '+0,"No error"'


@dataclass
class Bus:
    """Builds one instrument and speaks to it."""

    kernel: Kernel = field(default_factory=Kernel)

    def connect(
        self,
        model: str,
        connections: Connections | None = None,
        *,
        seed: int = 1,
        ideal: bool = True,
        **options: Any,
    ) -> MessageBasedResource:
        """A new instrument behind an open resource."""
        self.instrument: ScpiInstrument = build(
            model,
            serial_number="SN1",
            kernel=self.kernel,
            generator=np.random.default_rng(seed),
            connections=connections,
            ideal=ideal,
            **options,
        )
        library = SimulatedVisaLibrary.for_bench(self.kernel, {NAME: self.instrument})
        self.manager = pyvisa.ResourceManager(library)
        resource = self.manager.open_resource(NAME, read_termination="\n", write_termination="\n")
        assert isinstance(resource, MessageBasedResource)
        resource.timeout = 10_000
        return resource

    def wait(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.kernel.advance_to(self.kernel.now_ns + round(seconds * 1e9))


GAP_s = 0.06
"""More than any instrument here needs between two lines."""


def say(bus: Bus, resource: MessageBasedResource, *lines: str) -> None:
    """Send lines with the time between them that hasty instruments want."""
    for line in lines:
        resource.write(line)
        bus.wait(GAP_s)


def ask(bus: Bus, resource: MessageBasedResource, line: str) -> str:
    """A question with that time before the next line."""
    answer = resource.query(line)
    bus.wait(GAP_s)
    return answer
