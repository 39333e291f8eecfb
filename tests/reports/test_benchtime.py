from __future__ import annotations

from dataclasses import replace

from quantities import Purpose
from reports.benchtime import purpose_lines, time_lines, whole
from reports.document import render_page
from reports.record import RunRecord
from reports.timeledger import TimeLedger

SECOND = 1_000_000_000


def timed(record: RunRecord, *ledgers: TimeLedger) -> RunRecord:
    tests = zip(record.tests, ledgers, strict=False)
    return replace(record, tests=tuple(replace(test, time=time) for test, time in tests))


def sample(record: RunRecord) -> RunRecord:
    return timed(
        record,
        TimeLedger(
            {Purpose.WIRE: 6 * SECOND, Purpose.IDLE: 4 * SECOND}, {Purpose.WIRE: 5 * SECOND}
        ),
        TimeLedger({Purpose.APERTURE: 40 * SECOND}, {Purpose.APERTURE: 40 * SECOND}),
        TimeLedger(),
    )


def test_bars_are_to_the_scale_of_the_longest_test(record: RunRecord):
    first, second = time_lines(sample(record))
    assert [(segment.purpose, segment.width) for segment in first.segments] == [
        (Purpose.WIRE, "15.00%"),
        (Purpose.IDLE, "10.00%"),
    ]
    assert (first.spent, first.floor, first.ratio, first.floor_at) == (
        "10.0 s",
        "5.000 s",
        "2.00",
        "12.50%",
    )
    assert [segment.width for segment in second.segments] == ["100.00%"]
    assert second.ratio == "1.00"


def test_the_run_is_the_sum_of_its_tests(record: RunRecord):
    run = sample(record)
    assert (run.time.spent_s, run.time.floor_s) == (50.0, 45.0)
    assert whole(run).ratio == "1.11"
    assert [(line.purpose, line.spent, line.floor, line.share) for line in purpose_lines(run)] == [
        (Purpose.WIRE, "6.000 s", "5.000 s", "12.0 %"),
        (Purpose.APERTURE, "40.0 s", "40.0 s", "80.0 %"),
        (Purpose.IDLE, "4.000 s", "0.000 s", "8.0 %"),
    ]


def test_the_document_shows_times_in_words_too(record: RunRecord):
    page = render_page(sample(record))
    assert 'aria-label="wire 6.000 s, idle 4.000 s; floor 5.000 s"' in page
    assert 'style="left: 12.50%"' in page


def test_a_run_without_a_ledger_says_nothing_of_time(record: RunRecord):
    untimed = timed(record, *(TimeLedger() for _ in record.tests))
    assert time_lines(untimed) == []
    assert "Bench time" not in render_page(untimed)
