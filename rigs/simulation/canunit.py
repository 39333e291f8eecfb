"""A simulated supervisor on a CAN bus: it is told readings, decides, and publishes every period.

Its frames go over python-can's own virtual bus, stamped with the bench's virtual time, so nothing
waits and every run repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

import can
import numpy as np

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.canlayout import FrameLayout, read_layouts
from rigs.simulation.kernel import Kernel
from supervisor.decisions import Decision, Supervisor
from supervisor.frames import Frame, frames
from supervisor.readings import Aged, AgedArray, PackReadings, StatusAnswer

BUS_OFF = 0x40
"""Class of the error frame by which a controller tells its host that it has left the bus."""

_channels = count(1)


class CanUnit:
    """One unit on a bus of its own, whose ``channel`` others join with interface ``virtual``."""

    def __init__(self, kernel: Kernel, logic: Supervisor, dbc: Path, period_ns: int) -> None:
        self.kernel = kernel
        self.logic = logic
        self.channel = f"simulated-can-{next(_channels)}"
        self.layouts: Mapping[str, FrameLayout] = read_layouts(dbc)
        self._bus = can.Bus(interface="virtual", channel=self.channel, preserve_timestamps=True)
        self._period_ns = period_ns
        self._on_bus = self._powered = True
        self._periods = 0
        self._readings = nothing_read()
        self._decided_ns = self._told_ns = kernel.now_ns
        kernel.at(kernel.now_ns + period_ns, self._period)

    def tell(self, readings: PackReadings) -> None:
        """What its sensors and its chain show now: it decides and publishes at once."""
        self._told_ns = self.kernel.now_ns
        self._readings = readings
        self._decide(readings)

    def leave_bus(self) -> None:
        """A short drives every controller off the bus, the rig's too, which says so."""
        self._on_bus = False
        self._send(can.Message(arbitration_id=BUS_OFF, is_error_frame=True))

    def rejoin_bus(self) -> None:
        """The short is gone and the controllers are back."""
        self._on_bus = True

    def close(self) -> None:
        """Switch it off; may be repeated."""
        self._on_bus = self._powered = False
        self._bus.shutdown()

    # -- below -----------------------------------------------------------------------------------

    def _period(self, time_ns: int) -> None:
        """If nobody tells it anything any more, what it knows grows older."""
        if not self._powered:
            return
        self.kernel.at(time_ns + self._period_ns, self._period)
        if time_ns - self._told_ns >= 2 * self._period_ns:
            passed_ns = time_ns - self._decided_ns
            self._readings = older(self._readings, passed_ns / NANOSECONDS_PER_SECOND)
            self._decide(self._readings)

    def _decide(self, readings: PackReadings) -> None:
        self._decided_ns = self.kernel.now_ns
        self.publish(self.logic.step(readings), readings)

    def publish(self, decision: Decision, readings: PackReadings) -> None:
        """Send a period's frames, unless it is off the bus."""
        self._periods += 1
        for frame in frames(decision, readings, counter=self._periods):
            if self._on_bus:
                self.send(frame)

    def send(self, frame: Frame) -> None:
        """Pack one frame and put it on the bus."""
        layout = self.layouts[frame.message]
        data = layout.packed(frame.signals)
        self._send(can.Message(arbitration_id=layout.identifier, is_extended_id=False, data=data))

    def _send(self, message: can.Message) -> None:
        message.timestamp = self.kernel.now_ns / NANOSECONDS_PER_SECOND
        self._bus.send(message)


def nothing_read() -> PackReadings:
    """What a unit knows that was never told anything."""
    nobody = AgedArray(np.zeros(0), np.zeros(0))
    return PackReadings(
        elapsed_s=0.0,
        current_A=Aged(),
        pack_voltage_V=Aged(),
        cell_voltages_V=nobody,
        temperatures_C=nobody,
        status=StatusAnswer(),
        module_count=None,
        constants=np.zeros(0),
    )


def older(readings: PackReadings, by_s: float) -> PackReadings:
    """The same readings so much later; an answer of the chain is not told twice."""
    cells, temperatures = readings.cell_voltages_V, readings.temperatures_C
    return replace(
        readings,
        elapsed_s=by_s,
        current_A=replace(readings.current_A, age_s=readings.current_A.age_s + by_s),
        pack_voltage_V=replace(readings.pack_voltage_V, age_s=readings.pack_voltage_V.age_s + by_s),
        cell_voltages_V=AgedArray(cells.values, cells.ages_s + by_s),
        temperatures_C=AgedArray(temperatures.values, temperatures.ages_s + by_s),
        status=StatusAnswer(age_s=readings.status.age_s + by_s),
    )
