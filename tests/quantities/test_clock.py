"""The clock: waiting, and the ledger of what time was spent on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from quantities import Clock, Purpose, WallClock


class SteppedClock(Clock):
    """Time that passes only when it is let pass."""

    def __init__(self) -> None:
        super().__init__()
        self.time_ns = 1_000

    @override
    def now(self) -> int:
        return self.time_ns

    @override
    def date(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.time_ns / 1000)

    @override
    def _pass(self, nanoseconds: int) -> None:
        self.time_ns += nanoseconds


def booked(clock: Clock) -> dict[Purpose, int]:
    return {purpose: time_ns for purpose, time_ns in clock.ledger().items() if time_ns}


def test_waiting_is_booked_to_its_purpose():
    clock = SteppedClock()
    clock.wait(0.5, Purpose.SETTLING)
    clock.wait(1e-9, Purpose.SETTLING)
    clock.wait(2, Purpose.WATCHDOG)
    assert clock.now() == 2_500_001_001
    assert booked(clock) == {Purpose.SETTLING: 500_000_001, Purpose.WATCHDOG: 2_000_000_000}


@pytest.mark.parametrize("seconds", [0, 0.0, -1.5])
def test_no_time_and_less_return_at_once(seconds: float):
    clock = SteppedClock()
    clock.wait(seconds, Purpose.IDLE)
    clock.wait_until(clock.now(), Purpose.IDLE)
    clock.wait_until(clock.now() - 5, Purpose.IDLE)
    assert clock.now() == 1_000
    assert booked(clock) == {}


def test_waiting_until_a_time_ends_then():
    clock = SteppedClock()
    clock.wait_until(4_000, Purpose.WIRE)
    assert clock.now() == 4_000
    assert booked(clock) == {Purpose.WIRE: 3_000}


def test_a_time_that_passes_while_it_is_looked_at_is_not_waited_for():
    class BusyClock(SteppedClock):
        """On a busy machine a look at the clock takes its time."""

        @override
        def now(self) -> int:
            self.time_ns += 100
            return self.time_ns

        @override
        def _pass(self, nanoseconds: int) -> None:
            assert nanoseconds > 0
            super()._pass(nanoseconds)

    for ahead_ns in range(0, 400, 50):
        clock = BusyClock()
        clock.wait_until(clock.time_ns + ahead_ns, Purpose.WIRE)
        assert clock.now() >= 1_000 + ahead_ns


def test_a_booking_leaves_out_what_is_booked_further_in():
    clock = SteppedClock()
    with clock.booking(Purpose.PROCESSING):
        clock.time_ns += 10
        with clock.booking(Purpose.WIRE):
            clock.time_ns += 200
            clock.wait_until(clock.now() + 3_000, Purpose.APERTURE)
        clock.time_ns += 1
    assert booked(clock) == {Purpose.PROCESSING: 11, Purpose.WIRE: 200, Purpose.APERTURE: 3_000}


def test_a_purpose_within_itself_is_counted_once():
    clock = SteppedClock()
    with clock.booking(Purpose.WIRE), clock.booking(Purpose.WIRE):
        clock.time_ns += 7
    assert booked(clock) == {Purpose.WIRE: 7}


def test_time_before_an_exception_is_booked_and_the_exception_goes_on():
    clock = SteppedClock()

    def fail_inside() -> None:
        with clock.booking(Purpose.IDLE):
            clock.time_ns += 1
            with clock.booking(Purpose.WIRE):
                clock.time_ns += 20
                raise TimeoutError("no answer")

    with pytest.raises(TimeoutError, match="no answer"):
        fail_inside()
    clock.wait(1e-6, Purpose.IDLE)
    assert booked(clock) == {Purpose.IDLE: 1_001, Purpose.WIRE: 20}


nested = st.recursive(
    st.tuples(st.sampled_from(Purpose), st.integers(0, 1000), st.just([])),
    lambda inner: st.tuples(
        st.sampled_from(Purpose), st.integers(0, 1000), st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.lists(nested, max_size=4))
def test_the_ledger_adds_up_to_the_time_that_passed(bookings: list[tuple[Purpose, int, list]]):
    clock, own_ns = SteppedClock(), dict.fromkeys(Purpose, 0)

    def spend(purpose: Purpose, time_ns: int, inner: list) -> None:
        own_ns[purpose] += time_ns
        with clock.booking(purpose):
            clock.time_ns += time_ns // 2
            for each in inner:
                spend(*each)
            clock.time_ns += time_ns - time_ns // 2

    for each in bookings:
        spend(*each)
    assert clock.ledger() == own_ns
    assert sum(own_ns.values()) == clock.now() - 1_000


def test_the_ledger_handed_out_is_a_copy():
    clock = SteppedClock()
    ledger = dict(clock.ledger())
    clock.wait(1, Purpose.IDLE)
    assert ledger[Purpose.IDLE] == 0
    assert set(ledger) == set(Purpose)


def test_the_wall_clock_never_goes_back_and_its_date_is_in_utc():
    clock = WallClock()
    before_ns = clock.now()
    clock.wait(1e-4, Purpose.IDLE)
    assert clock.now() > before_ns
    assert clock.ledger()[Purpose.IDLE] > 0
    assert clock.date().tzinfo is UTC


def floor_of(clock: Clock) -> dict[Purpose, int]:
    return {purpose: time_ns for purpose, time_ns in clock.floor().items() if time_ns}


def test_what_a_measurement_asks_for_is_its_floor():
    clock = SteppedClock()
    asked_for = (Purpose.SETTLING, Purpose.APERTURE, Purpose.WATCHDOG, Purpose.PROCESSING)
    for purpose in Purpose:
        clock.wait(1e-6, purpose)
    assert floor_of(clock) == dict.fromkeys(asked_for, 1_000)


def test_of_the_wire_only_what_is_booked_as_such_is_floor():
    clock = SteppedClock()
    with clock.booking(Purpose.WIRE):
        clock.wait(5e-6, Purpose.WIRE)
        clock.wait(2e-6, Purpose.APERTURE)
    clock.book_floor(3e-6, Purpose.WIRE)
    assert floor_of(clock) == {Purpose.WIRE: 3_000, Purpose.APERTURE: 2_000}
    with pytest.raises(ValueError, match="the floor of aperture is booked with its time"):
        clock.book_floor(1.0, Purpose.APERTURE)


def test_a_floor_handed_out_is_a_snapshot():
    clock = SteppedClock()
    floor = clock.floor()
    clock.wait(1, Purpose.SETTLING)
    assert floor[Purpose.SETTLING] == 0
