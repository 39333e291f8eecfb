"""Instruments that lose a line which comes too soon after the one before, without a trace."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.instrument import ScpiInstrument
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command


class DeafAfterEachLine(ScpiInstrument):
    """``write_gap_s`` is the time that must lie between two lines for both to be heard."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        identity: str,
        commands: Mapping[str, Command],
        write_gap_s: float,
    ) -> None:
        super().__init__(kernel=kernel, identity=identity, commands=commands)
        self._write_gap_ns = round(write_gap_s * NANOSECONDS_PER_SECOND)
        self._deaf_until_ns = 0

    @override
    def receive(self, data: bytes, *, framed: bool) -> None:
        if self.kernel.now_ns < self._deaf_until_ns:
            return
        self._deaf_until_ns = self.kernel.now_ns + self._write_gap_ns
        super().receive(data, framed=framed)
