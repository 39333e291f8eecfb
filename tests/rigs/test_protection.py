"""A pack's charger is off, limited and bound to trip before it may give the first volt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from drivers.datasheet import load_datasheet
from drivers.roles import Supply
from quantities.errors import RigFileError
from rigs.pack_ratings import PackMaxima
from rigs.protection import protect_pack
from rigs.rig_file import RigFile, load_rig_file

FILE = load_rig_file(Path(__file__).parents[2] / "rigs" / "simulated_pack.toml")
OUTPUT = load_datasheet("siglent-spd3303x").output(1)  # 32 V


@dataclass
class NeverTrips:
    """A supply without protections, and what it was told."""

    told: list[object] = field(default_factory=list)

    def set_output(self, *, on: bool) -> None:
        self.told.append("on" if on else "off")

    def set_current_limit(self, amperes: float) -> None:
        self.told.append(amperes)


def protected(pack_V: float, file: RigFile = FILE) -> list[object]:
    charger = NeverTrips()
    maxima = PackMaxima(voltage_V=pack_V, charge_A=2.0, discharge_A=9.0)
    protect_pack(cast("Supply", charger), OUTPUT, maxima, file)
    return charger.told


def test_a_charger_is_switched_off_before_anything_else_and_limited_to_the_charging_current():
    assert protected(32.0) == ["off", 2.0]


def test_a_charger_that_could_exceed_the_pack_s_voltage_and_cannot_trip_is_refused():
    with pytest.raises(RigFileError, match=r"can deliver 32 V .* at most the pack's 31.9 V"):
        protected(31.9)


@pytest.mark.parametrize(("stated_A", "limit_A"), [(0.5, 0.5), (5.0, 2.0)])
def test_the_rig_file_lowers_a_charger_s_current_and_never_raises_it(
    stated_A: float, limit_A: float
):
    wiring = FILE.wiring.model_copy(update={"current_limit_A": stated_A})
    assert protected(32.0, FILE.model_copy(update={"wiring": wiring})) == ["off", limit_A]
