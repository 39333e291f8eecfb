"""Where instruments touch the pack: what they measure, drive, draw and switch."""

from __future__ import annotations

from collections.abc import Callable

from typing_extensions import override

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.pack.circuit import PackCircuit
from rigs.simulation.pack.segment import Segment
from rigs.simulation.signals import Contact, RangeBurden, Signal, SinkTerminals, SourceTerminals
from rigs.simulation.waveform import Exponential

Quantity = Callable[[PackCircuit, Segment, int], float]
"""What is measured, at a time within a segment."""


def pack_voltage(circuit: PackCircuit, segment: Segment, time_ns: int) -> float:
    """Across all cells, on their side of the contactor."""
    return circuit.pack_V(segment, time_ns)


def bus_voltage(circuit: PackCircuit, segment: Segment, time_ns: int) -> float:
    """At charger and load."""
    return circuit.bus_V(segment, time_ns)


def pack_current(_circuit: PackCircuit, segment: Segment, _time_ns: int) -> float:
    """Into the pack."""
    return segment.pack_A


def charger_current(_circuit: PackCircuit, segment: Segment, _time_ns: int) -> float:
    """Out of the charger."""
    return segment.charger_A


def load_current(_circuit: PackCircuit, segment: Segment, _time_ns: int) -> float:
    """Into the load."""
    return segment.load_A


