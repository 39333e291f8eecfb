"""What can befall a pack while it is watched: named incidents, each with its undoing.

An incident changes one part and hands out how to change it back. As with defects, healthy code never
asks. Incidents at one part are undone in the reverse order of their beginning.

``bench.incidents.plan("chain-broken", begins_s=60, ends_s=90, position=4)`` lets one happen at its time
on the bench's clock, ``begin`` at once; ``[[simulation.incidents]]`` in the rig file does the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING

import numpy as np

from quantities import NANOSECONDS_PER_SECOND
from quantities.errors import RigFileError
from rigs.simulation.defects import DEFECTS
from rigs.simulation.instruments.keysight_n5700 import KeysightN5700
from rigs.simulation.instruments.unconnected import Constant
from rigs.simulation.line import into_the_air
from rigs.simulation.modules.memory import ENABLED
from rigs.simulation.modules.module import Module
from rigs.simulation.pack.cells import CellState
from rigs.simulation.pack.probes import Plug, Scaled

if TYPE_CHECKING:
    from rigs.simulation.pack.bench import PackBench

Undo = Callable[[], None]
Figures = Mapping[str, float]
"""What further describes an incident, by name; units stand in the names."""

SETTINGS = ("W", "V", "L", "H")
FULL_mV = 4200.0


# -- the chain -------------------------------------------------------------------------------------


def chain_broken(bench: PackBench, *, position: int) -> Undo:
    """The wire behind the module at ``position`` is cut; 0 is the one from the host."""
    sender, outlet = _sender(bench, position)
    whole = getattr(sender, outlet)
    setattr(sender, outlet, into_the_air)
    return partial(setattr, sender, outlet, whole)


def module_garbles(bench: PackBench, *, position: int) -> Undo:
    """It sends each message with a bit of one character flipped."""
    return _spoiled_sending(bench, position, "garbles")


def module_silent(bench: PackBench, *, position: int) -> Undo:
    """It hears and obeys, and never sends."""
    return _spoiled_sending(bench, position, "mute")


def module_mum(bench: PackBench, *, position: int) -> Undo:
    """It never answers its own ``U``, and passes on everything else."""
    return _spoiled_sending(bench, position, "refuses-voltage")


def module_late(bench: PackBench, *, position: int, late_s: float = 0.5) -> Undo:
    """It takes so much longer over everything."""
    module, late_ns = bench.module(position), round(late_s * NANOSECONDS_PER_SECOND)
    module._processing_ns += late_ns  # noqa: SLF001 - as a defect, it is within

    def hurry() -> None:
        module._processing_ns -= late_ns  # noqa: SLF001 - as above

    return hurry


def module_removed(bench: PackBench, *, position: int) -> Undo:
    """Its neighbours are wired to each other, and the chain is one shorter."""
    sender, outlet = _sender(bench, position - 1)
    to_it = getattr(sender, outlet)
    setattr(sender, outlet, bench.module(position).send)
    return partial(setattr, sender, outlet, to_it)


def status_inconsistent(bench: PackBench, *, position: int, times: float = math.inf) -> Undo:
    """So many answers to ``S`` leave it with an x of none, though y has bits; modules behind add theirs."""
    module = bench.module(position)
    sound, left = module.latches.general_status, times

    def spoilt(message: bytes, enabled: int) -> bytes | None:
        nonlocal left
        answer = sound(message, enabled)
        left -= answer is not None
        return answer if answer is None or left < 0 else b"S0" + answer[2:]

    module.latches.general_status = spoilt  # type: ignore[method-assign]
    return partial(setattr, module.latches, "general_status", sound)


# -- modules ---------------------------------------------------------------------------------------


def bleeding_disabled(bench: PackBench, *, position: int) -> Undo:
    """As after ``d``: its bleed output stays off until an ``e`` comes."""
    module = bench.module(position)
    module._enabled = 0  # noqa: SLF001 - as a defect, it is within
    return partial(setattr, module, "_enabled", ENABLED)


def module_miscalibrated(bench: PackBench, *, position: int, millivolts: float = 30.0) -> Undo:
    """It reads so much too high at full charge, and its thresholds are off by as much."""
    module = bench.module(position)
    before = dict(module.settings.codes)
    factor = 1 + millivolts / FULL_mV
    _store(module, {key: round(before[key] * factor) for key in SETTINGS})
    return partial(_store, module, before)


# -- sensors ---------------------------------------------------------------------------------------


def ammeter_dead(bench: PackBench) -> Undo:
    """The pack's current reads nothing."""
    return _replugged(bench.pack_current, Constant(0.0))


def ammeter_stuck(bench: PackBench) -> Undo:
    """The pack's current stays as it reads now."""
    now_A = bench.pack_current.value(bench.kernel.now_ns)
    return _replugged(bench.pack_current, Constant(now_A))


def ammeter_reversed(bench: PackBench) -> Undo:
    """The pack's current reads with the other sign."""
    return _replugged(bench.pack_current, Scaled(bench.pack_current.plugged, -1.0))


def voltmeter_off(bench: PackBench, *, percent: float = 2.0) -> Undo:
    """The pack's voltage reads so much too high."""
    off = Scaled(bench.pack_voltage.plugged, 1 + percent / 100)
    return _replugged(bench.pack_voltage, off)


