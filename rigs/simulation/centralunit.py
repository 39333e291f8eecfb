"""A simulated central unit: it polls the chain, lets its logic decide, and serves a host.

Its logic is handed in and knows no wire. What it is told comes from the unit's own sensors and
from every answer of the chain that passed the unit, whoever asked: while the unit's polling is
stopped the host's polls keep the logic informed (CTL-4), and nobody's polls leave it with
readings that grow old.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.chainmemory import LONGEST_AGO_NS, ChainMemory
from rigs.simulation.kernel import Kernel
from rigs.simulation.line import duration_ns
from rigs.simulation.sharedline import BIT_NS, SharedReceiver, SharedTransmitter
from supervisor.decisions import (
    Decision,
    EnableBleeding,
    RepeatStatus,
    Supervisor,
    WriteBleedingThreshold,
)
from supervisor.readings import Aged, AgedArray, PackReadings

STATUS_CHARACTERS = len("\nS0F\r")
ANSWER_CHARACTERS = len("\nA00W4BD000\r")
"""Of the longest answer that a scan waits for."""
OSCILLATORS = 1.03
"""Cells' clocks may be slow by so much."""


class Sensors(Protocol):
    """The unit's own sensors; NaN where one gives nothing."""

    def current_A(self, time_ns: int) -> float:
        """Into the pack."""

    def pack_voltage_V(self, time_ns: int) -> float:
        """Across the pack."""

    def temperatures_C(self, time_ns: int) -> NDArray[np.float64]:
        """Of each sensor."""


class NoSensors:
    """A unit on a panel: no pack, nothing connected."""

    def current_A(self, time_ns: int) -> float:  # noqa: ARG002 - as Sensors
        """Nothing."""
        return float("nan")

    def pack_voltage_V(self, time_ns: int) -> float:  # noqa: ARG002 - as Sensors
        """Nothing."""
        return float("nan")

    def temperatures_C(self, time_ns: int) -> NDArray[np.float64]:  # noqa: ARG002 - as Sensors
        """None."""
        return np.zeros(0)


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The unit's own figures, times in ns."""

    modules: int
    period_ns: int
    periods_a_scan: int = 4
    """Cells are counted and read once in so many periods, or as soon after as the wire lets."""
    turn_ns: int = 2_000_000
    """A cell takes no longer from a CR to its answer."""
    store_ns: int = 18_000_000
    """Nor longer than that to store a setting."""

    @property
    def status_ns(self) -> int:
        """From the start of ``S0F`` until its answer counts as lost: n hops, and a tenth more."""
        hop_ns = duration_ns(STATUS_CHARACTERS, BIT_NS) * OSCILLATORS + self.turn_ns
        return round((self.modules + 1) * hop_ns * 1.1)

    @property
    def spacing_ns(self) -> int:
        """From one query to the next, the far end first: query, work and answer of one cell."""
        characters = ANSWER_CHARACTERS + len("\nA01U\r")
        return round(duration_ns(characters, BIT_NS) * OSCILLATORS + 2 * self.turn_ns)

    @property
    def clear_ns(self) -> int:
        """So much more behind a scan before ``S0F``, which is shorter: at each hop it gains."""
        gained = ANSWER_CHARACTERS - STATUS_CHARACTERS
        return round(self.modules * duration_ns(gained, BIT_NS) * OSCILLATORS)

    @property
    def shortest_period_ns(self) -> int:
        """A status, one query of a scan, and room before the next status."""
        return self.status_ns + self.spacing_ns + self.clear_ns


