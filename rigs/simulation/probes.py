"""Where instruments touch the panel's circuit: its signals and its source terminals.

Every quantity is ``scale × min(E, ceiling)`` plus the electronics' current where a current is
measured; scale and ceiling hold until a bleeder's next edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

from typing_extensions import override

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.circuit import PanelCircuit
from rigs.simulation.electronics import Electronics
from rigs.simulation.epoch import Epoch
from rigs.simulation.modules.consumption import Consumption
from rigs.simulation.signals import FeedRelays, InputLoad, RangeBurden, Signal, SourceTerminals
from rigs.simulation.waveform import Exponential

Scale = Callable[[Epoch, list[float]], float]
"""What one volt of the source makes at the place, the branches' conductances given."""


def bus_voltage(epoch: Epoch, conductances: list[float]) -> float:
    """At the modules' terminals, where the voltmeter is."""
    return epoch.bus_factor(sum(conductances))


def source_voltage(_epoch: Epoch, _conductances: list[float]) -> float:
    """At the supply's output terminals."""
    return 1.0


def total_current(epoch: Epoch, conductances: list[float]) -> float:
    """Out of the supply."""
    return epoch.bus_factor(sum(conductances)) * (sum(conductances) + epoch.voltmeter_S)


def metered_current(epoch: Epoch, conductances: list[float]) -> float:
    """Of the branches that are fed through the ammeter."""
    metered_S = sum(
        conductance
        for conductance, branch in zip(conductances, epoch.branches, strict=True)
        if branch.metered
    )
    return epoch.bus_factor(sum(conductances)) * metered_S


class PanelSignal(Signal):
    """One quantity of the panel."""

    def __init__(
        self,
        panel: PanelCircuit,
        scale: Scale,
        *,
        electronics: Literal["all", "metered"] | None = None,
    ) -> None:
        """``electronics`` says whose own current counts, where a current is measured."""
        self._panel = panel
        self._scale = scale
        self._electronics = electronics

    @override
    def value(self, time_ns: int) -> float:
        self._panel.account_consumption()
        epoch = self._panel.epoch_at(time_ns)
        conductances = epoch.conductances(time_ns)
        driven_V = min(epoch.source.value(time_ns), epoch.ceiling_V(sum(conductances)))
        bus_V = driven_V * bus_voltage(epoch, conductances)
        electronics_A = sum(
            consumption.current_A(time_ns, bus_V) for consumption in self._consumptions(epoch)
        )
        return self._scale(epoch, conductances) * driven_V + electronics_A

    @override
    def mean(self, start_ns: int, end_ns: int) -> float:
        area = sum(
            scale * source.integral(begin, end, ceiling_V) + offset * (end - begin)
            for begin, end, source, scale, ceiling_V, offset in self._pieces(start_ns, end_ns)
        )
        return area / (end_ns - start_ns)

    @override
    def mean_square(self, start_ns: int, end_ns: int) -> float:
        area = sum(
            scale**2 * source.integral_of_square(begin, end, ceiling_V)
            + 2 * scale * offset * source.integral(begin, end, ceiling_V)
            + offset**2 * (end - begin)
            for begin, end, source, scale, ceiling_V, offset in self._pieces(start_ns, end_ns)
        )
        return area / (end_ns - start_ns)

    @override
    def observe(self) -> None:
        self._panel.observe()

    @override
    def release(self) -> None:
        self._panel.release()

    def _pieces(
        self, start_ns: int, end_ns: int
    ) -> Iterator[tuple[float, float, Exponential, float, float, float]]:
        """Spans in which nothing switches: begin, end, source, scale, ceiling, offset."""
        self._panel.account_consumption()
        for epoch_start_ns, epoch_end_ns, epoch in self._panel.epochs(start_ns, end_ns):
            edges = {float(epoch_start_ns), float(epoch_end_ns)}
            edges.update(epoch.edges_ns(epoch_start_ns, epoch_end_ns))
            electronics = Electronics(self._consumptions(epoch), epoch_start_ns, epoch_end_ns)
            edges.update(electronics.edges_ns)
            for begin, end in pairwise(sorted(edges)):
                middle = (begin + end) / 2
                conductances = epoch.conductances(middle)
                ceiling_V = epoch.ceiling_V(sum(conductances))
                driven_V = min(epoch.source.value(middle), ceiling_V)
                bus_V = driven_V * bus_voltage(epoch, conductances)
                yield (
                    begin,
                    end,
                    epoch.source,
                    self._scale(epoch, conductances),
                    ceiling_V,
                    electronics.current_A(middle, bus_V),
                )

    def _consumptions(self, epoch: Epoch) -> list[Consumption]:
        if self._electronics is None:
            return []
        return self._panel.consumptions(epoch, metered_only=self._electronics == "metered")


class PanelSource(SourceTerminals):
    """Where the supply drives the panel."""

    def __init__(self, panel: PanelCircuit) -> None:
        self._panel = panel
        self._voltage = PanelSignal(panel, source_voltage)
        self._current = PanelSignal(panel, total_current, electronics="all")

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
        source = Exponential(
            initial_V=self._panel.epoch.source.value(time_ns),
            final_V=voltage_V if on else 0.0,
            start_ns=time_ns,
            time_constant_ns=time_constant_s * NANOSECONDS_PER_SECOND,
        )
        self._panel.drive(source, current_limit_A)

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
        epoch = self._panel.epoch
        ceiling_V = epoch.ceiling_V(sum(epoch.conductances(time_ns)))
        return epoch.source.value(time_ns) > ceiling_V


class PanelAmmeter(RangeBurden):
    """The ammeter's place in the feed."""

    def __init__(self, panel: PanelCircuit) -> None:
        self._panel = panel
        self._open_until_ns = 0

    @override
    def set_burden(self, ohm: float, time_ns: int) -> None:
        self._panel.set_burden(ohm, time_ns=time_ns, interrupted=time_ns < self._open_until_ns)

    @override
    def interrupt(self, duration_ns: int, time_ns: int) -> None:
        self._open_until_ns = max(self._open_until_ns, time_ns + duration_ns)
        self._keep_burden(time_ns)
        self._panel.kernel.at(time_ns + duration_ns, self._keep_burden)

    def _keep_burden(self, time_ns: int) -> None:
        self.set_burden(self._panel.epoch.burden_ohm, time_ns)


class PanelVoltmeter(InputLoad):
    """The voltmeter's place across the modules' terminals."""

    def __init__(self, panel: PanelCircuit) -> None:
        self._panel = panel

    @override
    def set_load(self, ohm: float, time_ns: int) -> None:
        self._panel.set_voltmeter(ohm, time_ns=time_ns)


class PanelRelays(FeedRelays):
    """The relays beside each module's feed."""

    def __init__(self, panel: PanelCircuit) -> None:
        self._panel = panel

    @override
    def set_path(self, position: int, *, through_ammeter: bool, time_ns: int) -> None:
        if position <= len(self._panel.modules):  # the other channels lead nowhere
            self._panel.set_metered(position - 1, metered=through_ammeter, time_ns=time_ns)
