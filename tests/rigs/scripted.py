"""A panel of scripted parts: a supply, a voltmeter and a chain that do what a test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from drivers.chain.messages import Setting
from drivers.chain.results import SettingsWritten
from quantities import Clock, Reading
from rigs.panel import Panel, PanelFigures
from rigs.protection import Maxima

FIGURES = PanelFigures(resting_V=3.7, power_up_s=0.15)


class StoppedClock(Clock):
    @override
    def now(self) -> int:
        return 42

    @override
    def date(self) -> datetime:
        raise NotImplementedError

    @override
    def _pass(self, nanoseconds: int) -> None:
        pass


@dataclass
class FakeSupply:
    """A supply that does what it is told, but for what a test changes."""

    stuck_at_V: float | None = None
    current_A: float = 0.0
    limited: bool = False
    over_voltage: bool = False
    over_current: bool = False
    voltage_V: float = 0.0
    sent: list[str] = field(default_factory=list)

    def set_voltage(self, volts: float) -> None:
        self.sent.append(f"{volts:g} V")
        self.voltage_V = volts if self.stuck_at_V is None else self.stuck_at_V

    def set_output(self, *, on: bool) -> None:
        self.sent.append("on" if on else "off")

    def output_voltage(self) -> Reading:
        return Reading(self.voltage_V, "V")

    def output_current(self) -> Reading:
        return Reading(self.current_A, "A")

    def in_current_limit(self) -> bool:
        return self.limited

    def set_over_voltage_protection(self, volts: float) -> None:
        raise NotImplementedError

    def over_voltage_tripped(self) -> bool:
        return self.over_voltage

    def set_over_current_protection(self, *, on: bool) -> None:
        raise NotImplementedError

    def over_current_tripped(self) -> bool:
        return self.over_current


@dataclass
class FakeChain:
    """Readings that a test has written down, over and over; writes go nowhere but on record."""

    scans: Sequence[Sequence[float]] = ()
    counted: int = 2
    written: dict[Setting, NDArray[np.float64]] = field(default_factory=dict)
    disabled: bool = False

    def disable_bleeding(self) -> None:
        self.disabled = True

    def count(self) -> int:
        return self.counted

    def locate_kept_address(self) -> int | None:
        return None

    def read_codes(self, readings: int) -> NDArray[np.float64]:
        return np.array([self.scans[each % len(self.scans)] for each in range(readings)], float)

    def write_settings(self, setting: Setting, values: NDArray[np.float64]) -> SettingsWritten:
        self.written[setting] = values
        return SettingsWritten(setting, values, values)


def scripted(
    supply: FakeSupply | None = None,
    chain: FakeChain | None = None,
    *,
    voltmeter_V: float | None = None,
    lead_ohm: float = 0.05,
) -> Panel:
    """A panel whose voltmeter sees the supply's voltage less the leads', unless stated."""
    supply = supply or FakeSupply()

    def dc_voltage(*, range_V: float, power_line_cycles: float) -> Reading:
        assert (range_V, power_line_cycles) == (10.0, 1.0)
        at_modules_V = supply.voltage_V - supply.current_A * lead_ohm
        return Reading(at_modules_V if voltmeter_V is None else voltmeter_V, "V", 0.0001)

    rig = SimpleNamespace(
        supply=supply,
        voltmeter=SimpleNamespace(dc_voltage=dc_voltage),
        clock=StoppedClock(),
        maxima=Maxima(voltage_V=5.5, current_A=0.65),
        current_limit_A=1.3,
        closed=False,
        file=SimpleNamespace(
            name="Bench",
            chain=SimpleNamespace(modules=2),
            wiring=SimpleNamespace(supply_lead_ohm=lead_ohm),
        ),
        make_safe=lambda: supply.set_output(on=False),
        check_guard=lambda: None,
        protect=lambda: None,
    )
    return Panel(rig, chain or FakeChain(), FIGURES)  # type: ignore[arg-type]
