"""The converter: ten bits, sixteen noisy samples, twelve bits of code.

The *cell* is the converter's reference and a fixed reference is what it measures, so the
code falls as the cell rises: N = 4096 × V_reference / V_cell.
"""

from __future__ import annotations

import numpy as np

SAMPLES = 16
TEN_BITS, TWELVE_BITS = 1 << 10, 1 << 12


class Converter:
    """Oversampled conversion of a reference against the cell voltage.

    ``noise_codes`` is the noise of each ten-bit sample in its own steps: the sum of sixteen,
    divided by four, then scatters by as much in twelve-bit codes. ``offset_codes`` is added
    in twelve-bit codes. Without noise the code moves in steps of four.
    """

    # Results for one voltage are drawn in blocks: a chain that is polled converts the same
    # voltage over and over, and one call of numpy costs as much as a hundred results.
    FIRST_BLOCK, LARGEST_BLOCK = 8, 512

    def __init__(
        self,
        reference_V: float,
        noise_codes: float,
        offset_codes: float,
        generator: np.random.Generator,
    ) -> None:
        self.reference_V = reference_V
        self._noise_codes = noise_codes
        self._offset_codes = offset_codes
        self._generator = generator
        self._cell_V = -1.0
        self._block = self.FIRST_BLOCK
        self._ready: list[int] = []

    def convert(self, cell_V: float) -> int:
        """The code N (0 to 4095) of one measurement at this cell voltage."""
        if cell_V != self._cell_V:
            self._cell_V = cell_V
            self._block = self.FIRST_BLOCK
            self._ready = []
        if not self._ready:
            self._ready = self._draw(self._block)
            self._block = min(2 * self._block, self.LARGEST_BLOCK)
        return self._ready.pop()

    def _draw(self, count: int) -> list[int]:
        if self._cell_V <= 0.0:
            return [TWELVE_BITS - 1] * count
        steps = TEN_BITS * self.reference_V / self._cell_V + self._offset_codes / 4
        noise = self._generator.normal(0.0, self._noise_codes, (count, SAMPLES))
        samples = np.clip(np.floor(steps + noise + 0.5), 0, TEN_BITS - 1)
        return [int(total) for total in samples.sum(axis=1) // 4]
