"""What one module is like: the figures and the choices of its firmware."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """Figures of one specimen, times on the kernel's clock; they differ from module to module."""

    bit_ns: float
    processing_ns: int
    """From a CR to the first bit of what it sends."""
    watchdog_ns: int
    power_up_ns: int
    """How long it is deaf after power-up."""
    hysteresis_codes: int = 0
    half_duplex: bool = True
    """Deaf while it works and sends."""
    equality_counts: bool = True
    """Whether a code equal to a threshold's is beyond it (THR-2)."""
    measures_on_watchdog: bool = True
