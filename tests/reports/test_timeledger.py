from __future__ import annotations

from collections.abc import Callable

from quantities import Purpose
from reports.header import RunHeader
from reports.loader import load_run
from reports.outcome import Outcome
from reports.recorder import Recorder
from reports.store import Store
from reports.timeledger import TimeLedger, total

EARLIER = TimeLedger({Purpose.WIRE: 5, Purpose.IDLE: 1}, {Purpose.WIRE: 4})
LATER = TimeLedger({Purpose.WIRE: 25, Purpose.IDLE: 3}, {Purpose.WIRE: 19, Purpose.APERTURE: 2})


def known(times_ns: dict[Purpose, int]) -> dict[Purpose, int]:
    return {purpose: time_ns for purpose, time_ns in times_ns.items() if time_ns}


def test_time_that_nobody_booked_was_idle():
    spent = LATER.since(EARLIER, elapsed_ns=30)
    assert known(dict(spent.spent_ns)) == {Purpose.WIRE: 20, Purpose.IDLE: 10}
    assert known(dict(spent.floor_ns)) == {Purpose.WIRE: 15, Purpose.APERTURE: 2}


def test_a_clock_that_books_more_than_elapsed_adds_nothing():
    assert LATER.since(EARLIER, elapsed_ns=0).spent_ns[Purpose.IDLE] == 2


def test_ledgers_add_up():
    both = total([EARLIER, LATER])
    assert (both.spent_ns[Purpose.WIRE], both.floor_ns[Purpose.WIRE]) == (30, 23)
    assert (both.spent_s, both.floor_s) == (34e-9, 25e-9)
    assert total([]).spent_s == 0.0


def test_each_test_has_the_time_booked_within_it_on_record(store: Store, header: RunHeader):
    run_id = store.begin_run(header)
    store.add_modules(run_id, {1: "SN1"})
    ledgers = iter([EARLIER, LATER, LATER, LATER])
    times: Callable[[], int] = iter([0, 100, 100, 107]).__next__
    recorder = Recorder(
        store,
        run_id,
        limits=header.product.limits,
        decision=header.product.decision,
        positions=(1,),
        now=times,
        ledger=ledgers.__next__,
    )
    for name in ("first", "second"):
        recorder.begin_test(name)
        recorder.end_test(Outcome.PASS)
    first, second = load_run(store, run_id).tests
    assert known(dict(first.time.spent_ns)) == {Purpose.WIRE: 20, Purpose.IDLE: 80}
    assert known(dict(second.time.spent_ns)) == {Purpose.IDLE: 7}
    assert second.time.floor_s == 0.0
