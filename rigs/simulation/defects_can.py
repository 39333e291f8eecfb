"""Defects that a simulated unit on a CAN bus can have: each spoils what it publishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rigs.simulation.canlayout import FrameLayout
from rigs.simulation.canunit import CanUnit
from supervisor.frames import Frame
from supervisor.readings import PackReadings

CanDefect = Callable[[CanUnit], None]


def _rescaled(message: str, signal: str, factor: float) -> CanDefect:
    """Takes a signal's step for another one than the DBC file says."""

    def spoil(unit: CanUnit) -> None:
        layout = unit.layouts[message]
        wrong = replace(layout.signals[signal], scale=layout.signals[signal].scale * factor)
        signals = {**layout.signals, signal: wrong}
        spoilt = FrameLayout(layout.identifier, layout.length, signals)
        unit.layouts = {**unit.layouts, message: spoilt}

    return spoil


def unsigned_current(unit: CanUnit) -> None:
    """Publishes the amount of a current, whichever way it flows."""
    _change(unit, lambda values: {**values, "current_A": abs(values["current_A"])}, "pack")


def counter_stands_still(unit: CanUnit) -> None:
    """Sends the same frames again and again, for all that their counter says."""
    send = unit.send

    def send_uncounted(frame: Frame) -> None:
        send(Frame(frame.message, {**frame.signals, "counter": 1.0}))

    unit.send = send_uncounted  # type: ignore[method-assign]


def cuts_frames_short(unit: CanUnit) -> None:
    """Sends the limits without their last byte, and with that without contactor and counter."""
    layout = unit.layouts["limits"]
    kept = {name: each for name, each in layout.signals.items() if each.first_bit < 32}
    short = FrameLayout(layout.identifier, 4, kept)
    unit.layouts = {**unit.layouts, "limits": short}
    _change(unit, lambda values: {name: values[name] for name in kept}, "limits")


def limits_only_on_change(unit: CanUnit) -> None:
    """Sends the limits when they are others than before, and not again."""
    send, before = unit.send, [(-1.0, -1.0)]

    def send_changed(frame: Frame) -> None:
        if frame.message == "limits":
            now = frame.signals["charge_limit_A"], frame.signals["discharge_limit_A"]
            if now == before[0]:
                return
            before[0] = now
        send(frame)

    unit.send = send_changed  # type: ignore[method-assign]


def keeps_old_limits(unit: CanUnit) -> None:
    """Takes what it was told last for new, however long ago that was."""
    decide, told = unit.logic.step, unit.tell
    latest: list[PackReadings] = []

    def tell(readings: PackReadings) -> None:
        latest[:] = [readings]
        told(readings)

    unit.tell = tell  # type: ignore[method-assign]
    unit.logic.step = lambda readings: decide(  # type: ignore[method-assign]
        latest[0] if latest else readings
    )


def stays_off(unit: CanUnit) -> None:
    """Once off the bus it does not come back."""
    unit.rejoin_bus = lambda: None  # type: ignore[method-assign]


def _change(
    unit: CanUnit, changed: Callable[[Mapping[str, float]], Mapping[str, float]], message: str
) -> None:
    send = unit.send

    def send_changed(frame: Frame) -> None:
        if frame.message == message:
            frame = Frame(message, changed(frame.signals))
        send(frame)

    unit.send = send_changed  # type: ignore[method-assign]


def crossed_limits(unit: CanUnit) -> None:
    """Sends the limit of charge as that of discharge, and the other way round."""

    def crossed(values: Mapping[str, float]) -> Mapping[str, float]:
        charge_A, discharge_A = values["charge_limit_A"], values["discharge_limit_A"]
        return {**values, "charge_limit_A": discharge_A, "discharge_limit_A": charge_A}

    _change(unit, crossed, "limits")


CAN_DEFECTS: Mapping[str, CanDefect] = {
    "voltage-scaled": _rescaled("pack", "pack_voltage_V", 5.0),
    "limit-scaled": _rescaled("limits", "charge_limit_A", 0.5),
    "cell-scaled": _rescaled("cell_voltages", "cell_003_V", 1.001),
    "unsigned-current": unsigned_current,
    "crossed-limits": crossed_limits,
    "counter-stands-still": counter_stands_still,
    "cuts-frames-short": cuts_frames_short,
    "limits-only-on-change": limits_only_on_change,
    "keeps-old-limits": keeps_old_limits,
    "stays-off": stays_off,
}
