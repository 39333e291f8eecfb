from __future__ import annotations

from datetime import UTC, datetime

import pytest

from quantities import Purpose
from rigs.simulation.kernel import Kernel, VirtualClock


def test_events_run_in_the_order_of_their_times_and_see_their_own_time_as_the_present():
    kernel, seen = Kernel(), []
    for time_ns in (30, 10, 20):
        kernel.at(time_ns, lambda due_ns: seen.append((due_ns, kernel.now_ns)))
    kernel.advance_to(25)
    assert seen == [(10, 10), (20, 20)]
    assert kernel.now_ns == 25
    kernel.advance_to(30)
    assert seen[-1] == (30, 30)


def test_events_of_one_time_run_in_the_order_in_which_they_were_scheduled():
    kernel, seen = Kernel(), []
    for name in "abcdef":
        kernel.at(7, lambda _time_ns, name=name: seen.append(name))
    kernel.advance_to(7)
    assert "".join(seen) == "abcdef"


def test_an_event_may_schedule_another_at_the_present_and_it_still_runs():
    kernel, seen = Kernel(), []
    kernel.at(5, lambda time_ns: kernel.at(time_ns, seen.append))
    kernel.advance_to(5)
    assert seen == [5]


def test_an_event_before_the_present_is_refused():
    kernel = Kernel()
    kernel.advance_to(10)
    with pytest.raises(ValueError, match="event at 9 ns is before the present, 10 ns"):
        kernel.at(9, print)


def test_time_never_goes_back():
    kernel = Kernel()
    kernel.advance_to(10)
    kernel.advance_to(5)
    assert kernel.now_ns == 10


def test_an_interrupt_stops_time_at_its_event_and_leaves_the_others_for_later():
    kernel, seen = Kernel(), []
    kernel.at(10, lambda _time_ns: kernel.interrupt())
    kernel.at(10, seen.append)
    kernel.advance_until_interrupted(100)
    assert (kernel.now_ns, seen) == (10, [])
    kernel.advance_until_interrupted(100)
    assert (kernel.now_ns, seen) == (100, [10])


def test_an_interrupt_of_an_earlier_wait_does_not_stop_the_next_one():
    kernel = Kernel()
    kernel.at(10, lambda _time_ns: kernel.interrupt())
    kernel.advance_to(10)
    kernel.advance_until_interrupted(100)
    assert kernel.now_ns == 100


def test_the_next_event_is_known_until_there_is_none():
    kernel = Kernel()
    assert kernel.next_event_ns() is None
    kernel.at(8, print)
    kernel.at(3, lambda _time_ns: None)
    assert kernel.next_event_ns() == 3


def test_waiting_on_the_clock_of_a_bench_moves_its_virtual_time_and_date():
    kernel, seen = Kernel(), []
    clock = VirtualClock(kernel, datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC))
    kernel.at(1_400_000_000, seen.append)
    clock.wait(1.5, Purpose.SETTLING)
    assert seen == [1_400_000_000]
    assert clock.now() == 1_500_000_000
    assert clock.date() == datetime(2026, 11, 3, 0, 0, 0, 500_000, tzinfo=UTC)
    assert clock.ledger()[Purpose.SETTLING] == 1_500_000_000
