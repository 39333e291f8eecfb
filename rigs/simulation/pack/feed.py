"""A module's two power terminals at its cell."""

from __future__ import annotations

from rigs.simulation.epoch import Bleeder
from rigs.simulation.pack.circuit import PackCircuit


class CellFeed:
    """As ``Feed``: the module at ``position`` sees its cell, and bleeds it."""

    def __init__(
        self, circuit: PackCircuit, position: int, *, samples_with_bleed_off: bool
    ) -> None:
        self._circuit = circuit
        self._index = position - 1
        self.samples_with_bleed_off = samples_with_bleed_off

    def sampled_V(self, time_ns: int) -> float:
        """The voltage at the terminals; without the own bleed current where the module does so."""
        return self._circuit.module_V(
            self._index, time_ns, without_own_bleed=self.samples_with_bleed_off
        )

    def bleed(self, *, on: bool, time_ns: int) -> None:
        """Switch this module's bleeder."""
        self._circuit.set_bleeding(self._index, on=on, time_ns=time_ns)

    @property
    def bleeder(self) -> Bleeder:
        """What is switched across the cell."""
        return self._circuit.bleeders[self._index]

    @bleeder.setter
    def bleeder(self, bleeder: Bleeder) -> None:
        self._circuit.set_bleeder(self._index, bleeder)