class PackSignal(Signal):
    """One quantity of the pack.

    Within a segment it hardly bends, so that a parabola through begin, middle and end of a span
    (Simpson's rule) is its mean to far below what any meter resolves.
    """

    def __init__(self, circuit: PackCircuit, quantity: Quantity) -> None:
        self._circuit = circuit
        self._quantity = quantity

    @override
    def value(self, time_ns: int) -> float:
        return self._quantity(self._circuit, self._circuit.at(time_ns), time_ns)

    @override
    def mean(self, start_ns: int, end_ns: int) -> float:
        return self._mean(start_ns, end_ns, power=1)

    @override
    def mean_square(self, start_ns: int, end_ns: int) -> float:
        return self._mean(start_ns, end_ns, power=2)

    @override
    def observe(self) -> None:
        self._circuit.observe()

    @override
    def release(self) -> None:
        self._circuit.release()

    def _mean(self, start_ns: int, end_ns: int, *, power: int) -> float:
        area = 0.0
        for begin_ns, finish_ns, segment in self._circuit.segments(start_ns, end_ns):
            begin, middle, finish = (
                self._quantity(self._circuit, segment, time_ns) ** power
                for time_ns in (begin_ns, (begin_ns + finish_ns) // 2, finish_ns)
            )
            area += (finish_ns - begin_ns) * (begin + 4.0 * middle + finish) / 6.0
        return area / (end_ns - start_ns)


class CellTemperature(Signal):
    """How warm one cell is, in °C; it moves over minutes, so one look stands for its mean."""

    def __init__(self, circuit: PackCircuit, index: int) -> None:
        self._circuit = circuit
        self._index = index

    @override
    def value(self, time_ns: int) -> float:
        segment = self._circuit.at(time_ns)
        return float(self._circuit.state_at(segment, time_ns).temperature_C[self._index])

    @override
    def mean(self, start_ns: int, end_ns: int) -> float:
        return self.value(end_ns)

    @override
    def mean_square(self, start_ns: int, end_ns: int) -> float:
        return self.value(end_ns) ** 2

    @override
    def observe(self) -> None:
        """It needs no history."""

    @override
    def release(self) -> None:
        """It needs no history."""


class Scaled(Signal):
    """Another signal, so many times as large: across a shunt, or by a sensor that is off."""

    def __init__(self, signal: Signal, factor: float) -> None:
        self._signal = signal
        self._factor = factor

    @override
    def value(self, time_ns: int) -> float:
        return self._factor * self._signal.value(time_ns)

    @override
    def mean(self, start_ns: int, end_ns: int) -> float:
        return self._factor * self._signal.mean(start_ns, end_ns)

    @override
    def mean_square(self, start_ns: int, end_ns: int) -> float:
        return self._factor**2 * self._signal.mean_square(start_ns, end_ns)

    @override
    def observe(self) -> None:
        self._signal.observe()

    @override
    def release(self) -> None:
        self._signal.release()


class PackSource(SourceTerminals):
    """Where the charger drives the bus. Off, it lets nothing through, nor anything back."""

    def __init__(self, circuit: PackCircuit) -> None:
        self._circuit = circuit
        self._voltage = PackSignal(circuit, bus_voltage)
        self._current = PackSignal(circuit, charger_current)

    @override
    def drive(
        self,
        *,
        voltage_V: float,
        current_limit_A: float,
        on: bool,
        time_constant_s: float,
        time_ns: int,
    ) -> None:
        outside = self._circuit.at(time_ns).outside
        begin_V = (
            outside.source.value(time_ns) if outside.charging else self._voltage.value(time_ns)
        )
        source = outside.source
        if not on or voltage_V != source.final_V or not outside.charging:
            source = Exponential(
                initial_V=begin_V,
                final_V=voltage_V,
                start_ns=time_ns,
                time_constant_ns=time_constant_s * NANOSECONDS_PER_SECOND,
            )
        self._circuit.change(time_ns, source=source, limit_A=current_limit_A, charging=on)

    @property
    @override
    def voltage(self) -> Signal:
        return self._voltage

    @property
    @override
    def current(self) -> Signal:
        return self._current

    @override
    def in_current_limit(self, time_ns: int) -> bool:
        segment = self._circuit.at(time_ns)
        return segment.outside.charging and segment.charger_A >= segment.outside.limit_A


class PackSink(SinkTerminals):
    """Where the load draws from the bus."""

    def __init__(self, circuit: PackCircuit) -> None:
        self._circuit = circuit
        self._voltage = PackSignal(circuit, bus_voltage)
        self._current = PackSignal(circuit, load_current)

    @override
    def sink(self, current_A: float, time_ns: int) -> None:
        self._circuit.change(time_ns, load_A=current_A)

    @property
    @override
    def voltage(self) -> Signal:
        return self._voltage

    @property
    @override
    def current(self) -> Signal:
        return self._current


class PackContactor(Contact):
    """The contactor, by the relay of its coil."""

    def __init__(self, circuit: PackCircuit) -> None:
        self._circuit = circuit

    @override
    def set_closed(self, *, closed: bool) -> None:
        self._circuit.change(self._circuit.kernel.now_ns, closed=closed)


class PackAmmeter(RangeBurden):
    """The ammeter's place in the pack's current."""

    def __init__(self, circuit: PackCircuit) -> None:
        self._circuit = circuit
        self._open_until_ns = 0

    @override
    def set_burden(self, ohm: float, time_ns: int) -> None:
        interrupted = time_ns < self._open_until_ns
        self._circuit.change(time_ns, burden_ohm=ohm, interrupted=interrupted)

    @override
    def interrupt(self, duration_ns: int, time_ns: int) -> None:
        self._open_until_ns = max(self._open_until_ns, time_ns + duration_ns)
        self._circuit.change(time_ns, interrupted=True)
        self._circuit.kernel.at(time_ns + duration_ns, self._close)

    def _close(self, time_ns: int) -> None:
        self._circuit.change(time_ns, interrupted=time_ns < self._open_until_ns)


class Plug(Signal):
    """What a meter's terminals are connected to, so that it can be something else.

    A reading under way goes on with what it began with.
    """

    def __init__(self, signal: Signal) -> None:
        self.plugged = signal
        self._observed: list[Signal] = []

    @override
    def value(self, time_ns: int) -> float:
        return self.plugged.value(time_ns)

    @override
    def mean(self, start_ns: int, end_ns: int) -> float:
        return self._observed[-1].mean(start_ns, end_ns)

    @override
    def mean_square(self, start_ns: int, end_ns: int) -> float:
        return self._observed[-1].mean_square(start_ns, end_ns)

    @override
    def observe(self) -> None:
        self._observed.append(self.plugged)
        self.plugged.observe()

    @override
    def release(self) -> None:
        self._observed.pop().release()
