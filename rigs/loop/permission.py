"""What a supervisor may ask for: never more than the pack bears, nor what no module has."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.chain.messages import Setting
from supervisor.decisions import Decision, WriteBleedingThreshold
from supervisor.figures import PackFigures

DAY_S = 86_400.0


def objections(decision: Decision, figures: PackFigures, *, writes_left: int) -> Iterator[str]:
    """All that is not to be carried out, each in words; nothing if all of it may be.

    ``writes_left`` is how many thresholds may still be written today (SUP-5).
    """
    charger = decision.charger
    for what, value, greatest, unit in (
        ("a charge limit", decision.charge_limit_A, figures.currents.charge_A, "A"),
        ("a discharge limit", decision.discharge_limit_A, figures.currents.discharge_A, "A"),
        ("a charger voltage", charger.voltage_V, figures.charger.voltage_V, "V"),
        ("a charger current", charger.current_A, figures.charger.current_A, "A"),
    ):
        if not 0 <= value <= greatest:  # nor is NaN
            yield f"{what} of {value:g} {unit}, where 0 to {greatest:g} {unit} are allowed"
    writes = [asked for asked in decision.requests if isinstance(asked, WriteBleedingThreshold)]
    for write in writes:
        if not 1 <= write.position <= figures.cells:
            yield f"a threshold at position {write.position}, where there are {figures.cells} cells"
        if not 1 <= write.code <= Setting.BLEEDING.largest:
            yield f"a threshold of {write.code}, where a module stores 1 to {Setting.BLEEDING.largest}"
    if len(writes) > writes_left:
        yield (
            f"{len(writes)} thresholds more, where {figures.balancing.writes_a_day} a day are "
            f"allowed and {writes_left} are left"
        )
