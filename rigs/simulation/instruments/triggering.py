"""The trigger system of a meter: idle, waiting for its trigger, measuring (SCPI-99 volume 2, 24)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.instruments.parameters import Number, within
from rigs.simulation.instruments.procedure import Activity, Measurement, Task
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import ScpiError


@dataclass
class TriggerSettings:
    """What starts a measurement, and how many readings it gives; a delay of None is automatic.

    With a timer they begin so far apart, without one each begins a delay after the last.
    """

    source: str = "IMM"
    count: int = 1
    samples: int = 1
    delay_s: float | None = None
    timer_s: float | None = None


class TriggerSystem:
    """Takes readings by calling ``sample``; the oldest are overwritten when memory is full.

    ``changed`` is called after each reading, and when it comes back to idle, done or aborted.
    """

    def __init__(
        self,
        *,
        kernel: Kernel,
        sample: Callable[[], Measurement],
        automatic_delay_s: Callable[[], float],
        readings_kept: int,
        changed: Callable[[], None],
    ) -> None:
        self.settings = TriggerSettings()
        self.readings: deque[float] = deque(maxlen=readings_kept)
        self._kernel = kernel
        self._sample = sample
        self._automatic_delay_s = automatic_delay_s
        self._changed = changed
        self._task: Task | None = None

    @property
    def initiated(self) -> bool:
        """Whether a measurement has been started and is not over."""
        return self._task is not None

    @property
    def delay_s(self) -> float:
        """From a trigger to its reading, and between the readings of one trigger."""
        delay_s = self.settings.delay_s
        return self._automatic_delay_s() if delay_s is None else delay_s

    def reset(self) -> None:
        """Idle, with default settings and no readings."""
        self.abort()
        self.readings.clear()
        self.settings = TriggerSettings()

    def set_source(self, source: str) -> None:
        """What starts a measurement."""
        self.abort()
        self.settings.source = source

    def set_count(self, value: Number) -> None:
        """How many triggers are taken."""
        count = _count(value)
        self.abort()
        self.settings.count = count

    def set_samples(self, value: Number) -> None:
        """How many readings each trigger gives."""
        samples = _count(value)
        self.abort()
        self.settings.samples = samples

    def set_delay(self, value: Number) -> None:
        """From a trigger to its reading, and between its readings, in s."""
        delay_s = within(value, minimum=0.0, maximum=3600.0, default=1.0)
        self.abort()
        self.settings.delay_s = delay_s

    def set_automatic_delay(self, on: bool) -> None:  # noqa: FBT001 - a parameter of SCPI
        """As long as the function needs, or as long as it was when this is switched off."""
        self.settings.delay_s = None if on else self.delay_s

    def initiate(self) -> None:
        """Leave idle; error -213 if it has been left already."""
        if self._task is not None:
            raise ScpiError(-213)
        self.readings.clear()
        self._task = Task(self._kernel, self._acquire(), self._back_to_idle)
        self._task.start()

    def trigger(self) -> None:
        """``*TRG``: error -211 unless one from the bus is waited for."""
        if self._task is None or not self._task.asleep or self.settings.source != "BUS":
            raise ScpiError(-211)
        self._task.wake()

    def abort(self) -> None:
        """Back to idle; readings taken so far stay."""
        if self._task is not None:
            self._task.cancel()
            self._back_to_idle()

    def remove(self, count: Number, *, wait: bool) -> Generator[int | None, None, list[float]]:
        """The oldest readings, which are forgotten; error -222 if so many are not there."""
        due = round(within(count, minimum=1, maximum=self.readings.maxlen or 0))
        while len(self.readings) < due and wait and self.initiated:
            yield None
        if len(self.readings) < due:
            raise ScpiError(-222)
        return [self.readings.popleft() for _ in range(due)]

    def _back_to_idle(self) -> None:
        self._task = None
        self._changed()

    def _acquire(self) -> Activity:
        for _trigger in range(self.settings.count):
            if self.settings.source != "IMM":
                yield None
            due_ns = self._later(self.delay_s)
            for _sample in range(self.settings.samples):
                yield due_ns
                timer_s = self.settings.timer_s
                next_ns = None if timer_s is None else self._later(timer_s)
                self.readings.append((yield from self._sample()))
                self._changed()
                due_ns = self._later(self.delay_s) if next_ns is None else next_ns

    def _later(self, seconds: float) -> int:
        return self._kernel.now_ns + round(seconds * NANOSECONDS_PER_SECOND)


def _count(value: Number) -> int:
    return round(within(value, minimum=1, maximum=1_000_000, default=1))
