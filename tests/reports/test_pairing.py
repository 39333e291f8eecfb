from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.entries import ModuleRecord
from reports.pairing import pair_modules
from reports.record import RunRecord


def with_numbers(record: RunRecord, *numbers: str) -> RunRecord:
    modules = (
        ModuleRecord(position=position, serial_number=number)
        for position, number in enumerate(numbers, 1)
    )
    return replace(record, modules=tuple(modules))


@pytest.mark.parametrize(
    ("base", "new", "matched"),
    [
        (("A", "B"), ("A", "B"), [(1, 1), (2, 2)]),
        (("A", "B"), ("B", "A"), [(2, 1), (1, 2)]),
        (("A", "B"), ("B",), [(2, 1)]),
        (("", ""), ("", ""), [(1, 1), (2, 2)]),
        (("A", "B"), ("", ""), [(1, 1), (2, 2)]),
        (("", ""), ("A", "B"), [(1, 1), (2, 2)]),
        (("A", "B"), ("C", "B"), [(2, 2)]),
        (("A", "B"), ("C", "D"), []),
        # the nameless one cannot be B, which is known to be elsewhere
        (("A", "B"), ("B", ""), [(2, 1)]),
        (("A",), ("", "A"), [(1, 2)]),
    ],
)
def test_serial_numbers_count_first_and_positions_where_there_is_none(
    record: RunRecord, base: tuple[str, ...], new: tuple[str, ...], matched: list[tuple[int, int]]
):
    pairs = pair_modules(with_numbers(record, *base), with_numbers(record, *new))
    found = [(pair.base.position, pair.new.position) for pair in pairs.matched]
    assert found == matched


NUMBERS = st.lists(st.sampled_from("ABC") | st.just(""), max_size=5).filter(
    lambda numbers: max(Counter(filter(None, numbers)).values(), default=0) <= 1
)


@given(base=NUMBERS, new=NUMBERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_module_is_in_one_place(record: RunRecord, base: list[str], new: list[str]):
    pairs = pair_modules(with_numbers(record, *base), with_numbers(record, *new))
    of_base = [pair.base.position for pair in pairs.matched]
    of_new = [pair.new.position for pair in pairs.matched]
    assert sorted(of_base + [one.position for one in pairs.only_base]) == list(
        range(1, len(base) + 1)
    )
    assert sorted(of_new + [one.position for one in pairs.only_new]) == list(range(1, len(new) + 1))
