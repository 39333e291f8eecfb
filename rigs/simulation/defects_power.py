"""Defects of what a module draws: of its bleeder, of its sleep, of what wakes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import cast

import numpy as np
from typing_extensions import override

from rigs.simulation.circuit import ModuleFeed
from rigs.simulation.kernel import NEVER_NS
from rigs.simulation.line import BITS_PER_CHARACTER, Run
from rigs.simulation.modules.feed import Feed
from rigs.simulation.modules.module import Module
from rigs.simulation.modules.receiver import Receiver

ASLEEP_AFTER_NS = 20_000_000


def bleeder_open(module: Module, _generator: np.random.Generator) -> None:
    """A joint at its bleed resistor is open: it switches, and nothing flows."""
    _refit(module, resistor_ohm=1e9)


def wrong_resistor(module: Module, _generator: np.random.Generator) -> None:
    """Its bleed resistor is the next larger one but one: 15 Ω instead of 10 Ω."""
    _refit(module, resistor_ohm=15.0)


def bleeder_stuck_on(module: Module, _generator: np.random.Generator) -> None:
    """Its bleed transistor is shorted: it bleeds whenever it has power."""
    feed, power_up = module.feed, module.power_up

    def stay_on(*, on: bool, time_ns: int) -> None:
        """Nothing that the controller does moves it."""

    def power_up_bleeding(time_ns: int) -> None:
        power_up(time_ns)
        feed.bleed(on=True, time_ns=time_ns)

    module.feed = _Switched(feed, stay_on)
    module.power_up = power_up_bleeding  # type: ignore[method-assign]


def bleeds_from_power_up(module: Module, _generator: np.random.Generator) -> None:
    """Its bleed output is on from power-up until it has measured for the first time."""
    feed, power_up = module.feed, module.power_up

    def power_up_bleeding(time_ns: int) -> None:
        power_up(time_ns)
        feed.bleed(on=True, time_ns=time_ns)
        module.feed = _OffOnce(feed, lambda: setattr(module, "feed", feed))

    module.power_up = power_up_bleeding  # type: ignore[method-assign]


def bleeds_despite_d(module: Module, _generator: np.random.Generator) -> None:
    """Its bleed output follows the threshold, whether bleeding is enabled or not."""
    feed = module.feed = _AlwaysEnabled(module)
    power_down = module.power_down

    def power_down_off(time_ns: int) -> None:
        power_down(time_ns)
        feed.switch(on=False, time_ns=time_ns)

    module.power_down = power_down_off  # type: ignore[method-assign]


def hunts(module: Module, _generator: np.random.Generator) -> None:
    """It samples with its bleed output on, and has no hysteresis."""
    _feed(module).samples_with_bleed_off = False


def bleeds_only_when_polled(module: Module, _generator: np.random.Generator) -> None:
    """Its watchdog wakes it, and it does not measure then."""
    module.traits = replace(module.traits, measures_on_watchdog=False)


def unpulsed(module: Module, _generator: np.random.Generator) -> None:
    """Its bypass is on all the time instead of pulsed."""
    _refit(module, period_ns=0, duty=1.0)


def wrong_duty(module: Module, _generator: np.random.Generator) -> None:
    """Its bypass is on for half of each period."""
    _refit(module, duty=0.5)


def wrong_frequency(module: Module, _generator: np.random.Generator) -> None:
    """Its bypass is pulsed at half the frequency."""
    _refit(module, period_ns=2 * _feed(module).bleeder.period_ns)


def leaks(module: Module, _generator: np.random.Generator) -> None:
    """Flux on the board: 15 µA flow beside it."""
    module.consumption.asleep_A += 15e-6


def wakes_often(module: Module, _generator: np.random.Generator) -> None:
    """Its watchdog's prescaler is set too low."""
    module.watchdog.period_ns //= 8


def never_wakes(module: Module, _generator: np.random.Generator) -> None:
    """Its watchdog is not enabled."""
    module.watchdog.period_ns = NEVER_NS


