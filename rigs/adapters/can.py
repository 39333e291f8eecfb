"""Logic under test in a unit on a CAN bus: what it publishes is what it decided.

A value counts as published while its frames come and their counter goes on; one that is older is
unheard, and an application then takes it for zero. Which frames there are, its DBC file says, by
the names of ``supervisor/cellrig_pack.dbc``; where and how they are packed is the file's own affair.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from typing_extensions import override

from drivers.can import Frames
from quantities.errors import BusError, SupervisorError, SupervisorSilent
from rigs.adapters.protocol import EVERY_STIMULUS, Declared, Logic, Observation, Shown
from supervisor.decisions import ChargerSetting, Decision, Fault, PackReport, Phase
from supervisor.frames import WEAK_CELLS
from supervisor.readings import PackReadings

MESSAGES = {
    Observation.LIMITS: "limits",
    Observation.CONTACTOR: "limits",
    Observation.POLLING: "limits",
    Observation.CHARGER: "charging",
    Observation.PHASE: "charging",
    Observation.CHARGE: "pack",
    Observation.TEMPERATURE: "cells",
    Observation.WEAK_CELLS: "weak_cells",
    Observation.FAULTS: "faults",
}
"""Which message shows which part of a decision."""
COUNTER = "counter"
PERCENT = 100.0

Values = Mapping[str, float]


class ToldUnit(Protocol):
    """A simulated unit: instead of sensors it has whoever tells it."""

    def tell(self, readings: PackReadings) -> None:
        """These are its readings now; it publishes at once."""

    def close(self) -> None:
        """Switch it off."""


class CanLogic(Logic):
    """A unit by its frames. A simulated ``unit`` is told its readings; a real one has sensors."""

    def __init__(
        self,
        frames: Frames,
        *,
        period_s: float,
        stale_s: float,
        unit: ToldUnit | None = None,
    ) -> None:
        described = {message.name for message in frames.database.messages}
        self._described = described & set(MESSAGES.values())
        self.frames = frames
        self._period_s = period_s
        self._stale_s = stale_s
        self._unit = unit
        self._counters: dict[str, tuple[float, int]] = {}
        self._declared = Declared(
            "the unit's CAN bus",
            EVERY_STIMULUS if unit else frozenset(),
            frozenset(part for part, message in MESSAGES.items() if message in described),
        )

    @property
    @override
    def declared(self) -> Declared:
        return self._declared

    @override
    def step(self, readings: PackReadings) -> Shown:
        """Waits for a real unit's limits, for a period at most; a simulated one sends at once."""
        if self._unit:
            self._unit.tell(readings)
        else:
            self._await_limits()
        return self.shown()

    def shown(self) -> Shown:
        """What is published now; what has become stale is unheard."""
        values = {name: self._fresh(name) for name in {*MESSAGES.values()}}
        unheard = frozenset(
            part for part in self._declared.observations if values[MESSAGES[part]] is None
        )
        return Shown(decided({name: each for name, each in values.items() if each}), unheard)

    @override
    def close(self) -> None:
        """Leave the bus; a simulated unit is off then."""
        self.frames.close()
        if self._unit:
            self._unit.close()

    def _await_limits(self) -> None:
        try:
            self.frames.await_frame("limits", self._period_s)
        except SupervisorSilent:
            pass  # what it said before grows old
        except BusError:
            if not self.frames.off:
                raise

    def _fresh(self, message: str) -> Values | None:
        """A message's values, None if it never came or is stale; its counter has to go on."""
        if message not in self._described or not (known := self.frames.known(message)):
            return None
        newest_ns = max(published.time_ns for published in known.values())
        if COUNTER in known:
            counted, since_ns = self._counters.get(message, (math.nan, 0))
            if known[COUNTER].value != counted:
                since_ns = newest_ns
            self._counters[message] = known[COUNTER].value, since_ns
            newest_ns = since_ns
        if self.frames.age_s(newest_ns) >= self._stale_s:
            return None
        return {name: published.value for name, published in known.items()}


def decided(values: Mapping[str, Values]) -> Decision:
    """The decision that these messages publish; what is not among them is a ``Decision``'s own."""
    limits, charging = values.get("limits", {}), values.get("charging", {})
    pack, cells, weak = (
        values.get("pack", {}),
        values.get("cells", {}),
        values.get("weak_cells", {}),
    )
    nothing = Decision()
    report = nothing.report
    return Decision(
        charge_limit_A=limits.get("charge_limit_A", 0.0),
        discharge_limit_A=limits.get("discharge_limit_A", 0.0),
        contactor_closed=bool(limits.get("contactor_closed", 0.0)),
        poll_chain=bool(limits.get("polling_chain", 1.0)),
        charger=ChargerSetting(
            on=bool(charging.get("charger_on", 0.0)),
            voltage_V=charging.get("charger_voltage_V", 0.0),
            current_A=charging.get("charger_current_A", 0.0),
        ),
        report=PackReport(
            state_of_charge=_share(pack, "state_of_charge_percent", report.state_of_charge),
            state_of_health=_share(pack, "state_of_health_percent", report.state_of_health),
            average_temperature_C=cells.get("average_temperature_C", report.average_temperature_C),
            spread_V=cells.get("spread_V", report.spread_V),
            weak_cells=_positions(weak),
            faults=frozenset(
                fault for fault in Fault if values.get("faults", {}).get(fault.name.lower(), 0.0)
            ),
            phase=_phase(charging.get("phase", 0.0)),
            time_constant_s=charging.get("time_constant_s", report.time_constant_s),
        ),
    )


def _share(values: Values, name: str, default: float) -> float:
    return values[name] / PERCENT if name in values else default


def _phase(number: float) -> Phase:
    phases = dict(enumerate(Phase))
    if number not in phases:
        raise SupervisorError(f"publishes phase {number:g}", expected=f"0 to {len(phases) - 1}")
    return phases[int(number)]


def _positions(values: Values) -> tuple[int, ...]:
    positions = (int(values.get(f"weak_cell_{n}", 0.0)) for n in range(1, WEAK_CELLS + 1))
    return tuple(position for position in positions if position)
