from __future__ import annotations

import pytest

from drivers.chain.timing import ChainTiming
from quantities.errors import RigFileError
from rigs.loop.periods import WireTimes, check_periods
from supervisor.figures import Periods

TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, clock_tolerance=0.025)
TYPICAL = ChainTiming(processing_s=0.0015, watchdog_longest_s=3.2, clock_tolerance=0.0)


@pytest.mark.parametrize(("modules", "status_s"), [(16, 0.106), (256, 1.70)])
def test_a_status_takes_six_and_two_thirds_milliseconds_a_module(modules: int, status_s: float):
    wire = WireTimes.of(TYPICAL, modules)
    assert wire.status_s == pytest.approx(status_s, rel=0.06)


@pytest.mark.parametrize(("modules", "least_s", "most_s"), [(16, 0.45, 0.65), (256, 8.0, 10.0)])
def test_a_reading_of_the_cells_takes_as_long_as_is_known(
    modules: int, least_s: float, most_s: float
):
    assert least_s < WireTimes.of(TIMING, modules).cells_s < most_s


def test_a_period_that_the_wire_can_keep_is_taken():
    assert check_periods(Periods(1.0, 5.0), TIMING, 16) == WireTimes.of(TIMING, 16)


def test_a_period_that_the_wire_cannot_keep_is_refused_with_the_formula():
    with pytest.raises(RigFileError) as refused:
        check_periods(Periods(5.0, 60.0), TIMING, 256)
    text = str(refused.value)
    assert "257 × 5.21 ms on the wires and 256 × 2 ms in the modules, 1.88 s" in text
    assert "255 × 19.3 ms" in text
    assert "expected: at least 10.1 s" in text


def test_one_module_more_than_fits_is_too_many():
    fits = next(
        modules for modules in range(256, 0, -1) if WireTimes.of(TIMING, modules).busiest_s <= 1.0
    )
    check_periods(Periods(1.0, 5.0), TIMING, fits)
    with pytest.raises(RigFileError, match="a control period of 1 s cannot be kept"):
        check_periods(Periods(1.0, 5.0), TIMING, fits + 1)
