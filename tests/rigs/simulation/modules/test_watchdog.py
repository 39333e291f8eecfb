from __future__ import annotations

from dataclasses import dataclass, field

from rigs.simulation.kernel import Kernel
from rigs.simulation.modules.watchdog import Watchdog

PERIOD = 1000


@dataclass
class Quiet:
    """Something with a watchdog of 1000 ns."""

    kernel: Kernel = field(default_factory=Kernel)
    active_until_ns: int = 0
    wakes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watchdog = Watchdog(
            self.kernel,
            PERIOD,
            active_until=lambda _time_ns: self.active_until_ns,
            wake=self.wakes.append,
        )


def test_it_wakes_again_and_again_one_period_after_the_last_wake():
    quiet = Quiet()
    quiet.watchdog.start(50)
    quiet.kernel.advance_to(3500)
    assert quiet.wakes == [1050, 2050, 3050]


def test_activity_starts_the_period_afresh():
    quiet = Quiet()
    quiet.watchdog.start(0)
    quiet.kernel.advance_to(999)
    quiet.active_until_ns = 999
    quiet.kernel.advance_to(1998)
    assert quiet.wakes == []
    quiet.kernel.advance_to(1999)
    assert quiet.wakes == [1999]


def test_nothing_wakes_what_has_stopped():
    quiet = Quiet()
    quiet.watchdog.start(0)
    quiet.kernel.advance_to(900)
    quiet.watchdog.stop()
    quiet.kernel.advance_to(5000)
    assert quiet.wakes == []


def test_a_new_start_counts_from_itself_and_not_from_the_one_before():
    quiet = Quiet()
    quiet.watchdog.start(0)
    quiet.kernel.advance_to(400)
    quiet.watchdog.stop()
    quiet.watchdog.start(700)
    quiet.kernel.advance_to(2800)
    assert quiet.wakes == [1700, 2700]


def test_many_starts_leave_one_watchdog():
    quiet = Quiet()
    for time_ns in range(0, 500, 10):
        quiet.kernel.advance_to(time_ns)
        quiet.watchdog.stop()
        quiet.watchdog.start(time_ns)
    quiet.kernel.advance_to(1490)
    assert quiet.wakes == [1490]


def test_what_is_stopped_by_its_own_wake_stays_stopped():
    quiet = Quiet()
    quiet.watchdog = Watchdog(
        quiet.kernel,
        PERIOD,
        active_until=lambda _time_ns: 0,
        wake=lambda time_ns: (quiet.wakes.append(time_ns), quiet.watchdog.stop()),
    )
    quiet.watchdog.start(0)
    quiet.kernel.advance_to(5000)
    assert quiet.wakes == [1000]
