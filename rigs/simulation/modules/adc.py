"""The converter: ten bits, sixteen noisy samples, twelve bits of code.

The *cell* is the converter's reference and a fixed reference is what it measures, so the
code falls as the cell rises: N = 4096 × V_reference / V_cell.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from typing_extensions import override

DOUBLINGS = 4
SAMPLES = 1 << DOUBLINGS
NOISE_WIDTHS, LEAST_NOISE = 6.0, 1e-9
"""No sample is farther off than so many standard deviations."""
TEN_BITS = 1 << 10
FAR_FROM_THE_ENDS = 50.0
"""Of the ten-bit scale, in its steps: no noise reaches them from there."""


DROPPED_CODES = 3 / 8
"""What the mean code loses as two bits of the sum are dropped."""


def mean_code(reference_V: float, offset_codes: float, cell_V: float) -> float:
    """What a converter answers in the mean, with noise enough."""
    return 4 * TEN_BITS * reference_V / cell_V + offset_codes - DROPPED_CODES


class Converter:
    """Oversampled conversion of a reference against the cell voltage.

    ``noise_codes`` is the noise of each ten-bit sample in its own steps, which is also what it
    adds to the scatter of the sum of sixteen, divided by four, in twelve-bit codes; rounding the
    samples and dropping two bits add 0.4 codes and take 3/8 of a code off the mean.
    ``offset_codes`` is added in twelve-bit codes. Without noise the code moves in steps of four.

    All sixteen samples see one voltage: a step during the 1.2 ms that they take is not mixed in.
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
        self._reference_V = reference_V
        self._noise_codes = noise_codes
        self._offset_codes = offset_codes
        self._generator = generator
        self._cell_V = math.nan
        self._block = self.FIRST_BLOCK
        self._ready: list[int] = []
        self._least_sum = 0
        self._share_below = np.ones(0)

    def convert(self, cell_V: float) -> int:
        """The code N (0 to 4092) of one measurement at this cell voltage."""
        if cell_V != self._cell_V:
            self._cell_V = cell_V
            self._block = self.FIRST_BLOCK
            self._ready = []
            self._look()
        if not self._ready:
            self._ready = self._draw(self._block)
            self._block = min(2 * self._block, self.LARGEST_BLOCK)
        return self._ready.pop()

    def _draw(self, count: int) -> list[int]:
        chosen = self._share_below.searchsorted(self._generator.random(count), side="right")
        return [self._least_sum + int(index) >> 2 for index in chosen]

    def _look(self) -> None:
        steps = TEN_BITS * self._reference_V / max(self._cell_V, 1e-6) + self._offset_codes / 4
        self._least_sum, self._share_below = _sums(steps, self._noise_codes)


def _sums(steps: float, noise_codes: float) -> tuple[int, NDArray[np.float64]]:
    """How likely each sum of sixteen samples is: the least one, and the shares up to each."""
    middle = min(max(steps, 0.0), TEN_BITS - 1.0)
    reach = math.ceil(NOISE_WIDTHS * noise_codes) + 1
    least = max(round(middle) - reach, 0)
    greatest = min(round(middle) + reach, TEN_BITS - 1)
    noise = max(noise_codes, LEAST_NOISE)
    below = ndtr((np.arange(least, greatest) + (0.5 - steps)) / noise)
    shares = np.empty(greatest - least + 1)
    shares[0], shares[1:-1], shares[-1] = below[0], below[1:] - below[:-1], 1.0 - below[-1]
    for _ in range(DOUBLINGS):  # the sum of twice as many samples
        shares = np.convolve(shares, shares)
    return SAMPLES * least, np.cumsum(shares)[:-1]


MIDDLE, FINENESS = 512, 256


@cache
def _sums_between_steps(noise_codes: float) -> tuple[tuple[int, list[float]], ...]:
    """The same for each 1/256 from one ten-bit step to the next, the sums less the step's own."""
    tables = (_sums(MIDDLE + part / FINENESS, noise_codes) for part in range(FINENESS + 1))
    return tuple((least - SAMPLES * MIDDLE, shares.tolist()) for least, shares in tables)


class MovingConverter(Converter):
    """The same for a cell whose voltage never stands still, as in a pack that is charged.

    One voltage's distribution would serve a single draw then. Far from the ends of the scale it depends
    only on where the voltage lies between two steps, so it is taken from one of 257, the two neighbours
    in proportion.
    """

    DRAWN = 512

    def __init__(
        self,
        reference_V: float,
        noise_codes: float,
        offset_codes: float,
        generator: np.random.Generator,
    ) -> None:
        super().__init__(reference_V, noise_codes, offset_codes, generator)
        self._between_steps = _sums_between_steps(noise_codes)
        self._drawn: list[float] = []

    @override
    def convert(self, cell_V: float) -> int:
        steps = TEN_BITS * self._reference_V / max(cell_V, 1e-6) + self._offset_codes / 4
        if not FAR_FROM_THE_ENDS < steps < TEN_BITS - FAR_FROM_THE_ENDS:
            return super().convert(cell_V)
        drawn = self._drawn
        if not drawn:
            drawn = self._drawn = self._generator.random(self.DRAWN).tolist()
        step = int(steps)
        least, shares = self._between_steps[int((steps - step) * FINENESS + drawn.pop())]
        return (SAMPLES * step + least + bisect_right(shares, drawn.pop())) >> 2
