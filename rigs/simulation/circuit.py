"""The panel's circuit: one supply, its leads, an ammeter's burden, modules in parallel.

The circuit changes when the supply is set, a bleeder switches, a relay moves or a range changes;
between such changes (an *epoch*) means and mean squares are integrated in closed form. A PWM
bleeder is a state whose edges follow from its period; it makes no events, so whether it pulls a
module below its brown-out voltage is seen when bleeding begins. The electronics' own current,
below a milliampere, is added where current is measured; it moves voltages only through the
burden that its own module is fed by.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from rigs.simulation.epoch import Bleeder, Branch, Epoch
from rigs.simulation.kernel import NEVER_NS, Kernel
from rigs.simulation.modules.consumption import Consumption
from rigs.simulation.modules.module import Module
from rigs.simulation.waveform import Exponential


class ModuleFeed:
    """A module's two power terminals."""

    def __init__(self, panel: PanelCircuit, position: int, *, samples_with_bleed_off: bool) -> None:
        self._panel = panel
        self._index = position - 1
        self.samples_with_bleed_off = samples_with_bleed_off
        # A chain that is polled samples a settled voltage over and over.
        self._settled_V = 0.0
        self._settled_from_ns = NEVER_NS

    def sampled_V(self, time_ns: int) -> float:
        """The voltage at the terminals; without the own bleed current where the module does so."""
        if time_ns >= self._settled_from_ns:
            return self._settled_V
        volts = self._panel.terminal_V(
            self._index, time_ns, without_own_bleed=self.samples_with_bleed_off
        )
        if self._panel.settled(time_ns):
            self._settled_V, self._settled_from_ns = volts, time_ns
        return volts

    def bleed(self, *, on: bool, time_ns: int) -> None:
        """Switch this module's bleeder."""
        self._panel.set_bleeding(self._index, on=on, time_ns=time_ns)

    @property
    def bleeder(self) -> Bleeder:
        """What is switched across the cell."""
        return self._panel.epoch.branches[self._index].bleeder

    @bleeder.setter
    def bleeder(self, bleeder: Bleeder) -> None:
        self._panel.set_bleeder(self._index, bleeder)

    def unsettle(self) -> None:
        """The circuit has changed."""
        self._settled_from_ns = NEVER_NS


