"""Rohde & Schwarz (once Hameg) HMP series, programmable supplies of up to four outputs.

Commands after the SCPI programmers manual 5800576002: those of the NGL200 series, but that
over-voltage protection cannot be switched off and so not on either.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from drivers.instrument import Connection
from drivers.instruments.rohdeschwarz_ngx import RohdeSchwarzNGxOutput
from drivers.supply import outputs_switched_off


class RohdeSchwarzHMPOutput(RohdeSchwarzNGxOutput):
    """One output, as ``Supply``, ``OverVoltageProtection`` and ``OverCurrentProtection``."""

    @override
    def _over_voltage_commands(self, volts: float) -> list[str]:
        return [f"VOLT:PROT:LEV {volts:.3f}"]


def open_parts(connection: Connection) -> Mapping[int | None, RohdeSchwarzHMPOutput]:
    """Disarm every output, with a clean error queue."""
    connection.scpi.send("*CLS")
    return outputs_switched_off(connection, RohdeSchwarzHMPOutput)