def heavy_wake(module: Module, _generator: np.random.Generator) -> None:
    """An output is wired against another: 12 mA whenever the watchdog has woken it."""
    module.consumption.watchdog_A = 12e-3


def stays_awake(module: Module, _generator: np.random.Generator) -> None:
    """It waits for more, a third of a second after each message."""
    module.consumption.to_sleep_ns = 333_000_000


def never_sleeps(module: Module, _generator: np.random.Generator) -> None:
    """Its oscillator keeps running."""
    module.consumption.asleep_A = module.consumption.active_A


def loses_first_character(module: Module, generator: np.random.Generator) -> None:
    """One time in five it wakes too slowly to hear the character that wakes it."""
    module.receiver = _SlowToWake(module.receiver.bit_ns, generator)


class _Switched:
    """A feed whose bleed output is switched in another way."""

    def __init__(self, feed: Feed, bleed: Callable[..., None]) -> None:
        self.sampled_V = feed.sampled_V
        self.bleed = bleed


class _OffOnce:
    """A feed whose bleed output goes off when it is first measured."""

    def __init__(self, feed: Feed, done: Callable[[], None]) -> None:
        self._feed = feed
        self._done = done
        self.bleed = feed.bleed

    def sampled_V(self, time_ns: int) -> float:
        self._done()
        self._feed.bleed(on=False, time_ns=time_ns)
        return self._feed.sampled_V(time_ns)


class _AlwaysEnabled:
    """A feed that compares what is sampled with the threshold by itself."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._feed = module.feed
        self._on = False

    def sampled_V(self, time_ns: int) -> float:
        volts = self._feed.sampled_V(time_ns)
        threshold = self._module.settings.thresholds[0]
        self.switch(on=self._module.converter.convert(volts) <= threshold, time_ns=time_ns)
        return volts

    def bleed(self, *, on: bool, time_ns: int) -> None:
        """What the module itself makes of its threshold and of ``d`` counts for nothing."""

    def switch(self, *, on: bool, time_ns: int) -> None:
        if on is not self._on:
            self._on = on
            self._feed.bleed(on=on, time_ns=time_ns)


class _SlowToWake(Receiver):
    """Now and then deaf for a character, once the line has been idle."""

    SHARE = 0.2

    def __init__(self, bit_ns: float, generator: np.random.Generator) -> None:
        super().__init__(bit_ns)
        self.shortest_bit_ns = math.inf  # every run is to be listened to
        self._generator = generator
        self._last_end_ns = 0

    @override
    def characters(self, run: Run, from_ns: float) -> Iterator[int]:
        asleep = run.start_ns - self._last_end_ns > ASLEEP_AFTER_NS
        if asleep and self._generator.random() < self.SHARE:
            in_first_stop_bit_ns = run.start_ns + (BITS_PER_CHARACTER - 0.5) * run.bit_ns
            from_ns = max(from_ns, in_first_stop_bit_ns)
        self._last_end_ns = run.end_ns
        return super().characters(run, from_ns)


def _feed(module: Module) -> ModuleFeed:
    return cast("ModuleFeed", module.feed)


def _refit(module: Module, **changes: float) -> None:
    """Change figures of its bleeder."""
    feed = _feed(module)
    feed.bleeder = replace(feed.bleeder, **changes)  # type: ignore[arg-type]


POWER_DEFECTS: Mapping[str, Callable[[Module, np.random.Generator], None]] = {
    "bleeder-open": bleeder_open,
    "wrong-resistor": wrong_resistor,
    "bleeder-stuck-on": bleeder_stuck_on,
    "bleeds-from-power-up": bleeds_from_power_up,
    "bleeds-despite-d": bleeds_despite_d,
    "hunts": hunts,
    "bleeds-only-when-polled": bleeds_only_when_polled,
    "unpulsed": unpulsed,
    "wrong-duty": wrong_duty,
    "wrong-frequency": wrong_frequency,
    "leaks": leaks,
    "wakes-often": wakes_often,
    "never-wakes": never_wakes,
    "heavy-wake": heavy_wake,
    "stays-awake": stays_awake,
    "never-sleeps": never_sleeps,
    "loses-first-character": loses_first_character,
}