class PanelCircuit:
    """The circuit of a panel; positions count from 1 as on the chain."""

    def __init__(self, kernel: Kernel, *, lead_ohm: float, branches: list[Branch]) -> None:
        self.kernel = kernel
        self._lead_ohm = lead_ohm
        self._metered_feed = False
        self.epoch = Epoch(
            start_ns=0,
            source=Exponential(0.0, 0.0, 0, 0.0),
            limit_A=math.inf,
            series_ohm=lead_ohm,
            burden_ohm=0.0,
            interrupted=False,
            branches=tuple(branches),
        )
        self.modules: list[Module] = []
        self.feeds: list[ModuleFeed] = []
        self._history: list[Epoch] = []
        self._observers = 0
        self._known_conductances: tuple[Epoch, list[float], float] | None = None
        self._checking = False

    # -- what changes the circuit --------------------------------------------------------------

    def drive(self, source: Exponential, limit_A: float) -> None:
        """Another source voltage and current limit."""
        self._change(source.start_ns, source=source, limit_A=limit_A)

    def set_bleeder(self, index: int, bleeder: Bleeder) -> None:
        """Put another bleeder into the branch at ``index``."""
        self._change_branch(index, self.kernel.now_ns, lambda old: replace(old, bleeder=bleeder))

    def set_bleeding(self, index: int, *, on: bool, time_ns: int) -> None:
        """Switch the bleeder of the branch at ``index``."""
        since_ns = time_ns if on else None
        self._change_branch(index, time_ns, lambda old: replace(old, bleeding_since_ns=since_ns))

    def set_metered(self, index: int, *, metered: bool, time_ns: int) -> None:
        """Feed the branch at ``index`` through the ammeter or past it."""
        self._change_branch(index, time_ns, lambda old: replace(old, metered=metered))

    def meter_whole_feed(self) -> None:
        """The ammeter lies in the common feed: its burden is in series with all modules."""
        self._metered_feed = True

    def set_burden(self, ohm: float, *, time_ns: int, interrupted: bool) -> None:
        """The ammeter's resistance, or that its path is open."""
        series_ohm = self._lead_ohm
        if self._metered_feed:
            series_ohm += math.inf if interrupted else ohm
        self._change(time_ns, burden_ohm=ohm, interrupted=interrupted, series_ohm=series_ohm)

    def set_voltmeter(self, ohm: float, *, time_ns: int) -> None:
        """The resistance of the voltmeter's input."""
        if self.epoch.voltmeter_S != 1.0 / ohm:
            self._change(time_ns, voltmeter_S=1.0 / ohm)

    def _change_branch(self, index: int, time_ns: int, change: Callable[[Branch], Branch]) -> None:
        branches = list(self.epoch.branches)
        branches[index] = change(branches[index])
        self._change(time_ns, branches=tuple(branches))

    def _change(self, time_ns: int, **changes: object) -> None:
        if self._observers:
            self._history.append(self.epoch)
        self.epoch = replace(self.epoch, start_ns=time_ns, **changes)  # type: ignore[arg-type]
        for feed in self.feeds:
            feed.unsettle()
        self._check_power(time_ns)

    # -- power of the modules --------------------------------------------------------------------

    def _check_power(self, time_ns: int) -> None:
        """Power modules up and down, and come back when the next one is due."""
        if self._checking:
            return
        self._checking = True
        changed = True
        while changed:
            changed = False
            for index, module in enumerate(self.modules):
                enough = self.terminal_V(index, time_ns) >= self.epoch.branches[index].brown_out_V
                if enough is not module.powered:
                    changed = True
                    (module.power_up if enough else module.power_down)(time_ns)
        self._checking = False
        crossing_ns = self._next_crossing(time_ns)
        if crossing_ns is not None:
            source = self.epoch.source
            self.kernel.at(
                crossing_ns,
                lambda now_ns: self._check_power(now_ns) if self.epoch.source is source else None,
            )

    def _next_crossing(self, time_ns: int) -> int | None:
        """When the source has next taken a module across its brown-out voltage."""
        # A nanosecond later than the crossing, as a float may still be on this side at it.
        crossings = {
            math.floor(crossing_ns) + 2
            for index in range(len(self.modules))
            if (crossing_ns := self._crossing(index, time_ns)) is not None
        }
        return min((due_ns for due_ns in crossings if due_ns > time_ns), default=None)

    def _crossing(self, index: int, time_ns: int) -> float | None:
        """When the source passes the voltage at which a module's own is its brown-out voltage."""
        branch = self.epoch.branches[index]
        feed_ohm = self.epoch.feed_ohm(branch)
        if math.isinf(feed_ohm):
            return None
        conductances, total_S = self._conductances(time_ns)
        factor = self.epoch.bus_factor(total_S) * (1.0 - feed_ohm * conductances[index])
        if factor == 0.0:
            return None
        needed_V = branch.brown_out_V + feed_ohm * self.modules[index].consumption.active_A
        return self.epoch.source.reaches(needed_V / factor)

    # -- what can be seen ------------------------------------------------------------------------

    def settled(self, time_ns: int) -> bool:
        """Whether nothing moves until the next change."""
        return time_ns >= self.epoch.source.settled_ns and not self.epoch.pulses

    def terminal_V(self, index: int, time_ns: int, *, without_own_bleed: bool = False) -> float:
        """The voltage at a module's terminals, in V."""
        epoch = self.epoch
        conductances, total_S = self._conductances(time_ns)
        own_S = conductances[index]
        if without_own_bleed:
            total_S -= own_S
        bus_V = min(epoch.source.value(time_ns), epoch.ceiling_V(total_S)) * epoch.bus_factor(
            total_S
        )
        feed_ohm = epoch.feed_ohm(epoch.branches[index])
        if math.isinf(feed_ohm):
            return 0.0
        own_A = 0.0 if without_own_bleed else bus_V * own_S
        return bus_V - feed_ohm * (own_A + self.modules[index].consumption.active_A)

    def _conductances(self, time_ns: int) -> tuple[list[float], float]:
        """Each branch's conductance and their sum; the same all through an epoch without PWM."""
        known = self._known_conductances
        if known is not None and known[0] is self.epoch:
            return known[1], known[2]
        conductances = self.epoch.conductances(time_ns)
        total_S = sum(conductances)
        if not self.epoch.pulses:
            self._known_conductances = self.epoch, conductances, total_S
        return conductances, total_S

    def epoch_at(self, time_ns: int) -> Epoch:
        """The epoch that a time lies in, which is not before ``observe``."""
        for epoch in (self.epoch, *reversed(self._history)):
            if epoch.start_ns <= time_ns:
                return epoch
        raise ValueError("history before observe() is not kept")

    def epochs(self, start_ns: int, end_ns: int) -> list[tuple[int, int, Epoch]]:
        """The epochs within start to end, each with its part of that time."""
        known = [*self._history, self.epoch]
        if known[0].start_ns > start_ns:
            raise ValueError("history before observe() is not kept")
        ends = [epoch.start_ns for epoch in known[1:]] + [end_ns]
        return [
            (max(epoch.start_ns, start_ns), min(end, end_ns), epoch)
            for epoch, end in zip(known, ends, strict=True)
            if min(end, end_ns) > max(epoch.start_ns, start_ns)
        ]

    def observe(self) -> None:
        """Keep history from now on, once more."""
        self._observers += 1
        for module in self.modules:
            module.consumption.observe()
        self.account_consumption()

    def release(self) -> None:
        """History is needed by one observer less."""
        self._observers -= 1
        if not self._observers:
            self._history.clear()
            for module in self.modules:
                module.consumption.release(self.kernel.now_ns)

    def account_consumption(self) -> None:
        """Bring the electronics' currents up to date, before they are looked at."""
        for module in self.modules:
            module.account_consumption(self.kernel.now_ns)

    def consumptions(self, epoch: Epoch, *, metered_only: bool) -> list[Consumption]:
        """The electronics whose current flows then through the supply, or through the ammeter."""
        return [
            module.consumption
            for module, branch in zip(self.modules, epoch.branches, strict=True)
            if not metered_only or self._metered_feed or branch.metered
        ]

    @property
    def whole_feed_is_metered(self) -> bool:
        """Whether the ammeter sees the whole panel."""
        return self._metered_feed