class CentralUnit:
    """One unit at work from ``start`` on. ``decision`` is the latest of its logic.

    Raises ``ValueError`` for a period that the wire cannot keep.
    """

    def __init__(
        self,
        kernel: Kernel,
        figures: UnitFigures,
        logic: Supervisor,
        sensors: Sensors | None = None,
    ) -> None:
        if figures.period_ns < figures.shortest_period_ns:
            raise ValueError(
                f"a period of {figures.period_ns} ns is too short for {figures.modules} modules: "
                f"status and one query take {figures.shortest_period_ns} ns"
            )
        self.kernel = kernel
        self.figures = figures
        self.logic = logic
        self.decision = Decision()
        self.decided: Callable[[Decision, int], None] = _nobody_listens
        """Told of each decision, and when it was made."""
        self.memory = ChainMemory(figures.modules)
        self.transmitter = SharedTransmitter(
            kernel, turn_ns=figures.turn_ns, store_ns=figures.store_ns
        )
        self.receiver = SharedReceiver(kernel, self.obey)
        self._told = ToldSensors(sensors or NoSensors())
        self._stopped = False
        self._periods = 0
        self._ends_ns = 0
        self._to_scan: deque[bytes] = deque()
        self._repeating = False
        self._told_ns: int | None = None

    def start(self) -> None:
        """Switch the unit on."""
        self.kernel.at(self.kernel.now_ns, self._begin_period)

    # -- host and cells speak --------------------------------------------------------------------

    def obey(self, message: bytes, time_ns: int) -> None:
        """Do what the host says; whatever else comes in is from the cells."""
        if message == b"<":
            self.stop_polling()
        elif message == b">":
            self.resume_polling()
        elif message.startswith(b"C"):
            self.pass_to_cells(message[1:])
        else:
            self.memory.take(message, time_ns)
            if self._stopped:
                self.pass_to_host(message)

    def stop_polling(self) -> None:
        """``<``: from now on the chain is the host's."""
        self._stopped = True
        self._to_scan.clear()
        self.transmitter.forget()

    def resume_polling(self) -> None:
        """``>``: poll again from the next period on."""
        self._stopped = False

    def pass_to_cells(self, message: bytes) -> None:
        """``C``: what follows goes to the first cell as it stands."""
        if message.startswith(b"S"):
            self.memory.expect_status()
        elif message == b"A00@":
            self.memory.expect_count()
        self.transmitter.send(message)

    def pass_to_host(self, answer: bytes) -> None:
        """Hand an answer of the cells over."""
        self.transmitter.send(b"H" + answer)

    # -- the control period ----------------------------------------------------------------------

    @property
    def polling(self) -> bool:
        """Whether the unit polls by itself: neither host nor logic has it silent."""
        return not self._stopped and self.decision.poll_chain

    def _begin_period(self, time_ns: int) -> None:
        self._ends_ns = time_ns + self.figures.period_ns
        self.kernel.at(self._ends_ns, self._begin_period)
        if self._periods % self.figures.periods_a_scan == 0 and not self._to_scan:
            self._to_scan.extend(self._scan())
        self._periods += 1
        self._repeating = False
        self._poll_status(time_ns)

    def _poll_status(self, time_ns: int) -> None:
        if self.polling:
            self.memory.expect_status()
            self.transmitter.send(b"S0F")
        self.kernel.at(time_ns + self.figures.status_ns, self._decide)

    def _decide(self, time_ns: int) -> None:
        """The status has come, or has not: let the logic decide, and do as it wants."""
        self.decision = self.logic.step(self._readings(time_ns))
        self.decided(self.decision, time_ns)
        for request in self.decision.requests if self.polling else ():
            match request:
                case EnableBleeding():
                    self.transmitter.send(b"e")
                case WriteBleedingThreshold(position, code):
                    self.transmitter.send(b"A%02XV%03X" % (position % 256, code))
                case RepeatStatus() if time_ns + self.figures.status_ns < self._ends_ns:
                    self._repeating = True
                    self._poll_status(time_ns)
                    return
        if self.polling:
            room_ns = self._ends_ns - time_ns - self.figures.clear_ns
            self.scan_further(room_ns // self.figures.spacing_ns)

    def _scan(self) -> list[bytes]:
        """Count the chain, then read its cells, the far end first (SUP-8).

        A module whose constant is not known yet is asked for that first: without it a code
        tells nothing.
        """
        unknown = np.isnan(self.memory.constants)
        return [b"A00@"] + [
            b"A%02X" % (position % 256) + (b"W" if unknown[position - 1] else b"U")
            for position in range(self.figures.modules, 0, -1)
        ]

    def scan_further(self, queries: int) -> None:
        """Send so many queries of the scan, pipelined, or what there still is."""
        for _ in range(min(queries, len(self._to_scan))):
            query = self._to_scan.popleft()
            if query == b"A00@":
                self.memory.expect_count()
            self.transmitter.send(query, self.figures.spacing_ns)

    def _readings(self, time_ns: int) -> PackReadings:
        elapsed_ns = 0
        if not self._repeating:  # what passes between repeats counts for the next period
            elapsed_ns = 0 if self._told_ns is None else time_ns - self._told_ns
            self._told_ns = time_ns
        memory, told = self.memory, self._told
        return PackReadings(
            elapsed_s=elapsed_ns / NANOSECONDS_PER_SECOND,
            current_A=told.current_A(time_ns),
            pack_voltage_V=told.pack_voltage_V(time_ns),
            cell_voltages_V=memory.cell_voltages(time_ns),
            temperatures_C=told.temperatures_C(time_ns),
            status=memory.status(time_ns),
            module_count=memory.module_count,
            constants=memory.constants.copy(),
            latches=memory.latches.copy(),
        )


class ToldSensors:
    """Sensors with the age of what they gave last."""

    def __init__(self, sensors: Sensors) -> None:
        self._sensors = sensors
        self._good_ns: dict[str, NDArray[np.int64]] = {}

    def current_A(self, time_ns: int) -> Aged:
        """The current and its age."""
        return self._one("current", self._sensors.current_A(time_ns), time_ns)

    def pack_voltage_V(self, time_ns: int) -> Aged:
        """The voltage and its age."""
        return self._one("voltage", self._sensors.pack_voltage_V(time_ns), time_ns)

    def temperatures_C(self, time_ns: int) -> AgedArray:
        """The temperatures and their ages."""
        values = self._sensors.temperatures_C(time_ns)
        return AgedArray(values, self._ages_s("temperatures", values, time_ns))

    def _one(self, name: str, value: float, time_ns: int) -> Aged:
        return Aged(value, float(self._ages_s(name, np.array([value]), time_ns)[0]))

    def _ages_s(self, name: str, values: NDArray[np.float64], time_ns: int) -> NDArray[np.float64]:
        never = np.full(values.shape, LONGEST_AGO_NS, np.int64)
        good_ns = np.where(np.isnan(values), self._good_ns.get(name, never), time_ns)
        self._good_ns[name] = good_ns
        ages_s = (time_ns - good_ns.astype(float)) / NANOSECONDS_PER_SECOND
        return np.where(good_ns == LONGEST_AGO_NS, np.inf, ages_s)


def _nobody_listens(decision: Decision, time_ns: int) -> None:
    """Where decisions go while nothing publishes them."""
