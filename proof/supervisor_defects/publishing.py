"""Defects of a unit on CAN, in what it makes of its logic's decisions (SUP-6).

The simulated unit has them by itself (``rigs/simulation/defects_can.py``); its logic is the reference.
"""

from __future__ import annotations

from proof.defect import Defect

CAN = "test_27_supervisor_can.py"
VALUES = f"{CAN}::test_published_values_are_those_that_the_unit_was_told"
HEALTHY = f"{CAN}::test_a_healthy_pack_is_allowed_what_it_bears"
AT_ALL_TIMES = f"{CAN}::test_limits_are_published_at_all_times"

UNIT_DEFECTS = (
    Defect(
        name="pack-voltage-in-another-scale",
        description="Packs the pack's voltage in other steps than the DBC file says.",
        breaks=("SUP-6",),
        caught_by=VALUES,
        shown_by="can.worst_value",
        unit="voltage-scaled",
    ),
    Defect(
        name="one-cell-in-another-scale",
        description="Packs one cell's voltage a thousandth too small.",
        breaks=("SUP-6",),
        caught_by=VALUES,
        shown_by="can.worst_value",
        unit="cell-scaled",
    ),
    Defect(
        name="current-without-sign",
        description="Publishes the amount of a current, whichever way it flows.",
        breaks=("SUP-6",),
        caught_by=VALUES,
        shown_by="can.worst_value",
        unit="unsigned-current",
    ),
    Defect(
        name="charge-limit-in-another-scale",
        description="Packs the charge limit in other steps than the DBC file says.",
        breaks=("SUP-4", "SUP-6"),
        caught_by=HEALTHY,
        shown_by="can.limit_share",
        unit="limit-scaled",
    ),
    Defect(
        name="crossed-limits-on-the-bus",
        description="Sends the limit of charge as that of discharge, and the other way round.",
        breaks=("SUP-4", "SUP-6"),
        caught_by=HEALTHY,
        shown_by="can.limit_share",
        unit="crossed-limits",
    ),
    Defect(
        name="counter-stands-still",
        description="Sends the same frame again and again, as if nothing had been decided since.",
        breaks=("SUP-4",),
        caught_by=AT_ALL_TIMES,
        shown_by="can.longest_gap",
        unit="counter-stands-still",
    ),
    Defect(
        name="limits-only-on-change",
        description="Sends limits when they are others than before, and not again.",
        breaks=("SUP-4",),
        caught_by=AT_ALL_TIMES,
        shown_by="can.longest_gap",
        unit="limits-only-on-change",
    ),
    Defect(
        name="keeps-old-limits-on-the-bus",
        description="Takes what it was told last for new, and publishes what that allowed.",
        breaks=("SUP-4",),
        caught_by=f"{CAN}::test_limits_go_to_zero_when_readings_are_too_old",
        shown_by="expected: both limits zero (SUP-4)",
        unit="keeps-old-limits",
    ),
    Defect(
        name="stays-off-the-bus",
        description="Does not come back once it went off its bus.",
        breaks=("SUP-6",),
        caught_by=f"{CAN}::test_bus_off_and_back",
        shown_by="publishes no limits 30 s after the bus was mended",
        unit="stays-off",
    ),
)
