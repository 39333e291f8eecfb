"""How good a calibration can be: noise of single readings, steps of the code, and straightness.

The code N comes from sixteen conversions of ten bits. Only with noise between them does it take
every value of twelve bits; without it N moves in steps of four, and no calibration can be right
to less than half of such a step (CAL-2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quantities import Reading
from quantities.reading import as_quantity

STEP = 4
"""Codes of twelve bits in one of ten."""
COVERS = 3
"""So many times its rms is what noise explains."""


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Codes read at one voltage: rows are readings, columns positions; NaN where none was read."""

    codes: NDArray[np.float64]
    time_ns: int

    @property
    def rms(self) -> Reading:
        """Standard deviation of a single code, known to rms / √(2(N − 1)) from N readings."""
        readings = len(self.codes)
        rms = np.std(self.codes, axis=0, ddof=1)
        return self._in_codes(rms, rms / math.sqrt(2 * (readings - 1)))

    @property
    def farthest(self) -> Reading:
        """How far the farthest single code is from the mean, less what noise explains (CAL-3)."""
        rms = np.std(self.codes, axis=0, ddof=1)
        distances = np.abs(self.codes - np.mean(self.codes, axis=0))
        covered = COVERS * rms
        return self._in_codes(
            np.max(distances, axis=0) - covered, covered / math.sqrt(2 * (len(self.codes) - 1))
        )

    @property
    def residues(self) -> NDArray[np.float64]:
        """How many of the four remainders of a division by four occur, by position."""
        found = [np.any(self.codes % STEP == residue, axis=0) for residue in range(STEP)]
        counts = np.sum(found, axis=0).astype(np.float64)
        return np.where(np.isnan(self.codes).any(axis=0), np.nan, counts)

    def histogram(self) -> dict[str, NDArray[np.int64]]:
        """Which codes were read, how often by each module (a row each), and their remainders."""
        read = np.unique(self.codes[~np.isnan(self.codes)]).astype(np.int64)
        counts = np.array([(self.codes == code).sum(axis=0) for code in read]).T
        residues = np.array([(self.codes % STEP == r).sum(axis=0) for r in range(STEP)]).T
        return {"code": read, "count": counts, "residue_count": residues}

    def _in_codes(
        self, value: NDArray[np.float64], standard_uncertainty: NDArray[np.float64]
    ) -> Reading:
        return Reading(
            value=as_quantity(value),
            unit="code",
            standard_uncertainty=as_quantity(standard_uncertainty),
            degrees_of_freedom=max(1, len(self.codes) - 1),
            system_uncertainty=0.0,
            instrument="module",
            time_ns=self.time_ns,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Straightness:
    """What modules report against the voltmeter, and how well one constant can fit all of it.

    ``constants`` are those stored, by position, in mV × code; ``curve`` is pairs of the voltage
    at the terminals and each module's error.
    """

    constants: NDArray[np.float64]
    curve: Sequence[tuple[Reading, Reading]]

    @property
    def best_constants(self) -> NDArray[np.float64]:
        """The constants of the least squares over all points: Σ V/N over Σ 1/N²."""
        volts, inverse = self._volts, self._inverse_codes
        return np.asarray(1000 * (volts * inverse).sum(axis=0) / np.square(inverse).sum(axis=0))

    @property
    def deviations_V(self) -> NDArray[np.float64]:
        """What a module would report with its best constant less what it should, row by row."""
        return np.asarray(self.best_constants * self._inverse_codes / 1000 - self._volts)

    @property
    def worst(self) -> Reading:
        """The largest deviation of each module, either way."""
        deviations = np.abs(self.deviations_V)
        rows = np.argmax(deviations, axis=0)
        columns = np.arange(deviations.shape[1])
        return self._in_volts(deviations[rows, columns], rows)

    def one_point(self, point_V: float) -> Reading:
        """What the constant from one point makes of that point, less what the best one does."""
        row = int(np.argmin(np.abs(self._volts[:, 0] - point_V)))
        shift_V = point_V * (self.constants / self.best_constants - 1)
        return self._in_volts(shift_V, np.full(len(self.constants), row))

    @property
    def _volts(self) -> NDArray[np.float64]:
        return np.array([[float(reference.value)] for reference, _ in self.curve])

    @property
    def _inverse_codes(self) -> NDArray[np.float64]:
        """1 / N, from what was reported: V = K / N in mV."""
        errors_V = np.array([np.atleast_1d(error.value) for _, error in self.curve])
        return np.asarray(1000 * (self._volts + errors_V) / self.constants)

    def _in_volts(self, value: NDArray[np.float64], rows: NDArray[np.intp]) -> Reading:
        """With the uncertainty of each module's error in the row where its value comes from."""
        columns = np.arange(len(value))
        ones = np.ones(len(value))
        standard, system = (
            np.array([each * ones for each in shares])[rows, columns]
            for shares in (
                [error.standard_uncertainty for _, error in self.curve],
                [error.system_share for _, error in self.curve],
            )
        )
        last = self.curve[-1][1]
        return Reading(
            value=as_quantity(value),
            unit="V",
            standard_uncertainty=as_quantity(standard),
            degrees_of_freedom=min(error.degrees_of_freedom for _, error in self.curve),
            system_uncertainty=as_quantity(system),
            instrument=last.instrument,
            time_ns=last.time_ns,
        )
