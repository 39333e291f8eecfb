from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.errors import UsageError
from reports.certificate import (
    file_name,
    render_certificate,
    worst_values,
    write_certificates,
)
from reports.entries import ModuleRecord
from reports.header import RunHeader
from reports.loader import load_run
from reports.record import RunRecord
from reports.store import Store
from tests.reports.pages import Elements

HOSTILE = [
    "../../etc/passwd",
    "CON",
    "CON.1",
    "a/b\\c",
    "..",
    "",
    "-rf",
    "\x00\x1b[2J",
    "é" * 99,
    ".bashrc",
]


def with_serial_numbers(record: RunRecord, *serial_numbers: str) -> RunRecord:
    modules = tuple(
        ModuleRecord(position=position, serial_number=number)
        for position, number in enumerate(serial_numbers, 1)
    )
    return replace(record, modules=modules)


@given(serial_number=st.text() | st.sampled_from(HOSTILE), run_id=st.text())
def test_no_serial_number_becomes_a_path_or_a_device(serial_number: str, run_id: str):
    name = file_name(serial_number, run_id, 7)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}-007\.html", name)
    assert PureWindowsPath(name).name == Path(name).name == name
    assert name.partition(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}


def test_a_file_is_named_for_serial_number_run_and_position():
    assert file_name("LIPO 4.12", "c224686d-bdf5", 3) == "LIPO_4_12-c224686d-003.html"


def test_serial_numbers_that_look_alike_as_files_have_a_file_each(
    record: RunRecord, tmp_path: Path
):
    alike = with_serial_numbers(record, "a/b", "a\\b", "a_b", "")
    assert len(set(write_certificates(alike, tmp_path))) == 4


def test_a_retest_leaves_the_earlier_certificate(record: RunRecord, tmp_path: Path):
    write_certificates(record, tmp_path / "out")
    write_certificates(replace(record, run_id="1" * 36), tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 8


def test_of_each_name_the_worst_value_is_shown(record: RunRecord):
    by_name = {worst.line.name: worst for worst in worst_values(record, 3)}
    error = by_name["accuracy.error"]
    assert (error.values, error.line.condition, error.line.outcome) == (8, "5.000 V", "fail")
    assert by_name["chain.count"].values == 1
    (passed,) = (w for w in worst_values(record, 1) if w.line.name == "accuracy.error")
    margins = [
        entry.verdict.margin for entry in record.measured_on(1) if entry.name == "accuracy.error"
    ]
    assert passed.line.margin == f"{min(m for m in margins if m) * 1000:.2f} mV"


def test_a_certificate_says_what_was_found(record: RunRecord):
    text = Elements(render_certificate(record, 3)).text
    for expected in (
        "LIPO-0414",
        "✕ fail",
        "accuracy.error at 5.000 V: 0.00107 V above the high limit",
        "(11.07 ± 0.88) mV",
        "MY53200042",
        "2027-03-31",
        "4DDA78",
        "800000",
        "fail: CAL-2, CAL-3",
        "SIMULATED",
        record.run_id,
        "Position 3 of 4",
    ):
        assert expected in text, expected
    assert "LIPO-0413" not in text


def test_a_module_whose_settings_were_not_read_back_says_so(record: RunRecord):
    assert "settings unknown" in render_certificate(record, 4)
    assert "settings unknown" not in render_certificate(record, 1)


def test_a_certificate_is_whole_and_inert_whatever_it_says(record: RunRecord):
    hostile = "<script>alert(1)</script>\"'{{ 7 * 7 }}"
    page = render_certificate(
        replace(with_serial_numbers(record, hostile), product_name=hostile, rig_name=hostile), 1
    )
    elements = Elements(page)
    assert not {"script", "link", "iframe", "object", "img", "base", "a"} & set(elements.tags)
    assert not re.search(r"https?:|//|@import|javascript:", page)
    assert "{{ 7 * 7 }}" in elements.text


def test_only_a_simulated_certificate_says_so(record: RunRecord):
    real = render_certificate(replace(record, simulated=False), 1)
    assert "SIMULATED" not in real
    assert "<title>SIMULATED: LIPO-0412" in render_certificate(record, 1)


def test_a_module_that_was_not_there_is_a_usage_error(record: RunRecord, tmp_path: Path):
    with pytest.raises(UsageError, match="no module at position 5"):
        write_certificates(record, tmp_path, [5])


def test_a_folder_that_is_none_is_a_usage_error(record: RunRecord, tmp_path: Path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match="certificates cannot be written"):
        write_certificates(record, tmp_path / "taken")


def test_a_run_that_recorded_nothing_has_certificates_too(store: Store, header: RunHeader):
    run_id = store.begin_run(header)
    store.add_modules(run_id, {1: "SN1"})
    page = render_certificate(load_run(store, run_id), 1)
    assert "Nothing was measured." in page
    assert "Incomplete: still running." in page


def test_what_was_as_it_must_be_is_told_in_a_line(record: RunRecord):
    text = Elements(render_certificate(record, 3)).text
    assert "allow one value only, and all found it: chain count, count_repeats, reply." in text
    assert "exactly" not in text


def test_an_exact_value_that_failed_is_shown(store: Store, begin: Callable[..., Any]):
    run_id, recorder = begin(1)
    recorder.measure("chain.count", 3)
    page = Elements(render_certificate(load_run(store, run_id), 1)).text
    assert "chain.count 1 3 exactly 4 — ✕ fail" in page
    assert "Further measurements" not in page


def test_a_certificate_of_many_measurements_prints_on_one_page(
    record: RunRecord, print_to_pdf: Callable[[str], bytes]
):
    first, *_ = record.tests
    interval = record.measured_on(3)[1]
    exact = record.measured_on(None)[0]
    many = replace(
        first,
        measurements=tuple(
            replace(kind, name=f"{what}s.{what}_{number}_of_some_length", position=3)
            for kind, what, count in ((interval, "value", 22), (exact, "check", 50))
            for number in range(count)
        ),
    )
    page = render_certificate(replace(record, tests=(many, *record.tests[1:])), 3)
    assert len(re.findall(rb"/Type\s*/Page\b", print_to_pdf(page))) == 1
