"""How long this computer has been asleep: the difference of a clock that goes on and one that stops.

Linux: CLOCK_BOOTTIME and CLOCK_MONOTONIC. macOS: CLOCK_MONOTONIC and CLOCK_UPTIME_RAW. Windows: the
tick count and the unbiased interrupt time. Setting the date touches none of them.
"""

from __future__ import annotations

import ctypes
import sys
import time  # noqa: TID251 - clocks that a bench in virtual time has not


def slept_s() -> float:
    """Seconds asleep since it was started; always 0 on a system that does not tell."""
    if sys.platform == "win32":
        unbiased = ctypes.c_ulonglong()
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(unbiased))
        asleep_s = time.monotonic() - unbiased.value * 1e-7
    elif sys.platform == "darwin":
        awake_s = time.clock_gettime(time.CLOCK_UPTIME_RAW)
        asleep_s = time.clock_gettime(time.CLOCK_MONOTONIC) - awake_s
    elif hasattr(time, "CLOCK_BOOTTIME"):
        awake_s = time.clock_gettime(time.CLOCK_MONOTONIC)
        asleep_s = time.clock_gettime(time.CLOCK_BOOTTIME) - awake_s
    else:
        asleep_s = 0.0
    return asleep_s
