"""Codes and constants of modules: what they can store, and the voltage that they stand for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import Setting
from quantities import Reading
from quantities.reading import as_quantity


def storable(setting: Setting, codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same, NaN where the setting has not enough digits."""
    return np.where((codes >= 0) & (codes <= setting.largest), codes, np.nan)


def voltage_from_codes(constants: NDArray[np.float64], codes: Reading) -> Reading:
    """What modules report, K / N in mV, as volts by position (CAL-1).

    One code is V²/K (CAL-3), so the relative uncertainty of the code is that of the voltage.
    A code of 0 stands for no voltage that could be told.
    """
    code = np.where(np.asarray(codes.value) > 0, codes.value, np.nan)
    volts = constants / code / 1000
    relative = np.asarray(codes.standard_uncertainty) / code
    return Reading(
        value=as_quantity(volts),
        unit="V",
        standard_uncertainty=as_quantity(volts * relative),
        degrees_of_freedom=codes.degrees_of_freedom,
        system_uncertainty=0.0,
        instrument="module",
        time_ns=codes.time_ns,
    )
