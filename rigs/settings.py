"""What the modules of a panel hold in their EEPROMs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import Setting


@dataclass(frozen=True, slots=True, eq=False)
class PanelSettings:
    """What the modules' EEPROMs hold, by position; NaN where a module did not answer."""

    constant: NDArray[np.float64]
    """K, in mV × code."""
    bleeding_code: NDArray[np.float64]
    low_code: NDArray[np.float64]
    high_code: NDArray[np.float64]

    def by_setting(self) -> dict[Setting, NDArray[np.float64]]:
        """The same by what is written to the modules."""
        return {
            Setting.CALIBRATION: self.constant,
            Setting.BLEEDING: self.bleeding_code,
            Setting.LOW: self.low_code,
            Setting.HIGH: self.high_code,
        }

    def equal(self, other: PanelSettings) -> NDArray[np.bool_]:
        """Whether every setting of a module is the same, by position; never where one is NaN."""
        mine, others = self.by_setting(), other.by_setting()
        same = [mine[setting] == others[setting] for setting in Setting]
        return np.asarray(np.all(same, axis=0), dtype=np.bool_)
