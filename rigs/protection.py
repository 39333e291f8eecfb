"""What modules and packs must never see, and the protections set from it before the first volt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from drivers.datasheet import Output
from drivers.roles import OverCurrentProtection, OverVoltageProtection, Supply
from quantities.errors import RigFileError
from rigs.pack_ratings import PackMaxima
from rigs.rig_file import RigFile


@dataclass(frozen=True, slots=True)
class Maxima:
    """What one module's terminals must never see, and of a pack what its own must not."""

    voltage_V: float
    current_A: float
    pack: PackMaxima | None = None


def limit(supply: Supply, *, voltage_V: float, current_A: float) -> None:
    """Limit what the supply may do to the modules: current, and where it can trip, voltage."""
    supply.set_current_limit(current_A)
    if isinstance(supply, OverVoltageProtection):
        supply.set_over_voltage_protection(voltage_V)
    if isinstance(supply, OverCurrentProtection):
        supply.set_over_current_protection(on=True)


def lacking(supply: Supply, output: Output, maxima: Maxima, file: RigFile) -> list[str]:
    """The protections that modules go without on this supply.

    Raises ``RigFileError`` if nothing but the voltage set would protect them, and the rig file
    does not accept that.
    """
    gaps = []
    rating_V = output.greatest_voltage_V
    if not isinstance(supply, OverVoltageProtection) and rating_V > maxima.voltage_V:
        gap = "no programmable over-voltage protection"
        if file.supply is None or not file.supply.accept_no_ovp:
            raise RigFileError(
                f"can deliver {rating_V:g} V and has {gap}",
                where=f"[supply] in the rig file of {file.name!r}",
                expected=f"at most the module's absolute maximum of {maxima.voltage_V:g} V, "
                "or a supply that trips",
                remedy="take such a supply, or accept the danger with accept_no_ovp = true",
            )
        gaps.append(f"the supply has {gap}, and accept_no_ovp accepts that")
    if not isinstance(supply, OverCurrentProtection):
        gaps.append("the supply has no programmable over-current protection")
    return gaps


def protect_pack(charger: Supply, output: Output, pack: PackMaxima, file: RigFile) -> None:
    """Constant current is how a pack is charged, so reaching the limit must not trip.

    Raises ``RigFileError`` if the charger could exceed the pack's voltage and cannot trip.
    """
    charger.set_output(on=False)
    stated_A = file.wiring.current_limit_A or math.inf
    charger.set_current_limit(min(stated_A, pack.charge_A))
    if isinstance(charger, OverCurrentProtection):
        charger.set_over_current_protection(on=False)
    if isinstance(charger, OverVoltageProtection):
        # Nearer to it the charger could not be set to the pack's greatest voltage.
        distance = 1 + output.over_voltage_distance_percent / 100
        charger.set_over_voltage_protection(pack.voltage_V * distance)
    elif output.greatest_voltage_V > pack.voltage_V:
        raise RigFileError(
            f"can deliver {output.greatest_voltage_V:g} V and has no programmable "
            "over-voltage protection",
            where=f"[charger] in the rig file of {file.name!r}",
            expected=f"at most the pack's {pack.voltage_V:g} V, or a charger that trips",
        )