def sensor_open(bench: PackBench, *, position: int) -> Undo:
    """The thermistor at a cell has no resistance that could be measured."""
    return _replugged(bench.sensor(position), Constant(-math.inf))


def sensor_shorted(bench: PackBench, *, position: int) -> Undo:
    """The thermistor at a cell is shorted."""
    return _replugged(bench.sensor(position), Constant(math.inf))


# -- cells -----------------------------------------------------------------------------------------


def cell_temperature(bench: PackBench, *, position: int, celsius: float) -> Undo:
    """A cell and its surroundings are so warm, or so cold; undone, it goes back by itself."""
    bench.module(position)
    index = position - 1

    def warmed(state: CellState) -> CellState:
        return replace(
            state,
            temperature_C=_with(state.temperature_C, index, celsius),
            ambient_C=_with(state.ambient_C, index, celsius),
        )

    def left_alone(state: CellState) -> CellState:
        return replace(state, ambient_C=_with(state.ambient_C, index, bench.table.ambient_C))

    bench.circuit.change_cells(bench.kernel.now_ns, warmed)
    return lambda: bench.circuit.change_cells(bench.kernel.now_ns, left_alone)


def weak_cell(
    bench: PackBench, *, position: int, capacity: float = 0.7, resistance: float = 2.5
) -> Undo:
    """A cell has so many times its capacity, at the same state of charge, and its resistance."""
    bench.module(position)
    index = position - 1
    bench.circuit.age(index, capacity=capacity, resistance=resistance)
    return lambda: bench.circuit.age(index, capacity=1 / capacity, resistance=1 / resistance)


# -- the charger -----------------------------------------------------------------------------------


def charger_trips(bench: PackBench) -> Undo:
    """Its over-voltage protection has tripped for no reason, until it is cleared."""
    chargers = [each for each in bench.instruments.values() if isinstance(each, KeysightN5700)]
    if not chargers:
        raise RigFileError(
            "there is no [charger] that could trip", where="[[simulation.incidents]]"
        )
    output = chargers[0].output_stage
    output.trip()
    return output.clear_protection


INCIDENTS: Mapping[str, Callable[..., Undo]] = {
    "chain-broken": chain_broken,
    "module-garbles": module_garbles,
    "module-silent": module_silent,
    "module-mum": module_mum,
    "module-late": module_late,
    "module-removed": module_removed,
    "status-inconsistent": status_inconsistent,
    "bleeding-disabled": bleeding_disabled,
    "module-miscalibrated": module_miscalibrated,
    "ammeter-dead": ammeter_dead,
    "ammeter-stuck": ammeter_stuck,
    "ammeter-reversed": ammeter_reversed,
    "voltmeter-off": voltmeter_off,
    "sensor-open": sensor_open,
    "sensor-shorted": sensor_shorted,
    "cell-temperature": cell_temperature,
    "weak-cell": weak_cell,
    "charger-trips": charger_trips,
}


class Incidents:
    """What befalls one bench."""

    def __init__(self, bench: PackBench) -> None:
        self._bench = bench

    def begin(self, what: str, **figures: float) -> Undo:
        """Let it happen now; the result undoes it. Raises ``RigFileError`` for what cannot be."""
        return self._prepared(what, figures)()

    def plan(
        self, what: str, *, begins_s: float, ends_s: float | None = None, **figures: float
    ) -> None:
        """Let it happen at a time of the bench's clock, and end at another one."""
        happen = self._prepared(what, figures)

        def begin() -> None:
            undo = happen()
            if ends_s is not None:
                self.at(ends_s, undo)

        self.at(begins_s, begin)

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something else at a time of the bench's clock, in s."""
        due_ns = round(seconds * NANOSECONDS_PER_SECOND)
        self._bench.kernel.at(due_ns, lambda _time_ns: action())

    def _prepared(self, what: str, figures: Figures) -> Callable[[], Undo]:
        if what not in INCIDENTS:
            raise RigFileError(
                f"unknown incident {what!r}",
                where="[[simulation.incidents]]",
                expected=", ".join(sorted(INCIDENTS)),
            )
        incident = INCIDENTS[what]
        try:
            signature(incident).bind(self._bench, **figures)
        except TypeError as error:
            raise RigFileError(
                f"{what}: {error}",
                where="[[simulation.incidents]]",
                expected=", ".join([*signature(incident).parameters][1:]) or "nothing more",
            ) from error
        return partial(incident, self._bench, **figures)


def _sender(bench: PackBench, position: int) -> tuple[object, str]:
    """Who sends to the module behind ``position``, and its attribute that the wire is at."""
    if position:
        return bench.module(position), "send"
    return (bench.unit.transmitter, "to_cells") if bench.unit else (bench.host, "send")


def _spoiled_sending(bench: PackBench, position: int, defect: str) -> Undo:
    module = bench.module(position)
    sound = module.send
    DEFECTS[defect](module, bench.generator(f"incident {defect} {position}"))
    return partial(setattr, module, "send", sound)


def _store(module: Module, codes: Mapping[str, int]) -> None:
    for key in SETTINGS:
        module.settings.store(key, codes[key], module.kernel.now_ns)


def _replugged(plug: Plug, signal: Constant | Scaled) -> Undo:
    before, plug.plugged = plug.plugged, signal
    return partial(setattr, plug, "plugged", before)


def _with(values: np.ndarray, index: int, value: float) -> np.ndarray:
    changed = values.copy()
    changed[index] = value
    return changed
