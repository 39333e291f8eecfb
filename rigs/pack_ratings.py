"""Whether an instrument bears the pack that a rig file puts it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.datasheet import DataSheet, MeterFunction
from drivers.shunt import Shunt
from quantities.errors import RigFileError


@dataclass(frozen=True, slots=True)
class PackMaxima:
    """What a whole pack must never see, and so what its instruments must bear."""

    voltage_V: float
    charge_A: float
    discharge_A: float

    @property
    def current_A(self) -> float:
        """Whichever way it flows."""
        return max(self.charge_A, self.discharge_A)


def check_ratings(
    sheet: DataSheet,
    role: str,
    pack: PackMaxima,
    *,
    channel: int | None,
    shunt: Shunt | None = None,
    where: str,
) -> None:
    """Raise ``RigFileError`` if the pack can have more than the instrument in this role bears.

    The contactor is not among them: what stands in the rig file is the relay of its coil.
    """
    demands = _demands(sheet, role, channel, pack)
    if shunt is not None:
        demands = {"current A": (pack.current_A, shunt.greatest_A)}
    for quantity, (greatest, rating) in demands.items():
        if greatest > rating:
            unit = quantity[-1]
            raise RigFileError(
                f"the pack's greatest {quantity[:-2]}, {greatest:g} {unit}, "
                f"is above the rating of {sheet.name}",
                where=where,
                expected=f"at most {rating:g} {unit}",
                remedy="take an instrument that bears it, or a smaller pack",
            )


def _demands(
    sheet: DataSheet, role: str, channel: int | None, pack: PackMaxima
) -> Mapping[str, tuple[float, float]]:
    """Greatest value and rating, by the quantity and its unit."""
    if role == "charger":
        output = sheet.output(channel)
        return {
            "voltage V": (pack.voltage_V, output.greatest_voltage_V),
            "charging current A": (pack.charge_A, output.greatest_current_A),
        }
    if role == "load" and sheet.load is not None:
        return {
            "voltage V": (pack.voltage_V, sheet.load.greatest_voltage_V),
            "discharging current A": (pack.discharge_A, sheet.load.greatest_current_A),
            "discharging power W": (
                pack.voltage_V * pack.discharge_A,
                sheet.load.greatest_power_W,
            ),
        }
    if role == "pack_voltmeter":
        return {"voltage V": (pack.voltage_V, _greatest(sheet.dc_voltage))}
    if role == "pack_ammeter":
        return {"current A": (pack.current_A, _greatest(sheet.dc_current))}
    return {}


def _greatest(function: MeterFunction | None) -> float:
    return function.ranges[-1].greatest if function else 0.0
