"""Siglent SPD1000X series (SPD1168X, SPD1305X), supplies of one output.

Commands after the SPD1000X user manual, chapter 3 "Remote control": those of the SPD3303X, without
the coupling of outputs that its second one needs. So there is no programmable protection either.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.instrument import Connection
from drivers.instruments.siglent_spd3303x import SiglentSPD3303XOutput
from drivers.supply import outputs_switched_off


def open_parts(connection: Connection) -> Mapping[int | None, SiglentSPD3303XOutput]:
    """Switch the output off."""
    connection.scpi.clear_errors()
    return outputs_switched_off(connection, SiglentSPD3303XOutput)
