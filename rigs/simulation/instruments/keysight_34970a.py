"""Keysight (once Hewlett-Packard and Agilent) 34970A: where it is not yet the DAQ970A.

After the 34970A/34972A Command Reference: it names neither a new maker nor its own serial number,
keeps ten errors only, and names its cards after Hewlett-Packard too.
"""

from __future__ import annotations

from typing import ClassVar

from rigs.simulation.instruments.keysight_daq970a import KeysightDaq970a


class Keysight34970a(KeysightDaq970a):
    """The mainframe with 34903A actuators, and 34901A multiplexers where probes are connected."""

    error_depth: ClassVar[int] = 10
    maker: ClassVar[str] = "HEWLETT-PACKARD"
